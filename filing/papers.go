package filing

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tocsin/dossier"
	"tocsin/gdpr"
	"tocsin/gdpr/form"
	"tocsin/incident"
)

// Papers prints a frozen draft: the dossier as PDF and as HTML, and the sheet
// in the order of the authority's portal.
func Papers(ctx context.Context, state *incident.State, o *incident.Obligation, frozen form.Frozen) ([]dossier.Paper, error) {
	document, err := Document(state, o, frozen, dossier.Dossier)
	if err != nil {
		return nil, err
	}
	stem := fmt.Sprintf("%s-%s-%s", strings.ToLower(state.Number), strings.ToLower(o.Terms.Authority), frozen.SHA256[:8])
	papers, err := dossier.Papers(ctx, document, stem)
	if err != nil {
		return nil, err
	}
	sheet, err := CopySheet(state, o, frozen)
	if err != nil {
		return nil, err
	}
	return append(papers, dossier.Paper{Name: stem + "-copy-sheet.html", MediaType: "text/html", Content: sheet}), nil
}

// CopySheet prints a draft as the page from which the authority's portal is
// filled.
func CopySheet(state *incident.State, o *incident.Obligation, frozen form.Frozen) ([]byte, error) {
	document, err := Document(state, o, frozen, dossier.CopySheet)
	if err != nil {
		return nil, err
	}
	page, err := dossier.HTML(document)
	if err != nil {
		return nil, fmt.Errorf("print the copy sheet: %w", err)
	}
	return page, nil
}

// Document gives what a frozen draft prints as.
func Document(state *incident.State, o *incident.Obligation, frozen form.Frozen, kind dossier.Kind) (dossier.Document, error) {
	zone := zoneOf(state)
	sheet, err := form.Project(frozen.Draft, form.ProjectionFor(o.Terms.Authority), Language(o), frozen.At)
	if err != nil {
		return dossier.Document{}, fmt.Errorf("put the form into the authority's order: %w", err)
	}
	d := dossier.Document{
		Kind: kind, Language: sheet.Language, Title: title(sheet.Language, kind), TitleEN: title("en", kind),
		Reference: state.Number, Authority: authority(o), CreatedAt: frozen.At, ContentHash: frozen.SHA256,
		Notes: sheet.Notes, Exercise: state.Disclosure.Exercise != nil,
	}
	if d.TitleEN == d.Title {
		d.TitleEN = ""
	}
	for _, line := range []struct{ key, value string }{
		{"form", sheet.Name}, {"template", sheet.TemplateVersion},
		{"frozen", frozen.At.In(zone).Format("2006-01-02 15:04 -07:00")},
	} {
		label := metaLabel(sheet.Language, line.key)
		d.Meta = append(d.Meta, dossier.Line{
			Key: line.key, Label: label, LabelEN: unless(metaLabel("en", line.key), label), Value: line.value,
		})
	}
	for _, section := range sheet.Sections {
		printed := dossier.Section{Title: section.Title, TitleEN: unless(section.TitleEN, section.Title)}
		for _, line := range section.Lines {
			printed.Lines = append(printed.Lines, lineOf(line, zone))
		}
		d.Sections = append(d.Sections, printed)
	}
	return d, nil
}

func lineOf(l form.SheetLine, zone *time.Location) dossier.Line {
	out := dossier.Line{
		Number: fmt.Sprint(l.N), Key: l.Key, Label: l.Label, LabelEN: unless(l.LabelEN, l.Label),
		Value: l.Value, ValueEN: unless(l.ValueEN, l.Value), State: dossier.State(l.State), Note: l.Note,
	}
	if l.Value == "" {
		out.ValueEN = ""
	}
	if !l.AsOf.IsZero() {
		out.AsOf = l.AsOf.In(zone)
	}
	return out
}

// unless leaves out a text that would only repeat another.
func unless(text, other string) string {
	if text == other {
		return ""
	}
	return text
}

func authority(o *incident.Obligation) dossier.Authority {
	a, ok := gdpr.AuthorityByCode(o.Terms.Authority)
	if !ok {
		return dossier.Authority{Name: o.Recipient()}
	}
	return dossier.Authority{Code: a.Code, Name: a.Name, NameEN: unless(a.EnglishName, a.Name)}
}

// metaLabel names what is said about the paper itself.
func metaLabel(language, key string) string {
	labels := map[string]map[string]string{
		"en": {"form": "Form", "template": "Template", "frozen": "Content as of"},
		"es": {"form": "Formulario", "template": "Plantilla", "frozen": "Contenido a fecha de"},
		"fr": {"form": "Formulaire", "template": "Modèle", "frozen": "Contenu à la date du"},
	}
	if words, ok := labels[language]; ok {
		return words[key]
	}
	return labels["en"][key]
}

// title names a paper in the languages that the projections have.
func title(language string, kind dossier.Kind) string {
	titles := map[string][2]string{
		"en": {"Notification of a personal data breach (GDPR Art. 33)", "Copy sheet: notification of a personal data breach"},
		"es": {"Notificación de una brecha de datos personales (art. 33 RGPD)", "Hoja para copiar: notificación de una brecha de datos personales"},
		"fr": {"Notification d’une violation de données à caractère personnel (art. 33 RGPD)", "Fiche à recopier : notification d’une violation de données"},
	}
	words, ok := titles[language]
	if !ok {
		words = titles["en"]
	}
	if kind == dossier.CopySheet {
		return words[1]
	}
	return words[0]
}
