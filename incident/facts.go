package incident

import "time"

// Disclosure is what a vendor, or anyone, told the controller. The message
// itself is kept as a document; here stand the facts read from it.
type Disclosure struct {
	// Title names the case in a few words, without naming people.
	Title string `json:"title"`
	// Kind says who told: vendor, person, authority, press, own_detection, other.
	Kind string `json:"kind"`
	// Vendor is the name of the vendor, when one told.
	Vendor string `json:"vendor,omitempty"`
	// VendorRecord is that vendor in the installation's list, with the clock of
	// its contract as it was then; nil while nobody has said which one it is.
	VendorRecord *VendorTerms `json:"vendor_record,omitempty"`
	// Reference is the number that a vendor was given for what it told through
	// its link; empty for what came in another way.
	Reference string `json:"reference,omitempty"`
	// ReceivedAt is when the message reached the controller.
	ReceivedAt time.Time `json:"received_at"`
	// ProcessorDetectedAt is when the vendor says that it found out.
	ProcessorDetectedAt time.Time `json:"processor_detected_at,omitzero"`
	// OccurredFrom and OccurredTo bound the breach, as far as it is known.
	OccurredFrom time.Time `json:"occurred_from,omitzero"`
	// OccurredTo is the end of the breach; zero while it goes on or is unknown.
	OccurredTo time.Time `json:"occurred_to,omitzero"`
	// PersonalData says whether personal data are concerned: yes, no or unknown.
	PersonalData string `json:"personal_data"`
	// Summary says in plain words what happened.
	Summary string `json:"summary"`
	// Authority is the code of the authority that is competent, such as AEPD.
	Authority string `json:"authority"`
	// Zone is the IANA name of the zone in which instants are shown.
	Zone string `json:"zone"`
	// Awareness is the instant that the reporter takes for awareness, if any.
	Awareness *SetAwareness `json:"awareness,omitempty"`
	// Screening are the answers to the questions that say which laws may apply:
	// yes, no or unknown by key. May be empty.
	Screening map[string]string `json:"screening,omitempty"`
	// Duties are the duties that the DPO has confirmed already. The
	// notification under GDPR Art. 33 comes by itself.
	Duties []Duty `json:"obligations,omitempty"`
	// Exercise is present when the incident is a drill.
	Exercise *Exercise `json:"exercise,omitempty"`
}

// Duty is what is known of a duty before its terms are copied from the law.
type Duty struct {
	// Regime is the code of the regime, such as nis2.
	Regime string `json:"regime" check:"required" doc:"the code of the regime, such as nis2"`
	// Authority is the code of the authority for data protection to which it is
	// owed; empty for the incident's own, and where the recipient is another.
	Authority string `json:"authority,omitempty" doc:"the authority's code; empty for the incident's own"`
	// Recipient names the recipient where it is no authority for data
	// protection, such as a CSIRT; may be empty while it is not known.
	Recipient string `json:"recipient,omitempty" doc:"the recipient's name where it is no authority for data protection"`
	// Country is the ISO 3166-1 alpha-2 code of the country whose holidays
	// count; empty for the authority's.
	Country string `json:"country,omitempty" doc:"the country whose holidays count; empty for the authority's"`
	// ContractHours are the hours that a contract gives, for the processor's
	// duty alone (gdpr-33-2); 0 for none.
	ContractHours int `json:"contract_hours,omitempty" doc:"the hours that a contract gives, for gdpr-33-2 alone"`
	// Reason says why it applies.
	Reason string `json:"reason,omitempty" doc:"why it applies"`
}

// Exercise makes an incident a drill.
type Exercise struct {
	// Pace says how many seconds of the incident pass in one real second, 1 to [MaxPace].
	Pace int64 `json:"pace"`
	// StartsAt is the incident's own time at its opening; zero for now.
	StartsAt time.Time `json:"starts_at,omitzero"`
}

// Document refers to a stored file.
type Document struct {
	// ID is the store's id of the document.
	ID string `json:"id"`
	// Name is the file's name, without a path.
	Name string `json:"name"`
	// SHA256 is the hash of the file, hexadecimal.
	SHA256 string `json:"sha256"`
	// Size is the number of bytes.
	Size int64 `json:"size"`
	// MediaType is the file's media type, such as message/rfc822.
	MediaType string `json:"media_type"`
}

// Severity is the outcome of a method of calculating the severity of a breach.
type Severity struct {
	// Method names the method: enisa-2013.
	Method string `json:"method"`
	// Score is the score in hundredths.
	Score int `json:"score_hundredths"`
	// Band is low, medium, high or very high.
	Band string `json:"band"`
}

// PeopleCounts are the numbers that came out of reading a file of people.
type PeopleCounts struct {
	// Rows is the number of rows in the file.
	Rows int `json:"rows"`
	// Accepted is the number of people whom mail can reach.
	Accepted int `json:"accepted"`
	// Undeliverable is the number of people who cannot be reached by mail.
	Undeliverable int `json:"undeliverable"`
	// Duplicates is the number of rows merged into another.
	Duplicates int `json:"duplicates"`
	// Rejected is the number of rows that could not be read.
	Rejected int `json:"rejected"`
	// Widened is the number of people of earlier imports of whom this file
	// exposes further kinds of data.
	Widened int `json:"widened,omitempty"`
	// WidenedByKind is the number of those people per further kind of data.
	WidenedByKind map[string]int `json:"widened_by_data_kind,omitempty"`
	// WidenedTold is how many of them were told before, or may have been: they
	// are owed a follow-up. The store counts them as it records the import.
	WidenedTold int `json:"widened_told,omitempty"`
	// ByCountry is the number of people per country code; empty for unknown.
	ByCountry map[string]int `json:"by_country,omitempty"`
	// ByKind is the number of people per kind of data.
	ByKind map[string]int `json:"by_data_kind,omitempty"`
}

// DeliveryCounts are the deliveries of a mailing by state.
type DeliveryCounts struct {
	// Total is the number of people in the round.
	Total int `json:"total"`
	// Pending is the number of people not yet written to.
	Pending int `json:"pending"`
	// Sending is the number of messages that are being handed over now.
	Sending int `json:"sending"`
	// Accepted is the number of messages that a relay took.
	Accepted int `json:"accepted"`
	// Deferred is the number of messages that a relay asked to try later.
	Deferred int `json:"deferred"`
	// Refused is the number of messages that a relay refused for good.
	Refused int `json:"refused"`
	// Undeliverable is the number of people who cannot be reached by mail.
	Undeliverable int `json:"undeliverable"`
	// Unknown is the number of messages whose fate was lost in a crash.
	Unknown int `json:"unknown"`
	// Bounced is the number of accepted messages that came back.
	Bounced int `json:"bounced"`
	// Withheld is the number of messages that did not leave, since their readers
	// turned out to be affected after all.
	Withheld int `json:"withheld,omitempty"`
	// Resent is the number of people, counted above too, to whom the same message
	// was sent once more because the fate of the first was lost: they may have
	// got it twice.
	Resent int `json:"resent,omitempty"`
}
