package notice

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/net/html"

	"tocsin/templates"
)

func TestACommunicationThatLacksSomethingIsNotSent(t *testing.T) {
	c := composer(t)
	for name, test := range map[string]struct {
		spoil       func(*Communication)
		field, rule string
	}{
		"no nature":                          {func(d *Communication) { d.Nature = "" }, "nature", "34(2)"},
		"a nature of white space":            {func(d *Communication) { d.Nature = " \r\n\t " }, "nature", "34(2)"},
		"no contact name":                    {func(d *Communication) { d.Contact.Name = " " }, "contact.name", "33(3)(b)"},
		"no way to reach the contact":        {func(d *Communication) { d.Contact.Email, d.Contact.Phone = "", "" }, "contact", "33(3)(b)"},
		"a contact address with a name":      {func(d *Communication) { d.Contact.Email = "DPO <dpo@example.com>" }, "contact.email", "33(3)(b)"},
		"no consequences":                    {func(d *Communication) { d.Consequences = nil }, "consequences", "33(3)(c)"},
		"empty consequences":                 {func(d *Communication) { d.Consequences = []string{"", " "} }, "consequences", "33(3)(c)"},
		"no measures":                        {func(d *Communication) { d.Measures = nil }, "measures", "33(3)(d)"},
		"no kinds of data":                   {func(d *Communication) { d.DataKinds = nil }, "data_kinds", "clear"},
		"an unknown kind of data":            {func(d *Communication) { d.DataKinds = []string{"name", "shoe_size"} }, "data_kinds", "clear"},
		"an unknown kind that is not hit":    {func(d *Communication) { d.NotExposed = []string{"shoe_size"} }, "not_exposed", "clear"},
		"a kind both exposed and not":        {func(d *Communication) { d.NotExposed = []string{"email"} }, "not_exposed", "clear"},
		"a kind that stands there twice":     {func(d *Communication) { d.DataKinds = []string{"name", "name"} }, "data_kinds", "clear"},
		"discovered before it occurred":      {func(d *Communication) { d.DiscoveredOn = d.OccurredOn.AddDate(0, -1, 0) }, "discovered_on", "clear"},
		"a page without TLS":                 {func(d *Communication) { d.PageURL = "http://www.example.com/incident" }, "page_url", "no links"},
		"a page that knows the reader":       {func(d *Communication) { d.PageURL = "https://www.example.com/incident?u=7" }, "page_url", "no links"},
		"a page with a fragment":             {func(d *Communication) { d.PageURL = "https://www.example.com/incident#7" }, "page_url", "no links"},
		"a page with credentials":            {func(d *Communication) { d.PageURL = "https://a:b@www.example.com/" }, "page_url", "no links"},
		"a page that is a script":            {func(d *Communication) { d.PageURL = "javascript:alert(1)" }, "page_url", "no links"},
		"a link in the nature":               {func(d *Communication) { d.Nature += " See https://vendor.example/report." }, "message", "no links"},
		"a link in the advice":               {func(d *Communication) { d.Advice = append(d.Advice, "Go to WWW.example.net") }, "message", "no links"},
		"a mailto link":                      {func(d *Communication) { d.Advice = append(d.Advice, "Write to mailto:dpo@example.com") }, "message", "no links"},
		"a link in the provider's name":      {func(d *Communication) { d.VendorName = "https://vendor.example" }, "message", "no links"},
		"the page with a tracking parameter": {func(d *Communication) { d.Advice = append(d.Advice, "Read "+d.PageURL+"?utm_source=mail") }, "message", "no links"},
		"a placeholder in braces":            {func(d *Communication) { d.Nature += " {{VENDOR}}" }, "message", "clear"},
		"a value that was not filled in":     {func(d *Communication) { d.Nature += " <no value>" }, "message", "clear"},
		"a placeholder in brackets":          {func(d *Communication) { d.Nature += " [NAME OF THE VENDOR]" }, "message", "clear"},
		"a placeholder in angles":            {func(d *Communication) { d.Nature += " <vendor name>" }, "message", "clear"},
		"a placeholder with a dollar":        {func(d *Communication) { d.Nature += " ${vendor}" }, "message", "clear"},
		"a row of crosses":                   {func(d *Communication) { d.Nature += " It was XXXX." }, "message", "clear"},
		"a line to be filled in":             {func(d *Communication) { d.Nature += " It was ____." }, "message", "clear"},
		"empty brackets":                     {func(d *Communication) { d.Nature += " The provider () told us." }, "message", "clear"},
		"empty quotation marks":              {func(d *Communication) { d.Nature += " The provider «\u00a0» told us." }, "message", "clear"},
		"a gap before a comma":               {func(d *Communication) { d.Nature += " The provider , told us." }, "message", "clear"},
		"a gap before a full stop":           {func(d *Communication) { d.Nature += " It was ." }, "message", "clear"},
		"a link in another scheme":           {func(d *Communication) { d.Nature += " ftp://vendor.example/x" }, "message", "no links"},
		"a reference that is a link":         {func(d *Communication) { d.Reference = "https://vendor.example" }, "reference", "no links"},
		"a code without a page":              {func(d *Communication) { d.Code = previewCode }, "verify_url", "checking"},
		"a page without a code that is one":  {func(d *Communication) { d.VerifyURL, d.Code = d.PageURL+"/check", "hello" }, "code", "checking"},
		"a page for checking elsewhere":      {func(d *Communication) { d.VerifyURL, d.Code = "https://check.example.net/", previewCode }, "verify_url", "beneath"},
		"a page for checking beside":         {func(d *Communication) { d.VerifyURL, d.Code = d.PageURL+"-check", previewCode }, "verify_url", "beneath"},
		"a page for checking that climbs":    {func(d *Communication) { d.VerifyURL, d.Code = d.PageURL+"/../x", previewCode }, "verify_url", "beneath"},
		"a page for checking that tracks":    {func(d *Communication) { d.VerifyURL, d.Code = d.PageURL+"/check?p=7", previewCode }, "verify_url", "beneath"},
		"a change outside a follow-up":       {func(d *Communication) { d.Changes = []string{"New."} }, "changes", "clear"},
		"an earlier message without one":     {func(d *Communication) { d.PreviousOn = d.OccurredOn }, "previous_on", "clear"},
		"an organisation in a person's":      {func(d *Communication) { d.Organisation = "Example Works" }, "organisation", "controller"},
		"a list in a person's":               {func(d *Communication) { d.ListAccess = []string{"Ask."} }, "list_access", "controller"},
		"a note of the author":               {func(d *Communication) { d.Measures = append(d.Measures, "TODO ask security") }, "message", "clear"},
	} {
		for _, locale := range c.Locales() {
			t.Run(locale+": "+name, func(t *testing.T) {
				d := sampleCommunication(locale)
				test.spoil(&d)
				m, err := c.Communication(envelope(), d)
				var incomplete *IncompleteError
				if !errors.As(err, &incomplete) || m.Bytes != nil {
					t.Fatalf("got %v and %d bytes", err, len(m.Bytes))
				}
				found := false
				for _, p := range incomplete.Problems {
					found = found || p.Field == test.field && strings.Contains(p.Rule, test.rule)
					if p.What == "" {
						t.Errorf("problem %+v does not say what to do", p)
					}
				}
				if !found {
					t.Errorf("problems %v, want %s by %s", incomplete.Problems, test.field, test.rule)
				}
				if strings.Contains(err.Error(), "Ana") || strings.Contains(err.Error(), "@") && !strings.Contains(err.Error(), "such as dpo@example.org") {
					t.Errorf("the error repeats the communication: %v", err)
				}
				preview, err := c.Preview(d)
				if err != nil || len(preview.Problems) != len(incomplete.Problems) {
					t.Errorf("the preview finds %v, %v", preview.Problems, err)
				}
			})
		}
	}
}

