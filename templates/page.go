package templates

import (
	"embed"
	"io/fs"
)

//go:embed page
var page embed.FS

// Page gives the files of the pages: a template for each page and the layout
// around them, the stylesheet, the icon and small scripts, without which every
// page works too. Every file that is no template is served.
func Page() fs.FS {
	sub, err := fs.Sub(page, "page")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return sub
}
