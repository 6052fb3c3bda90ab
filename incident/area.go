package incident

import (
	"slices"
	"strings"
)

// Areas of events, by which a reader of the record chooses. They are no part of
// the record: an area may take in further types of events later.
const (
	// AreaDecisions holds what was decided, and the duties and their clocks.
	AreaDecisions = "decisions"
	// AreaNotifications holds what goes to authorities and to the public.
	AreaNotifications = "notifications"
	// AreaReminders holds reminders and how they were answered.
	AreaReminders = "reminders"
	// AreaPeople holds people affected, mailings and erasing.
	AreaPeople = "people"
	// AreaWork holds tasks, files and vendors.
	AreaWork = "work"
	// AreaReads holds who looked at people's data, or took evidence away.
	AreaReads = "reads"
	// AreaSecurity holds accounts, keys, settings, and what left the building.
	AreaSecurity = "security"
)

// Areas lists the areas, in the order in which readers are offered them.
func Areas() []string {
	return []string{AreaDecisions, AreaNotifications, AreaReminders, AreaPeople, AreaWork, AreaReads, AreaSecurity}
}

// InArea says whether a type of events belongs to an area. One type may belong
// to several: a bundle that was exported is work, a read and security.
func InArea(area, kind string) bool {
	begins := func(with ...string) bool {
		return slices.ContainsFunc(with, func(one string) bool { return strings.HasPrefix(kind, one) })
	}
	switch area {
	case AreaDecisions:
		return begins("incident_", "awareness_", "assessment_", "screening_", "obligation_", "fact_", "delay_", EvDisclosureJoined, EvDisclosureTakenOut)
	case AreaNotifications:
		return begins("notification_", "public_", "publication_")
	case AreaReminders:
		return begins("reminder_", "processes_")
	case AreaPeople:
		return begins("people_imported", "people_erased", "people_taken", "accounts_", "mailing_", "round_", "erasure_", "retention_", "warning_")
	case AreaWork:
		return begins("task_", "documents_", "document_kept", "bundle_", "vendor_")
	case AreaReads:
		return begins("people_seen", "people_taken", "document_seen", "bundle_", "record_exported", "register_taken")
	case AreaSecurity:
		return begins("account_", "master_key_", "ledger_key_", "bundle_", "record_", "installation_", "webhook_", "counsel_", "disclosure_link_", "second_factor_")
	}
	return false
}
