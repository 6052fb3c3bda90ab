package notice

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestEachTemplateHasItsDemands spoils a good message of each template in each
// language.
func TestEachTemplateHasItsDemands(t *testing.T) {
	c := composer(t)
	type spoil struct {
		change func(*Communication)
		field  string
	}
	art34 := map[string]spoil{
		"no nature":       {func(d *Communication) { d.Nature = "" }, "nature"},
		"no contact":      {func(d *Communication) { d.Contact.Email, d.Contact.Phone = "", "" }, "contact"},
		"no contact name": {func(d *Communication) { d.Contact.Name = "" }, "contact.name"},
		"no consequences": {func(d *Communication) { d.Consequences = nil }, "consequences"},
		"no measures":     {func(d *Communication) { d.Measures = nil }, "measures"},
		"no kinds":        {func(d *Communication) { d.DataKinds = nil }, "data_kinds"},
	}
	demands := map[string]map[string]spoil{
		TemplateAffected: {},
		TemplateFollowUp: {
			"no changes":       {func(d *Communication) { d.Changes = []string{" "} }, "changes"},
			"no day of before": {func(d *Communication) { d.PreviousOn = d.PreviousOn.Truncate(0).AddDate(-2024, -10, -26) }, "previous_on"},
			"an organisation":  {func(d *Communication) { d.Organisation = "Example Works" }, "organisation"},
		},
		TemplateAffectedOrganisation: {
			"an organisation that is a link": {func(d *Communication) { d.Organisation = "www.evil.example" }, "organisation"},
			"an organisation that is markup": {func(d *Communication) { d.Organisation = "<b>Example</b>" }, "organisation"},
			"fewer than nobody":              {func(d *Communication) { d.People = -1 }, "people"},
			"changes":                        {func(d *Communication) { d.Changes = []string{"New."} }, "changes"},
		},
	}
	for template := range demands {
		for name, s := range art34 {
			demands[template][name] = s
		}
	}
	demands[TemplateNotAffected] = map[string]spoil{
		"no nature":           {func(d *Communication) { d.Nature = "" }, "nature"},
		"no contact":          {func(d *Communication) { d.Contact.Email, d.Contact.Phone = "", "" }, "contact"},
		"kinds of data":       {func(d *Communication) { d.DataKinds = []string{"email"} }, "data_kinds"},
		"kinds not exposed":   {func(d *Communication) { d.NotExposed = []string{"password"} }, "not_exposed"},
		"consequences":        {func(d *Communication) { d.Consequences = []string{"Some."} }, "consequences"},
		"advice":              {func(d *Communication) { d.Advice = []string{"Some."} }, "advice"},
		"a link":              {func(d *Communication) { d.Nature += " http://vendor.example" }, "message"},
		"a placeholder":       {func(d *Communication) { d.Nature += " {vendor}" }, "message"},
		"the other statement": {nil, "statement"},
	}
	for template, spoils := range demands {
		for name, s := range spoils {
			for _, locale := range c.Locales() {
				t.Run(locale+"/"+template+": "+name, func(t *testing.T) {
					d := sampleOf(locale, template)
					if s.change == nil {
						d.Nature += " " + c.languages[locale].words.Statements[TemplateAffected]
					} else {
						s.change(&d)
					}
					m, err := c.Communication(envelope(), d)
					var incomplete *IncompleteError
					if !errors.As(err, &incomplete) || m.Bytes != nil {
						t.Fatalf("got %v", err)
					}
					if !slices.ContainsFunc(incomplete.Problems, func(p Problem) bool { return p.Field == s.field }) {
						t.Errorf("problems %v, want one of %s", incomplete.Problems, s.field)
					}
				})
			}
		}
	}
	var incomplete *IncompleteError
	if _, err := c.Communication(envelope(), Communication{Template: TemplateReminder}); !errors.As(err, &incomplete) || incomplete.Problems[0].Field != "template" {
		t.Errorf("a template of the team is sent to people: %v", err)
	}
	if p, err := c.Preview(Communication{Template: "other"}); err != nil || len(p.Problems) != 1 {
		t.Errorf("preview of an unknown template: %v, %v", p, err)
	}
	if p := c.Check(nil, Communication{Template: "other"}); len(p) != 1 {
		t.Errorf("check of an unknown template: %v", p)
	}
}

