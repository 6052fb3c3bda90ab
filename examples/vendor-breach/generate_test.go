package vendorbreach_test

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the generated files instead of comparing them")

// origin is where invented people live, and with what names and settings.
type origin struct {
	country, locale string
	people          int
	places          [][2]string // city, region
	given, family   []string
}

var origins = []origin{
	{"ES", "es-ES", 180, [][2]string{{"Madrid", "Comunidad de Madrid"}, {"Barcelona", "Cataluña"}, {"Valencia", "Comunitat Valenciana"}, {"Sevilla", "Andalucía"}, {"Bilbao", "País Vasco"}},
		[]string{"Lucía", "Martín", "Carmen", "Álvaro", "Noelia", "Íñigo", "Begoña", "Hugo", "Inés", "Joaquín"},
		[]string{"Robles Peña", "Cañas Vidal", "Ferrán Soto", "Olmedo Ruiz", "Quintana Gil", "Zúñiga Mora", "Nadal Prieto"}},
	{"FR", "fr-FR", 70, [][2]string{{"Lyon", "Auvergne-Rhône-Alpes"}, {"Nantes", "Pays de la Loire"}, {"Lille", "Hauts-de-France"}},
		[]string{"Élise", "Théo", "Manon", "Gaël", "Zoé", "Loïc", "Anaïs"},
		[]string{"Dubreuil", "Lefèvre", "Marchand", "Besson", "Garçon", "Vallier"}},
	{"DE", "de-DE", 70, [][2]string{{"Stuttgart", "Baden-Württemberg"}, {"München", "Bayern"}, {"Hamburg", "Hamburg"}},
		[]string{"Jürgen", "Anke", "Lukas", "Käthe", "Sören", "Heike", "Jonas"},
		[]string{"Müllner", "Großmann", "Brandt", "Schäffer", "Lindner", "Özcan"}},
	{"IT", "it-IT", 50, [][2]string{{"Torino", "Piemonte"}, {"Bologna", "Emilia-Romagna"}},
		[]string{"Giulia", "Matteo", "Chiara", "Niccolò", "Elisa"},
		[]string{"Bianchini", "Dell'Acqua", "Ferri", "Moretti", "Sartori"}},
	{"PT", "pt-PT", 40, [][2]string{{"Porto", "Porto"}, {"Lisboa", "Lisboa"}},
		[]string{"João", "Inês", "Tomás", "Beatriz", "Simão"},
		[]string{"Conceição", "Magalhães", "Pires", "Antunes"}},
	{"NL", "nl-NL", 40, [][2]string{{"Utrecht", "Utrecht"}, {"Rotterdam", "Zuid-Holland"}},
		[]string{"Sanne", "Daan", "Fleur", "Bram", "Roos"},
		[]string{"de Wit", "van der Meer", "Hoekstra", "Jansma"}},
	{"LV", "lv-LV", 25, [][2]string{{"Rīga", "Rīga"}, {"Liepāja", "Kurzeme"}},
		[]string{"Līga", "Jānis", "Elīna", "Mārtiņš", "Zane"},
		[]string{"Bērziņa", "Kalniņš", "Ozoliņš", "Vītola", "Liepiņa"}},
	{"IE", "en-IE", 25, [][2]string{{"Dublin", "Leinster"}, {"Cork", "Munster"}},
		[]string{"Aoife", "Cian", "Niamh", "Oisín", "Saoirse"},
		[]string{"O'Carroll", "Brennan", "Keane", "Fitzgibbon", "Ní Bhriain"}},
}

var (
	systems   = []string{"macOS", "Windows", "Linux", "iOS", "Android"}
	browsers  = []string{"Firefox", "Chrome", "Safari", "Edge"}
	referrers = []string{"https://docs.example.com/start", "https://search.example.org/", "https://forum.example.net/t/17", "https://www.example.com/pricing"}
	domains   = []string{"example.com", "example.org", "example.net"}
)

// unreachable are the addresses that mail must not be sent to, by the number
// of the person who has them.
var unreachable = map[int]string{
	41:  `"lucia robles"@example.com`, // quoted local part
	207: "manon.besson207.example.org",
	361: "niccolò.ferri361@example.net", // local part is not ASCII
}

// A person repeated in the data set appears again right after that number, in
// upper case: once with the same row, once from another browser.
var repeated = map[int]bool{120: true, 333: true}

// cutShort is the number after which a row breaks off in the middle.
const cutShort = 250

type invented struct {
	number                               int
	name, email, city, region, country   string
	os, browser, referrer, org, id, lang string
	hasAccount, addressChanged           bool
}

