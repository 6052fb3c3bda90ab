package gdpr_test

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/gdpr"
)

// TestEveryItemSaysWhereItComesFrom walks all of the data.
func TestEveryItemSaysWhereItComesFrom(t *testing.T) {
	type item struct {
		name string
		p    gdpr.Provenance
	}
	var items []item
	for _, r := range gdpr.Rules() {
		items = append(items, item{"rule " + r.Code, r.Provenance})
	}
	for _, l := range gdpr.Ladders() {
		items = append(items, item{"ladder " + l.Code, l.Provenance})
	}
	for _, r := range gdpr.Regimes() {
		items = append(items, item{"regime " + r.Code, r.Provenance}, item{"follow-up of " + r.Code, r.FollowUp.Provenance})
	}
	for _, a := range gdpr.Authorities() {
		items = append(items, item{"authority " + a.Code, a.Provenance})
		if a.FollowUp.Text != "" {
			items = append(items, item{"follow-up of " + a.Code, a.FollowUp.Provenance})
		}
	}
	for _, k := range gdpr.DataKinds() {
		items = append(items, item{"data kind " + k.Key, k.Provenance})
	}
	for _, f := range gdpr.KnownFacts() {
		items = append(items, item{"fact " + f.Name, f.Provenance})
	}
	for _, q := range gdpr.Questions() {
		items = append(items, item{"question " + q.Key, q.Provenance})
	}
	if len(items) < 100 {
		t.Fatalf("only %d items", len(items))
	}
	for _, i := range items {
		if i.p.Source == "" || i.p.Article == "" {
			t.Errorf("%s: no source or article: %+v", i.name, i.p)
		}
		if _, err := time.Parse(time.DateOnly, i.p.ValidFrom); err != nil {
			t.Errorf("%s: valid_from %q", i.name, i.p.ValidFrom)
		}
		for _, day := range []string{i.p.ValidTo, i.p.VerifiedAt} {
			if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
				t.Errorf("%s: day %q", i.name, day)
			}
		}
		if i.p.ValidTo != "" && i.p.ValidTo < i.p.ValidFrom {
			t.Errorf("%s: ends before it starts", i.name)
		}
	}
}

func TestWhatWasWrittenFromMemoryIsNotCalledVerified(t *testing.T) {
	for _, a := range gdpr.Authorities() {
		if a.Verified() {
			t.Errorf("authority %s: verified_at %s, but the reference asks the DPO to confirm each", a.Code, a.VerifiedAt)
		}
	}
	verified := map[string]bool{}
	for _, r := range gdpr.Regimes() {
		verified[r.Code] = r.Verified()
	}
	for _, r := range gdpr.Rules() {
		verified[r.Code] = r.Verified()
	}
	for code, want := range map[string]bool{
		"gdpr-33": true, "gdpr-34": false, "gdpr-33-1": true, "reg-1182-71-3-2-a": false,
	} {
		if verified[code] != want {
			t.Errorf("%s: verified is %t, want %t", code, verified[code], want)
		}
	}
}

func TestInForceCountsBothEndDays(t *testing.T) {
	p := gdpr.Provenance{ValidFrom: "2018-05-25", ValidTo: "2020-01-01"}
	for day, want := range map[string]bool{
		"2018-05-24T23:59:59Z": false, "2018-05-25T00:00:00Z": true,
		"2020-01-01T23:59:59Z": true, "2020-01-02T00:00:00Z": false,
	} {
		at, err := time.Parse(time.RFC3339, day)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.InForce(at); got != want {
			t.Errorf("%s: got %t, want %t", day, got, want)
		}
	}
}

func TestRegimesReferToWhatExists(t *testing.T) {
	ladders := map[string]bool{"": true}
	for _, l := range gdpr.Ladders() {
		ladders[l.Code] = true
		for n := 1; n < len(l.Rungs); n++ {
			if l.Rungs[n].HoursLeft >= l.Rungs[n-1].HoursLeft {
				t.Errorf("ladder %s: rung %d does not ring after rung %d", l.Code, n, n-1)
			}
		}
		for n := range len(l.Rungs) + 3 {
			if rung, ok := l.Rung(n); ok && rung.EscalateAfterMinutes < 1 {
				t.Errorf("ladder %s: rung %d waits for nobody", l.Code, n)
			}
		}
	}
	for _, r := range gdpr.Regimes() {
		checkRegime(t, r, ladders)
	}
	if _, ok := gdpr.RegimeByCode("gdpr-99"); ok {
		t.Error("regime gdpr-99 exists")
	}
}

