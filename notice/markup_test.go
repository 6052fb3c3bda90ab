package notice

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// markup is what a hostile vendor, colleague or row of a file writes into field n:
// of an element, of an attribute, and of a header.
func markup(n int) string {
	return fmt.Sprintf(`m%dm"'><img src=x onerror=ran(1)><a href="https://evil.example.net/">y</a><script>ran(1)</script><style>*{color:red}</style>--><!--{{.AckURL}}`+"\r\nBcc: eva@example.net", n)
}

// unlinked is markup without what the check of a round refuses by itself: links,
// and what a template left open.
func unlinked(n int) string {
	return fmt.Sprintf(`m%dm"'><img src=x onerror=ran(1)><a name=x>y<script defer="">ran(1)-->`+"\r\nBcc: eva", n)
}

// harmless is the same without any meaning: it has as many lines, and is no name
// either, so that it greets nobody.
func harmless(n int) string { return fmt.Sprintf("m%dm @\r\nBcc", n) }

// notText are fields that choose something, or that are checked for themselves
// before a message is composed: addresses and links.
var notText = []string{"Locale", "Template", "PageURL", "VerifyURL", "AckURL", "IncidentURL", "Email"}

// fill writes into every field of text, and gives their number.
func fill(v reflect.Value, write func(int) string, n int) int {
	switch v.Kind() {
	case reflect.String:
		v.SetString(write(n))
		return n + 1
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.String && v.Len() == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		own := reflect.MakeSlice(v.Type(), v.Len(), v.Len()) // samples share theirs
		reflect.Copy(own, v)
		v.Set(own)
		for i := range v.Len() {
			n = fill(v.Index(i), write, n)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return n
		}
		for i := range v.NumField() {
			if !slices.Contains(notText, v.Type().Field(i).Name) {
				n = fill(v.Field(i), write, n)
			}
		}
	}
	return n
}

// bonesOf is a document without its text: what a mail program makes of it.
func bonesOf(t *testing.T, document string) (string, string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	var bones, text strings.Builder
	for n := range root.Descendants() {
		switch n.Type {
		case html.TextNode:
			text.WriteString(n.Data)
		case html.ElementNode:
			fmt.Fprintf(&bones, "<%s", n.Data)
			for _, a := range n.Attr {
				fmt.Fprintf(&bones, " %s=%q", a.Key, a.Val)
			}
			bones.WriteString(">\n")
		default:
			fmt.Fprintf(&bones, "(%d)\n", n.Type)
		}
	}
	return bones.String(), text.String()
}

// TestMarkupInAnyFieldIsTextInTheMail writes markup into every field of text that
// can reach a mail with an HTML part. The mail has the elements that it has with
// harmless words, and holds what was written as text.
func TestMarkupInAnyFieldIsTextInTheMail(t *testing.T) {
	c := composer(t)
	mails := map[string]func(write func(int) string) (Message, int, error){
		"reminder": func(write func(int) string) (Message, int, error) {
			r := sampleReminder(t, "en")
			r.Missed = []MissedRung{{DueAt: r.DueAt, Late: time.Hour}}
			n := fill(reflect.ValueOf(&r).Elem(), write, 0)
			m, err := c.Reminder(envelope(), r)
			return m, n, err
		},
		"erasure": func(write func(int) string) (Message, int, error) {
			d := Erasure{Locale: "es", EraseAt: time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC), Zone: madrid(t), Left: time.Hour, Requested: true,
				IncidentURL: "https://tocsin.example.com/incidents/i1"}
			n := fill(reflect.ValueOf(&d).Elem(), write, 0)
			m, err := c.Erasure(envelope(), d)
			return m, n, err
		},
	}
	for _, locale := range c.Locales() {
		for _, template := range []string{TemplateAffected, TemplateNotAffected, TemplateFollowUp, TemplateAffectedOrganisation} {
			mails[template+" in "+locale] = func(write func(int) string) (Message, int, error) {
				d := sampleOf(locale, template)
				n := fill(reflect.ValueOf(&d).Elem(), write, 0)
				m, err := c.composeCommunication(envelope(), d)
				return m, n, err
			}
		}
	}
	for name, mail := range mails {
		t.Run(name, func(t *testing.T) {
			plain, _, err := mail(harmless)
			if err != nil {
				t.Fatal(err)
			}
			hostile, n, err := mail(markup)
			if err != nil {
				t.Fatal(err)
			}
			before, after := open(t, plain.Bytes), open(t, hostile.Bytes)
			if before.html == "" {
				t.Fatal("the mail has no HTML part")
			}
			if len(before.header) != len(after.header) || after.header.Get("Bcc") != "" {
				t.Errorf("a field became a header: %v", after.header)
			}
			want, said := bonesOf(t, before.html)
			got, text := bonesOf(t, after.html)
			if got != want {
				t.Errorf("a field became markup:\n%s\nwithout it:\n%s", got, want)
			}
			shown := 0
			for i := range n {
				mark := fmt.Sprintf("m%dm", i)
				if !strings.Contains(said, mark) || !strings.Contains(text, mark) {
					continue // it stands in the subject alone, or is no name and greets nobody
				}
				if shown++; !strings.Contains(text, mark+`"'><img src=x onerror=ran(1)>`) {
					t.Errorf("field %d is not the text that was written", i)
				}
			}
			if shown < 2 {
				t.Errorf("of %d fields only %d are in the mail", n, shown)
			}
		})
	}
}

