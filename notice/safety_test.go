package notice

import (
	"crypto/sha256"
	"errors"
	"maps"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"tocsin/gdpr"
	"tocsin/smtp"
	"tocsin/templates"
)

// intendedHeaders are all that a message of each kind may have.
func intendedHeaders(extra ...string) []string {
	names := append([]string{
		"From", "To", "Subject", "Date", "Message-Id", "Auto-Submitted", "Content-Language", "Mime-Version", "Content-Type",
	}, extra...)
	slices.Sort(names)
	return names
}

// exactly asserts that a message has the intended headers, each once, and one
// recipient.
func exactly(t interface {
	Fatalf(string, ...any)
}, m Message, extra ...string) opened {
	o := open(t, m.Bytes)
	if names := slices.Sorted(maps.Keys(o.header)); !slices.Equal(names, intendedHeaders(extra...)) {
		t.Fatalf("headers %q", names)
	}
	for name, values := range o.header {
		if len(values) != 1 {
			t.Fatalf("%s stands there %d times", name, len(values))
		}
	}
	to, err := o.header.AddressList("To")
	if err != nil || len(to) != 1 || to[0].Address != m.To || to[0].Name != "" {
		t.Fatalf("recipients %v, %v", to, err)
	}
	from, err := o.header.AddressList("From")
	if err != nil || len(from) != 1 || from[0].Address != m.From {
		t.Fatalf("senders %v, %v", from, err)
	}
	if o.header.Get("Message-Id") != m.MessageID || o.header.Get("Auto-Submitted") != "auto-generated" {
		t.Fatalf("Message-ID %q, Auto-Submitted %q", o.header.Get("Message-Id"), o.header.Get("Auto-Submitted"))
	}
	if o.subject != m.Subject {
		t.Fatalf("the subject reads %q, not %q", o.subject, m.Subject)
	}
	if m.SHA256 != sha256.Sum256(m.Bytes) {
		t.Fatalf("the hash is not that of the bytes")
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(m.Bytes), "\r\n"), "\r\n") {
		if len(line) > 998 || strings.ContainsAny(line, "\r\n") || !isASCII(line) {
			t.Fatalf("a line that no relay need take: %d octets", len(line))
		}
	}
	if !strings.HasSuffix(string(m.Bytes), "\r\n") {
		t.Fatalf("the message does not end a line, so that a relay would alter it")
	}
	return o
}

func isASCII(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// hostile draws strings made to break out of wherever they are put.
func hostile() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.StringOf(rapid.RuneFrom([]rune("\r\n\t \x00\x0b\x7f\u0085\u2028\u2029\u202e\ufeff:,;<>@\"'\\()=?_{}.-aZñ日"))),
		rapid.SampledFrom([]string{
			"x\r\nBcc: eva@example.net", "x\nBcc: eva@example.net", "x\r\n\r\n<h1>body</h1>", "=?UTF-8?q?x=0D=0ABcc:_eva@example.net?=",
			`"; eva@example.net, "`, "Ana <eva@example.net>", "{{.AckURL}}", "<no value>", "</title><script>alert(1)</script>",
			strings.Repeat("long", 500), strings.Repeat("ñ ", 400), "\xff\xfe", "--tocsin-", ".", "",
		}),
		rapid.Custom(func(t *rapid.T) string { return string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) }),
	)
}

func TestWhateverTheTitleAReminderHasExactlyItsHeaders(t *testing.T) {
	c := composer(t)
	base := sampleReminder(t, "en")
	rapid.Check(t, func(t *rapid.T) {
		r := base
		r.Locale = hostile().Draw(t, "locale")
		r.IncidentNumber = hostile().Draw(t, "number")
		r.Title = hostile().Draw(t, "title")
		r.Obligation = hostile().Draw(t, "obligation")
		r.RungLabel = hostile().Draw(t, "rung")
		r.EscalatedFrom = hostile().Draw(t, "from")
		r.EscalatesTo = hostile().Draw(t, "to")
		r.OpenQuestions = []string{hostile().Draw(t, "question")}
		r.NextAction = hostile().Draw(t, "action")
		r.Missed = []MissedRung{{Label: hostile().Draw(t, "missed"), DueAt: r.DueAt, Late: time.Hour}}
		r.Left = time.Duration(rapid.Int64().Draw(t, "left"))
		r.Exercise = rapid.Bool().Draw(t, "exercise")
		m, err := c.Reminder(envelope(), r)
		if err != nil {
			t.Fatalf("a reminder was lost: %v", err)
		}
		o := exactly(t, m)
		for _, link := range []string{r.AckURL, r.IncidentURL} {
			if !strings.Contains(o.text, "\n"+link+"\n") {
				t.Fatalf("a link is not on a line of its own")
			}
		}
		if strings.Count(o.html, "<a ") != 2 || strings.Contains(o.html, "<script") {
			t.Fatalf("the HTML holds more than the two links")
		}
		if r.Exercise && (!strings.HasPrefix(m.Subject, "[EXERCISE] ") || strings.Count(o.text, "[EXERCISE]") < 2 || strings.Count(o.html, "[EXERCISE]") < 2) {
			t.Fatalf("a drill is not marked everywhere")
		}
	})
}

