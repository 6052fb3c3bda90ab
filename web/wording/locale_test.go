package wording

import (
	"testing"

	"tocsin/people"
)

func TestCountriesAreNamedInTheReadersLanguage(t *testing.T) {
	for code, want := range map[string][2]string{
		"ES": {"Spain", "España"}, "DE": {"Germany", "Alemania"}, "GB": {"United Kingdom", "Reino Unido"}, "EU": {"European Union", "Unión Europea"},
		"ZZ": {"ZZ", "ZZ"}, "": {"", ""}, "<b>": {"<b>", "<b>"},
	} {
		for i, lang := range []string{"en", "es"} {
			if got := For(lang).Country(code); got != want[i] {
				t.Errorf("%q in %s is %q, expected %q", code, lang, got, want[i])
			}
		}
	}
	// What the files of people name is understood both ways.
	for _, code := range []string{"FR", "IT", "LV", "NL", "PT", "IE"} {
		if named := For("es").Country(code); people.CountryCode(named) != code {
			t.Errorf("%s is named %q, which is not read as it", code, named)
		}
	}
}

func TestFiguresAreWrittenAsTheLanguageDoes(t *testing.T) {
	for text, spanish := range map[string]string{"58.8 kB": "58,8 kB", "3.00": "3,00", "20 MB": "20 MB", "2": "2"} {
		if got := For("en").Figure(text); got != text {
			t.Errorf("%q in English is %q", text, got)
		}
		if got := For("es").Figure(text); got != spanish {
			t.Errorf("%q in Spanish is %q, expected %q", text, got, spanish)
		}
	}
}

func TestWhereAnAnswerComesFromIsSaidInTheReadersLanguage(t *testing.T) {
	for source, want := range map[string][2]string{
		"awareness, revision 2":                     {"from when you became aware, version 2", "de la constancia, versión 2"},
		"assessment 3":                              {"from assessment 3", "de la evaluación 3"},
		"people import, round 1, 2":                 {"from the files of people, round 1, 2", "de los ficheros de personas, ronda 1, 2"},
		"people import":                             {"from the files of people", "de los ficheros de personas"},
		"computed from the mailing of round 1":      {"from the mailing, round 1", "del envío, ronda 1"},
		"computed from the public communication":    {"from the public communication", "de la comunicación pública"},
		"receipt of the previous notification":      {"from the receipt of the previous notification", "del justificante de la notificación anterior"},
		"disclosure":                                {"from the disclosure", "de la comunicación recibida"},
		"the words of whoever answered, left as is": {"the words of whoever answered, left as is", "the words of whoever answered, left as is"},
	} {
		for i, lang := range []string{"en", "es"} {
			if got := For(lang).Source(source); got != want[i] {
				t.Errorf("%q in %s is %q, expected %q", source, lang, got, want[i])
			}
		}
	}
}

func TestToWhomADutyIsOwedIsSaidInTheReadersLanguage(t *testing.T) {
	for recipient, want := range map[string][2]string{
		"AEPD":                       {"Duty to notify AEPD", "Obligación de notificar a AEPD"},
		"the financial supervisor":   {"Duty to notify the financial supervisor", "Obligación de notificar al supervisor financiero"},
		"the CSIRT or its authority": {"Duty to notify the CSIRT or its authority", "Obligación de notificar al CSIRT o su autoridad"},
	} {
		for i, lang := range []string{"en", "es"} {
			w := For(lang)
			if got := w.T("Duty to notify %s", w.Recipient(recipient)); got != want[i] {
				t.Errorf("in %s: %q, expected %q", lang, got, want[i])
			}
		}
	}
}
