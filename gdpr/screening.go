package gdpr

import (
	"maps"
	"slices"
	"sync"
)

// Question is one of the questions by which an opening case finds the regimes
// that may apply.
type Question struct {
	// Key names the question in records and files, for example
	// "personal_data". Stable, snake_case.
	Key string `json:"key"`
	// Text is the question as people read it; it is answered by yes, no or
	// unknown.
	Text Label `json:"text"`
	Provenance
}

// The confidences of a proposal.
const (
	// ConfidenceLikely says that every answer the regime asks for was given.
	ConfidenceLikely = "likely"
	// ConfidenceToBeConfirmed says that an answer is missing, or that the
	// questions alone cannot decide.
	ConfidenceToBeConfirmed = "to_be_confirmed"
)

// Proposal is a regime that may apply, for a person to accept or to reject.
type Proposal struct {
	// Regime is the code of the regime, for example "nis2". Always law in
	// force, never a text that is itself only proposed.
	Regime string `json:"regime"`
	// Why says in a sentence what the regime asks for.
	Why Label `json:"why"`
	// Questions are the keys of the questions that speak for the regime,
	// answered as it asks, in the order of the questions.
	Questions []string `json:"questions"`
	// Open are the keys of the questions that have to be answered before it is
	// certain, in the order of the questions.
	Open []string `json:"open"`
	// Confidence is "likely" or "to_be_confirmed".
	Confidence string `json:"confidence"`
}

// screeningRule says under which answers a regime is proposed.
type screeningRule struct {
	Regime string `json:"regime"`
	// When are the answers that must all be given.
	When []screeningCondition `json:"when"`
	Why  Label                `json:"why"`
	// Confirm says that the answers alone never decide.
	Confirm bool `json:"confirm,omitempty"`
}

// screeningCondition is one answer that a rule asks for.
type screeningCondition struct {
	Question string `json:"question"`
	Answer   Answer `json:"answer"`
}

var (
	screeningQuestions = sync.OnceValue(func() []Question { return decode[Question]("screening_questions") })
	screeningRules     = sync.OnceValue(func() []screeningRule { return decode[screeningRule]("screening_rules") })
)

// Questions returns the screening questions in the order in which they are
// asked.
func Questions() []Question { return slices.Clone(screeningQuestions()) }

// CheckAnswers returns an [*UnknownError] for the first key, in alphabetical
// order, that names no question.
func CheckAnswers(answers map[string]Answer) error {
	var known []string
	for _, q := range screeningQuestions() {
		known = append(known, q.Key)
	}
	for _, key := range slices.Sorted(maps.Keys(answers)) {
		if !slices.Contains(known, key) {
			return &UnknownError{Field: "question", Value: key, Suggestions: nearestOrAll(key, known)}
		}
	}
	return nil
}

// Screen proposes the regimes that may apply by the answers to the screening
// questions, by key. A question that is left out counts as [AnswerUnknown]: it
// keeps a regime on the list, to be confirmed, and never takes one off. The order is that of the regimes' rules
// and the same on every call. Keys that name no question are passed over: see
// [CheckAnswers].
func Screen(answers map[string]Answer) []Proposal {
	list := []Proposal{}
	for _, rule := range screeningRules() {
		if p, proposed := rule.apply(answers); proposed {
			list = append(list, p)
		}
	}
	return list
}

func (r screeningRule) apply(answers map[string]Answer) (Proposal, bool) {
	p := Proposal{Regime: r.Regime, Why: r.Why, Questions: []string{}, Open: []string{}, Confidence: ConfidenceLikely}
	if regime, ok := RegimeByCode(r.Regime); !ok || regime.Proposal() {
		return Proposal{}, false
	}
	for _, c := range r.When {
		switch answers[c.Question] {
		case c.Answer:
			p.Questions = append(p.Questions, c.Question)
		case Yes, No: // the other one
			return Proposal{}, false
		default:
			p.Open = append(p.Open, c.Question)
		}
	}
	if r.Confirm || len(p.Open) > 0 {
		p.Confidence = ConfidenceToBeConfirmed
	}
	return p, true
}
