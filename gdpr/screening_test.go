package gdpr_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tocsin/gdpr"
)

func proposed(list []gdpr.Proposal) string {
	var words []string
	for _, p := range list {
		word := p.Regime
		if p.Confidence == gdpr.ConfidenceToBeConfirmed {
			word += "?"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func TestScreeningProposesRegimes(t *testing.T) {
	no := func(but map[string]gdpr.Answer) map[string]gdpr.Answer {
		answers := map[string]gdpr.Answer{}
		for _, q := range gdpr.Questions() {
			answers[q.Key] = gdpr.No
		}
		for key, answer := range but {
			answers[key] = answer
		}
		return answers
	}
	cases := []struct {
		name    string
		answers map[string]gdpr.Answer
		want    string
	}{
		{"ten times no proposes nothing", no(nil), ""},
		{"no answer keeps every regime, to be confirmed", nil,
			"gdpr-33? gdpr-34? gdpr-33-2? eudpr-34? uk-gdpr? uk-gdpr-34? fadp-24? eprivacy-611? nis2? eidas? dora? cra? cra-vulnerability?"},
		{"a controller's breach", no(map[string]gdpr.Answer{"personal_data": gdpr.Yes}), "gdpr-33"},
		{"with a high risk people are told", no(map[string]gdpr.Answer{"personal_data": gdpr.Yes, "high_risk": gdpr.Yes}), "gdpr-33 gdpr-34"},
		{"a risk that is not known yet is to be confirmed", no(map[string]gdpr.Answer{"personal_data": gdpr.Yes, "high_risk": gdpr.AnswerUnknown}), "gdpr-33 gdpr-34?"},
		{"a processor tells its controller", no(map[string]gdpr.Answer{"personal_data": gdpr.Yes, "only_processor": gdpr.Yes}), "gdpr-33-2"},
		{"an institution of the Union", no(map[string]gdpr.Answer{"personal_data": gdpr.Yes, "eu_institution": gdpr.Yes}), "eudpr-34"},
		{"a bank without personal data", no(map[string]gdpr.Answer{"financial_entity": gdpr.Yes}), "dora"},
		{"an essential entity may be a trust service provider", no(map[string]gdpr.Answer{"essential_service": gdpr.Yes}), "nis2 eidas?"},
		{"a product is a matter of one of two duties", no(map[string]gdpr.Answer{"product_manufacturer": gdpr.Yes}), "cra? cra-vulnerability?"},
		{"the United Kingdom and Switzerland come on top",
			no(map[string]gdpr.Answer{"personal_data": gdpr.Yes, "high_risk": gdpr.Yes, "united_kingdom": gdpr.Yes, "switzerland": gdpr.Yes}),
			"gdpr-33 gdpr-34 uk-gdpr uk-gdpr-34 fadp-24"},
		{"a telephone company", no(map[string]gdpr.Answer{"personal_data": gdpr.Yes, "electronic_communications": gdpr.Yes}), "gdpr-33 eprivacy-611"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := proposed(gdpr.Screen(c.answers)); got != c.want {
				t.Errorf("got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestScreeningHasTenQuestionsInTwoLanguages(t *testing.T) {
	list := gdpr.Questions()
	if len(list) != 10 {
		t.Errorf("%d questions", len(list))
	}
	for _, q := range list {
		if q.Key == "" || !strings.HasSuffix(q.Text.EN, "?") || !strings.HasPrefix(q.Text.ES, "¿") {
			t.Errorf("%+v", q)
		}
	}
}

func TestScreeningIsPureAndNeverProposesAProposal(t *testing.T) {
	questions := gdpr.Questions()
	rapid.Check(t, func(t *rapid.T) {
		answers := map[string]gdpr.Answer{}
		for _, q := range questions {
			if rapid.Bool().Draw(t, "given") {
				answers[q.Key] = rapid.SampledFrom([]gdpr.Answer{gdpr.Yes, gdpr.No, gdpr.AnswerUnknown}).Draw(t, q.Key)
			}
		}
		list := gdpr.Screen(answers)
		if again := gdpr.Screen(answers); !reflect.DeepEqual(list, again) {
			t.Fatalf("got %+v, then %+v", list, again)
		}
		for _, p := range list {
			r, ok := gdpr.RegimeByCode(p.Regime)
			if !ok || r.Proposal() {
				t.Fatalf("%s is no law", p.Regime)
			}
			if len(p.Open) > 0 && p.Confidence != gdpr.ConfidenceToBeConfirmed {
				t.Fatalf("%s is certain with %v open", p.Regime, p.Open)
			}
			if p.Why.EN == "" || p.Why.ES == "" || len(p.Questions)+len(p.Open) == 0 {
				t.Fatalf("%s is not explained", p.Regime)
			}
			for _, key := range slices.Concat(p.Questions, p.Open) {
				if !slices.ContainsFunc(questions, func(q gdpr.Question) bool { return q.Key == key }) {
					t.Fatalf("%s rests on %q, which is no question", p.Regime, key)
				}
			}
		}
		// Taking an answer back never takes a regime off the list.
		for key := range answers {
			less := map[string]gdpr.Answer{}
			for k, v := range answers {
				if k != key {
					less[k] = v
				}
			}
			wider := gdpr.Screen(less)
			for _, p := range list {
				if !slices.ContainsFunc(wider, func(o gdpr.Proposal) bool { return o.Regime == p.Regime }) {
					t.Fatalf("without an answer to %s, %s is gone", key, p.Regime)
				}
			}
		}
	})
}

func TestAnswersToNoQuestionAreRefused(t *testing.T) {
	err := gdpr.CheckAnswers(map[string]gdpr.Answer{"personal_data": gdpr.Yes, "high_riks": gdpr.No})
	if unknown, ok := errors.AsType[*gdpr.UnknownError](err); !ok || unknown.Value != "high_riks" || unknown.Suggestions[0] != "high_risk" {
		t.Errorf("got %v", err)
	}
	if err := gdpr.CheckAnswers(map[string]gdpr.Answer{"personal_data": gdpr.AnswerUnknown}); err != nil {
		t.Error(err)
	}
}
