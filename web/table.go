package web

import (
	"net/http"

	"tocsin/incident"
	"tocsin/ledger"
	"tocsin/postgres"
)

// table lists the API. The order is that of a case.
func (s *server) table() []route {
	const one = "/api/v1/incidents/{id}"
	get := func(path, summary string, roles []incident.Role, answer any, handle handler, query ...parameter) route {
		return route{method: "GET", path: path, summary: summary, roles: roles, answer: answer, status: http.StatusOK,
			handle: handle, query: query}
	}
	post := func(path, summary string, roles []incident.Role, body, answer any, handle handler) route {
		return route{method: "POST", path: path, summary: summary, roles: roles, body: body, answer: answer,
			status: http.StatusOK, handle: handle}
	}
	created := func(r route) route { r.status = http.StatusCreated; return r }
	fetch := func(r route, media string) route { r.download = media; return r }
	page := []parameter{
		{name: "limit", kind: "integer", doc: "the greatest number of rows"},
		{name: "after", kind: "string", doc: "the id of the last row of the page before"},
	}

	routes := []route{
		created(post("/api/v1/incidents", "Open an incident from a disclosure; the same key again answers the same incident",
			responders(), openRequest{}, recorded{}, s.openIncident)),
		get("/api/v1/incidents", "List incidents, the most urgent first", everyone(), incidentList{}, s.listIncidents,
			append([]parameter{
				{name: "open", kind: "boolean", doc: "true lists open incidents alone, false closed ones alone"},
				{name: "search", kind: "string", doc: "looked for in number, title and vendor"},
			}, page...)...),
		get(one, "Show an incident: state, obligations with their clocks, what is missing, next action", everyone(),
			incidentView{}, s.showIncident),
		post(one+"/awareness", "Fix or revise the instant of awareness", leaders(), incident.SetAwareness{}, recorded{}, s.setAwareness),
		post(one+"/close", "Close the case", leaders(), reasonRequest{}, recorded{}, s.closeIncident),
		post(one+"/reopen", "Open a closed case again", leaders(), reasonRequest{}, recorded{}, s.reopenIncident),

		get(one+"/tasks", "List the tasks", everyone(), taskList{}, s.listTasks),
		post(one+"/tasks/{task}/done", "Say that a task is done; the task by its number or its code", responders(),
			taskDoneRequest{}, recorded{}, s.completeTask),

		post(one+"/assessments", "Record an assessment of the risk and the decision", leaders(),
			assessmentRequest{}, assessmentAnswer{}, s.recordAssessment),

		post(one+"/screening", "Record the answers that say which laws may apply; answers what they propose", leaders(),
			screeningRequest{}, screeningAnswer{}, s.recordScreening),
		post(one+"/obligations", "Open a duty that you have confirmed", leaders(), incident.Duty{}, recorded{}, s.addObligation),
		post(one+"/obligations/{obligation}/facts", "Fix the instant of a fact from which a stage counts", leaders(),
			factRequest{}, recorded{}, s.fixFact),

		post(one+"/notifications", "Draft the notification to an authority; without content from what is recorded", responders(),
			notificationRequest{}, draftAnswer{}, s.draftNotification),
		get(one+"/obligations/{obligation}/notification", "The draft of what is filed next: answers, completeness, the authority's sheet", caseReaders(),
			notificationView{}, s.showNotification,
			parameter{name: "projection", kind: "string", doc: "edpb, aepd, cnil, dpc or ico; without it the authority's"},
			parameter{name: "language", kind: "string", doc: "the language of the sheet; without it the form's usual one"}),
		fetch(get(one+"/obligations/{obligation}/copy-sheet", "The page from which the authority's portal is filled", caseReaders(),
			nil, s.copySheet), "text/html"),
		post(one+"/obligations/{obligation}/withdraw", "Draft the withdrawal of what was filed", leaders(),
			withdrawRequest{}, draftAnswer{}, s.withdrawNotification),
		post(one+"/obligations/{obligation}/approve", "Approve the latest draft of a notification; not by its drafter", approvers(),
			approveRequest{}, recorded{}, s.approveNotification),
		post(one+"/obligations/{obligation}/file", "Record that the notification was filed, with its receipt", leaders(),
			fileRequest{}, recorded{}, s.fileNotification),
		post(one+"/obligations/{obligation}/delay-reasons", "Record reasons for being late", leaders(),
			reasonsRequest{}, recorded{}, s.giveDelayReasons),
		post(one+"/obligations/{obligation}/waive", "End an obligation because it does not apply", leaders(),
			reasonRequest{}, recorded{}, s.waiveObligation),
		post(one+"/obligations/{obligation}/acknowledge", "Take a reminder on; without a rung the latest", onDuty(),
			acknowledgeRequest{}, recorded{}, s.acknowledge),
	}
	routes = append(routes, s.furtherTable(one, get, post, created)...)
	return append(routes, s.retentionTable(one, get, post)...)
}

