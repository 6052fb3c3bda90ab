package filing

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tocsin/gdpr"
	"tocsin/gdpr/form"
	"tocsin/incident"
)

// Controller is who notifies, as it stands in every draft.
type Controller struct {
	// Name is the organisation's name.
	Name string
	// Address is its postal address on one line; may be empty.
	Address string
	// Contact is the name of the contact point of GDPR Art. 33(3)(b).
	Contact string
	// Details are how to reach it, in one line.
	Details string
}

// settings is the source of what every draft of an installation shares.
const settings = "settings"

// Known gives what a case knows, in the words of the form. language is that of
// the sentences it writes: "es", or English for every other.
func Known(state *incident.State, o *incident.Obligation, c Controller, language string) form.Known {
	zone := zoneOf(state)
	k := form.Known{
		Language:     language,
		Controller:   form.KnownController{Name: c.Name, Contact: strings.Trim(c.Address+", "+c.Details, ", "), Reference: state.Number, Source: settings},
		Reporter:     form.KnownReporter{KnownContact: form.KnownContact{Name: c.Contact, Details: c.Details, Source: settings}, Function: "dpo"},
		Timeline:     timeline(state, zone, language),
		People:       people(state),
		Data:         data(state),
		Measures:     measures(state, zone, language),
		DelayReasons: shorten(delay(o, zone), language),
		DelaySource:  "delay reasons",
	}
	if state.Disclosure.Vendor != "" {
		k.Parties = []form.KnownParty{{Role: inLanguage(language, "processor", "encargado del tratamiento"), Name: state.Disclosure.Vendor}}
		k.PartiesSource = "disclosure"
	}
	if last, ok := state.Assessed(); ok {
		assessed(&k, last)
	}
	k.Nature.Summary = shorten(state.Disclosure.Summary, language)
	if k.Nature.Source == "" {
		k.Nature.Source = "disclosure"
	}
	k.Communication = communication(state, zone, language)
	k.Authorities = authorities(state)
	return k
}

// longest is what fits into a field of text with a remark after it.
const longest = 9_800

// shorten keeps a text within a field of the form and says that it goes on in
// the record: the whole is never lost there.
func shorten(text, language string) string {
	runes := []rune(text)
	if len(runes) <= longest {
		return text
	}
	return string(runes[:longest]) + inLanguage(language, "\n[… continued in the record of the case]", "\n[… continúa en el registro del caso]")
}

func inLanguage(language, english, spanish string) string {
	if language == "es" {
		return spanish
	}
	return english
}

func zoneOf(state *incident.State) *time.Location {
	if zone, err := time.LoadLocation(state.Disclosure.Zone); err == nil {
		return zone
	}
	return time.UTC // zones are checked at opening
}

func timeline(state *incident.State, zone *time.Location, language string) form.KnownTimeline {
	d := state.Disclosure
	t := form.KnownTimeline{Source: "disclosure", DiscoveredBy: map[string]string{
		"vendor": "processor", "person": "data_subject", "press": "press", "own_detection": "controller",
		"authority": "external_party", "other": "other",
	}[d.Kind]}
	if aware, ok := state.Aware(); ok && !aware.Provisional {
		t.AwareAt, t.AwareSource = aware.At.In(zone), fmt.Sprintf("awareness, revision %d", aware.Revision)
	}
	if !d.OccurredFrom.IsZero() {
		t.OccurredFrom = d.OccurredFrom.In(zone)
	}
	if !d.OccurredTo.IsZero() {
		t.OccurredTo = d.OccurredTo.In(zone)
	}
	if !d.ProcessorDetectedAt.IsZero() {
		t.ProcessorDetectedAt = d.ProcessorDetectedAt.In(zone)
	}
	if d.Kind != "own_detection" && !d.ReceivedAt.IsZero() {
		t.ToldAt = d.ReceivedAt.In(zone)
		at := t.ToldAt.Format("2006-01-02 15:04 -07:00")
		who := d.Vendor
		if who == "" {
			who = inLanguage(language, "another party", "un tercero")
		}
		t.Discovery = inLanguage(language, fmt.Sprintf("By a message of %s received on %s.", who, at),
			fmt.Sprintf("Por un mensaje de %s recibido el %s.", who, at))
	}
	return t
}

func people(state *incident.State) form.KnownCount {
	var total int64
	perCountry := map[string]int64{}
	var rounds []string
	for _, r := range state.Rounds {
		if r.Opened {
			continue // it names nobody new
		}
		total += int64(r.People())
		rounds = append(rounds, fmt.Sprint(r.N))
		for _, i := range r.Imports {
			for country, n := range i.Counts.ByCountry {
				perCountry[country] += int64(n)
			}
		}
	}
	if total > 0 {
		return form.KnownCount{Count: &total, PerCountry: perCountry, Source: "people import, round " + strings.Join(rounds, ", ")}
	}
	return form.KnownCount{}
}

func data(state *incident.State) form.KnownData {
	kinds := map[string]bool{}
	for _, r := range state.Rounds {
		for _, kind := range r.Kinds() {
			if _, ok := gdpr.DataKindByKey(kind); ok {
				kinds[kind] = true
			}
		}
	}
	return form.KnownData{Kinds: slices.Sorted(maps.Keys(kinds)), Source: "people import"}
}