// checkRegime checks one regime against the rest of the data.
func checkRegime(t *testing.T, r gdpr.Regime, ladders map[string]bool) {
	t.Helper()
	if len(r.Stages) == 0 || r.Name == "" || r.Threshold.Code == "" || r.Threshold.Text == "" {
		t.Errorf("%s: something is missing", r.Code)
	}
	recipients := []string{
		gdpr.RecipientAuthority, gdpr.RecipientPeople, gdpr.RecipientController,
		gdpr.RecipientCSIRT, gdpr.RecipientFinancialSupervisor, gdpr.RecipientSupervisoryBody,
	}
	if !slices.Contains(recipients, r.Recipient) {
		t.Errorf("%s: recipient %q", r.Code, r.Recipient)
	}
	if a, ok := gdpr.AuthorityByCode(r.Authority); r.Authority != "" && (!ok || a.Code != r.Authority || r.Recipient != gdpr.RecipientAuthority) {
		t.Errorf("%s: authority %q", r.Code, r.Authority)
	}
	if (r.Status == gdpr.StatusInForce) != (r.StatusNote == "") || r.Status != gdpr.StatusInForce && r.Status != gdpr.StatusProposal {
		t.Errorf("%s: status %q with the note %q", r.Code, r.Status, r.StatusNote)
	}
	// A stage counts from a fact of the data or from the filing of a stage
	// before it.
	starts := map[string]bool{}
	for _, f := range gdpr.KnownFacts() {
		starts[f.Name] = true
	}
	for _, s := range r.Stages {
		if !starts[s.StartsFrom] || s.Limit.StartsFrom != "" && !starts[s.Limit.StartsFrom] {
			t.Errorf("%s, %s: starts from %q, limit from %q", r.Code, s.Name, s.StartsFrom, s.Limit.StartsFrom)
		}
		if starts[gdpr.FiledFact(s.Name)] {
			t.Errorf("%s: two stages %s", r.Code, s.Name)
		}
		starts[gdpr.FiledFact(s.Name)] = true
		if !ladders[s.Ladder] || s.Within.IsZero() != (s.Ladder == "") {
			t.Errorf("%s, %s: period %s with the ladder %q; a clock and a ladder go together", r.Code, s.Name, s.Within, s.Ladder)
		}
		if s.Article == "" || s.Label.EN == "" || s.Label.ES == "" {
			t.Errorf("%s, %s: no article or label", r.Code, s.Name)
		}
		if (s.Cited == "") != (r.Source == "Regulation (EU) 2016/679") {
			t.Errorf("%s, %s: cited as %q", r.Code, s.Name, s.Cited)
		}
		parts := 0
		for _, n := range []int{s.Within.Hours, s.Within.Days, s.Within.Months} {
			if n < 0 {
				t.Errorf("%s, %s: period %s", r.Code, s.Name, s.Within)
			}
			if n > 0 {
				parts++
			}
		}
		if parts > 1 || s.Limit.Within.Days+s.Limit.Within.Months != 0 {
			t.Errorf("%s, %s: period %s, limit %s", r.Code, s.Name, s.Within, s.Limit.Within)
		}
	}
}

func TestEveryRegimeOfTheReferenceIsThere(t *testing.T) {
	verified := map[string]bool{
		"gdpr-33": true, "gdpr-34": false, "gdpr-33-2": true, "eudpr-34": false, "uk-gdpr": false, "uk-gdpr-34": false,
		"fadp-24": false, "eprivacy-611": true, "nis2": true, "dora": true, "cra": true, "cra-vulnerability": true,
		"eidas": false, "gdpr-omnibus": true,
	}
	for _, r := range gdpr.Regimes() {
		want, known := verified[r.Code]
		if !known || r.Verified() != want {
			t.Errorf("%s: verified is %t; the reference says %t (listed: %t)", r.Code, r.Verified(), want, known)
		}
		delete(verified, r.Code)
	}
	for code := range verified {
		t.Errorf("no regime %s", code)
	}
}