// inventPeople makes the 500 people, numbered from 1, countries mixed.
func inventPeople() []invented {
	left := make([]int, len(origins))
	for i, o := range origins {
		left[i] = o.people
	}
	var all []invented
	for n := 1; len(all) < 500; n++ {
		// The country with the largest share of its people still to come is
		// next, so that each is spread over the whole file.
		next := 0
		for i := range origins {
			if left[i]*origins[next].people > left[next]*origins[i].people {
				next = i
			}
		}
		o := origins[next]
		k := o.people - left[next]
		left[next]--
		given, family := o.given[k%len(o.given)], o.family[(k/len(o.given)+k)%len(o.family)]
		place := o.places[k%len(o.places)]
		p := invented{
			number: n, name: given + " " + family, city: place[0], region: place[1], country: o.country,
			email:   fmt.Sprintf("%s.%s%d@%s", ascii(given), ascii(strings.Fields(family)[len(strings.Fields(family))-1]), n, domains[n%len(domains)]),
			os:      systems[n*7%len(systems)],
			browser: browsers[n*5%len(browsers)],
			org:     fmt.Sprintf("org-%04d", 1000+n*13%97),
			id:      fmt.Sprintf("user-%08x", uint32(n)*2654435761), //nolint:gosec // a spread of ids, wrapped on purpose
			lang:    o.locale,
		}
		if n%9 != 0 {
			p.referrer = referrers[n%len(referrers)]
		}
		switch {
		case n%11 == 0:
			p.lang = ""
		case n%50 == 7:
			p.lang = "es-MX"
		case o.country == "ES" && n%13 == 0:
			p.lang = "en-GB"
		}
		if address, ok := unreachable[n]; ok {
			p.email = address
		}
		p.hasAccount = n%50 != 3 && n%50 != 21 && n%50 != 44 // 30 have none
		p.addressChanged = n%50 == 9                         // 10 have another address by now
		all = append(all, p)
	}
	return all
}

// ascii writes a name the way it stands in an address.
func ascii(name string) string {
	var plain strings.Builder
	replace := strings.NewReplacer("á", "a", "à", "a", "ä", "ae", "ã", "a", "ā", "a", "ç", "c", "é", "e", "è", "e", "ê", "e", "ë", "e", "ē", "e",
		"í", "i", "ï", "i", "ī", "i", "ñ", "n", "ņ", "n", "ó", "o", "ò", "o", "ö", "oe", "õ", "o", "ß", "ss", "š", "s", "ú", "u", "ü", "ue", "ž", "z")
	for _, c := range replace.Replace(strings.ToLower(name)) {
		if c >= 'a' && c <= 'z' {
			plain.WriteRune(c)
		}
	}
	return plain.String()
}

func (p invented) row() []string {
	return []string{p.name, p.email, p.city, p.region, p.country, p.os, p.browser, p.referrer, p.org, p.id, p.lang}
}

// makeDataset writes what the vendor hands over: UTF-8, CR LF, commas.
func makeDataset(t *testing.T) []byte {
	t.Helper()
	var file bytes.Buffer
	writer := csv.NewWriter(&file)
	writer.UseCRLF = true
	write := func(row []string) {
		if err := writer.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	write([]string{"display_name", "email", "city", "region", "country", "os", "browser", "referrer", "org_id", "user_id", "locale"})
	for _, p := range inventPeople() {
		write(p.row())
		if repeated[p.number] {
			p.email, p.browser = strings.ToUpper(p.email), browsers[0]
			write(p.row())
		}
		if p.number == cutShort {
			write([]string{"Export interrupted", "interrupted@example.net", "Madrid"})
		}
	}
	writer.Flush()
	if err := writer.Error(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// makeAccounts writes the controller's own accounts: 470 of the people in the
// data set and 60 who are not in it.
func makeAccounts(t *testing.T) []byte {
	t.Helper()
	var file bytes.Buffer
	writer := csv.NewWriter(&file)
	write := func(row ...string) {
		if err := writer.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	write("user_id", "email", "display_name", "organisation", "country", "locale", "status")
	for _, p := range inventPeople() {
		if !p.hasAccount {
			continue
		}
		if p.addressChanged {
			p.email = fmt.Sprintf("new.address%d@example.com", p.number)
		}
		write(p.id, p.email, p.name, p.org, p.country, p.lang, "active")
	}
	for n := 501; n <= 560; n++ {
		o := origins[n%len(origins)]
		given, family := o.given[n%len(o.given)], o.family[n%len(o.family)]
		write(fmt.Sprintf("user-%08x", uint32(n)*2654435761), //nolint:gosec // as above
			fmt.Sprintf("%s%d@%s", ascii(given), n, domains[n%len(domains)]), given+" "+family,
			fmt.Sprintf("org-%04d", 1000+n*13%97), o.country, o.locale, "active")
	}
	writer.Flush()
	if err := writer.Error(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestTheFilesAreWhatTheGeneratorMakes(t *testing.T) {
	for name, want := range map[string][]byte{"dataset.csv": makeDataset(t), "accounts.csv": makeAccounts(t)} {
		if *update {
			if err := os.WriteFile(name, want, 0o644); err != nil { //nolint:gosec // invented data, meant to be read
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the generator makes; run: go test ./examples/vendor-breach -update", name)
		}
	}
}
