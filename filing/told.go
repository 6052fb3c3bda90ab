package filing

import (
	"fmt"
	"strings"
	"time"

	"tocsin/gdpr/form"
	"tocsin/incident"
)

// communication says whether, when and how the people were told: fields 97 to
// 106 of the form, computed from the decision, the outcome of the mailings and
// the public communication. A person may correct each.
func communication(state *incident.State, zone *time.Location, language string) form.KnownCommunication {
	last, ok := state.Assessed()
	if !ok {
		return form.KnownCommunication{}
	}
	source := fmt.Sprintf("assessment %d", last.Version)
	if !last.Decision.Communicate {
		exemption := map[string]string{"a": "protection_measures", "b": "subsequent_measures", "c": "disproportionate_effort"}[last.Decision.Ground]
		if exemption != "" {
			return form.KnownCommunication{Answer: "no_exempt", Exemption: exemption, ExemptionReason: last.Decision.Reason, Source: source}
		}
		return form.KnownCommunication{Answer: "no_high_risk_unlikely", Source: source}
	}
	t := tally(state)
	published := state.PublishedAt()
	switch {
	case t.reached > 0:
		k := form.KnownCommunication{
			Answer: "yes", On: t.on.In(zone), Means: "individual", Extent: "all", Content: t.content(language),
			Source: "computed from the mailing of round " + strings.Join(t.rounds, ", "),
		}
		if t.reached < t.people || t.yet > 0 || t.less > 0 {
			k.Extent, k.ExtentDescription = "not_all", t.describe(state, zone, language)
		}
		return k
	case !published.IsZero():
		// Whether a public text reached everybody nobody can compute.
		return form.KnownCommunication{
			Answer: "yes", On: published.In(zone), Means: "public", Content: publicContent(state, zone, language),
			Source: "computed from the public communication",
		}
	}
	return form.KnownCommunication{Answer: "no_date_open", Source: source}
}

// told is what became of the people of all rounds.
type told struct {
	people, reached                               int
	undeliverable, refused, bounced, unknown, yet int
	less                                          int       // told, but of fewer data than are known now
	on                                            time.Time // when the last mailing ended
	rounds                                        []string
	notices                                       []string
}

// tally adds the outcomes of the mailings that have ended.
func tally(state *incident.State) told {
	var t told
	for i := range state.Rounds {
		r := &state.Rounds[i]
		if r.To() != incident.RoundAffected {
			continue // it tells nobody for the first time
		}
		t.people += r.People()
		if r.Counts.Total == 0 {
			t.yet += r.People()
			continue
		}
		c := r.Counts
		t.reached += c.Accepted
		t.undeliverable, t.refused, t.bounced = t.undeliverable+c.Undeliverable, t.refused+c.Refused, t.bounced+c.Bounced
		t.unknown, t.yet = t.unknown+c.Unknown, t.yet+c.Pending+c.Sending+c.Deferred
		t.rounds = append(t.rounds, fmt.Sprint(r.N))
		if r.FinishedAt.After(t.on) {
			t.on = r.FinishedAt
		}
		if n := len(r.Drafts); n > 0 {
			d := r.Drafts[n-1]
			t.notices = append(t.notices, fmt.Sprintf("%d (%s, v%d: %s; SHA-256 %s)", r.N, d.Template, d.Version, strings.Join(d.Locales, ", "), d.Content.SHA256))
		}
	}
	if state.Owed != nil {
		t.yet, t.less = state.Owed.Affected, state.Owed.FollowUp
	}
	return t
}

// describe says why not all were told, with numbers and no name.
func (t told) describe(state *incident.State, zone *time.Location, language string) string {
	out := []string{fmt.Sprintf(inLanguage(language, "Of %d people, the mail relay took the notice to %d.",
		"De %d personas, el servidor de correo aceptó el aviso a %d."), t.people, t.reached)}
	for _, part := range []struct {
		n                int
		english, spanish string
	}{
		{t.undeliverable, "Mail cannot reach: %d.", "No se les puede enviar correo: %d."},
		{t.refused, "Refused for good by the relay: %d.", "Rechazados definitivamente por el servidor: %d."},
		{t.bounced, "Came back later: %d.", "Devueltos después: %d."},
		{t.unknown, "Outcome not known: %d.", "Resultado desconocido: %d."},
		{t.yet, "Not written to yet: %d.", "Aún sin enviar: %d."},
		{t.less, "Told of less data than is known today, a follow-up is due: %d.", "Informadas de menos datos de los que hoy se conocen: %d, pendientes de un nuevo aviso."},
	} {
		if part.n > 0 {
			out = append(out, fmt.Sprintf(inLanguage(language, part.english, part.spanish), part.n))
		}
	}
	if published := publications(state, zone, language); published != "" {
		out = append(out, published)
	}
	return shorten(strings.Join(out, " "), language)
}

// content says which texts were sent, so that they can be attached.
func (t told) content(language string) string {
	return shorten(fmt.Sprintf(inLanguage(language, "The text of the notice is in the record of the case and can be attached. Round %s.",
		"El texto del aviso consta en el registro del caso y puede adjuntarse. Ronda %s."), strings.Join(t.notices, "; ")), language)
}

// publicContent says which text was made public, and where.
func publicContent(state *incident.State, zone *time.Location, language string) string {
	last, _ := state.Public.Latest()
	return shorten(publications(state, zone, language)+" "+fmt.Sprintf(
		inLanguage(language, "Its text is in the record of the case and can be attached (v%d: %s; SHA-256 %s).",
			"Su texto consta en el registro del caso y puede adjuntarse (v%d: %s; SHA-256 %s)."),
		last.Version, strings.Join(last.Locales, ", "), last.Content.SHA256), language)
}

// publications says where and when the public communication was published;
// empty when it was not.
func publications(state *incident.State, zone *time.Location, language string) string {
	if state.Public == nil || len(state.Public.Publications) == 0 {
		return ""
	}
	var places []string
	for _, p := range state.Public.Publications {
		places = append(places, fmt.Sprintf("%s (%s)", p.Where, p.At.In(zone).Format("2006-01-02 15:04 -07:00")))
	}
	return fmt.Sprintf(inLanguage(language, "A public communication under GDPR Art. 34(3)(c) was published: %s.",
		"Se publicó una comunicación pública conforme al art. 34.3.c) del RGPD: %s."), strings.Join(places, "; "))
}
