package web

import "tocsin/incident"

// caseRoutes are the cases, their tasks, their risk and the laws that apply.
func (s *server) caseRoutes() []route {
	return []route{
		created(post("/api/v1/incidents", "Open an incident from a disclosure; the same key again answers the same incident",
			responders(), openRequest{}, recorded{}, s.openIncident)),
		get("/api/v1/incidents", "List incidents, the most urgent first", everyone(), incidentList{}, s.listIncidents,
			append([]parameter{
				{name: "open", kind: "boolean", doc: "true lists open incidents alone, false closed ones alone"},
				{name: "search", kind: "string", doc: "looked for in number, title and vendor"},
			}, paged()...)...),
		get(oneCase, "Show an incident: state, obligations with their clocks, what is missing, next action", everyone(),
			incidentView{}, s.showIncident),
		order(s, oneCase+"/awareness", "Fix or revise the instant of awareness", leaders(),
			func(c incident.SetAwareness) incident.Command { return c }),
		order(s, oneCase+"/close", "Close the case", leaders(),
			func(b reasonRequest) incident.Command { return incident.Close(b) }),
		order(s, oneCase+"/reopen", "Open a closed case again", leaders(),
			func(b reasonRequest) incident.Command { return incident.Reopen(b) }),

		takesLong(post(oneCase+"/join", "Join the case to another one about the same breach, which takes in what was told; opening it again takes it out",
			leaders(), joinRequest{}, recorded{}, s.joinCase)),

		get(oneCase+"/tasks", "List the tasks", everyone(), taskList{}, s.listTasks),
		order(s, oneCase+"/tasks", "Put down a further task", leaders(), func(c incident.AddTask) incident.Command { return c }),
		post(oneCase+"/tasks/{task}/reopen", "Say that a task that was done is to be done again; the task by its number or its code", leaders(),
			reasonRequest{}, recorded{}, s.reopenTask),
		post(oneCase+"/tasks/{task}/done", "Say that a task is done; the task by its number or its code", responders(),
			taskDoneRequest{}, recorded{}, s.completeTask),

		post(oneCase+"/assessments", "Record an assessment of the risk and the decision", leaders(),
			assessmentRequest{}, assessmentAnswer{}, s.recordAssessment),

		post(oneCase+"/screening", "Record the answers that say which laws may apply; answers what they propose", leaders(),
			screeningRequest{}, screeningAnswer{}, s.recordScreening),
		order(s, oneCase+"/obligations", "Open a duty that you have confirmed", leaders(),
			func(duty incident.Duty) incident.Command { return incident.AddObligation{Duty: duty} }),
		post(oneCase+"/obligations/{obligation}/facts", "Fix the instant of a fact from which a stage counts", leaders(),
			factRequest{}, recorded{}, s.fixFact),
	}
}
