package workflows

import "go.temporal.io/sdk/workflow"

// AccountMailWorkflowID is the id of the workflow that sends one mail to the
// holder of an account. The mail's id opens nothing.
func AccountMailWorkflowID(mail string) string { return "account-mail/" + mail }

// AccountMail sends one mail to the holder of an account: an invitation, a link to
// a new password, or that the password was changed. Whom it goes to, and whether
// anybody, stands in the record's database alone. While the relay
// is away it is offered again for a day; the activity itself knows when a link is
// no longer worth sending.
func AccountMail(ctx workflow.Context, mail string) error {
	return workflow.ExecuteActivity(persistently(ctx), a.SendAccountMail, mail).Get(ctx, nil)
}
