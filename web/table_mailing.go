package web

// mailingRoutes are the notices to a round of people.
func (s *server) mailingRoutes() []route {
	return []route{
		post(oneCase+"/mailings", "Draft the notice to a round of people; without content from what is recorded", responders(),
			mailingRequest{}, mailingDraftAnswer{}, s.draftMailing),
		get(oneCase+"/mailings/{round}", "The status of a mailing: deliveries by state; \"latest\" is the last round", everyone(),
			mailingStatus{}, s.showMailing),
		get(oneCase+"/mailings/{round}/preview", "The notice as its readers will see it, per language", caseReaders(),
			mailingPreview{}, s.previewMailing, parameter{name: "locale", kind: "string", doc: "one language; without it all"},
			parameter{name: "person", kind: "integer", doc: "the notice to one person, for roles that may see people; it is recorded who looked"},
			parameter{name: "template", kind: "string", doc: "show what a first draft in this template would say; without it the latest draft"}),
		post(oneCase+"/mailings/{round}/test", "Send the latest draft, with invented data and marked as a test, to your own address", onDuty(),
			testRequest{}, recorded{}, s.testMailing),
		post(oneCase+"/mailings/{round}/approve", "Approve the latest draft of a round; not by its drafter", approvers(),
			nothing{}, recorded{}, s.approveMailing),
		post(oneCase+"/mailings/{round}/start", "Begin to send an approved round", leaders(), nothing{}, recorded{}, s.startMailing),
		post(oneCase+"/mailings/{round}/stop", "Stop a round that is being sent: nobody further is written to", leaders(),
			reasonRequest{}, recorded{}, s.stopMailing),
		post(oneCase+"/mailings/{round}/pause", "Halt a round for a while: nobody further is written to until it is resumed", leaders(),
			pauseRequest{}, recorded{}, s.pauseMailing),
		post(oneCase+"/mailings/{round}/resume", "Let a paused round go on", leaders(), resumeRequest{}, recorded{}, s.resumeMailing),
		get(oneCase+"/mailings/{round}/proof", "Show that one notice had its outcome, and reveal no other", peopleReaders(), mailingProof{}, s.proveMailing,
			parameter{name: "message_id", kind: "string", doc: "the notice's Message-ID", required: true},
			parameter{name: "of", kind: "string", doc: "outcome, or bounce for a notice that came back; outcome without it"}),
	}
}