func TestACompleteCommunicationHasNoProblems(t *testing.T) {
	c := composer(t)
	for name, change := range map[string]func(*Communication){
		"everything said":                   func(*Communication) {},
		"a drill":                           func(d *Communication) { d.Exercise = true },
		"no page":                           func(d *Communication) { d.PageURL = "" },
		"only a telephone":                  func(d *Communication) { d.Contact.Email = "" },
		"no days":                           func(d *Communication) { d.OccurredOn, d.DiscoveredOn = time.Time{}, time.Time{} },
		"the page named again in the text":  func(d *Communication) { d.Advice = append(d.Advice, "Type it by hand: ("+d.PageURL+").") },
		"a domain without https is no link": func(d *Communication) { d.Advice = append(d.Advice, "We write from example.com only.") },
		"markup in a text is shown as text": func(d *Communication) { d.Measures = append(d.Measures, "We removed <img src=x> & more.") },
		"discovered on the day it occurred": func(d *Communication) { d.DiscoveredOn = d.OccurredOn },
	} {
		for _, locale := range c.Locales() {
			t.Run(locale+": "+name, func(t *testing.T) {
				d := sampleCommunication(locale)
				change(&d)
				m, err := c.Communication(envelope(), d)
				if err != nil {
					t.Fatal(err)
				}
				if problems := c.Check(m.Bytes, d); problems != nil {
					t.Errorf("problems %v", problems)
				}
				preview, err := c.Preview(d)
				o := open(t, m.Bytes)
				if err != nil || preview.Subject != m.Subject || preview.Text != o.text || preview.HTML != o.html {
					t.Errorf("the preview is not what is sent (%v)", err)
				}
			})
		}
	}
}

