package notice

import (
	"encoding/hex"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"tocsin/templates"
)

// copyOf is the real template folder in memory, to be altered; of the given
// languages alone, or of all.
func copyOf(t *testing.T, languages ...string) fstest.MapFS {
	t.Helper()
	files := make(fstest.MapFS)
	err := fs.WalkDir(templates.Mail(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if folder, _, inFolder := strings.Cut(path, "/"); inFolder && len(languages) > 0 && !slices.Contains(languages, folder) {
			return nil
		}
		content, err := fs.ReadFile(templates.Mail(), path)
		files[path] = &fstest.MapFile{Data: content}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestAFolderIsALanguage(t *testing.T) {
	files := copyOf(t)
	for path, file := range files {
		if rest, ok := strings.CutPrefix(path, "en/"); ok {
			content := strings.NewReplacer("Friday", "venres", "November", "novembro", "What happened", "Que ocorreu").Replace(string(file.Data))
			files["gl/"+rest] = &fstest.MapFile{Data: []byte(content)}
		}
	}
	c, err := New(files, Config{From: "notices@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(c.Locales(), " "); got != "ca de en es fr gl it lv nl pl pt" {
		t.Errorf("languages %s", got)
	}
	m, err := c.Reminder(envelope(), sampleReminder(t, "gl-ES"))
	if err != nil {
		t.Fatal(err)
	}
	if o := open(t, m.Bytes); !strings.Contains(o.text, "venres 28 novembro 2025") || o.header.Get("Content-Language") != "gl" {
		t.Errorf("not in the new language: %s", o.text)
	}
	m, err = c.Communication(envelope(), sampleCommunication("gl"))
	if err != nil || !strings.Contains(open(t, m.Bytes).text, "Que ocorreu") {
		t.Errorf("communication: %v", err)
	}
}

func TestMatchFindsTheNearestLanguage(t *testing.T) {
	c := composer(t)
	for tag, want := range map[string]string{
		"es": "es", "en": "en", "ES": "es", "es-MX": "es", "es_ES": "es", "es-419": "es", "en-GB": "en",
		"de": "de", "pt-BR": "pt", "ca-valencia": "ca", "nl_BE": "nl", "sv": "en", "": "en", "espagnol": "en", "-": "en", "e": "en", " es ": "es", "es-Latn-ES": "es",
	} {
		if got := c.Match(tag); got != want {
			t.Errorf("%q gives %s, want %s", tag, got, want)
		}
	}
	spanish, err := New(templates.Mail(), Config{From: "notices@example.com", DefaultLocale: "es"})
	if err != nil {
		t.Fatal(err)
	}
	if got := spanish.Match("sv"); got != "es" {
		t.Errorf("another default is ignored: %s", got)
	}
}

func TestMomentsAreShownInTheZoneAndInUTC(t *testing.T) {
	c := composer(t)
	es, en := c.languages["es"].team, c.languages["en"].team
	zone := madrid(t)
	for name, test := range map[string]struct{ got, want string }{
		"winter":                     {en.moment(time.Date(2025, 11, 28, 18, 0, 0, 0, time.UTC), zone), "Friday 28 November 2025, 19:00 (Europe/Madrid, UTC+01:00); in UTC: 18:00"},
		"summer":                     {es.moment(time.Date(2026, 7, 1, 18, 0, 0, 0, time.UTC), zone), "miércoles, 1 de julio de 2026, 20:00 (Europe/Madrid, UTC+02:00); en UTC: 18:00"},
		"first half hour of the two": {en.moment(time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC), zone), "Sunday 25 October 2026, 02:30 (Europe/Madrid, UTC+02:00); in UTC: 00:30"},
		"second one an hour later":   {en.moment(time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC), zone), "Sunday 25 October 2026, 02:30 (Europe/Madrid, UTC+01:00); in UTC: 01:30"},
		"another day in UTC":         {es.moment(time.Date(2025, 11, 28, 23, 15, 0, 0, time.UTC), zone), "sábado, 29 de noviembre de 2025, 00:15 (Europe/Madrid, UTC+01:00); en UTC: viernes, 28 de noviembre, 23:15"},
		"seconds when there are any": {en.moment(time.Date(2025, 11, 28, 18, 0, 7, 0, time.UTC), zone), "Friday 28 November 2025, 19:00:07 (Europe/Madrid, UTC+01:00); in UTC: 18:00:07"},
		"UTC itself":                 {en.moment(time.Date(2025, 11, 28, 18, 0, 0, 0, zone), time.UTC), "Friday 28 November 2025, 17:00 UTC"},
		"no zone":                    {es.moment(time.Date(2025, 11, 28, 18, 0, 0, 0, time.UTC), nil), "viernes, 28 de noviembre de 2025, 18:00 UTC"},
		"a date alone":               {es.words.date(time.Date(2025, 11, 9, 23, 59, 0, 0, zone)), "9 de noviembre de 2025"},
		"no date":                    {es.words.date(time.Time{}), ""},
	} {
		if test.got != test.want {
			t.Errorf("%s: got %q, want %q", name, test.got, test.want)
		}
	}
}

func TestSpans(t *testing.T) {
	c := composer(t)
	es, en := c.languages["es"].team, c.languages["en"].team
	for _, test := range []struct {
		d      time.Duration
		es, en string
		one    bool
	}{
		{0, "0 min", "0 min", false},
		{29 * time.Second, "0 min", "0 min", false},
		{31 * time.Second, "1 min", "1 min", true},
		{45 * time.Minute, "45 min", "45 min", false},
		{time.Hour, "1 h", "1 h", true},
		{90 * time.Minute, "1 h 30 min", "1 h 30 min", true},
		{24*time.Hour - 3*time.Second, "24 h", "24 h", false},
		{72 * time.Hour, "72 h", "72 h", false},
		{95*time.Hour + time.Minute, "95 h 1 min", "95 h 1 min", false},
		{96 * time.Hour, "4 días", "4 days", false},
		{30*24*time.Hour + time.Hour, "30 días 1 h", "30 days 1 h", false},
		{-3 * time.Hour, "3 h", "3 h", false},
	} {
		gotES, one := es.span(test.d)
		gotEN, _ := en.span(test.d)
		if gotES != test.es || gotEN != test.en || one != test.one {
			t.Errorf("%v: got %q, %q, %v", test.d, gotES, gotEN, one)
		}
	}
}

func TestTheSubjectStartsWithTheTimeLeft(t *testing.T) {
	c := composer(t)
	for _, test := range []struct {
		locale   string
		left     time.Duration
		exercise bool
		want     string
	}{
		{"en", 24 * time.Hour, false, "[Tocsin] 24 h left: GDPR"},
		{"es", 24 * time.Hour, false, "[Tocsin] Quedan 24 h: RGPD"},
		{"es", time.Hour, false, "[Tocsin] Queda 1 h: RGPD"},
		{"en", 0, false, "[Tocsin] Due now: GDPR"},
		{"es", -10 * time.Second, false, "[Tocsin] Vence ahora: RGPD"},
		{"en", -3 * time.Hour, false, "[Tocsin] OVERDUE by 3 h: GDPR"},
		{"es", -3 * time.Hour, false, "[Tocsin] VENCIDO hace 3 h: RGPD"},
		{"en", 24 * time.Hour, true, "[EXERCISE] [Tocsin] 24 h left: GDPR"},
		{"es", 24 * time.Hour, true, "[SIMULACRO] [Tocsin] Quedan 24 h: RGPD"},
	} {
		r := sampleReminder(t, test.locale)
		r.Left, r.Exercise = test.left, test.exercise
		m, err := c.Reminder(envelope(), r)
		if err != nil || !strings.HasPrefix(m.Subject, test.want) {
			t.Errorf("subject %q, %v; want %q", m.Subject, err, test.want)
		}
	}
}

func TestAReminderWithoutItsEssentialsIsRefused(t *testing.T) {
	c := composer(t)
	for name, spoil := range map[string]func(*Reminder){
		"no due time":              func(r *Reminder) { r.DueAt = time.Time{} },
		"no acknowledgement link":  func(r *Reminder) { r.AckURL = "" },
		"a link that is a script":  func(r *Reminder) { r.AckURL = "javascript:alert(1)" },
		"a link with a line break": func(r *Reminder) { r.AckURL = "https://tocsin.example.com/a\r\nb" },
		"a relative link":          func(r *Reminder) { r.IncidentURL = "/incidents/1" },
		"a link with credentials":  func(r *Reminder) { r.IncidentURL = "https://a:b@tocsin.example.com/" },
	} {
		t.Run(name, func(t *testing.T) {
			r := sampleReminder(t, "en")
			spoil(&r)
			if m, err := c.Reminder(envelope(), r); err == nil || m.Bytes != nil {
				t.Error("accepted")
			}
		})
	}
}

func TestACheckpointArrivesAsItIs(t *testing.T) {
	c := composer(t)
	k := sampleCheckpoint(t, "es")
	m, err := c.Checkpoint(envelope(), k)
	if err != nil {
		t.Fatal(err)
	}
	o := exactly(t, m, "Content-Transfer-Encoding")
	_, after, _ := strings.Cut(o.text, "----- checkpoint -----\n")
	note, _, found := strings.Cut(after, "----- end of checkpoint -----\n")
	if !found || note != k.Note {
		t.Errorf("the note arrives as %q", note)
	}
	for name, spoil := range map[string]func(*Checkpoint){
		"a note without its last newline": func(k *Checkpoint) { k.Note = strings.TrimSpace(k.Note) },
		"a note with a carriage return":   func(k *Checkpoint) { k.Note = strings.ReplaceAll(k.Note, "\n", "\r\n") },
		"a note that is not UTF-8":        func(k *Checkpoint) { k.Note = "\xff\n" },
		"no note":                         func(k *Checkpoint) { k.Note = "" },
		"no time of signing":              func(k *Checkpoint) { k.SignedAt = time.Time{} },
	} {
		t.Run(name, func(t *testing.T) {
			k := sampleCheckpoint(t, "en")
			spoil(&k)
			if _, err := c.Checkpoint(envelope(), k); err == nil {
				t.Error("accepted")
			}
		})
	}
	k.Exercise, k.Zone = true, nil
	if m, err := c.Checkpoint(envelope(), k); err != nil || !strings.HasPrefix(m.Subject, "[SIMULACRO] ") {
		t.Errorf("drill: %q, %v", m.Subject, err)
	}
}

func TestOnlyANameIsGreeted(t *testing.T) {
	for in, want := range map[string]string{
		"Ana López":                        "Ana López",
		" Ana \t López\n":                  "Ana López",
		"O'Brien, Seán":                    "O'Brien, Seán",
		"J. R. R. Tolkien":                 "J. R. R. Tolkien",
		"Mª José":                          "Mª José",
		"山田 太郎":                            "山田 太郎",
		"":                                 "",
		"12345":                            "",
		"---":                              "",
		"ana@example.org":                  "",
		"Win at https://evil.example":      "",
		"Win at evil.example now":          "",
		"www.evil.example":                 "",
		"<b>Ana</b>":                       "",
		"{{name}}":                         "",
		"[NAME]":                           "",
		"Ana \u202egnp.exe":                "",
		strings.Repeat("a", 81):            "",
		"Ana\r\nBcc: eva@example.net":      "",
		"\xff\xfeAna":                      "",
		"Ana = 1":                          "",
		"Ana\u200b López":                  "Ana López",
		"call +34 900 000 000 immediately": "",
	} {
		if got := salutation(in); got != want {
			t.Errorf("%q is greeted as %q, want %q", in, got, want)
		}
	}
}

func TestMessageID(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	id, err := MessageID(key, "Mail.Example.org", "incident-7", "person-3", "1")
	if err != nil {
		t.Fatal(err)
	}
	again, err := MessageID(key, "mail.example.org", "incident-7", "person-3", "1")
	if err != nil || again != id {
		t.Errorf("the same parts give %s and %s, %v", id, again, err)
	}
	local, domain, _ := strings.Cut(strings.Trim(id, "<>"), "@")
	if raw, err := hex.DecodeString(local); err != nil || len(raw) != 20 || domain != "mail.example.org" {
		t.Errorf("identifier %s", id)
	}
	// Computed with openssl dgst -sha256 -mac HMAC over the length as eight
	// octets and the letter.
	if got, err := MessageID(key, "example.org", "a"); err != nil || got != "<3c055639252fdb200696d8b3fdda4c61a1898388@example.org>" {
		t.Errorf("known answer: %s, %v", got, err)
	}
	for name, make := range map[string]func() (string, error){
		"a short key":               func() (string, error) { return MessageID([]byte("short"), "example.org", "a") },
		"no parts":                  func() (string, error) { return MessageID(key, "example.org") },
		"no domain":                 func() (string, error) { return MessageID(key, "", "a") },
		"a domain with a line feed": func() (string, error) { return MessageID(key, "example.org>\r\nX: y", "a") },
		"a domain outside ASCII":    func() (string, error) { return MessageID(key, "bücher.example", "a") },
	} {
		if id, err := make(); err == nil || id != "" {
			t.Errorf("%s: %q", name, id)
		}
	}
}

func TestDifferentPartsGiveDifferentIdentifiers(t *testing.T) {
	key := []byte("0123456789abcdef")
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.String(), 1, 4)
		a, b := parts.Draw(t, "a"), parts.Draw(t, "b")
		same := len(a) == len(b)
		for i := range min(len(a), len(b)) {
			same = same && a[i] == b[i]
		}
		idA, errA := MessageID(key, "example.org", a...)
		idB, errB := MessageID(key, "example.org", b...)
		if errA != nil || errB != nil || (idA == idB) != same {
			t.Fatalf("%q and %q: %s, %s", a, b, idA, idB)
		}
	})
}
