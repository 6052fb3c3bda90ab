package notice

import (
	"bytes"
	"errors"
	"io"
	"mime/quotedprintable"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tocsin/gdpr"
)

// roundContent is the example incident as content in every language.
func roundContent(template string) Content {
	content := Content{
		Template: template, Vendor: "Vendor Analytics Inc.", OccurredOn: "2025-11-09", DiscoveredOn: "2025-11-25",
		PageURL: "https://www.example.com/incident", VerifyURL: "https://www.example.com/incident/check",
		Email: "dpo@example.com", Phone: "+34 900 000 000", NotExposed: []string{"password", "card"}, AdviceByKind: true,
		Locales: map[string]Words{},
	}
	for _, locale := range []string{"ca", "de", "en", "es", "fr", "it", "lv", "nl", "pl", "pt"} {
		d := sampleOf(locale, template)
		content.Locales[locale] = Words{
			ContactName: d.Contact.Name, Nature: strings.Split(d.Nature, "\n\n"), Consequences: d.Consequences,
			Measures: d.Measures, Changes: d.Changes,
		}
	}
	switch template {
	case TemplateNotAffected:
		content.NotExposed, content.AdviceByKind = nil, false
	case TemplateFollowUp:
		content.PreviousOn = "2025-11-27"
	}
	return content
}

func roundOf(t testing.TB, template string) *Round {
	t.Helper()
	kinds := []string{"name", "email", "location"}
	if template == TemplateNotAffected {
		kinds = nil
	}
	r, err := composer(t).Round(roundContent(template), false, kinds)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func recipient(template string) Recipient {
	p := Recipient{Locale: "de-AT", Name: "Zoë Müller-O'Hara", Kinds: []string{"name", "email"}, Code: Code(codeKey, "incident-7", "person-3"), Reference: "7F3A-9C21"}
	switch template {
	case TemplateNotAffected:
		p.Kinds = nil
	case TemplateAffectedOrganisation:
		p.Organisation, p.People = `Example & Söhne "Nord" (Wien)`, 37
	}
	return p
}

// TestARoundWritesWhatCommunicationWrites is the proof that rendering ahead
// changes nothing: the bytes are the same for hostile names too.
func TestARoundWritesWhatCommunicationWrites(t *testing.T) {
	for _, template := range Templates() {
		r := roundOf(t, template)
		rapid.Check(t, func(t *rapid.T) {
			p := recipient(template)
			p.Locale = rapid.SampledFrom(append(r.content.Languages(), "sv", "")).Draw(t, "locale")
			p.Name = rapid.OneOf(hostile(), rapid.StringMatching(`[A-Za-zÀ-ž'’. -]{0,90}`)).Draw(t, "name")
			p.Reference = rapid.SampledFrom([]string{"", "A-1", "TODO", "R 1/7"}).Draw(t, "reference")
			if p.Kinds != nil {
				p.Kinds = rapid.SampledFrom([][]string{{"name"}, {"email", "health"}, {"user_id", "bank_account", "phone"}}).Draw(t, "kinds")
			}
			if p.Organisation != "" {
				p.Organisation = rapid.OneOf(hostile(), rapid.StringMatching(`[A-Za-zÀ-ž0-9'&()"+. -]{1,90}`)).Draw(t, "organisation")
				p.People = rapid.IntRange(-1, 1<<40).Draw(t, "people")
			}
			quick, quickErr := r.Message(nil, envelope(), p)
			plain, plainErr := r.composer.Communication(envelope(), r.Communication(p))
			if (quickErr == nil) != (plainErr == nil) {
				t.Fatalf("a round: %v; alone: %v", quickErr, plainErr)
			}
			if quickErr != nil {
				var person *PersonError
				if !errors.As(quickErr, &person) {
					t.Fatalf("not of one person: %v", quickErr)
				}
				return
			}
			if !bytes.Equal(quick.Bytes, plain.Bytes) || quick.SHA256 != plain.SHA256 || quick.Subject != plain.Subject ||
				quick.From != plain.From || quick.To != plain.To || quick.MessageID != plain.MessageID {
				t.Fatalf("the bytes differ:\n%s\n%s", quick.Bytes, plain.Bytes)
			}
			exactly(t, quick, "Reply-To")
		})
	}
}

func TestOnePersonsFaultIsThatPersonsAlone(t *testing.T) {
	for name, test := range map[string]struct {
		template string
		spoil    func(*Envelope, *Recipient)
		field    string
	}{
		"an address with a line break":      {TemplateAffected, func(e *Envelope, _ *Recipient) { e.To = "ana@example.org\r\nBcc: eva@example.net" }, "to"},
		"no Message-ID":                     {TemplateAffected, func(e *Envelope, _ *Recipient) { e.MessageID = "" }, "message_id"},
		"no date":                           {TemplateAffected, func(e *Envelope, _ *Recipient) { e.Date = time.Time{} }, "date"},
		"no code":                           {TemplateAffected, func(_ *Envelope, p *Recipient) { p.Code = "" }, "code"},
		"a code that is none":               {TemplateAffected, func(_ *Envelope, p *Recipient) { p.Code = "\r\nx" }, "code"},
		"a reference that is a link":        {TemplateAffected, func(_ *Envelope, p *Recipient) { p.Reference = "https://evil.example" }, "reference"},
		"no kinds":                          {TemplateAffected, func(_ *Envelope, p *Recipient) { p.Kinds = nil }, "data_kinds"},
		"an unknown kind":                   {TemplateAffected, func(_ *Envelope, p *Recipient) { p.Kinds = []string{"shoe_size"} }, "data_kinds"},
		"a kind said not to be exposed":     {TemplateFollowUp, func(_ *Envelope, p *Recipient) { p.Kinds = []string{"card"} }, "not_exposed"},
		"kinds of somebody not affected":    {TemplateNotAffected, func(_ *Envelope, p *Recipient) { p.Kinds = []string{"email"} }, "data_kinds"},
		"no organisation":                   {TemplateAffectedOrganisation, func(_ *Envelope, p *Recipient) { p.Organisation = "" }, "organisation"},
		"an organisation that is a link":    {TemplateAffectedOrganisation, func(_ *Envelope, p *Recipient) { p.Organisation = "win at evil.example" }, "organisation"},
		"an organisation without people":    {TemplateAffectedOrganisation, func(_ *Envelope, p *Recipient) { p.People = 0 }, "people"},
		"an organisation for a mere person": {TemplateFollowUp, func(_ *Envelope, p *Recipient) { p.Organisation = "Example" }, "organisation"},
	} {
		t.Run(name, func(t *testing.T) {
			r := roundOf(t, test.template)
			e, p := envelope(), recipient(test.template)
			test.spoil(&e, &p)
			m, err := r.Message(nil, e, p)
			var person *PersonError
			if !errors.As(err, &person) || person.Field != test.field || person.What == "" || m.Bytes != nil {
				t.Fatalf("got %v", err)
			}
			for _, secret := range []string{"ana", "eva", "Zoë", "evil", "shoe"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error repeats the data: %v", err)
				}
			}
			if _, err := r.Message(nil, envelope(), recipient(test.template)); err != nil {
				t.Errorf("the next person is not told either: %v", err)
			}
		})
	}
}