func TestAuthoritiesAreComplete(t *testing.T) {
	codeForm := regexp.MustCompile(`^[A-Z]{2,}(-[A-Z]+)*$`)
	countryForm := regexp.MustCompile(`^[A-Z]{2}$`)
	languageForm := regexp.MustCompile(`^[a-z]{2}$`)
	countries, seen := map[string]int{}, map[string]string{}
	for _, a := range gdpr.Authorities() {
		if !codeForm.MatchString(a.Code) || !countryForm.MatchString(a.Country) {
			t.Errorf("%s: code or country %q is malformed", a.Code, a.Country)
		}
		for _, code := range append([]string{a.Code}, a.Aliases...) {
			if other, taken := seen[code]; taken {
				t.Errorf("%s and %s share the code %s", a.Code, other, code)
			}
			seen[code] = a.Code
			if found, ok := gdpr.AuthorityByCode(" " + strings.ToLower(code) + " "); !ok || found.Code != a.Code {
				t.Errorf("%s is not found by %s", a.Code, code)
			}
		}
		if a.Name == "" || a.EnglishName == "" || a.Channel == "" || a.Competence == "" || len(a.Languages) == 0 {
			t.Errorf("%s: something is missing: %+v", a.Code, a)
		}
		for _, l := range a.Languages {
			if !languageForm.MatchString(l) {
				t.Errorf("%s: language %q", a.Code, l)
			}
		}
		for _, address := range []string{a.Site, a.ChannelURL} {
			if u, err := url.Parse(address); address != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
				t.Errorf("%s: address %q", a.Code, address)
			}
		}
		if a.Confidence != "high" && a.Confidence != "memory" {
			t.Errorf("%s: confidence %q", a.Code, a.Confidence)
		}
		countries[a.Country]++
	}
	for _, cc := range strings.Fields("AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO EU GB CH") {
		if countries[cc] == 0 {
			t.Errorf("no authority for %s", cc)
		}
	}
	if countries["DE"] != 18 || countries["ES"] != 4 {
		t.Errorf("Germany has %d authorities, want 18; Spain has %d, want 4", countries["DE"], countries["ES"])
	}
}

func TestAnUnknownAuthorityGetsSuggestions(t *testing.T) {
	cases := []struct {
		code string
		want []string
	}{
		{"AEDP", []string{"AEPD"}},
		{"ES", []string{"AEPD", "APDCAT", "AVPD", "CTPDA"}},
		{"CNPD", []string{"CNPD-LU", "CNPD-PT"}},
		{"Datatilsynet", []string{"DATATILSYNET-DK", "DATATILSYNET-NO"}},
		{"hamburg", []string{"DE-HH"}},
		{"xyzzyplugh", nil},
		{"", nil},
	}
	for _, c := range cases {
		if _, ok := gdpr.AuthorityByCode(c.code); ok {
			t.Errorf("%q is known", c.code)
		}
		got := gdpr.SuggestAuthorities(c.code)
		for _, want := range c.want {
			if !slices.Contains(got, want) {
				t.Errorf("%q: got %v, want %s among them", c.code, got, want)
			}
		}
		if c.want == nil && len(got) > 0 {
			t.Errorf("%q: got %v, want none", c.code, got)
		}
		if len(got) > 5 {
			t.Errorf("%q: %d suggestions", c.code, len(got))
		}
	}
}

func TestReturnedAuthoritiesAreCopies(t *testing.T) {
	gdpr.Authorities()[0].Languages[0] = "xx"
	if gdpr.Authorities()[0].Languages[0] == "xx" {
		t.Error("changing an authority changed the data")
	}
}

func TestDataKindsNameAnOptionOfTheForm(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range gdpr.DataKinds() {
		if seen[k.Key] {
			t.Errorf("%s stands twice", k.Key)
		}
		seen[k.Key] = true
		if len(k.Option) != 1 || k.Option < "a" || k.Option > "u" || k.Option == "t" {
			t.Errorf("%s: option %q; t is \"not yet known\" and u the last", k.Key, k.Option)
		}
		if k.Label.ES == "" || k.Label.EN == "" {
			t.Errorf("%s: a label is missing", k.Key)
		}
		if k.Label.In("es") != k.Label.ES || k.Label.In("en") != k.Label.EN || k.Label.In("lv") != k.Label.EN {
			t.Errorf("%s: label in the wrong language", k.Key)
		}
	}
	for _, key := range strings.Fields("name email location browser referrer user_id organisation phone bank_account card national_id birth_date password_hash") {
		if !seen[key] {
			t.Errorf("no kind %s", key)
		}
	}
	for key, option := range map[string]string{"name": "a", "email": "b", "location": "o", "health": "k", "card": "q", "password_hash": "s"} {
		if k, ok := gdpr.DataKindByKey(key); !ok || k.Option != option {
			t.Errorf("%s: option %q, want %q", key, k.Option, option)
		}
	}
	if _, ok := gdpr.DataKindByKey("shoe_size"); ok {
		t.Error("shoe_size is known")
	}
}

func ExampleAuthorityByCode() {
	a, ok := gdpr.AuthorityByCode("aepd")
	fmt.Println(ok, a.Country, a.EnglishName, a.Verified())
	// Output: true ES Spanish Data Protection Agency false
}
