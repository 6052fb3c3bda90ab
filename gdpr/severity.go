package gdpr

import "fmt"

// Band is the verdict of a severity score (ENISA 2013, section 4).
type Band string

// The bands, from the least severe to the most.
const (
	// BandLow is a score below 2: few inconveniences, overcome without problem.
	BandLow Band = "low"
	// BandMedium is 2 to below 3: significant inconveniences, overcome despite
	// a few difficulties.
	BandMedium Band = "medium"
	// BandHigh is 3 to below 4: significant consequences, overcome with serious
	// difficulties.
	BandHigh Band = "high"
	// BandVeryHigh is 4 and more: significant or irreversible consequences that
	// may not be overcome.
	BandVeryHigh Band = "very high"
)

// Inputs are the terms of the ENISA 2013 methodology for the severity of a
// personal data breach.
type Inputs struct {
	// DPC is the data processing context, 1 to 4: simple data 1, behavioural 2,
	// financial 3, sensitive 4, adjusted by whole steps; the highest counts.
	DPC int `json:"dpc"`
	// Identification is the ease of identification: 0.25 negligible, 0.5
	// limited, 0.75 significant, 1 maximum.
	Identification Hundredths `json:"identification"`
	// Confidentiality is its loss: 0, 0.25 (known recipients) or 0.5 (unknown
	// recipients).
	Confidentiality Hundredths `json:"confidentiality"`
	// Integrity is its loss: 0, 0.25 (recoverable) or 0.5 (not recoverable).
	Integrity Hundredths `json:"integrity"`
	// Availability is its loss: 0, 0.25 (for a time) or 0.5 (for good).
	Availability Hundredths `json:"availability"`
	// Malicious says that the breach was caused on purpose; it adds 0.5.
	Malicious bool `json:"malicious"`
}

// maliciousIntent is the circumstance of a deliberate act: 0.5.
const maliciousIntent Hundredths = 50

// Validate returns an [*InputError] for the first input outside the values
// that the methodology knows.
func (in Inputs) Validate() error {
	if in.DPC < 1 || in.DPC > 4 {
		return &InputError{Field: "dpc", Value: fmt.Sprint(in.DPC), Expected: "1, 2, 3 or 4"}
	}
	switch in.Identification {
	case 25, 50, 75, 100:
	default:
		return &InputError{Field: "identification", Value: in.Identification.String(), Expected: "0.25, 0.5, 0.75 or 1"}
	}
	for _, loss := range []struct {
		field string
		value Hundredths
	}{
		{"confidentiality", in.Confidentiality},
		{"integrity", in.Integrity},
		{"availability", in.Availability},
	} {
		switch loss.value {
		case 0, 25, 50:
		default:
			return &InputError{Field: loss.field, Value: loss.value.String(), Expected: "0, 0.25 or 0.5"}
		}
	}
	return nil
}

// Score returns the severity SE = DPC × EI + CB of the ENISA 2013 methodology
// and its band. The arithmetic is exact. It returns an [*InputError] for
// inputs that the methodology does not know. The score supports a judgement
// and never replaces one: by itself it neither requires a notification nor
// exempts from it.
func Score(in Inputs) (Hundredths, Band, error) {
	if err := in.Validate(); err != nil {
		return 0, "", err
	}
	score := Hundredths(in.DPC)*in.Identification + in.Confidentiality + in.Integrity + in.Availability
	if in.Malicious {
		score += maliciousIntent
	}
	return score, bandOf(score), nil
}

func bandOf(score Hundredths) Band {
	switch {
	case score < 200:
		return BandLow
	case score < 300:
		return BandMedium
	case score < 400:
		return BandHigh
	default:
		return BandVeryHigh
	}
}
