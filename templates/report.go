package templates

import (
	"embed"
	"io/fs"
)

//go:embed report
var report embed.FS

// Report gives the files of what an authority receives: the pages of a dossier
// and of a copy sheet, and words/ with the fixed words of both, one file per
// language.
func Report() fs.FS {
	sub, err := fs.Sub(report, "report")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return sub
}
