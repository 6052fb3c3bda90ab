package gdpr

import "encoding/json"

// BreachFacts are what is known about a breach, as far as they bear on the risk
// for people. The JSON form is what a DPO fills in; each fact that is left out
// is not known, and counts as its worst value until somebody knows better (see
// [Assess]). Facts are counts, kinds and yes or no, never a person.
type BreachFacts struct {
	// Breach says what was lost: "confidentiality", "integrity",
	// "availability", in any order, each at most once. At least one.
	Breach []Property `json:"breach"`
	// Data are the kinds of personal data affected. Nil when not known; a list
	// that is given has 1 to 100 items.
	Data []AffectedData `json:"data,omitempty"`
	// People is the number of people affected, at least roughly. Nil when not
	// known; never negative, and 0 only when no data of people are affected,
	// which then is no breach to assess.
	People *int `json:"people,omitempty"`
	// Records is the number of records affected, which is not the number of
	// people. Nil when not known; it does not change the risk.
	Records *int `json:"records,omitempty"`
	// VulnerablePeople says that children, patients or other vulnerable people
	// are among them (GDPR Recital 75).
	VulnerablePeople Answer `json:"vulnerable_people,omitzero"`
	// Minors says that children are among them; yes implies VulnerablePeople.
	Minors Answer `json:"minors,omitzero"`
	// Exposure says who has the data or could have read them.
	Exposure Exposure `json:"exposure,omitempty"`
	// Exfiltrated says that data left the controller's systems. It only
	// guards Exposure against a contradiction.
	Exfiltrated Answer `json:"exfiltrated,omitzero"`
	// Malicious says that the breach was caused on purpose.
	Malicious Answer `json:"malicious,omitzero"`
	// Unintelligible says whether the data are unintelligible to whoever has
	// them, by state-of-the-art encryption or hashing.
	Unintelligible Intelligibility `json:"unintelligible,omitempty"`
	// KeyCompromised says that the key, or what stands for it, may be known to
	// others. Yes takes all effect from Unintelligible. Left out it means no,
	// because Unintelligible "yes" already says so.
	KeyCompromised Answer `json:"key_compromised,omitzero"`
	// RecipientTrusted says that the recipients are known and can be relied on
	// not to use the data and to return or delete them (EDPB 9/2022, IV.B).
	RecipientTrusted Answer `json:"recipient_trusted,omitzero"`
	// RecipientConfirmedDeletion says that they confirmed having deleted or
	// returned the data. No takes all effect from RecipientTrusted.
	RecipientConfirmedDeletion Answer `json:"recipient_confirmed_deletion,omitzero"`
	// AvailabilityLoss says for how long data were not available.
	AvailabilityLoss AvailabilityLoss `json:"availability_loss,omitempty"`
	// Backup says that the data could be taken from a backup. It changes the
	// severity score of a loss of hours, not the risk.
	Backup Answer `json:"backup,omitzero"`
	// Restored says that the data are available again. No makes a loss of hours
	// one of days, because it goes on.
	Restored Answer `json:"restored,omitzero"`
	// IntegrityLoss says whether data were altered.
	IntegrityLoss IntegrityLoss `json:"integrity_loss,omitempty"`
	// EssentialService says that a service that people depend on, such as
	// medical care, waits for the data.
	EssentialService Answer `json:"essential_service,omitzero"`
	// Identification says how easily somebody can tell whose data these are.
	Identification Identification `json:"identification,omitempty"`
	// ProtectionMeasures claims the ground of Art. 34(3)(a).
	ProtectionMeasures Answer `json:"protection_measures,omitzero"`
	// SubsequentMeasures claims the ground of Art. 34(3)(b).
	SubsequentMeasures Answer `json:"subsequent_measures,omitzero"`
	// DisproportionateEffort claims the ground of Art. 34(3)(c): a public
	// communication takes the place of the individual one.
	DisproportionateEffort Answer `json:"disproportionate_effort,omitzero"`
	// AuthorityRequiresCommunication says that the authority asked for the
	// people to be told (Art. 34(4)).
	AuthorityRequiresCommunication Answer `json:"authority_requires_communication,omitzero"`
}

// AffectedData is one kind of data in a breach.
type AffectedData struct {
	// Kind is the key of a [DataKind] or of a [DataGroup], such as "email" or
	// "contact"; "unknown" when it is not yet known.
	Kind string `json:"kind"`
	// Adjustment moves the kind's context by whole steps; 0 for none. Only the
	// steps of the kind's category are allowed (see [ContextAdjustments]).
	Adjustment int `json:"adjustment,omitempty"`
	// Reason says in the DPO's own words why the context is adjusted; at most
	// 300 characters, and only beside an adjustment. Empty for the method's
	// own words.
	Reason string `json:"reason,omitempty"`
	// Opens is for credentials: the kind of data, or the category, that they
	// open. Empty when not known, and for every other kind.
	Opens string `json:"opens,omitempty"`
}