func TestANameNeverKeepsAPersonFromBeingTold(t *testing.T) {
	r := roundOf(t, TemplateAffected)
	for _, name := range []string{
		"Ana\x00López", "Ana\r\nBcc: eva@example.net", "\xff\xfe", "TODO", "Ana , Ruiz", "()", "X XXXX", "{{.Code}}", "\ufdd0", "\ufdd4",
		"<img src=x>", "--tocsin-", strings.Repeat("a", 5000), "Ana\u2028López", "[NAME]", "N", "a", "e",
	} {
		p := recipient(TemplateAffected)
		p.Name = name
		m, err := r.Message(nil, envelope(), p)
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		exactly(t, m, "Reply-To")
		if plain, err := r.composer.Communication(envelope(), r.Communication(p)); err != nil || !bytes.Equal(plain.Bytes, m.Bytes) {
			t.Errorf("%q alone: %v", name, err)
		}
	}
}

func TestARoundThatIsIncompleteIsNotBegun(t *testing.T) {
	c := composer(t)
	for name, test := range map[string]struct {
		spoil func(*Content)
		field string
	}{
		"no language":               {func(d *Content) { d.Locales = nil }, "locales"},
		"a language without folder": {func(d *Content) { d.Locales["tlh"] = d.Locales["en"] }, "locales"},
		"no measures in one language": {func(d *Content) {
			w := d.Locales["fr"]
			w.Measures = nil
			d.Locales["fr"] = w
		}, "fr.measures"},
		"a template that is none": {func(d *Content) { d.Template = "other" }, "en.template"},
		"a kind both ways":        {func(d *Content) { d.NotExposed = []string{"email"} }, "pl.not_exposed"},
	} {
		t.Run(name, func(t *testing.T) {
			content := roundContent(TemplateAffected)
			test.spoil(&content)
			r, err := c.Round(content, false, []string{"email"})
			var incomplete *IncompleteError
			if !errors.As(err, &incomplete) || r != nil {
				t.Fatalf("got %v", err)
			}
			found := false
			for _, p := range incomplete.Problems {
				found = found || p.Field == test.field
			}
			if !found {
				t.Errorf("problems %v", incomplete.Problems)
			}
		})
	}
}