// TestMarkupInARoundIsTextInTheMail does the same where a round is rendered ahead
// for many: with the controller's words and with what a row of the file says.
func TestMarkupInARoundIsTextInTheMail(t *testing.T) {
	for _, template := range []string{TemplateAffected, TemplateNotAffected, TemplateFollowUp, TemplateAffectedOrganisation} {
		var bones [2]string
		for i, write := range []func(int) string{harmless, unlinked} {
			content := roundContent(template)
			content.Vendor, content.Phone = write(0), write(1)
			for locale, words := range content.Locales {
				fill(reflect.ValueOf(&words).Elem(), write, 2)
				given := content.Locales[locale]
				for _, list := range []struct{ in, out *[]string }{
					{&given.Consequences, &words.Consequences}, {&given.Measures, &words.Measures}, {&given.Advice, &words.Advice},
					{&given.Changes, &words.Changes}, {&given.ListAccess, &words.ListAccess},
				} {
					if len(*list.in) == 0 {
						*list.out = nil // this template has none
					}
				}
				content.Locales[locale] = words
			}
			kinds := []string{"name", "email"}
			if template == TemplateNotAffected {
				kinds = nil
			}
			round, err := composer(t).Round(content, false, kinds)
			if err != nil {
				t.Fatalf("%s: %v", template, err)
			}
			p := recipient(template)
			p.Name = "Ana " + write(50)
			if template == TemplateAffectedOrganisation {
				// An organisation whose name is none is told in another way.
				strange := p
				strange.Organisation = unlinked(52)
				if _, err := round.Message(nil, envelope(), strange); err == nil {
					t.Error("an organisation is called by markup")
				}
			}
			m, err := round.Message(nil, envelope(), p)
			if err != nil {
				t.Fatalf("%s: %v", template, err)
			}
			o := open(t, m.Bytes)
			if o.header.Get("Bcc") != "" {
				t.Errorf("%s: a field became a header: %v", template, o.header)
			}
			bones[i], _ = bonesOf(t, o.html)
		}
		if bones[0] != bones[1] {
			t.Errorf("%s: a field became markup:\n%s\nwithout it:\n%s", template, bones[1], bones[0])
		}
	}
}

// TestALinkOfAMailLeadsToThePageThatIsMeant writes what is no link of ours into the
// fields of links.
func TestALinkOfAMailLeadsToThePageThatIsMeant(t *testing.T) {
	c := composer(t)
	for _, link := range []string{"javascript:ran(1)", "data:text/html,<script>ran(1)</script>", `https://www.example.com/"><script>ran(1)</script>`, "//evil.example.net/", "https://user@evil.example.net/\r\nBcc: eva@example.net"} {
		r := sampleReminder(t, "en")
		r.AckURL = link
		if m, err := c.Reminder(envelope(), r); err == nil {
			if got, _ := bonesOf(t, open(t, m.Bytes).html); strings.Contains(got, "script") {
				t.Errorf("a reminder holds the link %q: %s", link, got)
			}
		}
		d := sampleCommunication("en")
		d.PageURL = link
		if m, err := c.Communication(envelope(), d); err == nil {
			got, _ := bonesOf(t, open(t, m.Bytes).html)
			t.Errorf("a notice with the link %q is accepted: %s", link, got)
		}
	}
}
