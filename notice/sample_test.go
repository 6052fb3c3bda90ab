package notice

import (
	"io"
	"mime"
	"net/mail"
	"strings"
	"testing"
	"time"

	"tocsin/templates"
)

// composer is the real one over the real templates.
func composer(t testing.TB) *Composer {
	t.Helper()
	c, err := New(templates.Mail(), Config{
		From: "notices@example.com", FromName: "Example Platform – privacy", Controller: "Example Platform, S.A.",
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func envelope() Envelope {
	return Envelope{
		To:        "ana.lopez@example.org",
		MessageID: "<0123456789abcdef0123456789abcdef01234567@example.com>",
		Date:      time.Date(2025, 11, 27, 19, 0, 0, 0, time.FixedZone("CET", 3600)),
	}
}

func madrid(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// sampleReminder is the day before the deadline of the example incident.
func sampleReminder(t testing.TB, locale string) Reminder {
	r := Reminder{
		Locale: locale, IncidentNumber: "2025-0007", Title: "Analytics vendor: exported data set",
		Obligation: "GDPR Art. 33(1) – notify the AEPD", RungLabel: "24 h",
		DueAt: time.Date(2025, 11, 28, 18, 0, 0, 0, time.UTC), Zone: madrid(t), Left: 24 * time.Hour,
		EscalatesTo: "deputy", EscalatesIn: 30 * time.Minute,
		OpenQuestions: []string{"How many people are affected?", "Which countries do they live in?"},
		NextAction:    "Approve the draft notification and file it.",
		AckURL:        "https://tocsin.example.com/ack/7f3a9c?o=1&r=24", IncidentURL: "https://tocsin.example.com/incidents/2025-0007",
	}
	if locale == "es" {
		r.Title = "Proveedor de analítica: conjunto de datos exportado"
		r.Obligation = "RGPD art. 33.1 – notificar a la AEPD"
		r.OpenQuestions = []string{"¿A cuántas personas afecta?", "¿En qué países viven?"}
		r.NextAction = "Apruebe el borrador de la notificación y preséntela."
	}
	return r
}

// sampleCommunication is the notice of the example incident.
func sampleCommunication(locale string) Communication {
	d := Communication{
		Locale: locale, PersonName: "Ana López", ControllerName: "Example Platform, S.A.",
		Contact: Contact{Name: "Data Protection Officer", Email: "dpo@example.com", Phone: "+34 900 000 000"},
		Nature: "An unauthorised person gained access to part of the systems of our analytics provider and exported a data set.\n\n" +
			"Our own systems were not entered.",
		OccurredOn: time.Date(2025, 11, 9, 0, 0, 0, 0, time.UTC), DiscoveredOn: time.Date(2025, 11, 25, 0, 0, 0, 0, time.UTC),
		VendorName:   "Vendor Analytics Inc.",
		DataKinds:    []string{"name", "email", "location", "browser", "referrer", "user_id", "organisation"},
		NotExposed:   []string{"message_content", "usage", "password", "access_token", "card", "identity_document"},
		Consequences: []string{"You may receive deceptive messages that use your name, your place or your account's id to look genuine."},
		Measures:     []string{"We removed the provider from our service.", "We are reviewing the security of all our providers."},
		Advice:       []string{"Distrust unexpected messages and check the sender's domain.", "Switch on multi-factor authentication.", "You need not change your password."},
		PageURL:      "https://www.example.com/security/incident-november-2025", Reference: "7F3A-9C21",
	}
	if w, ok := sampleWords()[locale]; ok {
		d.Contact.Name, d.Nature, d.Consequences, d.Measures, d.Advice = w.Contact, w.Nature, w.Consequences, w.Measures, w.Advice
	}
	return d
}

// sampleOf is the notice of the example incident in each template.
func sampleOf(locale, template string) Communication {
	d := sampleCommunication(locale)
	d.Template = template
	switch template {
	case TemplateNotAffected:
		d.Nature = strings.Split(d.Nature, "\n\n")[1]
		d.DataKinds, d.NotExposed, d.Consequences, d.Advice = nil, nil, nil, nil
	case TemplateFollowUp:
		d.PreviousOn = time.Date(2025, 11, 27, 0, 0, 0, 0, time.UTC)
		d.Changes = []string{"The file also holds your telephone number."}
		if w, ok := sampleWords()[locale]; ok {
			d.Changes = []string{w.Change}
		}
	case TemplateAffectedOrganisation:
		d.Organisation, d.People = "Example Works S.L.", 37
	}
	return d
}

// bareOf says as little as may be sent.
func bareOf(locale, template string) Communication {
	d := sampleOf(locale, template)
	d.PersonName, d.Contact.Email, d.NotExposed, d.Advice, d.PageURL, d.Reference = "", "", nil, nil, "", ""
	d.OccurredOn, d.DiscoveredOn = time.Time{}, time.Time{}
	if template == TemplateNotAffected {
		d.Measures, d.VendorName = nil, ""
	}
	return d
}

func sampleCheckpoint(t testing.TB, locale string) Checkpoint {
	return Checkpoint{
		Locale: locale, Size: 1204, SignedAt: time.Date(2025, 11, 28, 6, 0, 0, 0, time.UTC), Zone: madrid(t),
		Note: "tocsin.example.com/record\n1204\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n" +
			"— tocsin.example.com/record Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n",
	}
}

func sampleDisclosed(t testing.TB, locale string) Disclosed {
	return Disclosed{
		Locale: locale, IncidentNumber: "INC-2025-0001", Vendor: "Mirador Analytics", Reference: "K7QD-2M4X-PZ3A",
		At: sampleHold(t, locale).Since, Zone: sampleHold(t, locale).Zone, IncidentURL: "https://tocsin.example.com/incidents/i1",
	}
}

func sampleHold(t testing.TB, locale string) Hold {
	return Hold{
		Locale: locale, IncidentNumber: "INC-2025-0001", Title: "Data set exported from the analytics vendor", Round: 1,
		Since: time.Date(2025, 11, 28, 6, 0, 0, 0, time.UTC), Zone: madrid(t), Refusals: true, Sent: 50, Refused: 5,
		IncidentURL: "https://tocsin.example.com/incidents/i1",
	}
}

func sampleAccount(t testing.TB, locale, template string) Account {
	return Account{
		Template: template, What: "passkey_added", Locale: locale, Role: "deputy", URL: "https://tocsin.example.com/invitation/AAECAwQFBgcICQoLDA0ODw",
		At: time.Date(2025, 11, 28, 6, 0, 0, 0, time.UTC), Zone: madrid(t),
	}
}

// opened is a message as a mail program reads it.
type opened struct {
	header     mail.Header
	subject    string
	text, html string
}

// open parses with the standard library, which shares no code with go-mail.
func open(t interface{ Fatalf(string, ...any) }, content []byte) opened {
	parsed, err := mail.ReadMessage(strings.NewReader(string(content)))
	if err != nil {
		t.Fatalf("not a message: %v", err)
	}
	o := opened{header: parsed.Header}
	if o.subject, err = new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject")); err != nil {
		t.Fatalf("subject: %v", err)
	}
	kind, _, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil {
		t.Fatalf("content type: %v", err)
	}
	if kind == "multipart/alternative" {
		parts, err := readParts(content)
		if err != nil {
			t.Fatalf("parts: %v", err)
		}
		o.text, o.html = parts.text, parts.html
		return o
	}
	if o.text, err = readText(parsed.Body); err != nil || kind != "text/plain" {
		t.Fatalf("body of type %s: %v", kind, err)
	}
	return o
}

func readText(body io.Reader) (string, error) {
	content, err := io.ReadAll(quotedReader(body))
	return strings.ReplaceAll(string(content), "\r\n", "\n"), err
}
