package notice

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tocsin/gdpr"
)

func TestAdviceFitsTheKinds(t *testing.T) {
	c := composer(t)
	for name, test := range map[string]struct {
		exposed, not []string
		want         []string
	}{
		"an address alone":             {[]string{"email"}, nil, []string{"phishing", "sender", "secrets"}},
		"the example incident":         {[]string{"name", "email", "location", "user_id"}, []string{"password"}, []string{"phishing", "sender", "secrets", "multi_factor", "whereabouts", "password_safe"}},
		"credentials":                  {[]string{"email", "password"}, nil, []string{"password", "phishing", "sender", "secrets", "multi_factor"}},
		"a hash and a clear password":  {[]string{"password", "password_hash"}, nil, []string{"password", "phishing", "sender", "secrets", "multi_factor"}},
		"a token, no password":         {[]string{"access_token"}, []string{"password"}, []string{"access_token", "phishing", "sender", "secrets", "multi_factor"}},
		"a card":                       {[]string{"card"}, nil, []string{"card", "bank", "phishing", "sender", "secrets"}},
		"a bank account and a card":    {[]string{"bank_account", "card"}, nil, []string{"card", "bank", "phishing", "sender", "secrets"}},
		"a national id":                {[]string{"national_id"}, nil, []string{"identity", "phishing", "sender", "secrets"}},
		"an identity document":         {[]string{"identity_document"}, nil, []string{"document", "identity", "phishing", "sender", "secrets"}},
		"health":                       {[]string{"health"}, nil, []string{"phishing", "sender", "secrets", "health", "exposure"}},
		"a postal address and a phone": {[]string{"phone", "address"}, nil, []string{"phishing", "sender", "secrets", "phone", "whereabouts"}},
		"nothing":                      {nil, []string{"password"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for _, locale := range c.Locales() {
				var want []string
				for _, key := range test.want {
					want = append(want, c.languages[locale].words.Advice[key])
				}
				if got := c.Advice(locale, test.exposed, test.not); !slices.Equal(got, want) {
					t.Errorf("%s: %q, want %q", locale, got, want)
				}
			}
		})
	}
}

func TestAdviceComesOnceAndInOneOrder(t *testing.T) {
	c := composer(t)
	var kinds []string
	for _, kind := range gdpr.DataKinds() {
		kinds = append(kinds, kind.Key)
	}
	all := c.Advice("en", kinds, nil)
	rapid.Check(t, func(t *rapid.T) {
		exposed := rapid.SliceOf(rapid.SampledFrom(kinds)).Draw(t, "exposed")
		last := -1
		for _, advice := range c.Advice("en", exposed, nil) {
			at := slices.Index(all, advice)
			if at <= last {
				t.Fatalf("%q comes twice or out of order", advice)
			}
			last = at
		}
	})
	for _, rule := range c.rules {
		for _, kind := range slices.Concat(rule.Kinds, rule.NotExposed, rule.Unless) {
			if kind != "*" && !slices.Contains(kinds, kind) {
				t.Errorf("rule %s names %s, which the law data do not know", rule.Key, kind)
			}
		}
	}
}

func TestAdviceByKindFollowsTheControllers(t *testing.T) {
	c := composer(t)
	d := sampleCommunication("en")
	d.Advice = []string{"Our own.", c.Advice("en", d.DataKinds, nil)[0]}
	d.AdviceByKind = true
	preview, err := c.Preview(d)
	if err != nil || len(preview.Problems) > 0 {
		t.Fatal(err, preview.Problems)
	}
	own := strings.Index(preview.Text, "Our own.")
	for _, advice := range c.Advice("en", d.DataKinds, d.NotExposed) {
		if at := strings.Index(preview.Text, advice); at < own || strings.Count(preview.Text, advice) != 1 {
			t.Errorf("%q stands at %d, %d times", advice, at, strings.Count(preview.Text, advice))
		}
	}
}
