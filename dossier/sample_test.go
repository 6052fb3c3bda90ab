package dossier

import (
	"strings"
	"time"
)

// alphabets has all letters that each language writes with, and a sentence of
// its own. The first 24 are the official languages of the EU.
var alphabets = map[string]string{
	"bg": "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЬЮЯ абвгдежзийклмнопрстуфхцчшщъьюя ѝ Ѝ „Жълтата дюля беше щастлива“ №",
	"cs": "AÁBCČDĎEÉĚFGHIÍJKLMNŇOÓPQRŘSŠTŤUÚŮVWXYÝZŽ aábcčdďeéěfghiíjklmnňoópqrřsštťuúůvwxyýzž „Příliš žluťoučký kůň úpěl“",
	"da": "ABCDEFGHIJKLMNOPQRSTUVWXYZÆØÅÉ abcdefghijklmnopqrstuvwxyzæøåéǻǿǽ »Høj bly gom vandt fræk sexquiz på wc«",
	"de": "AÄBCDEFGHIJKLMNOÖPQRSẞTUÜVWXYZ aäbcdefghijklmnoöpqrsßtuüvwxyz „Zwölf Boxkämpfer“ ‚so‘ §",
	"el": "ΑΆΒΓΔΕΈΖΗΉΘΙΊΪΚΛΜΝΞΟΌΠΡΣΤΥΎΫΦΧΨΩΏ αάβγδεέζηήθιίϊΐκλμνξοόπρσςτυύϋΰφχψωώ «Ξεσκεπάζω» · ; ΄",
	"en": "ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz “quoted” ‘single’ – — … £ €",
	"es": "AÁBCDEÉFGHIÍJKLMNÑOÓPQRSTUÚÜVWXYZ aábcdeéfghiíjklmnñoópqrstuúüvwxyz ¿Qué? ¡Así! «cita» nº 1.ª º",
	"et": "ABDEFGHIJKLMNOPRSŠZŽTUVÕÄÖÜ abdefghijklmnoprsšzžtuvõäöü „Põdur Zagrebi tšellomängija“",
	"fi": "ABCDEFGHIJKLMNOPQRSŠTUVWXYZŽÅÄÖ abcdefghijklmnopqrsštuvwxyzžåäö ”Törkylempijävongahdus”",
	"fr": "AÀÂÆBCÇDEÉÈÊËFGHIÎÏJKLMNOÔŒPQRSTUÙÛÜVWXYŸZ aàâæbcçdeéèêëfghiîïjklmnoôœpqrstuùûüvwxyÿz « l’œuvre » 1\u202f000",
	"ga": "AÁBCDEÉFGHIÍLMNOÓPRSTUÚ aábcdeéfghiílmnoóprstuú ḂĊḊḞĠṀṖṠṪ ḃċḋḟġṁṗṡṫ Tír na nÓg ⁊",
	"hr": "ABCČĆDĐEFGHIJKLMNOPRSŠTUVZŽ abcčćdđefghijklmnoprsštuvzž „Gojazni đačić“ ǅ",
	"hu": "AÁBCDEÉFGHIÍJKLMNOÓÖŐPQRSTUÚÜŰVWXYZ aábcdeéfghiíjklmnoóöőpqrstuúüűvwxyz „Árvíztűrő tükörfúrógép” »így«",
	"it": "ABCDEFGHIJKLMNOPQRSTUVWXYZÀÈÉÌÎÒÓÙ abcdefghijklmnopqrstuvwxyzàèéìîòóù «perché»",
	"lt": "AĄBCČDEĘĖFGHIĮYJKLMNOPRSŠTUŲŪVZŽ aąbcčdeęėfghiįyjklmnoprsštuųūvzž „Įlinkdama fechtuotojo“",
	"lv": "AĀBCČDEĒFGĢHIĪJKĶLĻMNŅOPRSŠTUŪVZŽ aābcčdeēfgģhiījkķlļmnņoprsštuūvzž ŖŗŌō «Glāžšķūņa rūķīši»",
	"mt": "ABĊDEFĠGĦHIJKLMNOPQRSTUVWXŻZ abċdefġgħhijklmnopqrstuvwxżz ÀÈÌÒÙ àèìòù “għajn”",
	"nl": "ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz ÁÉÍÓÚÄËÏÖÜ áéíóúäëïöü Ĳĳ ‘zo’ ’s",
	"pl": "AĄBCĆDEĘFGHIJKLŁMNŃOÓPQRSŚTUVWXYZŹŻ aąbcćdeęfghijklłmnńoópqrsśtuvwxyzźż „Zażółć gęślą jaźń”",
	"pt": "AÁÂÃÀBCÇDEÉÊFGHIÍJKLMNOÓÔÕPQRSTUÚÜVWXYZ aáâãàbcçdeéêfghiíjklmnoóôõpqrstuúüvwxyz «ações»",
	"ro": "AĂÂBCDEFGHIÎJKLMNOPQRSȘTȚUVWXYZ aăâbcdefghiîjklmnopqrsștțuvwxyz ŞşŢţ „Muzicologă în bej vând whisky” «da»",
	"sk": "AÁÄBCČDĎEÉFGHIÍJKLĹĽMNŇOÓÔPQRŔSŠTŤUÚVWXYÝZŽ aáäbcčdďeéfghiíjklĺľmnňoóôpqrŕsštťuúvwxyýzž „Kŕdeľ ďatľov“",
	"sl": "ABCČDEFGHIJKLMNOPRSŠTUVZŽ abcčdefghijklmnoprsštuvzž „V kožuščku hudobnega fanta“ »stopiclja«",
	"sv": "ABCDEFGHIJKLMNOPQRSTUVWXYZÅÄÖÉ abcdefghijklmnopqrstuvwxyzåäöé ”Flygande bäckasiner”",
	"is": "AÁBDÐEÉFGHIÍJKLMNOÓPRSTUÚVXYÝÞÆÖ aábdðeéfghiíjklmnoóprstuúvxyýþæö „Kæmi ný öxi hér“",
	"nb": "ABCDEFGHIJKLMNOPQRSTUVWXYZÆØÅ abcdefghijklmnopqrstuvwxyzæøå ÀÉÊÓÒÔ àéêóòô «Vår sære Zulu»",
	"ca": "AÀBCÇDEÈÉFGHIÍÏJKLMNOÒÓPQRSTUÚÜVWXYZ aàbcçdeèéfghiíïjklmnoòópqrstuúüvwxyz ĿL ŀl col·legi «Jove»",
	"eu": "ABCÇDEFGHIJKLMNÑOPQRSTUÜVWXYZ abcçdefghijklmnñopqrstuüvwxyz «Gonbidapena»",
}

