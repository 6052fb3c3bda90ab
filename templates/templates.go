// Package templates holds the texts that people read, embedded in the binary.
//
// Each folder beneath it is one kind of text: mail/ has a folder per language
// with all that a translator touches, so that a new language needs no code.
// The package promises nothing but the files; it never renders them.
package templates

import (
	"embed"
	"io/fs"
)

//go:embed mail
var mail embed.FS

// Mail is the folder of mail templates: layout.html and one folder per
// language, as notice.New expects them.
func Mail() fs.FS {
	sub, err := fs.Sub(mail, "mail")
	if err != nil {
		panic("templates: " + err.Error()) // only an invalid name fails, and this one is a constant
	}
	return sub
}
