package people

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// NormalizeOrganisation returns the form by which two ids or names of an
// organisation are the same one's: in one line, without invisible characters,
// compatible letters made equal (NFKC) and case folded. "ACME  Ltd" and "acme
// ltd" are one organisation, "acme" and "acme ltd" are two.
func NormalizeOrganisation(name string) string {
	return strings.TrimSpace(norm.NFKC.String(cases.Fold().String(norm.NFKC.String(inOneLine(name)))))
}
