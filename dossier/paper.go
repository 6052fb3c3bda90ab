package dossier

import (
	"context"
	"fmt"
)

// Paper is one printed file.
type Paper struct {
	// Name is the file's name, without a path.
	Name string
	// MediaType is its media type.
	MediaType string
	// Content are its bytes.
	Content []byte
}

// Papers prints a document as PDF and as HTML, in this order; stem is the
// files' name without its ending. An [*Error] is wrapped for a document that
// breaks a rule.
func Papers(ctx context.Context, d Document, stem string) ([]Paper, error) {
	pdf, err := PDF(ctx, d)
	if err != nil {
		return nil, fmt.Errorf("print %s: %w", stem, err)
	}
	page, err := HTML(d)
	if err != nil {
		return nil, fmt.Errorf("print %s: %w", stem, err)
	}
	return []Paper{{stem + ".pdf", "application/pdf", pdf}, {stem + ".html", "text/html", page}}, nil
}
