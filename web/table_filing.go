package web

// filingRoutes are what is drafted for an authority and filed with it, and its reminders.
func (s *server) filingRoutes() []route {
	return []route{
		post(oneCase+"/notifications", "Draft the notification to an authority; without content from what is recorded", responders(),
			notificationRequest{}, draftAnswer{}, s.draftNotification),
		get(oneCase+"/obligations/{obligation}/notification", "The draft of what is filed next: answers, completeness, the authority's sheet", caseReaders(),
			notificationView{}, s.showNotification,
			parameter{name: "projection", kind: "string", doc: "edpb, aepd, cnil, dpc or ico; without it the authority's"},
			parameter{name: "language", kind: "string", doc: "the language of the sheet; without it the form's usual one"}),
		givesFile(get(oneCase+"/obligations/{obligation}/copy-sheet", "The page from which the authority's portal is filled", caseReaders(),
			nil, s.copySheet), "text/html"),
		post(oneCase+"/obligations/{obligation}/withdraw", "Draft the withdrawal of what was filed", leaders(),
			withdrawRequest{}, draftAnswer{}, s.withdrawNotification),
		post(oneCase+"/obligations/{obligation}/approve", "Approve the latest draft of a notification; not by its drafter", approvers(),
			approveRequest{}, recorded{}, s.approveNotification),
		post(oneCase+"/obligations/{obligation}/file", "Record that the notification was filed, with its receipt", leaders(),
			fileRequest{}, recorded{}, s.fileNotification),
		post(oneCase+"/obligations/{obligation}/delay-reasons", "Record reasons for being late", leaders(),
			reasonsRequest{}, recorded{}, s.giveDelayReasons),
		post(oneCase+"/obligations/{obligation}/waive", "End an obligation because it does not apply", leaders(),
			reasonRequest{}, recorded{}, s.waiveObligation),
		post(oneCase+"/obligations/{obligation}/acknowledge", "Take a reminder on; without a rung the latest", onDuty(),
			acknowledgeRequest{}, recorded{}, s.acknowledge),
	}
}
