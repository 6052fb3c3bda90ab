// Package vendorbreach holds the example incident: an analytics vendor's
// breach in November 2025, as files that a controller would have at hand.
//
// People, addresses, companies and ids in the files are invented; addresses
// stand under example.com, example.org and example.net only. The data set and
// the accounts are made by the tests of this package, always the same:
//
//	go test ./examples/vendor-breach -update
//
// README.md tells the story and the numbers that must come out of it. Nothing
// in the package runs in production, and no other package may take a rule of
// law from these files.
package vendorbreach

import "embed"

// Files are the files of the incident by their names: disclosure.json,
// vendor-notice.eml, dataset.csv, accounts.csv, assessment.json,
// notification.json, mailing.json, decisions.json and expected.json.
//
//go:embed *.json *.csv *.eml
var Files embed.FS