type handler = func(w http.ResponseWriter, r *http.Request, user postgres.User) error

// furtherTable is the part of the table about people, files and the record.
func (s *server) furtherTable(
	one string,
	get func(string, string, []incident.Role, any, handler, ...parameter) route,
	post func(string, string, []incident.Role, any, any, handler) route,
	created func(route) route,
) []route {
	name := parameter{name: "name", kind: "string", doc: "the file's name, without a path", required: true}
	upload := func(r route, media string, query ...parameter) route {
		r.file, r.query = media, query
		return r
	}
	download := func(r route, media string) route { r.download = media; return r }
	long := func(r route) route { r.long = true; return r }
	return []route{
		upload(post(one+"/people", "Import a file of affected people; the body is the file", responders(), nil, importAnswer{}, s.importPeople),
			"text/csv", parameter{name: "name", kind: "string", doc: "the file's name, for messages"},
			parameter{name: "round", kind: "integer", doc: "the round of people; without it the one that is open, or a new one"},
			parameter{name: "map", kind: "string", doc: "COLUMN=FIELD, may be repeated: which field a column fills"}),
		upload(post(one+"/people/analysis", "Say what a file of affected people holds before anything of it is stored; the body is the file", responders(),
			nil, analysisAnswer{}, s.analysePeople),
			"text/csv", parameter{name: "name", kind: "string", doc: "the file's name, for messages"}),
		upload(post("/api/v1/people/accounts", "Load the controller's own accounts to match affected people against; the body is the file", leaders(),
			nil, accountsAnswer{}, s.loadAccounts),
			"text/csv", parameter{name: "name", kind: "string", doc: "the file's name, for messages"},
			parameter{name: "map", kind: "string", doc: "COLUMN=FIELD, may be repeated: which field a column fills"},
			parameter{name: "dry_run", kind: "boolean", doc: "true reads and counts the accounts, and stores and records nothing"}),
		long(post("/api/v1/people/accounts/from-database", "Load the controller's own accounts by the query that the installation's settings name", leaders(),
			accountsRequest{}, accountsAnswer{}, s.loadAccountsFromDatabase)),
		get(one+"/people/matching", "How the people affected and the controller's accounts agree", peopleReaders(), matchingView{}, s.showMatching,
			parameter{name: "round", kind: "integer", doc: "the round; without it all"}),
		get(one+"/people", "List the people affected with the state of their notice", peopleReaders(), peopleList{}, s.listPeople,
			parameter{name: "state", kind: "string", doc: "the state of delivery"},
			parameter{name: "round", kind: "integer", doc: "the round; without it all"},
			parameter{name: "account", kind: "string", doc: "yes lists those who have an account of the controller's alone, no those who have none"},
			parameter{name: "limit", kind: "integer", doc: "the greatest number of rows, at most 1000"},
			parameter{name: "after", kind: "integer", doc: "the id of the last row of the page before"}),
		download(get(one+"/people/untold", "The people whom mail did not reach, for letters and calls", peopleReaders(), nil, s.listUntold,
			parameter{name: "round", kind: "integer", doc: "the round; without it all"}), "text/csv"),

		get(one+"/people/organisations", "The organisations to which affected people belong", organisationReaders(), organisationList{}, s.listOrganisations),
		download(get(one+"/people/organisation", "The affected people of one organisation, to hand over to it", organisationReaders(), nil, s.organisationPeople,
			parameter{name: "organisation", kind: "string", doc: "its id or name, as the list of organisations has it", required: true}), "text/csv"),

		post(one+"/rounds", "Open a round to people who were imported before: a follow-up, or the rest of a stopped round", leaders(),
			roundRequest{}, roundAnswer{}, s.openRound),
		upload(post(one+"/rounds/recipients", "Open a round to recipients of a file of accounts; the body is the file", leaders(), nil, roundAnswer{}, s.openRecipients),
			"text/csv", parameter{name: "kind", kind: "string", doc: "affected_organisation or not_affected", required: true},
			parameter{name: "reason", kind: "string", doc: "why these people are written to, for the record", required: true},
			parameter{name: "name", kind: "string", doc: "the file's name, for messages"},
			parameter{name: "map", kind: "string", doc: "COLUMN=FIELD, may be repeated: which field a column fills; admin is the one that says who administers an organisation"}),
		get(one+"/coverage", "Who was told, per kind of round, and who still has to be", everyone(), coverageView{}, s.showCoverage),
		post(one+"/public", "Draft the public communication of GDPR Art. 34(3)(c); without content from what is recorded", responders(),
			publicRequest{}, publicDraftAnswer{}, s.draftPublic),
		get(one+"/public", "The public communication: its texts, what is missing, where it was published", caseReaders(), publicView{}, s.showPublic),
		download(get(one+"/public/{locale}", "The text of the public communication in one language, to be published", caseReaders(), nil, s.publicFile,
			parameter{name: "format", kind: "string", doc: "text or html; text without it"}), "text/plain"),
		post(one+"/public/approve", "Approve the latest draft of the public communication; not by its drafter", approvers(),
			nothing{}, recorded{}, s.approvePublic),
		post(one+"/public/publication", "Record where and when the approved text was made public, and why", leaders(),
			publicationRequest{}, recorded{}, s.recordPublication),

		post(one+"/mailings", "Draft the notice to a round of people; without content from what is recorded", responders(),
			mailingRequest{}, mailingDraftAnswer{}, s.draftMailing),
		get(one+"/mailings/{round}", "The status of a mailing: deliveries by state; \"latest\" is the last round", everyone(),
			mailingStatus{}, s.showMailing),
		get(one+"/mailings/{round}/preview", "The notice as its readers will see it, per language", caseReaders(),
			mailingPreview{}, s.previewMailing, parameter{name: "locale", kind: "string", doc: "one language; without it all"},
			parameter{name: "person", kind: "integer", doc: "the notice to one person, for roles that may see people; it is recorded who looked"},
			parameter{name: "template", kind: "string", doc: "show what a first draft in this template would say; without it the latest draft"}),
		post(one+"/mailings/{round}/test", "Send the latest draft, with invented data and marked as a test, to your own address", onDuty(),
			testRequest{}, recorded{}, s.testMailing),
		post(one+"/mailings/{round}/approve", "Approve the latest draft of a round; not by its drafter", approvers(),
			nothing{}, recorded{}, s.approveMailing),
		post(one+"/mailings/{round}/start", "Begin to send an approved round", leaders(), nothing{}, recorded{}, s.startMailing),
		post(one+"/mailings/{round}/stop", "Stop a round that is being sent: nobody further is written to", leaders(),
			reasonRequest{}, recorded{}, s.stopMailing),
		post(one+"/mailings/{round}/pause", "Halt a round for a while: nobody further is written to until it is resumed", leaders(),
			pauseRequest{}, recorded{}, s.pauseMailing),
		post(one+"/mailings/{round}/resume", "Let a paused round go on", leaders(), resumeRequest{}, recorded{}, s.resumeMailing),
		get(one+"/mailings/{round}/proof", "Show that one notice had its outcome, and reveal no other", peopleReaders(), mailingProof{}, s.proveMailing,
			parameter{name: "message_id", kind: "string", doc: "the notice's Message-ID", required: true},
			parameter{name: "of", kind: "string", doc: "outcome, or bounce for a notice that came back; outcome without it"}),

		created(upload(post(one+"/documents", "Attach a file as evidence; the body is the file, Content-Type its type", responders(),
			nil, attachAnswer{}, s.attachDocument), "application/octet-stream",
			name, parameter{name: "note", kind: "string", doc: "what the file is"})),
		get(one+"/documents", "List the files of a case", caseReaders(), documentList{}, s.listDocuments),
		download(get(one+"/documents/{document}", "A file of a case", caseReaders(), nil, s.showDocument), "application/octet-stream"),

		get(one+"/at", "The case as it was known at an instant, and what was known otherwise at a second one", caseReaders(), atAnswer{}, s.showIncidentAt,
			parameter{name: "time", kind: "string", doc: "the instant, RFC 3339 with offset; in an exercise, of its own time", required: true},
			parameter{name: "until", kind: "string", doc: "a second, later instant to compare with"}),
		get(one+"/audit", "The ledger's entries of an incident with their hashes", caseReaders(), auditList{}, s.listAudit),
		get("/api/v1/audit", "The ledger's entries that belong to no incident, with their hashes: accounts loaded, people looked at", caseReaders(),
			auditList{}, s.listInstallationAudit),
		download(post(one+"/bundle", "Seal the case and give the bundle that can be verified offline", peopleReaders(),
			nothing{}, nil, s.exportBundle), "application/zip"),
		get("/api/v1/law/questions", "The questions that say which laws may apply", everyone(), questionList{}, s.listQuestions),
		get("/api/v1/law/regimes", "The laws that Tocsin knows, with their stages and sources", everyone(), regimeList{}, s.listRegimes),
		get("/api/v1/law/authorities", "The supervisory authorities that Tocsin knows", everyone(), authorityList{}, s.listAuthorities),
		post("/api/v1/checkpoint", "Sign the head of the ledger as it stands now", caseReaders(), nothing{}, checkpointAnswer{}, s.checkpoint),
		long(post("/api/v1/audit/verify", "Compute the whole record anew and hold it against checkpoints that left the building",
			peopleReaders(), verifyRequest{}, ledger.LogReport{}, s.verifyRecord)),

		created(post("/api/v1/users", "Add an account; its token and password are shown this once", accountKeepers(),
			userRequest{}, userAnswer{}, s.addUser)),
		get("/api/v1/users", "List the accounts, those that ended too", accountKeepers(), userList{}, s.listUsers),
		post("/api/v1/users/{user}/end", "End an account for good: sessions end, tokens are revoked; the last DPO stays", accountKeepers(),
			nothing{}, ended{}, s.endUser),
		post("/api/v1/users/{user}/reset", "Give an account a new password, shown this once; its sessions end", accountKeepers(),
			resetRequest{}, resetAnswer{}, s.resetUser),
		get("/api/v1/tokens", "List the tokens of one's own account", everyone(), tokenList{}, s.listTokens),
		created(post("/api/v1/tokens", "Make a token of one's own account, shown this once", everyone(), tokenRequest{}, tokenAnswer{}, s.createToken)),
		post("/api/v1/tokens/{token}/revoke", "Revoke a token of one's own account", everyone(), nothing{}, ended{}, s.revokeToken),

		get("/healthz", "Whether the process is alive", nil, health{}, s.healthz),
		get("/readyz", "Whether every part answers, with each one's state; 503 when one is away", nil, readiness{}, s.readyz),
		get("/api/openapi.json", "This description", nil, nil, s.describeAPI),
	}
}
