package notice

import "slices"

// The templates that leave Tocsin, besides what locale.json holds. Those for
// people affected are in every language; those for the team in some.
const (
	// TemplateAffected is the Art. 34 communication to an affected person.
	TemplateAffected = "affected"
	// TemplateAffectedOrganisation tells an organisation's administrator how
	// many of its people are in the file and that it is itself a controller.
	TemplateAffectedOrganisation = "affected_organisation"
	// TemplateFollowUp is a later message to somebody who was told before.
	TemplateFollowUp = "follow_up"
	// TemplateNotAffected tells a person that their data are not in the file.
	TemplateNotAffected = "not_affected"
	// TemplateReminder is the reminder of an obligation, to the team.
	TemplateReminder = "reminder"
	// TemplateCheckpoint is the checkpoint of the record, to the team. It is
	// text only.
	TemplateCheckpoint = "checkpoint"
	// TemplateHold is the message about a round that halts, to the team. It is
	// text only.
	TemplateHold = "hold"
	// TemplateDisclosed is the message about a vendor that told of a breach
	// through its link, to the team. It is text only.
	TemplateDisclosed = "disclosed"
	// TemplateErasure warns the team before people's data are erased, and tells
	// when they are.
	TemplateErasure = "erasure"
	// TemplateInvitation carries the link with which an invited person sets the
	// first password. It is text only.
	TemplateInvitation = "invitation"
	// TemplateWebhook is the message about a webhook that was given up, to the team.
	// It is text only.
	TemplateWebhook = "webhook"
	// TemplateReset carries the link with which a person sets a new password. It is
	// text only.
	TemplateReset = "reset"
	// TemplateChanged tells a person that the password was changed. It is text only.
	TemplateChanged = "changed"
	// TemplateAccess tells a person that the ways to open the account changed. It is
	// text only.
	TemplateAccess = "access"
	// TemplateTest is a test that its reader asked for. It is text only.
	TemplateTest = "test"
)

// Templates are the templates of communications, which every language has.
func Templates() []string {
	return []string{TemplateAffected, TemplateAffectedOrganisation, TemplateFollowUp, TemplateNotAffected}
}

func isTemplate(name string) bool { return slices.Contains(Templates(), name) }

// teamTemplates are those in a language's team folder.
func teamTemplates() []string {
	return append([]string{TemplateReminder, TemplateCheckpoint, TemplateHold, TemplateDisclosed, TemplateErasure, TemplateWebhook}, accountTemplates()...)
}

// accountTemplates are the mails to the holder of an account.
func accountTemplates() []string {
	return []string{TemplateInvitation, TemplateReset, TemplateChanged, TemplateAccess, TemplateTest}
}