// altered replaces text in one template and returns what New says.
func altered(t *testing.T, path, old, replacement string) error {
	t.Helper()
	return alteredIn(t, copyOf(t, "en", "es"), path, old, replacement)
}

func alteredIn(t *testing.T, files fstest.MapFS, path, old, replacement string) error {
	t.Helper()
	content := string(files[path].Data)
	if !strings.Contains(content, old) {
		t.Fatalf("%s does not hold %q", path, old)
	}
	files[path] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(content, old, replacement))}
	_, err := New(files, Config{From: "notices@example.com"})
	return err
}

func TestABrokenTemplateStopsTheProgramAndNotTheMessage(t *testing.T) {
	for name, test := range map[string]struct{ path, old, replacement, want string }{
		"a field that does not exist":          {"en/team/reminder.txt", "{{.Due}}", "{{.Deadline}}", "Deadline"},
		"a field that exists only in HTML":     {"en/affected.html", "{{.Statement}}", "{{.Sentence}}", "Sentence"},
		"a syntax error":                       {"en/team/checkpoint.txt", "{{.Size}}", "{{.Size", "checkpoint.txt"},
		"no subject":                           {"en/team/reminder.txt", `{{define "subject"}}`, `{{define "topic"}}`, "subject"},
		"an empty subject":                     {"en/team/checkpoint.txt", `{{define "subject"}}`, `{{define "subject"}}{{end}}{{define "topic"}}`, "subject is empty"},
		"the nature is left out":               {"en/affected.txt", "{{range .Nature}}{{.}}", "{{range .Nature}}", "nature"},
		"the consequences are left out":        {"en/affected.html", "<ul>{{range .Consequences}}<li>{{.}}</li>\n{{end}}</ul>", "", "33(3)(c)"},
		"the measures are left out":            {"en/affected.txt", "{{range .Measures}}- {{.}}", "{{range .Measures}}", "33(3)(d)"},
		"the contact is left out":              {"es/affected.html", "{{.ContactName}}", "", "33(3)(b)"},
		"the statement is left out":            {"es/affected.txt", "{{.Statement}}", "", "statement"},
		"a drill is not marked":                {"en/affected.txt", "with .Banner}}", "with false}}", "drill"},
		"a drill is not marked in the subject": {"en/affected.txt", "{{.Mark}}", "", "drill"},
		"a drill is not marked in HTML":        {"layout.html", "{{with .Banner}}", "{{with false}}", "drill"},
		"a remote image":                       {"en/affected.html", "<p>{{.Controller}}</p>", `<p>{{.Controller}}</p><img src="https://track.example/p.gif">`, "element that may load"},
		"a script":                             {"en/affected.html", "<p>{{.Controller}}</p>", `<p>{{.Controller}}</p><script>1</script>`, "element that may load"},
		"a background image":                   {"layout.html", "padding:24px 16px;", "padding:24px 16px;background-image:url(https://track.example/p.gif);", "style"},
		"a background attribute":               {"layout.html", `<body style=`, `<body background="https://track.example/p.gif" style=`, "attribute"},
		"another link":                         {"en/affected.html", "<p>{{.Controller}}</p>", `<p><a href="https://vendor.example/">{{.Controller}}</a></p>`, "another link"},
		"a link in the text part":              {"en/affected.txt", "{{.Controller}}", "{{.Controller}} https://vendor.example/", "another link"},
		"hidden text":                          {"layout.html", `<div style="`, `<div style="display: none;`, "style"},
		"a conditional comment":                {"layout.html", "<body", "<!--[if mso]>x<![endif]--><body", "Mail"},
		"an empty section in the text":         {"en/affected.txt", `{{heading "Whom to contact"}}`, "{{heading \"Extra\"}}\n\n{{heading \"Whom to contact\"}}", "section of the text"},
		"an empty section in the HTML":         {"en/affected.html", `<h2 style="font-size:18px">Whom to contact</h2>`, "<h2>Extra</h2>\n<h2>Whom to contact</h2>", "section of the HTML"},
		"the note is altered":                  {"en/team/checkpoint.txt", "{{.Note}}", "> {{.Note}}", "note"},
		"the acknowledgement link is left out": {"es/team/reminder.txt", "{{.AckURL}}", "", "link"},
		"half a month list":                    {"es/locale.json", `"enero", `, "", "months"},
		"a missing unit":                       {"es/team/words.json", `"hour"`, `"stunde"`, "units.hour"},
		"an unknown key":                       {"es/locale.json", `"date"`, `"datum"`, "datum"},
		"an empty statement":                   {"en/locale.json", `"Your personal data are among those affected."`, `" "`, "statements.affected"},
	} {
		t.Run(name, func(t *testing.T) {
			err := altered(t, test.path, test.old, test.replacement)
			if name == "a conditional comment" {
				// html/template removes comments by itself.
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error about %q", err, test.want)
			}
		})
	}
	t.Run("a missing file", func(t *testing.T) {
		for _, path := range []string{"layout.html", "en/team/reminder.html", "en/affected.txt", "es/team/checkpoint.txt", "es/locale.json"} {
			files := copyOf(t)
			delete(files, path)
			if _, err := New(files, Config{From: "notices@example.com"}); err == nil {
				t.Errorf("New does without %s", path)
			}
		}
		if _, err := New(fstest.MapFS{}, Config{From: "notices@example.com"}); err == nil {
			t.Error("New does without any language")
		}
	})
}

