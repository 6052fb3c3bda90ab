package form

import (
	"time"

	"tocsin/gdpr"
)

// Known is what a case knows about a breach, for [Prefill]. Every part that is
// left out fills nothing. The codes are those of the template's options. The
// zone of an instant is the one in which it is written down, so the caller puts
// it into the controller's.
type Known struct {
	// Language is that of the sentences that Prefill writes: "es", or English
	// for every other.
	Language string
	// Controller is who notifies.
	Controller KnownController
	// Reporter is the person who notifies.
	Reporter KnownReporter
	// DPO is the data protection officer; left out of the draft when the
	// reporter is the DPO.
	DPO KnownContact
	// NoDPO says that no data protection officer is designated.
	NoDPO bool
	// Parties are the processors and joint controllers involved.
	Parties []KnownParty
	// NoParties says that none is involved.
	NoParties bool
	// PartiesSource says where Parties or NoParties come from.
	PartiesSource string
	// Timeline is when what happened.
	Timeline KnownTimeline
	// Nature is what happened.
	Nature KnownNature
	// People are the people affected.
	People KnownCount
	// Records are the records affected.
	Records KnownCount
	// Data are the kinds of data exposed.
	Data KnownData
	// Measures are what protected the data and what was done.
	Measures KnownMeasures
	// Risk is the outcome of the assessment.
	Risk KnownRisk
	// Communication is whether and how the people were told.
	Communication KnownCommunication
	// Authorities are who else was or will be notified.
	Authorities KnownAuthorities
	// DelayReasons are why the notification is late, as given so far.
	DelayReasons string
	// DelaySource says where DelayReasons come from.
	DelaySource string
}

// KnownController is who notifies.
type KnownController struct {
	// Name is the organisation's name.
	Name string
	// Contact is its address, e-mail and telephone in one line.
	Contact string
	// Reference is the controller's own reference of the case.
	Reference string
	// IdentifierType is company_id, organisation_number or vat_number.
	IdentifierType string
	// Identifier is the number of that type.
	Identifier string
	// Sector is private or public.
	Sector string
	// Organisation is freelance_or_micro, small_or_medium, large or others.
	Organisation string
	// Activity is the economic activity, as classified in the country.
	Activity string
	// OutsideEEA says that it is not established in the EEA.
	OutsideEEA bool
	// Representative is the name of the representative in the EEA (Art. 27).
	Representative string
	// RepresentativeContact is how to reach the representative.
	RepresentativeContact string
	// Establishments are the EEA countries with an establishment, ISO codes.
	Establishments []string
	// Source says where all of this comes from.
	Source string
}

// KnownReporter is the person who notifies.
type KnownReporter struct {
	KnownContact
	// Function is dpo, legal_representative or other.
	Function string
	// FunctionDescription says which function, when it is other.
	FunctionDescription string
}

// KnownContact is a person or an office to write to.
type KnownContact struct {
	// Name is the person's or the office's name.
	Name string
	// Details are how to reach it, in one line.
	Details string
	// Source says where both come from.
	Source string
}

// KnownParty is a processor or a joint controller.
type KnownParty struct {
	// Role is what it is, in words: "processor".
	Role string
	// Name is its name.
	Name string
	// Contact is how to reach it.
	Contact string
}

// KnownTimeline is when what happened.
type KnownTimeline struct {
	// AwareAt is the instant of awareness that was decided.
	AwareAt time.Time
	// AwareSource says where it comes from, such as "awareness, revision 2".
	AwareSource string
	// OccurredFrom is the beginning of the breach; zero when unknown.
	OccurredFrom time.Time
	// OccurredTo is its end; zero when unknown or not reached.
	OccurredTo time.Time
	// Ongoing says that it goes on.
	Ongoing bool
	// Approximate says that beginning and end are estimates.
	Approximate bool
	// DiscoveredBy is an option of field 50, such as processor.
	DiscoveredBy string
	// Discovery says in words how the breach was discovered.
	Discovery string
	// ToldAt is when another party told the controller; zero when none did.
	ToldAt time.Time
	// ProcessorDetectedAt is when the processor found out; zero when unknown.
	ProcessorDetectedAt time.Time
	// Source says where all but AwareAt comes from.
	Source string
}

