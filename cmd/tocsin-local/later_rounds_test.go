package main

import (
	"fmt"
	"maps"
	"net/smtp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/cmd/tocsin-local/internal/play"
)

// widening is a case whose scope widens, played with commands alone.
type widening struct {
	t           *testing.T
	r           *running
	dpo, deputy play.Person
	id, work    string
}

// file writes a file of the play and gives its path.
func (w *widening) file(name, content string) string {
	w.t.Helper()
	path := filepath.Join(w.work, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

func (w *widening) give(into any, args ...string) {
	w.t.Helper()
	w.r.give(w.t, w.dpo, into, args...)
}

// tell drafts, approves and starts a round, and waits until it has finished.
func (w *widening) tell(round int, template, further, words string) roundCounts {
	w.t.Helper()
	n := fmt.Sprint(round)
	content := w.file("notice.json", `{"template":"`+template+`","email":"privacy@example.com"`+further+`,"locales":{"en":{
		"contact_name":"Privacy team","nature":["A file with personal data was copied."]`+words+`}}}`)
	w.give(nil, "mailing", "draft", w.id, "--template", template, "--round", n, "--file", content)
	w.r.give(w.t, w.deputy, nil, "mailing", "approve", w.id, "--round", n)
	w.give(nil, "mailing", "start", w.id, "--round", n)
	var counts roundCounts
	eventually(w.t, func() error {
		counts = roundCounts{}
		w.give(&counts, "mailing", "status", w.id, "--round", n)
		if counts.Status != "finished" {
			return fmt.Errorf("round %d is %+v", round, counts)
		}
		return nil
	})
	return counts
}

const (
	breachWords  = `,"consequences":["Somebody may write to you."],"measures":["The flow of data was stopped."]`
	furtherWords = `,"changes":["Card numbers were in the file too."]`
)

// mails are the subjects that each address received, the oldest first.
func (w *widening) mails() map[string][]string {
	w.t.Helper()
	got := map[string][]string{}
	for _, m := range slices.Backward(w.r.caught(w.t)) {
		if strings.HasSuffix(m.To[0], "@example.org") {
			got[m.To[0]] = append(got[m.To[0]], m.Subject)
		}
	}
	return got
}

// comesBack brings a report of non-delivery of the only notice to an address, and
// waits until the record tells of it.
func (w *widening) comesBack(dir, address string) {
	w.t.Helper()
	var where struct{ Bounces string }
	readInto(w.t, filepath.Join(dir, "where.json"), &where)
	if err := smtp.SendMail(where.Bounces, nil, "", []string{envelopeSenders(w.t, w.r)[address]}, []byte(report)); err != nil {
		w.t.Fatal(err)
	}
	eventually(w.t, func() error {
		if n := w.r.entries(w.t, w.dpo, w.id, "mailing_bounced"); n != 1 {
			return fmt.Errorf("%d entries tell of what came back, expected one", n)
		}
		return nil
	})
}

// wantForm compares what the form says of who was informed: people affected, each
// once, and nobody else.
func (w *widening) wantForm(extent string, words ...string) {
	w.t.Helper()
	var draft struct {
		Content struct {
			Fields map[string]struct{ Value any }
		}
	}
	w.give(&draft, "notification", "draft", w.id, "--authority", "AEPD")
	said := func(key string) string { return fmt.Sprint(draft.Content.Fields[key].Value) }
	if got := said("informed_extent"); got != extent {
		w.t.Errorf("the form says that %s were informed, want %s", got, extent)
	}
	for _, want := range words {
		if text := said("informed_extent_description"); !strings.Contains(text, want) {
			w.t.Errorf("the form does not say %q: %s", want, text)
		}
	}
}

type coverage struct {
	Owed struct {
		Affected int `json:"affected"`
		FollowUp int `json:"follow_up"`
	}
	Mistaken int `json:"told_not_affected"`
}

func TestAWideningCaseTellsEachPersonWhatConcernsThemAndNobodyTwiceTheSame(t *testing.T) {
	t.Setenv("TOCSIN_BOUNCE_DOMAIN", "bounces.example.com")
	dir := folder(t)
	r := start(t, dir, "127.0.0.1:0")
	defer r.stop(t)
	w := &widening{t: t, r: r, dpo: firstAccount(t, dir), work: t.TempDir()}
	var deputy struct{ Token string }
	w.give(&deputy, "user", "add", "--email", "deputy@example.com", "--name", "Deputy", "--role", "deputy")
	w.deputy = play.Person{Role: "deputy", Token: deputy.Token}
	w.id = openReal(t, r, w.dpo, time.Now().Add(-time.Hour))
	decide := func(notify bool) {
		t.Helper()
		w.give(nil, "assessment", "record", w.id, "--file", w.file("assessment.json",
			fmt.Sprintf(`{"facts":{},"decision":{"notify_authority":%t,"communicate":true,"reason":"Fraud is likely."}}`, notify)))
	}
	decide(false)

	// The first file: Ana and Bo of Acme, and Cy.
	w.give(nil, "people", "import", w.id, "--file", w.file("first.csv",
		"email,name,organisation\nana@example.org,Ana,Acme\nbo@example.org,Bo,Acme\ncy@example.org,Cy,\n"))
	w.tell(1, "affected", "", breachWords)

	// Administrators are told of their own organisation; who is not affected, that.
	accounts := w.file("accounts.csv", "email,name,organisation,role\nana@example.org,Ana,Acme,member\nboss@example.org,Eva,Acme,admin\n"+
		"dan@example.org,Dan,Bakers,admin\nlate@example.org,Lea,,member\n")
	w.give(nil, "mailing", "open", w.id, "--template", "affected_organisation", "--reason", "They are controllers.", "--file", accounts)
	w.tell(2, "affected_organisation", "", breachWords)
	w.give(nil, "mailing", "open", w.id, "--template", "not_affected", "--reason", "Many ask.", "--file", accounts)
	if c := w.tell(3, "not_affected", "", ""); c.Accepted != 3 {
		t.Errorf("told that they are not affected are %+v", c)
	}

	// The second file: Ana's card, and Lea, who was told the contrary.
	var second struct {
		Accepted, Widened int
		Told              int `json:"widened_told"`
	}
	w.give(&second, "people", "import", w.id, "--file", w.file("second.csv",
		"email,name,card\nana@example.org,Ana,4111111111111111\nbo@example.org,Bo,\nlate@example.org,Lea,4111111111111111\n"))
	if second.Accepted != 1 || second.Widened != 1 || second.Told != 1 {
		t.Errorf("the second file says %+v", second)
	}
	var c coverage
	w.give(&c, "mailing", "coverage", w.id)
	if c.Owed.Affected != 1 || c.Owed.FollowUp != 1 || c.Mistaken != 1 {
		t.Errorf("with the second file the coverage is %+v", c)
	}
	_, refused, err := r.run(t.Context(), w.dpo, "incident", "close", w.id, "--reason", "done")
	if err == nil || !strings.Contains(refused, "told") {
		t.Errorf("the case is closed while people are owed a notice: %q", refused)
	}
	w.tell(4, "affected", "", breachWords)
	w.give(nil, "mailing", "open", w.id, "--template", "follow_up", "--reason", "A wider file.")
	if c := w.tell(5, "follow_up", "", breachWords+furtherWords); c.Total != 1 {
		t.Errorf("the follow-up writes to %+v", c)
	}
	w.give(&c, "mailing", "coverage", w.id)
	if c.Owed.Affected != 0 || c.Owed.FollowUp != 0 {
		t.Errorf("at the end the coverage is %+v", c)
	}

	got := w.mails()
	want := map[string]int{"ana": 2, "bo": 1, "cy": 1, "boss": 2, "dan": 1, "late": 2}
	for name, n := range want {
		subjects := got[name+"@example.org"]
		if len(subjects) != n || len(slices.Compact(slices.Sorted(slices.Values(subjects)))) != n {
			t.Errorf("%s received %q, want %d different notices", name, subjects, n)
		}
	}
	if len(got) != len(want) {
		t.Errorf("mail went to %v", slices.Sorted(maps.Keys(got)))
	}
	if lea := got["late@example.org"]; len(lea) == 2 && (!strings.Contains(lea[0], "not affected") || strings.Contains(lea[1], "not affected")) {
		t.Errorf("Lea received %q", lea)
	}
	decide(true)
	w.wantForm("all")
	w.comesBack(dir, "cy@example.org")
	w.wantForm("not_all", "De 4 personas", "el aviso a 3", "Devueltos después: 1")

	decide(false)
	w.give(nil, "incident", "close", w.id, "--reason", "Everybody was told.")
	bundle := filepath.Join(w.work, "bundle.zip")
	w.give(nil, "audit", "export", w.id, "--out", bundle)
	w.give(nil, "verify", bundle, "--key", logKey(t, dir))

	// Each round that finished, of whatever kind, is proven by its deliveries.
	w.give(nil, "audit", "export", w.id, "--out", bundle, "--with-people", "--reason", "The authority asked for the list.")
	var report struct {
		People struct {
			People  int   `json:"people"`
			Proven  []int `json:"rounds_proven"`
			Without []int `json:"rounds_without_root"`
		} `json:"people"`
	}
	w.give(&report, "verify", bundle, "--key", logKey(t, dir))
	if p := report.People; p.People == 0 || len(p.Proven) < 3 || len(p.Without) != 0 {
		t.Errorf("the bundle with people says %+v", p)
	}
}
