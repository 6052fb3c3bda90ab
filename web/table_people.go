package web

// peopleRoutes are the people affected, the accounts that they are compared with,
// and who is written to.
func (s *server) peopleRoutes() []route {
	return []route{
		takesFile(post(oneCase+"/people", "Import a file of affected people; the body is the file", responders(), nil, importAnswer{}, s.importPeople),
			"text/csv", parameter{name: "name", kind: "string", doc: "the file's name, for messages"},
			parameter{name: "round", kind: "integer", doc: "the round of people; without it the one that is open, or a new one"},
			parameter{name: "map", kind: "string", doc: "COLUMN=FIELD, may be repeated: which field a column fills"}),
		takesFile(post(oneCase+"/people/analysis", "Say what a file of affected people holds before anything of it is stored; the body is the file", responders(),
			nil, analysisAnswer{}, s.analysePeople),
			"text/csv", parameter{name: "name", kind: "string", doc: "the file's name, for messages"}),
		takesFile(post("/api/v1/people/accounts", "Load the controller's own accounts to match affected people against; the body is the file", leaders(),
			nil, accountsAnswer{}, s.loadAccounts),
			"text/csv", parameter{name: "name", kind: "string", doc: "the file's name, for messages"},
			parameter{name: "map", kind: "string", doc: "COLUMN=FIELD, may be repeated: which field a column fills"},
			parameter{name: "dry_run", kind: "boolean", doc: "true reads and counts the accounts, and stores and records nothing"}),
		takesLong(post("/api/v1/people/accounts/from-database", "Load the controller's own accounts by the query that the installation's settings name", leaders(),
			accountsRequest{}, accountsAnswer{}, s.loadAccountsFromDatabase)),
		get(oneCase+"/people/matching", "How the people affected and the controller's accounts agree", peopleReaders(), matchingView{}, s.showMatching,
			parameter{name: "round", kind: "integer", doc: "the round; without it all"}),
		get(oneCase+"/people", "List the people affected with the state of their notice", peopleReaders(), peopleList{}, s.listPeople,
			parameter{name: "state", kind: "string", doc: "the state of delivery"},
			parameter{name: "round", kind: "integer", doc: "the round; without it all"},
			parameter{name: "account", kind: "string", doc: "yes lists those who have an account of the controller's alone, no those who have none"},
			parameter{name: "limit", kind: "integer", doc: "the greatest number of rows, at most 1000"},
			parameter{name: "after", kind: "integer", doc: "the id of the last row of the page before"}),
		givesFile(get(oneCase+"/people/untold", "The people whom mail did not reach, for letters and calls", peopleReaders(), nil, s.listUntold,
			parameter{name: "round", kind: "integer", doc: "the round; without it all"}), "text/csv"),

		get(oneCase+"/people/organisations", "The organisations to which affected people belong", organisationReaders(), organisationList{}, s.listOrganisations),
		givesFile(get(oneCase+"/people/organisation", "The affected people of one organisation, to hand over to it", organisationReaders(), nil, s.organisationPeople,
			parameter{name: "organisation", kind: "string", doc: "its id or name, as the list of organisations has it", required: true}), "text/csv"),

		post(oneCase+"/rounds", "Open a round to people who were imported before: a follow-up, or the rest of a stopped round", leaders(),
			roundRequest{}, roundAnswer{}, s.openRound),
		takesFile(post(oneCase+"/rounds/recipients", "Open a round to recipients of a file of accounts; the body is the file", leaders(), nil, roundAnswer{}, s.openRecipients),
			"text/csv", parameter{name: "kind", kind: "string", doc: "affected_organisation or not_affected", required: true},
			parameter{name: "reason", kind: "string", doc: "why these people are written to, for the record", required: true},
			parameter{name: "name", kind: "string", doc: "the file's name, for messages"},
			parameter{name: "map", kind: "string", doc: "COLUMN=FIELD, may be repeated: which field a column fills; admin is the one that says who administers an organisation"}),
		get(oneCase+"/coverage", "Who was told, per kind of round, and who still has to be", everyone(), coverageView{}, s.showCoverage),
	}
}