func TestEveryTemplateIsCompleteInEveryLanguage(t *testing.T) {
	c := composer(t)
	for _, locale := range c.Locales() {
		for _, template := range Templates() {
			for _, d := range []Communication{sampleOf(locale, template), bareOf(locale, template)} {
				m, err := c.Communication(envelope(), d)
				if err != nil {
					t.Errorf("%s/%s: %v", locale, template, err)
					continue
				}
				text := open(t, m.Bytes).text
				if !strings.Contains(text, c.languages[locale].words.Article34) {
					t.Errorf("%s/%s does not cite Art. 34", locale, template)
				}
			}
		}
	}
}

// TestALanguageThatLeavesSomethingOutIsNotLoaded takes variables out of the
// templates of each language.
func TestALanguageThatLeavesSomethingOutIsNotLoaded(t *testing.T) {
	c := composer(t)
	for _, locale := range c.Locales() {
		for name, test := range map[string]struct{ file, old, replacement, want string }{
			"the statement":         {"not_affected.txt", "{{.Statement}}", "", "statement"},
			"the statement in HTML": {"affected.html", "{{.Statement}}", "", "statement"},
			"the changes":           {"follow_up.html", "<li>{{.}}</li>", "<li>x</li>", "changes"},
			"the day of before":     {"follow_up.txt", "{{.PreviousOn}}", "", "previous_on"},
			"the organisation":      {"affected_organisation.html", "{{.Organisation}}", "", "organisation"},
			"the number of people":  {"affected_organisation.txt", "{{.People}}", "", "people"},
			"the law":               {"affected.txt", "{{.Article34}}", "", "article_34"},
			"the code":              {"affected.txt", "{{$.Code}}", "", "code"},
			"the page":              {"not_affected.html", `<a href="{{.}}">{{.}}</a>`, "", "page_url"},
			"an attachment's image": {"follow_up.html", "<p>{{.Controller}}</p>", `<img src="cid:1"><p>{{.Controller}}</p>`, "element that may load"},
			"advice":                {"locale.json", `"phishing":`, `"fishing":`, "advice.phishing"},
			"a statement's key":     {"locale.json", `"follow_up":`, `"followup":`, "statements.follow_up"},
		} {
			err := alteredIn(t, copyOf(t, locale, "en"), locale+"/"+test.file, test.old, test.replacement)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s without %s: %v", locale, name, err)
			}
		}
	}
	for name, content := range map[string]string{
		"a rule twice":             `[{"key":"phishing","kinds":["*"]},{"key":"phishing","kinds":["*"]}]`,
		"a rule without kinds":     `[{"key":"phishing"}]`,
		"a kind that is none":      `[{"key":"phishing","kinds":["shoe_size"]}]`,
		"sentences without a rule": `[{"key":"phishing","kinds":["*"]}]`,
		"a key that is none":       `[{"key":"phishing","kind":["*"]}]`,
	} {
		files := copyOf(t)
		files["advice.json"] = &fstest.MapFile{Data: []byte(content)}
		if _, err := New(files, Config{From: "notices@example.com"}); err == nil {
			t.Errorf("advice.json with %s is accepted", name)
		}
	}
}

func TestThePageForCheckingMayBeTocsinsOwn(t *testing.T) {
	c := composer(t)
	c.config.CheckURL = "https://tocsin.example.net"
	d := sampleCommunication("en")
	d.VerifyURL, d.Code = "https://tocsin.example.net/genuine", previewCode
	for _, page := range []string{d.PageURL, ""} {
		d.PageURL = page
		m, err := c.Communication(envelope(), d)
		if err != nil {
			t.Fatal(err)
		}
		if o := open(t, m.Bytes); !strings.Contains(o.text, "enter the code CCCC-CCCC-CCCC there:\nhttps://tocsin.example.net/genuine\n") {
			t.Errorf("text %s", o.text)
		}
	}
	for name, pages := range map[string][2]string{
		"the page itself":   {"https://a.example/x", "https://a.example/x"},
		"with a slash":      {"https://a.example/x", "https://a.example/x/"},
		"a page of it":      {"https://a.example/x/", "https://a.example/x/check"},
		"the whole site":    {"https://a.example", "https://a.example/check"},
		"!another site":     {"https://a.example", "https://a.example.net/check"},
		"!a sibling":        {"https://a.example/x", "https://a.example/xy"},
		"!a parent":         {"https://a.example/x", "https://a.example/x/../y"},
		"!an encoded climb": {"https://a.example/x", "https://a.example/x/%2e%2e/y"},
		"!another scheme":   {"https://a.example/x", "http://a.example/x/y"},
		"!nothing":          {"", "https://a.example/"},
	} {
		if got := beneath(pages[0], pages[1]); got == strings.HasPrefix(name, "!") {
			t.Errorf("%s: %v", name, got)
		}
	}
}