func TestAMessageWithMoreThanTextAndHTMLIsRefused(t *testing.T) {
	c := composer(t)
	d := sampleCommunication("en")
	m, err := c.Communication(envelope(), d)
	if err != nil {
		t.Fatal(err)
	}
	whole := string(m.Bytes)
	boundary := whole[strings.Index(whole, "\r\n--tocsin-")+2:]
	boundary, _, _ = strings.Cut(boundary, "\r\n")
	for name, message := range map[string]string{
		"an attachment": strings.Replace(whole, boundary+"--",
			boundary+"\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"a.pdf\"\r\n\r\nx\r\n"+boundary+"--", 1),
		"the HTML as an attachment": strings.Replace(whole, "Content-Type: text/html", "Content-Disposition: attachment\r\nContent-Type: text/html", 1),
		"a named part":              strings.Replace(whole, "text/html; charset=UTF-8", `text/html; charset=UTF-8; name="a.html"`, 1),
		"mixed parts":               strings.Replace(whole, "multipart/alternative", "multipart/mixed", 1),
		"no HTML":                   whole[:strings.LastIndex(whole, boundary+"\r\n")] + boundary + "--\r\n",
		"another encoding":          strings.Replace(whole, "quoted-printable", "8bit", 1),
		"not a message":             "hello",
		"nothing":                   "",
	} {
		t.Run(name, func(t *testing.T) {
			if message == whole {
				t.Fatal("the test changed nothing")
			}
			problems := c.Check([]byte(message), d)
			if len(problems) != 1 || problems[0].Field != "message" || problems[0].Rule != ruleWhole {
				t.Errorf("problems %v", problems)
			}
		})
	}
	t.Run("a message about something else", func(t *testing.T) {
		other := sampleCommunication("en")
		other.Consequences = []string{"Something that the message does not say."}
		if problems := c.Check(m.Bytes, other); len(problems) != 2 || problems[0].Field != "consequences" {
			t.Errorf("problems %v", problems)
		}
	})
	t.Run("a drill's text in a real message", func(t *testing.T) {
		drill := d
		drill.Exercise = true
		m, err := c.Communication(envelope(), drill)
		if err != nil {
			t.Fatal(err)
		}
		if problems := c.Check(m.Bytes, d); len(problems) != 1 || problems[0].Field != "exercise" {
			t.Errorf("problems %v", problems)
		}
	})
}

