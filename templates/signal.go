package templates

import (
	"embed"
	"io/fs"
)

//go:embed signal
var signal embed.FS

// Signal gives the words of signals for people in a chat: one file per language,
// with a template for each kind of signal.
func Signal() fs.FS {
	sub, err := fs.Sub(signal, "signal")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return sub
}
