package web

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tocsin/gdpr"
	"tocsin/incident"
	"tocsin/web/wording"
)

// placeOfChange is where in the view of a case something stands: the names of its
// fields, without the numbers of what is listed, and those numbers apart.
type placeOfChange struct {
	names []string
	ns    []int // from 1; 0 where the name is no list
}

// placeIn reads a path such as obligations.0.status.
func placeIn(path string) placeOfChange {
	var p placeOfChange
	for part := range strings.SplitSeq(path, ".") {
		if n, err := strconv.Atoi(part); err == nil && len(p.ns) > 0 {
			p.ns[len(p.ns)-1] = n + 1
			continue
		}
		p.names, p.ns = append(p.names, part), append(p.ns, 0)
	}
	return p
}

// field is the last name, after the one before it: what says of which kind a value
// is.
func (p placeOfChange) field() (parent, name string) {
	if n := len(p.names); n > 1 {
		return p.names[n-2], p.names[n-1]
	}
	return "", p.names[0]
}

// unsaid says whether a field is none that a person reads. Ids, hashes and codes
// are for programs; each stands beside one that says the same in words. What the
// law's data says of a step never differs.
func (p placeOfChange) unsaid() bool {
	parent, name := p.field()
	switch name {
	case "id", "vendor_id", "n", "sha256", "size", "media_type", "message_id", "level":
		return true
	}
	return slices.Contains([]string{
		"next_action.code", "missing.code", "advice.rules", "advice.missing", "content.name", "frozen.name", "obligations.rule",
		"stages.name", "label.en", "label.es", "stages.cited", "stages.starts_from", "stages.within", "stages.needs", "stages.to_confirm",
	}, parent+"."+name)
}

// key is the name of the word for one of the names: its own in that place, or the
// one that it has everywhere.
func (p placeOfChange) key(i int, w wording.Words) string {
	if i > 0 {
		if own := "atf_" + p.names[i-1] + "_" + p.names[i]; w.Own(own) != "" {
			return own
		}
	}
	return "atf_" + p.names[i]
}

// In says in words where something stands: "Duty 1, reminder 2: rang".
func (p placeOfChange) In(w wording.Words) string {
	var parts []string
	for i, name := range p.names {
		text := ""
		if i > 0 {
			text = nameOfKey(p.names[i-1], name, w)
		}
		if text == "" {
			text = w.T(p.key(i, w))
		}
		if p.ns[i] > 0 {
			text += " " + strconv.Itoa(p.ns[i])
		}
		parts = append(parts, text)
	}
	last := len(parts) - 1
	if last == 0 {
		return wording.SentenceStart(parts[0])
	}
	return wording.SentenceStart(strings.Join(parts[:last], ", ") + ": " + parts[last])
}

// nameOfKey names what numbers are kept by: a kind of data, or a country. It is empty for a field.
func nameOfKey(parent, name string, w wording.Words) string {
	switch parent {
	case "by_country":
		return w.Country(name)
	case "by_data_kind", "widened_by_data_kind":
		if kind, known := gdpr.DataKindByKey(name); known {
			return kind.Label.In(w.Lang)
		}
		return wording.Spoken(name)
	}
	return ""
}