func TestWhateverTheNameACommunicationHasExactlyItsHeaders(t *testing.T) {
	c := composer(t)
	rapid.Check(t, func(t *rapid.T) {
		d := sampleCommunication(rapid.SampledFrom(c.Locales()).Draw(t, "locale"))
		d.PersonName = hostile().Draw(t, "name")
		m, err := c.Communication(envelope(), d)
		if err != nil {
			t.Fatalf("a name kept a person from being told: %v", err)
		}
		o := exactly(t, m, "Reply-To")
		if strings.Count(o.html, "<a ") != 1 || strings.Count(o.text, "://") != 1 {
			t.Fatalf("a name brought a link")
		}
	})
}

func TestWhateverTheControllerWritesHeadersStay(t *testing.T) {
	c := composer(t)
	rapid.Check(t, func(t *rapid.T) {
		d := sampleCommunication("en")
		d.ControllerName = hostile().Draw(t, "controller")
		d.VendorName = hostile().Draw(t, "vendor")
		d.Nature = hostile().Draw(t, "nature")
		d.Contact = Contact{Name: hostile().Draw(t, "contact"), Email: hostile().Draw(t, "email"), Phone: hostile().Draw(t, "phone")}
		d.Consequences = []string{hostile().Draw(t, "consequence")}
		d.Measures = []string{hostile().Draw(t, "measure")}
		d.Advice = []string{hostile().Draw(t, "advice")}
		d.PageURL = hostile().Draw(t, "page")
		d.Reference = hostile().Draw(t, "reference")
		d.DataKinds = []string{hostile().Draw(t, "kind")}
		m, err := c.composeCommunication(envelope(), d)
		if err != nil {
			t.Fatalf("not composed: %v", err)
		}
		if plainAddress(strings.TrimSpace(d.Contact.Email)) {
			exactly(t, m, "Reply-To")
		} else {
			exactly(t, m)
		}
		if _, err := c.Communication(envelope(), d); err == nil {
			t.Fatalf("a communication with an unknown kind of data was accepted")
		}
	})
}

