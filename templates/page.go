package templates

import (
	"embed"
	"io/fs"
)

//go:embed page
var page embed.FS

// Page gives the files of the pages: templates, the stylesheet and the one
// script, which only lets clocks tick.
func Page() fs.FS {
	sub, err := fs.Sub(page, "page")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return sub
}