// codesThen are the fields that hold one of a few codes, each with the codes. A
// field is named by itself and the one around it.
var codesThen = sync.OnceValue(func() map[string][]string {
	bands := []string{"low", "medium", "high", "very_high"}
	return map[string][]string{
		".state":             {"open", "closed"},
		".stage":             {incident.StageAssessing, incident.StageNotifying, incident.StageInforming, incident.StageReview, incident.StageClosed},
		"obligations.status": {incident.ObligationOpen, incident.ObligationWaiting, incident.ObligationFiled, incident.ObligationMetStatus, incident.ObligationWaivedStatus, incident.ObligationWithdrawn},
		"reminders.mode":     {incident.RungAlone, incident.RungCombined, incident.RungPassed},
		"reminders.via":      {"link", "command"},
		"calls.because":      {"rung", "unacknowledged", "refused"},
		"filings.kind":       {incident.FilingNew, incident.FilingFollowUp},
		"filings.subtype":    {incident.FilingComplete, incident.FilingIncomplete, incident.FilingWithdraw},
		"rounds.kind":        incident.RoundKinds(),
		"rounds.scope":       {incident.ScopeChanged, incident.ScopeTold, incident.ScopeRest},
		"rounds.status": {incident.MailingNone, incident.MailingDraftedStatus, incident.MailingApprovedStatus, incident.MailingSending,
			incident.MailingPausedStatus, incident.MailingDone, incident.MailingHalted},
		"severity.band":   bands,
		"advice.band":     bands,
		"advice.risk":     {string(gdpr.RiskUnlikely), string(gdpr.RiskLikely), string(gdpr.RiskHigh)},
		"advice.channel":  {gdpr.ChannelNone, gdpr.ChannelIndividual, gdpr.ChannelPublic},
		"decision.ground": {"a", "b", "c"},
		"told.kind":       {"vendor", "person", "authority", "press", "own_detection", "other"},
	}
})

// codeKey is the name of the word for a code of a field.
func codeKey(field, code string) string {
	return "atv_" + strings.ReplaceAll(strings.TrimPrefix(field, "."), ".", "_") + "_" + strings.ReplaceAll(code, " ", "_")
}

// Value says in words what a field holds.
func (p placeOfChange) Value(raw json.RawMessage, w wording.Words, place *time.Location) string {
	var held any
	if json.Unmarshal(raw, &held) != nil {
		return ""
	}
	switch v := held.(type) {
	case nil:
		return "–"
	case bool:
		if v {
			return w.T("at_yes")
		}
		return w.T("at_no")
	case float64:
		return p.number(v, string(raw), w)
	case string:
		return p.text(v, w, place)
	default:
		return "" // a leaf is none of the others
	}
}

func (p placeOfChange) number(n float64, raw string, w wording.Words) string {
	switch _, name := p.field(); name {
	case "late_seconds":
		return wording.Span(time.Duration(n) * time.Second)
	case "score_hundredths":
		return w.Figure(fmt.Sprintf("%d.%02d", int(n)/100, int(n)%100))
	case "score":
		return w.Figure(raw)
	default:
		return w.N(int(n))
	}
}

func (p placeOfChange) text(text string, w wording.Words, place *time.Location) string {
	parent, name := p.field()
	field := parent + "." + name
	if codes, coded := codesThen()[field]; coded {
		if code := strings.ReplaceAll(text, " ", "_"); slices.Contains(codes, text) || slices.Contains(codes, code) {
			return w.T(codeKey(field, code))
		}
		return wording.Spoken(text)
	}
	switch {
	case text == "":
		return "–"
	case name == "role", name == "owner", name == "waits":
		return w.Role(incident.Role(text))
	case field == "reminders.rung", field == "reminders.into":
		return wording.RungIn(text, w)
	case field == "tasks.code":
		return taskIn(incident.Task{Code: text}, w)
	case field == "obligations.stage", field == "filings.stage":
		return stepIn(text, w)
	case field == "obligations.regime":
		if regime, known := gdpr.RegimeByCode(text); known {
			return w.Said(regime.Name)
		}
		return text
	}
	if field == "obligations.recipient" {
		return w.Recipient(text)
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return w.At(at, place)
	}
	return w.Said(text)
}

// stepIn names the step of a duty.
func stepIn(stage string, w wording.Words) string {
	if stage == incident.StageFollowUp {
		return w.T("atv_step_follow_up")
	}
	for _, regime := range gdpr.Regimes() {
		for _, one := range regime.Stages {
			if one.Name == stage {
				return one.Label.In(w.Lang)
			}
		}
	}
	return wording.Spoken(stage)
}
