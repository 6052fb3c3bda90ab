package web

import "tocsin/incident"

// installationRoutes are the accounts of Tocsin itself and how it does.
func (s *server) installationRoutes() []route {
	return []route{
		created(post("/api/v1/users", "Add an account; its token and password are shown this once, or the person is invited by mail", accountKeepers(),
			userRequest{}, userAnswer{}, s.addUser)),
		get("/api/v1/users", "List the accounts, those that ended too", accountKeepers(), userList{}, s.listUsers),
		post("/api/v1/users/{user}/invite", "Invite a person again who has not accepted yet; earlier links open nothing any more", accountKeepers(),
			nothing{}, invitedAnswer{}, s.inviteUserAgain),
		post("/api/v1/users/{user}/withdraw", "Withdraw an invitation: its link opens nothing any more", accountKeepers(),
			nothing{}, ended{}, s.withdrawInvitation),
		post("/api/v1/users/{user}/end", "End an account for good: sessions end, tokens are revoked; the last DPO stays", accountKeepers(),
			nothing{}, ended{}, s.endUser),
		post("/api/v1/users/{user}/reset", "Give an account a new password: shown this once, and its sessions end; for dpo, deputy, approver and auditor a link is mailed to the person instead", accountKeepers(),
			resetRequest{}, resetAnswer{}, s.resetUser),
		get("/api/v1/second-factor", "Of which roles a second factor is demanded", accountKeepers(), demandView{}, s.showFactorDemand),
		post("/api/v1/second-factor", "Demand a second factor of roles, in the place of what was demanded before", []incident.Role{incident.RoleDPO},
			demandRequest{}, demandView{}, s.demandFactor),
		get("/api/v1/tokens", "List the tokens of one's own account", everyone(), tokenList{}, s.listTokens),
		created(post("/api/v1/tokens", "Make a token of one's own account, shown this once", everyone(), tokenRequest{}, tokenAnswer{}, s.createToken)),
		post("/api/v1/tokens/{token}/revoke", "Revoke a token of one's own account", everyone(), nothing{}, ended{}, s.revokeToken),

		get("/healthz", "Whether the process is alive", nil, health{}, s.healthz),
		get("/readyz", "Whether every part answers, with each one's state; 503 when one is away", nil, readiness{}, s.readyz),
		get("/api/openapi.json", "This description", nil, nil, s.describeAPI),
	}
}
