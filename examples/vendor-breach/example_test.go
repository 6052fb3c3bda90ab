package vendorbreach_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/mail"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	vendorbreach "tocsin/examples/vendor-breach"
	"tocsin/gdpr"
	"tocsin/gdpr/form"
	"tocsin/people"
	"tocsin/smtp"
)

func file(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := vendorbreach.Files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// decode reads a file into a shape that must name all of its keys.
func decode(t *testing.T, name string, into any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(file(t, name)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

type disclosure struct {
	Title  string `json:"title"`
	Kind   string `json:"kind"`
	Vendor struct {
		Name         string `json:"name"`
		ContactEmail string `json:"contact_email"`
	} `json:"vendor"`
	ReceivedAt          time.Time `json:"received_at"`
	ProcessorDetectedAt time.Time `json:"processor_detected_at"`
	OccurredFrom        time.Time `json:"occurred_from"`
	OccurredTo          time.Time `json:"occurred_to"`
	Awareness           struct {
		At     time.Time `json:"at"`
		Reason string    `json:"reason"`
	} `json:"awareness"`
	Zone         string   `json:"zone"`
	Authority    string   `json:"authority"`
	Summary      string   `json:"summary"`
	PersonalData string   `json:"personal_data"`
	Attachments  []string `json:"attachments"`
	Exercise     struct {
		Pace     int       `json:"pace"`
		StartsAt time.Time `json:"starts_at"`
	} `json:"exercise"`
}

type deadline struct {
	Aware      string `json:"aware"`
	Due        string `json:"due"`
	OuterBound string `json:"outer_bound"`
}

type expected struct {
	Deadline        deadline `json:"deadline"`
	RevisedDeadline deadline `json:"revised_deadline"`
	Severity        struct {
		Score gdpr.Hundredths `json:"score"`
		Band  gdpr.Band       `json:"band"`
	} `json:"severity"`
	People struct {
		Rows          int               `json:"rows"`
		Accepted      int               `json:"accepted"`
		Undeliverable int               `json:"undeliverable"`
		Duplicates    int               `json:"duplicates"`
		Rejected      []people.Rejected `json:"rejected"`
		ByCountry     map[string]int    `json:"by_country"`
		ByDataKind    map[string]int    `json:"by_data_kind"`
		ByLanguage    map[string]int    `json:"by_language"`
	} `json:"people"`
	UndeliverableLines []int `json:"undeliverable_lines"`
	Accounts           struct {
		Rows               int `json:"rows"`
		Matched            int `json:"matched_by_user_id"`
		WithAnotherAddress int `json:"matched_with_another_address"`
		WithoutAccount     int `json:"without_account"`
		NotInTheDataSet    int `json:"not_in_the_data_set"`
	} `json:"accounts"`
}

// readDataset reads the data set under the rule by which mail is sent.
func readDataset(t *testing.T) ([]people.Person, people.Summary) {
	t.Helper()
	var found []people.Person
	summary, err := people.Read(t.Context(), bytes.NewReader(file(t, "dataset.csv")), people.Options{
		CheckEmail: func(address string) error {
			_, err := smtp.ParseAddress(address)
			return err
		},
	}, func(p people.Person) error {
		found = append(found, p)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found, summary
}

func TestTheDataSetGivesTheExpectedNumbers(t *testing.T) {
	var want expected
	decode(t, "expected.json", &want)
	found, got := readDataset(t)
	if got.Rows != want.People.Rows || got.Accepted != want.People.Accepted || got.Undeliverable != want.People.Undeliverable ||
		got.Duplicates != want.People.Duplicates || !slices.Equal(got.Rejected, want.People.Rejected) {
		t.Errorf("got %s, rejected %v; want %+v", got, got.Rejected, want.People)
	}
	for _, counts := range []struct {
		name      string
		got, want map[string]int
	}{
		{"by_country", got.ByCountry, want.People.ByCountry},
		{"by_data_kind", got.ByDataKind, want.People.ByDataKind},
		{"by_language", got.ByLanguage, want.People.ByLanguage},
	} {
		if !maps.Equal(counts.got, counts.want) {
			t.Errorf("%s: got %v, want %v", counts.name, counts.got, counts.want)
		}
	}
	if len(got.LeftColumns) > 0 {
		t.Errorf("columns %v are not used", got.LeftColumns)
	}
	var unreachable []int
	for _, p := range found {
		if p.Undeliverable != "" {
			unreachable = append(unreachable, p.Line)
		}
	}
	if len(found) != 500 || !slices.Equal(unreachable, want.UndeliverableLines) {
		t.Errorf("%d people, undeliverable in lines %v; want 500, %v", len(found), unreachable, want.UndeliverableLines)
	}
}

func TestTheAccountsMatchAsExpected(t *testing.T) {
	var want expected
	decode(t, "expected.json", &want)
	found, _ := readDataset(t)
	inDataSet := map[string]string{}
	for _, p := range found {
		inDataSet[p.UserID] = people.NormalizeEmail(p.Email)
	}
	var accounts, matched, changed int
	if _, err := people.Read(t.Context(), bytes.NewReader(file(t, "accounts.csv")), people.Options{}, func(p people.Person) error {
		accounts++
		if address, affected := inDataSet[p.UserID]; affected {
			matched++
			if address != people.NormalizeEmail(p.Email) {
				changed++
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	a := want.Accounts
	if accounts != a.Rows || matched != a.Matched || changed != a.WithAnotherAddress ||
		len(found)-matched != a.WithoutAccount || accounts-matched != a.NotInTheDataSet {
		t.Errorf("%d accounts, %d matched, %d with another address; want %+v", accounts, matched, changed, a)
	}
}

func TestTheClockGivesTheExpectedTimes(t *testing.T) {
	var d disclosure
	decode(t, "disclosure.json", &d)
	var want expected
	decode(t, "expected.json", &want)
	var decisions struct {
		Revision struct {
			At     time.Time `json:"at"`
			Reason string    `json:"reason"`
		} `json:"awareness_revision"`
	}
	if err := json.Unmarshal(file(t, "decisions.json"), &decisions); err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation(d.Zone)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		aware time.Time
		want  deadline
	}{
		"first":   {d.Awareness.At, want.Deadline},
		"revised": {decisions.Revision.At, want.RevisedDeadline},
	} {
		due := gdpr.Due(c.aware, zone)
		got := deadline{due.Aware.Format(time.RFC3339), due.Due.Format(time.RFC3339), due.OuterBound.Format(time.RFC3339)}
		if got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
	if d.OccurredFrom.After(d.OccurredTo) || d.ProcessorDetectedAt.Before(d.OccurredFrom) ||
		d.ReceivedAt.Before(d.ProcessorDetectedAt) || d.Awareness.At.Before(d.OccurredFrom) ||
		d.Exercise.StartsAt.Before(d.ReceivedAt) || decisions.Revision.At.Before(d.OccurredTo) {
		t.Errorf("the times of the disclosure are out of order: %+v", d)
	}
	if _, ok := gdpr.AuthorityByCode(d.Authority); !ok || d.Exercise.Pace != 3600 || decisions.Revision.Reason == "" {
		t.Errorf("authority %s, pace %d", d.Authority, d.Exercise.Pace)
	}
}

func TestTheAssessmentScoresAsExpected(t *testing.T) {
	var a struct {
		Facts    json.RawMessage `json:"facts"`
		Severity gdpr.Inputs     `json:"severity"`
		Decision struct {
			NotifyAuthority bool   `json:"notify_authority"`
			Communicate     bool   `json:"communicate"`
			Reason          string `json:"reason"`
		} `json:"decision"`
	}
	decode(t, "assessment.json", &a)
	var want expected
	decode(t, "expected.json", &want)
	score, band, err := gdpr.Score(a.Severity)
	if err != nil || score != want.Severity.Score || band != want.Severity.Band {
		t.Errorf("got %s %s %v, want %+v", score, band, err, want.Severity)
	}
	if !a.Decision.NotifyAuthority || !a.Decision.Communicate || a.Decision.Reason == "" || len(a.Facts) == 0 {
		t.Errorf("unexpected decision %+v", a.Decision)
	}
}

func TestTheNotificationAgreesWithTheDataSet(t *testing.T) {
	var n struct {
		Fields map[string]json.RawMessage `json:"fields"`
	}
	decode(t, "notification.json", &n)
	_, got := readDataset(t)
	draft, err := form.NewDraft(form.Versions()[0], form.New, form.Incomplete)
	if err != nil {
		t.Fatal(err)
	}
	for key, raw := range n.Fields {
		var value form.Value
		if err := json.Unmarshal(raw, &value); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		if draft, err = draft.Set(time.Date(2025, 11, 27, 9, 0, 0, 0, time.UTC), key, form.Answer{Value: value}); err != nil {
			t.Error(err)
		}
	}
	countries, _ := draft.Answer("data_subjects_per_country")
	for country, people := range countries.Value.Counts() {
		if int(people) != got.ByCountry[country] {
			t.Errorf("the notification says %d people in %s, the data set %d", people, country, got.ByCountry[country])
		}
	}
	if len(countries.Value.Counts()) != len(got.ByCountry) {
		t.Errorf("the notification names %d countries, the data set %d", len(countries.Value.Counts()), len(got.ByCountry))
	}
}

func TestTheNoticeHasAllPartsInBothLanguages(t *testing.T) {
	var m struct {
		Template     string                    `json:"template"`
		Vendor       string                    `json:"vendor"`
		OccurredOn   string                    `json:"occurred_on"`
		DiscoveredOn string                    `json:"discovered_on"`
		PageURL      string                    `json:"page_url"`
		Email        string                    `json:"email"`
		Phone        string                    `json:"phone"`
		NotExposed   []string                  `json:"not_exposed"`
		Locales      map[string]map[string]any `json:"locales"`
	}
	decode(t, "mailing.json", &m)
	if m.PageURL != "https://privacy.example.com/incident" || m.Email == "" || len(m.Locales) != 2 {
		t.Errorf("page %q, address %q, %d languages", m.PageURL, m.Email, len(m.Locales))
	}
	for _, day := range []string{m.OccurredOn, m.DiscoveredOn} {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			t.Error(err)
		}
	}
	_, got := readDataset(t)
	for _, kind := range m.NotExposed {
		if _, ok := gdpr.DataKindByKey(kind); !ok || got.ByDataKind[kind] > 0 {
			t.Errorf("kind %s is not known, or the data set exposes it", kind)
		}
	}
	shape := map[string][]int{}
	for _, locale := range []string{"es", "en"} {
		// GDPR Art. 34(2): nature, contact, consequences, measures.
		for _, part := range []string{"nature", "consequences", "measures", "advice"} {
			texts, _ := m.Locales[locale][part].([]any)
			if len(texts) == 0 {
				t.Errorf("%s: no %s", locale, part)
			}
			shape[locale] = append(shape[locale], len(texts))
		}
		if name, _ := m.Locales[locale]["contact_name"].(string); name == "" {
			t.Errorf("%s: no contact", locale)
		}
	}
	if !reflect.DeepEqual(shape["es"], shape["en"]) {
		t.Errorf("the languages differ in their number of texts: %v", shape)
	}
}

func TestTheVendorsMailIsARealMessage(t *testing.T) {
	raw := file(t, "vendor-notice.eml")
	if bytes.Count(raw, []byte("\n")) != bytes.Count(raw, []byte("\r\n")) {
		t.Error("lines do not end with CR LF")
	}
	message, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	var d disclosure
	decode(t, "disclosure.json", &d)
	sent, err := message.Header.Date()
	if err != nil || sent.After(d.ReceivedAt) || d.ReceivedAt.Sub(sent) > time.Hour {
		t.Errorf("sent at %s (%v), received at %s", sent, err, d.ReceivedAt)
	}
	from, err := message.Header.AddressList("From")
	if err != nil || len(from) != 1 || from[0].Address != d.Vendor.ContactEmail {
		t.Errorf("from %v (%v), want %s", from, err, d.Vendor.ContactEmail)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
	if err != nil || !strings.Contains(subject, "Security incident –") {
		t.Errorf("subject %q (%v)", subject, err)
	}
	var types []string
	var text string
	walk(t, message.Header.Get("Content-Type"), message.Body, func(mediaType string, part *multipart.Part) {
		types = append(types, mediaType)
		if mediaType == "text/plain" {
			content, err := io.ReadAll(part)
			if err != nil {
				t.Fatal(err)
			}
			text = string(content)
		}
	})
	if want := []string{"text/plain", "text/html", "text/csv"}; !slices.Equal(types, want) {
		t.Errorf("parts %v, want %v", types, want)
	}
	if !strings.Contains(text, "exported a data set") || !strings.Contains(text, "quoting MA‑2025‑118") {
		t.Errorf("the text is not readable:\n%s", text)
	}
}

// walk visits the parts of a multipart body that are not multipart themselves.
func walk(t *testing.T, contentType string, body io.Reader, visit func(string, *multipart.Part)) {
	t.Helper()
	_, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatal(err)
	}
	reader := multipart.NewReader(body, parameters["boundary"])
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		mediaType, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(mediaType, "multipart/") {
			walk(t, part.Header.Get("Content-Type"), part, visit)
			continue
		}
		visit(mediaType, part)
	}
}

func TestEveryAddressIsAnExample(t *testing.T) {
	address := regexp.MustCompile(`@([A-Za-z0-9.-]+[A-Za-z0-9])`)
	entries, err := vendorbreach.Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) < 9 {
		t.Fatalf("only %d files", len(entries))
	}
	for _, entry := range entries {
		for _, found := range address.FindAllSubmatch(file(t, entry.Name()), -1) {
			domain := strings.ToLower(string(found[1]))
			labels := strings.Split(domain, ".")
			if last := strings.Join(labels[max(0, len(labels)-2):], "."); last != "example.com" && last != "example.org" && last != "example.net" {
				t.Errorf("%s: an address stands under %s", entry.Name(), domain)
			}
		}
	}
	rows, err := csv.NewReader(bytes.NewReader(file(t, "accounts.csv"))).ReadAll()
	if err != nil || len(rows) != 531 {
		t.Errorf("accounts.csv: %d rows (%v)", len(rows), err)
	}
}
