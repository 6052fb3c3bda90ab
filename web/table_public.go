package web

// publicRoutes are the public communication.
func (s *server) publicRoutes() []route {
	return []route{
		post(oneCase+"/public", "Draft the public communication of GDPR Art. 34(3)(c); without content from what is recorded", responders(),
			publicRequest{}, publicDraftAnswer{}, s.draftPublic),
		get(oneCase+"/public", "The public communication: its texts, what is missing, where it was published", caseReaders(), publicView{}, s.showPublic),
		givesFile(get(oneCase+"/public/{locale}", "The text of the public communication in one language, to be published", caseReaders(), nil, s.publicFile,
			parameter{name: "format", kind: "string", doc: "text or html; text without it"}), "text/plain"),
		post(oneCase+"/public/approve", "Approve the latest draft of the public communication; not by its drafter", approvers(),
			nothing{}, recorded{}, s.approvePublic),
		post(oneCase+"/public/publication", "Record where and when the approved text was made public, and why", leaders(),
			publicationRequest{}, recorded{}, s.recordPublication),
	}
}
