package web

import "tocsin/ledger"

// recordRoutes are the files of a case, its record, and the law that Tocsin knows.
func (s *server) recordRoutes() []route {
	return []route{
		created(takesFile(post(oneCase+"/documents", "Attach a file as evidence; the body is the file, Content-Type its type", responders(),
			nil, attachAnswer{}, s.attachDocument), "application/octet-stream",
			parameter{name: "name", kind: "string", doc: "the file's name, without a path", required: true},
			parameter{name: "note", kind: "string", doc: "what the file is"})),
		get(oneCase+"/documents", "List the files of a case", caseReaders(), documentList{}, s.listDocuments),
		givesFile(get(oneCase+"/documents/{document}", "A file of a case", caseReaders(), nil, s.showDocument), "application/octet-stream"),

		get(oneCase+"/at", "The case as it was known at an instant, and what was known otherwise at a second one", caseReaders(), atAnswer{}, s.showIncidentAt,
			parameter{name: "time", kind: "string", doc: "the instant, RFC 3339 with offset; in an exercise, of its own time", required: true},
			parameter{name: "until", kind: "string", doc: "a second, later instant to compare with"},
			parameter{name: "by", kind: "string", doc: "recorded (what was known then; without it) or happened (what was so then, also what was recorded later)"}),
		get(oneCase+"/audit", "The ledger's entries of an incident with their hashes", caseReaders(), auditList{}, s.listAudit,
			auditParameters()...),
		get("/api/v1/audit", "The ledger's entries that belong to no incident, with their hashes: accounts loaded, people looked at", caseReaders(),
			auditList{}, s.listInstallationAudit, auditParameters()...),
		get("/api/v1/audit/entries", "Entries of the whole record, of all cases and of the installation, the latest recorded first", everyone(), trailList{}, s.trailEntries,
			parameter{name: "incident", kind: "string", doc: "an incident's id or number, or installation for what belongs to no incident"},
			parameter{name: "kind", kind: "string", doc: "decisions, notifications, reminders, people, work, reads, security, or one type of events"},
			parameter{name: "role", kind: "string", doc: "the role of who acted; engine for Tocsin itself"},
			parameter{name: "from", kind: "string", doc: "recorded at this instant or later, RFC 3339 with offset"},
			parameter{name: "to", kind: "string", doc: "recorded before this instant"},
			parameter{name: "before", kind: "integer", doc: "next of the page before"},
			parameter{name: "limit", kind: "integer", doc: "the greatest number of entries, at most 1000; 100 without it"}),
		get("/api/v1/audit/key", "The public key that checks the record, those before it, and the signed notes by which each named its successor",
			everyone(), ledgerKeyAnswer{}, s.showLedgerKey),
		get("/api/v1/audit/confirmations", "What witnesses and time stamping authorities confirmed of the record, with their answers, to check with keys of one's own",
			caseReaders(), confirmationList{}, s.listConfirmations,
			parameter{name: "after", kind: "integer", doc: "next of the page before"},
			parameter{name: "limit", kind: "integer", doc: "the greatest number of confirmations, at most 100; 100 without it"}),
		givesFile(post(oneCase+"/bundle", "Seal the case and give the bundle that can be verified offline", peopleReaders(),
			bundleRequest{}, nil, s.exportBundle), "application/zip"),
		get("/api/v1/law/questions", "The questions that say which laws may apply", everyone(), questionList{}, s.listQuestions),
		get("/api/v1/law/regimes", "The laws that Tocsin knows, with their stages and sources", everyone(), regimeList{}, s.listRegimes),
		get("/api/v1/law/authorities", "The supervisory authorities that Tocsin knows", everyone(), authorityList{}, s.listAuthorities),
		post("/api/v1/checkpoint", "Sign the head of the ledger as it stands now", caseReaders(), nothing{}, checkpointAnswer{}, s.checkpoint),
		takesLong(post("/api/v1/audit/verify", "Compute the whole record anew and hold it against checkpoints that left the building",
			peopleReaders(), verifyRequest{}, ledger.LogReport{}, s.verifyRecord)),
	}
}