func FuzzCheck(f *testing.F) {
	c, err := New(templates.Mail(), Config{From: "notices@example.com"})
	if err != nil {
		f.Fatal(err)
	}
	d := sampleCommunication("en")
	m, err := c.Communication(envelope(), d)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(m.Bytes)
	f.Add([]byte("Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n\r\n--x--"))
	f.Fuzz(func(t *testing.T, message []byte) {
		problems := c.Check(message, d)
		// What passes must say what the law demands.
		if len(problems) == 0 {
			parts, err := readParts(message)
			if err != nil || !strings.Contains(squash(parts.text), squash(d.Measures[0])) {
				t.Fatalf("passed without the measures: %v", err)
			}
		}
	})
}

// FuzzInspectHTML compares the inspection, which goes by tags, with the tree
// that a browser would build.
func FuzzInspectHTML(f *testing.F) {
	const page = "https://www.example.com/"
	f.Add(`<p>x<a href="` + page + `">y</a></p></html>`)
	f.Add(`<img src=x></html>`)
	f.Add(`<title><img></title><style>p{}</style></html>`)
	f.Fuzz(func(t *testing.T, document string) {
		if len(inspectHTML(document, page).problems) > 0 {
			return
		}
		root, err := html.Parse(strings.NewReader(document))
		if err != nil {
			return // refused by the parser of trees
		}
		for node := range root.Descendants() {
			if node.Type != html.ElementNode {
				continue
			}
			if !strings.Contains(" html head body meta title div p br h1 h2 h3 ul ol li strong em span a ", " "+node.Data+" ") {
				t.Fatalf("element %s passed in %q", node.Data, document)
			}
			for _, attribute := range node.Attr {
				if attribute.Key == "href" && attribute.Val != page || strings.HasPrefix(attribute.Key, "on") || attribute.Key == "src" {
					t.Fatalf("attribute %s passed in %q", attribute.Key, document)
				}
			}
		}
	})
}