// long is text of several paragraphs, about n bytes of it.
func long(n int) string {
	const paragraph = "Am 3. Oktober entdeckte der Auftragsverarbeiter, dass ein Zugang eines früheren Mitarbeiters weiter galt und über ihn Datensätze von Kundinnen und Kunden abgerufen wurden. Der Zugang wurde um 14:20 Uhr gesperrt; die Protokolle der letzten 90 Tage werden ausgewertet (siehe https://portal.example.com/faelle/2026-0042/protokolle/auswertung).\n\n"
	return strings.TrimSpace(strings.Repeat(paragraph, n/len(paragraph)+1)[:n])
}

func berlin() *time.Location { return time.FixedZone("CEST", 2*60*60) }

// sample is a filing as it may look, in German.
func sample() Document {
	asOf := time.Date(2026, 10, 5, 9, 30, 0, 0, berlin())
	return Document{
		Kind: Dossier, Language: "de",
		Title: "Meldung einer Verletzung des Schutzes personenbezogener Daten", TitleEN: "Notification of a personal data breach",
		Reference:   "INC-2026-0042",
		Authority:   Authority{Code: "BlnBDI", Name: "Berliner Beauftragte für Datenschutz und Informationsfreiheit", NameEN: "Berlin Commissioner for Data Protection and Freedom of Information"},
		CreatedAt:   time.Date(2026, 10, 6, 11, 15, 0, 0, berlin()),
		ContentHash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		Meta: []Line{
			{Label: "Art der Meldung", LabelEN: "Type of notification", Value: "Erstmeldung, unvollständig", ValueEN: "New notification, incomplete"},
			{Label: "Fassung der Vorlage", LabelEN: "Version of the template", Value: "EDPB 2026 1.0 (Entwurf)", ValueEN: "EDPB 2026 1.0 (draft)"},
			{Label: "Eingereicht am", LabelEN: "Filed at", Value: "2026-10-06 11:20 +02:00"},
		},
		Notes: []string{
			"Die Angaben folgen in Phasen (Art. 33 Abs. 4 DSGVO). The information is provided in phases (Art. 33(4) GDPR).",
			"Maßgeblich ist das Portal der Aufsichtsbehörde.",
		},
		Sections: []Section{
			{Title: "1.1 Meldung", TitleEN: "1.1 Notification", Lines: []Line{
				{Number: "7", Key: "internal_reference", Label: "Internes Aktenzeichen des Verantwortlichen", LabelEN: "Data controller's internal reference number", Value: "INC-2026-0042", State: Known, AsOf: asOf},
				{Number: "12", Key: "organisation_name", Label: "Name der Organisation", LabelEN: "Name of the organisation", Value: "Beispiel Handels GmbH & Co. KG", State: Known},
				{Number: "13", Key: "organisation_contact", Label: "Kontaktdaten", LabelEN: "Contact details", Value: "Musterstraße 1\n10115 Berlin\ndatenschutz@example.com", State: Known},
				{Number: "17", Key: "economic_activity", Label: "Klassifikation der wirtschaftlichen Tätigkeit", LabelEN: "Classification of economic activity"},
			}},
			{Title: "3.1 Zeitpunkt der Verletzung", TitleEN: "3.1 Time of the breach", Lines: []Line{
				{Number: "44", Key: "breach_when", Label: "Wann ereignete sich die Verletzung des Schutzes personenbezogener Daten?", LabelEN: "When did the personal data breach occur?", Value: "Von einem Datum bis zu einem Datum", ValueEN: "From a date to a date", State: Estimated, AsOf: asOf, Note: "Der Beginn wurde aus Protokollen geschlossen, die nur 90 Tage zurückreichen."},
				{Number: "46", Key: "breach_began", Label: "Beginn der Verletzung", LabelEN: "Beginning date and time of personal data breach", Value: "2026-09-28 02:10 +02:00", State: Estimated, AsOf: asOf},
				{Number: "47", Key: "breach_ended", Label: "Ende der Verletzung", LabelEN: "Ending date and time of personal data breach", State: ToBeDetermined, AsOf: asOf},
				{Number: "53", Key: "description", Label: "Beschreibung des Vorfalls", LabelEN: "Description of the incident", Value: long(1500), ValueEN: "The processor found that an account of a former employee was still valid and that records of customers had been read with it.", State: Known, AsOf: asOf},
				{Number: "61", Key: "people_exact", Label: "Genaue Zahl der betroffenen Personen", LabelEN: "Exact number of data subjects", State: CannotBeDetermined, AsOf: asOf, Note: "Der Auftragsverarbeiter führt keine Zugriffsprotokolle je Datensatz."},
			}},
			{Title: "5 Grenzüberschreitung", TitleEN: "5 Cross-border", Lines: []Line{
				{Number: "97", Key: "communication_languages", Label: "Mitteilung in anderen Sprachen", LabelEN: "Communication in other languages", Value: "Ελληνικά: Ξεσκεπάζω την ψυχοφθόρα βδελυγμία.\nБългарски: Жълтата дюля беше щастлива.\nRomână: Însoțește-ți prietenii în București.\nMalti: Il-ħaġa ġiet żviluppata.\nLatviešu: Glāžšķūņa rūķīši.\nGaeilge: Bhí ḃó agus muiċ ann.\nPolski: Zażółć gęślą jaźń.\nÍslenska: Kæmi ný öxi hér.", State: Known},
			}},
		},
		Footer: "Beispiel Handels GmbH & Co. KG · Datenschutz",
	}
}