// KnownNature is what happened.
type KnownNature struct {
	// Breach are options of field 55: confidentiality, integrity, availability.
	Breach []string
	// Confidentiality is an option of field 56, such as likely_disclosed.
	Confidentiality string
	// Unintelligible is an option of field 57.
	Unintelligible string
	// Integrity is an option of field 58.
	Integrity string
	// Availability is an option of field 59.
	Availability string
	// Incident is an option of field 60, such as exfiltration.
	Incident string
	// Cause is an option of field 61, such as external_malicious.
	Cause string
	// Summary says in words what happened.
	Summary string
	// Systems says which systems are involved and where they are.
	Systems string
	// Source says where all of this comes from.
	Source string
}

// KnownCount is a number of people or records.
type KnownCount struct {
	// Count is the number; nil when there is none yet.
	Count *int64
	// Approximate says that it is an estimate.
	Approximate bool
	// Categories are options of field 65, for people.
	Categories []string
	// Description says more about the categories.
	Description string
	// PerCountry is the number of people per ISO country code. Countries
	// outside the EEA, and the empty code for unknown, are left out of the
	// form, which asks for EEA countries.
	PerCountry map[string]int64
	// Source says where all of this comes from, such as "people import round 1".
	Source string
}

// KnownData are the kinds of data exposed.
type KnownData struct {
	// Kinds are keys of [gdpr.DataKinds].
	Kinds []string
	// Description says more about them; when empty, the labels of the kinds
	// are listed.
	Description string
	// Source says where both come from.
	Source string
}

// KnownMeasures are what protected the data and what was done.
type KnownMeasures struct {
	// Before are options of field 75.
	Before []string
	// BeforeDescription says more about them.
	BeforeDescription string
	// Taken says what was done about the breach.
	Taken string
	// After are options of field 94.
	After []string
	// AfterDescription says more about them.
	AfterDescription string
	// Source says where all of this comes from.
	Source string
}

// KnownRisk is the outcome of the assessment.
type KnownRisk struct {
	// Outcome is unlikely, risk or high_risk.
	Outcome string
	// Band is the severity band; empty when none was computed.
	Band gdpr.Band
	// Reason is the reasoning of the assessment.
	Reason string
	// Consequences are options of field 79, for confidentiality.
	Consequences []string
	// Impacts are options of field 85.
	Impacts []string
	// Source says where all of this comes from, such as "assessment 2".
	Source string
}

// KnownCommunication is whether and how the people were told (Art. 34).
type KnownCommunication struct {
	// Answer is an option of field 97; empty when nothing is decided.
	Answer string
	// On is the day on which they were or will be told, in the zone it has.
	On time.Time
	// Extent is all or not_all, once they were told.
	Extent string
	// ExtentDescription says why not all were told.
	ExtentDescription string
	// Means is individual, public or other.
	Means string
	// Content is what they were told.
	Content string
	// Exemption is the point of Art. 34(3) that applies: protection_measures,
	// subsequent_measures or disproportionate_effort.
	Exemption string
	// ExemptionReason says why.
	ExemptionReason string
	// Source says where all of this comes from.
	Source string
}

// KnownAuthorities are who else was or will be notified.
type KnownAuthorities struct {
	// CrossBorder is yes, no or unknown; empty when nobody said.
	CrossBorder string
	// Lead is the code of the lead authority.
	Lead string
	// Notified are the codes of the EEA authorities that were or will be
	// notified.
	Notified []string
	// Police is yes, no or unknown: reported as a criminal offence.
	Police string
	// Others is yes, no or unknown: notified under other laws.
	Others string
	// OthersDescription says which and when.
	OthersDescription string
	// Source says where all of this comes from.
	Source string
}