func measures(state *incident.State, zone *time.Location, language string) form.KnownMeasures {
	words := map[string][2]string{
		incident.TaskCutIntegration: {"The flow of data to the provider concerned was cut", "Se interrumpió el envío de datos al proveedor afectado"},
		incident.TaskSecureEvidence: {"The evidence was secured", "Se aseguraron las pruebas"},
		incident.TaskAskVendor:      {"The provider was asked for the missing facts", "Se pidieron al proveedor los datos que faltan"},
		incident.TaskReviewVendors:  {"The other providers were reviewed", "Se revisaron los demás proveedores"},
	}
	var done []string
	for _, t := range state.Tasks {
		if said, ok := words[t.Code]; ok && !t.DoneAt.IsZero() {
			done = append(done, fmt.Sprintf("%s (%s).", inLanguage(language, said[0], said[1]), t.DoneAt.In(zone).Format("2006-01-02 15:04 -07:00")))
		}
	}
	return form.KnownMeasures{Taken: strings.Join(done, "\n"), Source: "tasks"}
}

func delay(o *incident.Obligation, zone *time.Location) string {
	var texts []string
	for _, r := range o.DelayReasons {
		texts = append(texts, fmt.Sprintf("%s: %s", r.At.In(zone).Format("2006-01-02 15:04 -07:00"), r.Text))
	}
	return strings.Join(texts, "\n")
}

// assessed fills what the latest assessment says.
func assessed(k *form.Known, a incident.Assessment) {
	source := fmt.Sprintf("assessment %d", a.Version)
	k.Risk = form.KnownRisk{Outcome: outcome(a), Reason: a.Decision.Reason, Source: source}
	switch {
	case a.Advice != nil:
		k.Risk.Band = gdpr.Band(a.Advice.Band)
	case a.Severity != nil:
		k.Risk.Band = gdpr.Band(a.Severity.Band)
	}
	facts, ok := readFacts(a.Facts)
	if !ok {
		return
	}
	k.Nature = nature(facts)
	k.Nature.Source = source
	if k.People.Count == nil && facts.People != nil {
		n := int64(*facts.People)
		k.People = form.KnownCount{Count: &n, Approximate: true, Source: source}
	}
	if facts.Records != nil {
		n := int64(*facts.Records)
		k.Records = form.KnownCount{Count: &n, Approximate: true, Source: source}
	}
	if len(k.Data.Kinds) == 0 {
		for _, d := range facts.Data {
			if _, known := gdpr.DataKindByKey(d.Kind); known {
				k.Data.Kinds = append(k.Data.Kinds, d.Kind)
			}
		}
		k.Data.Source = source
	}
}

func readFacts(raw json.RawMessage) (gdpr.BreachFacts, bool) {
	facts, err := gdpr.ParseBreachFacts(raw)
	return facts, err == nil
}

// outcome is the human decision in the words of field 89; the advice only says
// how high a risk is that the authority is told of.
func outcome(a incident.Assessment) string {
	switch {
	case !a.Decision.NotifyAuthority:
		return "unlikely"
	case a.Advice != nil && a.Advice.Risk != gdpr.RiskUnlikely:
		return string(a.Advice.Risk)
	case a.Advice == nil && a.Decision.Communicate:
		return "high_risk"
	default:
		return "risk"
	}
}

func nature(f gdpr.BreachFacts) form.KnownNature {
	var n form.KnownNature
	for _, property := range f.Breach {
		n.Breach = append(n.Breach, string(property))
		switch property {
		case gdpr.Confidentiality:
			n.Confidentiality = map[gdpr.Exposure]string{
				gdpr.ExposureNone: "not_disclosed", gdpr.ExposureKnown: "disclosed", gdpr.ExposureUnknown: "disclosed", gdpr.ExposurePublic: "disclosed",
			}[f.Exposure]
			n.Unintelligible = map[gdpr.Intelligibility]string{
				gdpr.UnintelligibleYes: "yes", gdpr.UnintelligiblePartly: "no", gdpr.UnintelligibleNo: "no",
			}[f.Unintelligible]
			if f.KeyCompromised == gdpr.Yes {
				n.Unintelligible = "subvertible"
			}
		case gdpr.Integrity:
			// Whether altered data were used is not among the facts of the risk.
		case gdpr.Availability:
			n.Availability = map[gdpr.AvailabilityLoss]string{
				gdpr.AvailabilityHours: "temporary", gdpr.AvailabilityDays: "temporary", gdpr.AvailabilityPermanent: "permanent",
			}[f.AvailabilityLoss]
		}
	}
	return n
}

func authorities(state *incident.State) form.KnownAuthorities {
	out := form.KnownAuthorities{Source: "obligations"}
	for i := range state.Obligations {
		o := &state.Obligations[i]
		switch {
		case o.Status == incident.ObligationWaivedStatus:
			continue
		case o.Terms.Regime == gdpr.RegimeNotification:
			out.Notified = append(out.Notified, o.Terms.Authority)
		case o.Terms.Recipient != gdpr.RecipientPeople:
			out.Others = "yes"
			out.OthersDescription = strings.TrimPrefix(out.OthersDescription+"; "+o.Terms.RegimeName+": "+o.Recipient(), "; ")
		}
	}
	return out
}