// Property is one of the three properties of information that a breach harms
// (GDPR Art. 4(12); EDPB 9/2022, section I.B).
type Property string

// The properties.
const (
	// Confidentiality is lost when somebody gets data without being entitled.
	Confidentiality Property = "confidentiality"
	// Integrity is lost when data are altered.
	Integrity Property = "integrity"
	// Availability is lost when data cannot be had or are destroyed.
	Availability Property = "availability"
)

// Exposure says who has the data or could have read them. The empty value and
// "unknown" mean that it is not known.
type Exposure string

// The exposures, from the best to the worst.
const (
	// ExposureNone is nobody who is not entitled.
	ExposureNone Exposure = "none"
	// ExposureKnown is a limited number of recipients whom the controller knows.
	ExposureKnown Exposure = "known_recipients"
	// ExposureUnknown is recipients whom the controller does not know.
	ExposureUnknown Exposure = "unknown_recipients"
	// ExposurePublic is everybody, such as on a website.
	ExposurePublic Exposure = "public"
)

// Intelligibility says whether data are unintelligible. The empty value and
// "unknown" mean that it is not known.
type Intelligibility string

// The answers. "partly" counts as "no", because part can be read.
const (
	// UnintelligibleYes is all data, to everybody who is not entitled.
	UnintelligibleYes Intelligibility = "yes"
	// UnintelligiblePartly is some of the data.
	UnintelligiblePartly Intelligibility = "partly"
	// UnintelligibleNo is readable data.
	UnintelligibleNo Intelligibility = "no"
)

// AvailabilityLoss says for how long data were not available. The empty value
// and "unknown" mean that it is not known.
type AvailabilityLoss string

// The losses, from the best to the worst.
const (
	// AvailabilityNone is no loss.
	AvailabilityNone AvailabilityLoss = "none"
	// AvailabilityHours is a loss of up to a day.
	AvailabilityHours AvailabilityLoss = "hours"
	// AvailabilityDays is a longer one that ends.
	AvailabilityDays AvailabilityLoss = "days"
	// AvailabilityPermanent is a loss for good.
	AvailabilityPermanent AvailabilityLoss = "permanent"
)

// IntegrityLoss says whether data were altered. The empty value and "unknown"
// mean that it is not known.
type IntegrityLoss string

// The losses, from the best to the worst.
const (
	// IntegrityNone is no alteration.
	IntegrityNone IntegrityLoss = "none"
	// IntegrityRecoverable is an alteration that can be undone.
	IntegrityRecoverable IntegrityLoss = "recoverable"
	// IntegrityPermanent is one that cannot.
	IntegrityPermanent IntegrityLoss = "permanent"
)

// Identification is the ease of identification of ENISA 2013. The empty value
// and "unknown" mean that it is not known.
type Identification string

// The levels, from the best to the worst: 0.25, 0.5, 0.75 and 1.
const (
	// IdentificationNegligible is extremely hard.
	IdentificationNegligible Identification = "negligible"
	// IdentificationLimited needs additional effort.
	IdentificationLimited Identification = "limited"
	// IdentificationSignificant works indirectly.
	IdentificationSignificant Identification = "significant"
	// IdentificationMaximum needs nothing but the data.
	IdentificationMaximum Identification = "maximum"
)

// Unknown is the word for a fact that is not known, wherever a word is asked
// for. Leaving the fact out says the same.
const Unknown = "unknown"

// Answer is yes, no or not known. In JSON it is true, false, or "unknown" or
// null; the zero Answer is not known.
type Answer int8

// The answers.
const (
	// AnswerUnknown is the answer that nobody has yet.
	AnswerUnknown Answer = iota
	// No is the answer no.
	No
	// Yes is the answer yes.
	Yes
)

// String is "yes", "no" or "unknown".
func (a Answer) String() string {
	switch a {
	case Yes:
		return "yes"
	case No:
		return "no"
	default:
		return Unknown
	}
}

// MarshalJSON writes true, false or null.
func (a Answer) MarshalJSON() ([]byte, error) {
	switch a {
	case Yes:
		return []byte("true"), nil
	case No:
		return []byte("false"), nil
	default:
		return []byte("null"), nil
	}
}

// UnmarshalJSON reads true, false, null or "unknown". It returns an
// [*InputError] for anything else.
func (a *Answer) UnmarshalJSON(raw []byte) error {
	switch string(raw) {
	case "true":
		*a = Yes
	case "false":
		*a = No
	case "null", `"unknown"`:
		*a = AnswerUnknown
	default:
		return &InputError{Field: "answer", Value: shown(raw), Expected: `true, false or "unknown"`}
	}
	return nil
}

var (
	_ json.Marshaler   = Answer(0)
	_ json.Unmarshaler = (*Answer)(nil)
)