func TestARoundServesManyAtOnce(t *testing.T) {
	r := roundOf(t, TemplateAffected)
	kinds := gdpr.DataKinds()
	var together sync.WaitGroup
	for worker := range 4 {
		together.Go(func() {
			var buffer []byte
			for i := range 300 {
				p := recipient(TemplateAffected)
				p.Locale = r.content.Languages()[i%10]
				p.Kinds = []string{"name", kinds[(worker*7+i)%len(kinds)].Key}
				m, err := r.Message(buffer, envelope(), p)
				if err != nil {
					var person *PersonError
					if !errors.As(err, &person) {
						t.Errorf("%v", err)
						return
					}
					continue
				}
				buffer = m.Bytes
				if !bytes.Contains(m.Bytes, []byte("Content-Language: "+p.Locale+"\r\n")) {
					t.Error("somebody else's language")
				}
			}
		})
	}
	together.Wait()
	r.mu.RLock()
	defer r.mu.RUnlock()
	if n := len(r.stencils); n > maxStencils {
		t.Errorf("%d stencils are kept", n)
	}
}

func TestATemplateThatAltersANameIsFound(t *testing.T) {
	for name, test := range map[string][2]string{
		"in an attribute":       {`<p>{{if .Person}}`, `<p style="color:{{.Person}}">{{if .Person}}`},
		"through a function":    {"{{if .Person}}Dear {{.Person}},", "{{if .Person}}Dear {{stop .Person}}"},
		"cut to its first rune": {"{{if .Person}}Dear {{.Person}},", `{{if .Person}}Dear {{printf "%.1s" .Person}},`},
	} {
		t.Run(name, func(t *testing.T) {
			files := copyOf(t)
			content := string(files["en/affected.html"].Data)
			files["en/affected.html"].Data = []byte(strings.Replace(content, test[0], test[1], 1))
			if string(files["en/affected.html"].Data) == content {
				t.Fatal("nothing was altered")
			}
			c, err := New(files, Config{From: "notices@example.com", Controller: "Example"})
			if err != nil {
				return // refused even earlier
			}
			content2 := roundContent(TemplateAffected)
			content2.Locales = map[string]Words{"en": content2.Locales["en"]}
			r, err := c.Round(content2, false, []string{"email"})
			if err != nil {
				t.Fatal(err)
			}
			p := recipient(TemplateAffected)
			p.Locale = "en"
			if m, err := r.Message(nil, envelope(), p); err == nil || m.Bytes != nil {
				t.Error("accepted")
			}
		})
	}
}

func FuzzRound(f *testing.F) {
	r := roundOf(f, TemplateAffectedOrganisation)
	f.Add("Ana López", "Example S.A.", "A-1")
	f.Add("O'Hara <x>", `A & "B"`, "")
	f.Add("\ufdd0\r\n", "x\x00y", "=?UTF-8?q?x?=")
	f.Fuzz(func(t *testing.T, name, organisation, reference string) {
		p := recipient(TemplateAffectedOrganisation)
		p.Name, p.Organisation, p.Reference = name, organisation, reference
		m, err := r.Message(nil, envelope(), p)
		plain, plainErr := r.composer.Communication(envelope(), r.Communication(p))
		if (err == nil) != (plainErr == nil) || !bytes.Equal(m.Bytes, plain.Bytes) {
			t.Fatalf("a round: %v; alone: %v", err, plainErr)
		}
		if err == nil {
			exactly(t, m, "Reply-To")
		}
	})
}

func FuzzQuotedLine(f *testing.F) {
	f.Add([]byte("plain"))
	f.Add([]byte("ends in a space "))
	f.Add([]byte(strings.Repeat("ñ=", 60)))
	f.Add([]byte(strings.Repeat("a", 75) + " "))
	f.Fuzz(func(t *testing.T, line []byte) {
		if bytes.ContainsAny(line, "\r\n") {
			return
		}
		var want bytes.Buffer
		w := quotedprintable.NewWriter(&want)
		if _, err := io.Copy(w, bytes.NewReader(line)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if got := appendQuoted(nil, line); !bytes.Equal(got, want.Bytes()) {
			t.Fatalf("%q is encoded as %q, want %q", line, got, want.Bytes())
		}
	})
}