func TestAHeaderThatCouldBreakOutIsRefused(t *testing.T) {
	c := composer(t)
	for name, spoil := range map[string]func(*Envelope){
		"a second header in the recipient":      func(e *Envelope) { e.To = "ana@example.org\r\nBcc: eva@example.net" },
		"a line feed in the recipient":          func(e *Envelope) { e.To = "ana@example.org\n" },
		"two recipients":                        func(e *Envelope) { e.To = "ana@example.org,eva@example.net" },
		"a display name":                        func(e *Envelope) { e.To = "Ana <ana@example.org>" },
		"a quoted local part":                   func(e *Envelope) { e.To = `"ana@example.org>,<eva"@example.net` },
		"a space in the recipient":              func(e *Envelope) { e.To = "ana lopez@example.org" },
		"no recipient":                          func(e *Envelope) { e.To = "" },
		"a recipient outside ASCII":             func(e *Envelope) { e.To = "añA@example.org" },
		"a second header in the Message-ID":     func(e *Envelope) { e.MessageID = "<a@example.com>\r\nX: y" },
		"a Message-ID without brackets":         func(e *Envelope) { e.MessageID = "a@example.com" },
		"no Message-ID":                         func(e *Envelope) { e.MessageID = "" },
		"a Message-ID with a space":             func(e *Envelope) { e.MessageID = "<a b@example.com>" },
		"no date":                               func(e *Envelope) { e.Date = time.Time{} },
		"a Message-ID that closes twice":        func(e *Envelope) { e.MessageID = "<a@example.com><b@example.com>" },
		"a recipient with a tab":                func(e *Envelope) { e.To = "ana@example.org\t" },
		"a recipient in a domain with brackets": func(e *Envelope) { e.To = "ana@[192.0.2.1]" },
	} {
		t.Run(name, func(t *testing.T) {
			e := envelope()
			spoil(&e)
			m, err := c.Reminder(e, sampleReminder(t, "en"))
			if err == nil || m.Bytes != nil {
				t.Fatalf("accepted: %q", m.Bytes)
			}
			if strings.Contains(err.Error(), "ana") || strings.Contains(err.Error(), "eva") {
				t.Errorf("the error repeats the address: %v", err)
			}
		})
	}
	for name, config := range map[string]Config{
		"a sender with a display name":       {From: "Tocsin <notices@example.com>"},
		"no sender":                          {},
		"a second header in the sender":      {From: "notices@example.com\r\nBcc: eva@example.net"},
		"a second header in the name":        {From: "notices@example.com", FromName: "Tocsin\r\nBcc: eva@example.net"},
		"a line break in the controller":     {From: "notices@example.com", Controller: "Example\nS.A."},
		"a default language that is missing": {From: "notices@example.com", DefaultLocale: "tlh"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := New(templates.Mail(), config); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestTheSendersNameSurvives(t *testing.T) {
	for name, want := range map[string]string{
		"plain":               "Example Platform",
		"with a comma":        "Example Platform, S.A.",
		"with quotes":         `The "Example" Platform`,
		"outside ASCII":       "Protección de datos – Ejemplo, S.A.",
		"long":                strings.TrimSpace(strings.Repeat("Protección ", 7)),
		"with angle brackets": "Example <eva@example.net>",
	} {
		t.Run(name, func(t *testing.T) {
			c, err := New(templates.Mail(), Config{From: "notices@example.com", FromName: want})
			if err != nil {
				t.Fatal(err)
			}
			m, err := c.Reminder(envelope(), sampleReminder(t, "en"))
			if err != nil {
				t.Fatal(err)
			}
			from, err := mail.ParseAddress(exactly(t, m).header.Get("From"))
			if err != nil || from.Name != want || from.Address != "notices@example.com" {
				t.Errorf("from %v, %v; want %q", from, err, want)
			}
		})
	}
}

func TestTheSameDataGiveTheSameBytes(t *testing.T) {
	c := composer(t)
	first, err := c.Communication(envelope(), sampleCommunication("es"))
	if err != nil {
		t.Fatal(err)
	}
	var together sync.WaitGroup
	for range 8 {
		together.Go(func() {
			for range 10 {
				again, err := c.Communication(envelope(), sampleCommunication("es"))
				if err != nil || again.SHA256 != first.SHA256 {
					t.Errorf("another hash, or %v", err)
					return
				}
			}
		})
	}
	together.Wait()
	other := sampleCommunication("es")
	other.PersonName = "Eva Ruiz"
	if m, err := c.Communication(envelope(), other); err != nil || m.SHA256 == first.SHA256 {
		t.Errorf("another person's message has the same hash, or %v", err)
	}
}

func TestAddressesThatSMTPAcceptsAreAcceptedHere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-zA-Z0-9.#$&'*+/=?^_{|}~-]{1,64}@[a-z0-9üñ-]{1,20}\.[a-z]{2,8}`).Draw(t, "address")
		address, err := smtp.ParseAddress(text)
		if err == nil && !plainAddress(address.String()) {
			t.Fatalf("%q can be sent to but not written to", address)
		}
	})
}

func TestEveryKindOfDataHasANameInEveryLanguage(t *testing.T) {
	c := composer(t)
	for _, locale := range c.Locales() {
		words := c.languages[locale].words
		for _, kind := range gdpr.DataKinds() {
			if words.DataKinds[kind.Key] == "" {
				t.Errorf("language %s has no name for %s", locale, kind.Key)
			}
		}
		if len(words.DataKinds) != len(gdpr.DataKinds()) {
			t.Errorf("language %s names %d kinds, the law data know %d", locale, len(words.DataKinds), len(gdpr.DataKinds()))
		}
		team := c.languages[locale].team
		if team != nil && !slices.Equal(slices.Sorted(maps.Keys(team.Roles)), slices.Sorted(maps.Keys(c.languages["en"].team.Roles))) {
			t.Errorf("language %s names other roles than en", locale)
		}
	}
}

func TestWriteToWritesTheBytes(t *testing.T) {
	m, err := composer(t).Reminder(envelope(), sampleReminder(t, "en"))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if n, err := m.WriteTo(&out); err != nil || n != int64(len(m.Bytes)) || out.String() != string(m.Bytes) {
		t.Errorf("wrote %d bytes, %v", n, err)
	}
	if _, err := m.WriteTo(fullDisk{}); err == nil {
		t.Error("the writer's error was lost")
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }
