package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tocsin/gdpr"
	"tocsin/holidays"
	"tocsin/incident"
)

// deadline is a computed time limit.
type deadline struct {
	// Aware is the instant of awareness, in the zone asked for.
	Aware time.Time `json:"aware"`
	// Due is the hard limit, in the same zone.
	Due time.Time `json:"due"`
	// OuterBound is the latest end by Reg. (EEC, Euratom) 1182/71, in the same
	// zone; for information.
	OuterBound time.Time `json:"outer_bound"`
	// Rule names the articles.
	Rule string `json:"rule"`
}

// deadlines are the time limits of every stage of a regime.
type deadlines struct {
	// Regime is the code of the regime.
	Regime string `json:"regime"`
	// Name is the regime in a line.
	Name string `json:"name"`
	// Status is "proposal" for a text that is not law; left out otherwise.
	Status string `json:"status,omitempty"`
	// Note explains the status; left out for law.
	Note string `json:"note,omitempty"`
	// VerifiedAt is the day, YYYY-MM-DD, on which the regime was last read in
	// its source. Empty when it is to be confirmed.
	VerifiedAt string `json:"verified_at"`
	// Stages are the steps in order; one of them when a stage was asked for.
	Stages []stageDeadline `json:"stages"`
}

// stageDeadline is the time limit of one stage.
type stageDeadline struct {
	// Name is the stage, for example "early_warning".
	Name string `json:"name"`
	// Label is the stage as people read it.
	Label string `json:"label"`
	// Start is the instant from which the period counts, in the zone asked for;
	// left out while it is not known.
	Start time.Time `json:"start,omitzero"`
	// Due is the hard limit, in the same zone; left out while it cannot be
	// computed and where the law gives no period.
	Due time.Time `json:"due,omitzero"`
	// OuterBound is the latest end by Reg. (EEC, Euratom) 1182/71 for a period
	// in hours; for information.
	OuterBound time.Time `json:"outer_bound,omitzero"`
	// Recipient is to whom the stage is owed: authority, people, controller,
	// csirt, financial_supervisor or supervisory_body.
	Recipient string `json:"recipient"`
	// Authority is the authority's code where the regime itself names one.
	Authority string `json:"authority,omitempty"`
	// Rule names the articles.
	Rule string `json:"rule"`
	// Needs is the fact whose time is missing; left out when none is.
	Needs string `json:"needs,omitempty"`
	// NeedsLabel is that fact as people read it.
	NeedsLabel string `json:"needs_label,omitempty"`
	// Reasons explain the times; left out while there are none.
	Reasons []string `json:"reasons,omitempty"`
	// Note is what has to be known and is not computed.
	Note string `json:"note,omitempty"`
	// ToConfirm is the part that nobody has read in its source yet.
	ToConfirm string `json:"to_confirm,omitempty"`
}

// deadlineFlags are the flags of the command, as they were given.
type deadlineFlags struct {
	aware, zone, regime, stage, place string
	facts                             []string
	contractHours                     int
}

func (s *session) deadlineCommand() *cobra.Command {
	var f deadlineFlags
	c := &cobra.Command{
		Use: "deadline --aware TIME --zone ZONE", Args: arguments(),
		Short: "Compute the time limits of GDPR Art. 33 (72 hours) or another regime, without a server",
	}
	c.RunE = does(func(context.Context, []string) error {
		if c.Flags().Changed("regime") {
			d, err := f.computeStages(c.Flags().Changed("contract-hours"))
			if err != nil {
				return err
			}
			return result(s, d, showDeadlines)
		}
		for _, name := range []string{"stage", "fact", "place", "contract-hours"} {
			if flag := c.Flags().Lookup(name); flag.Changed {
				return incident.InvalidField("--"+name, flag.Value.String(), "has no meaning without a regime", "--regime NAME beside it, such as --regime nis2")
			}
		}
		d, err := computeDeadline(f.aware, f.zone)
		if err != nil {
			return err
		}
		return result(s, d, func(p page, v deadline) {
			p.row("Aware", v.Aware.Format(time.RFC3339))
			p.row("Due", v.Due.Format(time.RFC3339))
			p.row("Outer bound", v.OuterBound.Format(time.RFC3339)+" (for information)")
			p.row("Rule", v.Rule)
		})
	})
	c.Flags().StringVar(&f.aware, "aware", "", "the instant of awareness, RFC 3339 with offset (`TIME`)")
	c.Flags().StringVar(&f.zone, "zone", "", "the IANA `zone` in which times are shown, such as Europe/Madrid")
	c.Flags().StringVar(&f.regime, "regime", "", "every stage of a regime, by its `name`: "+strings.Join(gdpr.SuggestRegimes(""), ", "))
	c.Flags().StringVar(&f.stage, "stage", "", "one stage of the regime only, by its `name`")
	c.Flags().StringArrayVar(&f.facts, "fact", nil, "a later fact from which a stage counts, such as filed:notification=TIME (`NAME=TIME`); may be repeated")
	c.Flags().StringVar(&f.place, "place", "", "the country whose public holidays move the end of a period in days or months, such as ES (`CC`)")
	c.Flags().IntVar(&f.contractHours, "contract-hours", 0, "the hours that the contract gives a processor (gdpr-33-2 only; `N`)")
	return required(c, "aware", "zone")
}

func computeDeadline(aware, zone string) (deadline, error) {
	t, err := awareInstant(aware)
	if err != nil {
		return deadline{}, err
	}
	location, err := timeZone(zone)
	if err != nil {
		return deadline{}, err
	}
	d := gdpr.Due(t, location)
	return deadline{Aware: d.Aware, Due: d.Due, OuterBound: d.OuterBound, Rule: d.Rule()}, nil
}

func awareInstant(text string) (time.Time, error) {
	t, err := instant("--aware", text)
	if err != nil {
		return t, err
	}
	// Before 1970 zones had offsets with seconds, which RFC 3339 cannot write.
	if t.Year() < 1971 || t.Year() > 9998 {
		return t, incident.InvalidField("--aware", text, "is out of range", "a year from 1971 to 9998")
	}
	return t, nil
}

func timeZone(name string) (*time.Location, error) {
	location, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, incident.InvalidField("--zone", name, "is not a time zone", "an IANA name such as Europe/Madrid")
	}
	return location, nil
}

// computeStages computes the stages of the regime that was asked for.
func (f deadlineFlags) computeStages(contract bool) (deadlines, error) {
	regime, known := gdpr.RegimeByCode(f.regime)
	if !known {
		return deadlines{}, incident.InvalidField("--regime", f.regime, "is not known", oneOf(gdpr.SuggestRegimes(f.regime)))
	}
	stages, err := f.stages(regime, contract)
	if err != nil {
		return deadlines{}, err
	}
	place, err := f.where()
	if err != nil {
		return deadlines{}, err
	}
	facts, err := f.knownFacts(regime)
	if err != nil {
		return deadlines{}, err
	}
	if f.stage != "" {
		_, err := regime.Stage(f.stage)
		if unknown, ok := errors.AsType[*gdpr.UnknownError](err); ok {
			return deadlines{}, incident.InvalidField("--stage", f.stage, "is no stage of "+regime.Code, oneOf(unknown.Suggestions))
		}
	}
	d := deadlines{Regime: regime.Code, Name: regime.Name, VerifiedAt: regime.VerifiedAt}
	if regime.Proposal() {
		d.Status, d.Note = regime.Status, regime.StatusNote
	}
	for _, stage := range stages {
		if f.stage != "" && stage.Stage != f.stage {
			continue
		}
		one, err := computeStage(stage, facts, place)
		if missing, ok := errors.AsType[*gdpr.MissingFactError](err); ok && f.stage != "" {
			return deadlines{}, incident.InvalidField("--stage", f.stage,
				fmt.Sprintf("counts from the %s, whose time is missing", missing.Label.EN), fmt.Sprintf("--fact %s=TIME", missing.Fact))
		} else if err != nil && !ok {
			return deadlines{}, err
		}
		one.Recipient, one.Authority = regime.Recipient, regime.Authority
		d.Stages = append(d.Stages, one)
	}
	return d, nil
}

// computeStage computes one stage. With a [*gdpr.MissingFactError] it returns
// what can be said without the fact.
func computeStage(stage gdpr.StageTerms, facts gdpr.Facts, place gdpr.Place) (stageDeadline, error) {
	one := stageDeadline{Name: stage.Stage, Label: stage.Label.EN, Rule: stage.Rule(), Note: stage.Note, ToConfirm: stage.ToConfirm}
	if !stage.HasClock() {
		return one, nil
	}
	d, err := stage.Due(facts, place, holidays.Calendar{})
	if missing, ok := errors.AsType[*gdpr.MissingFactError](err); ok {
		one.Needs, one.NeedsLabel = missing.Fact, missing.Label.EN
	}
	if err != nil {
		return one, err
	}
	one.Start, one.Due, one.OuterBound = d.Aware, d.Due, d.OuterBound
	one.Rule, one.Reasons = d.Rule(), d.Reasons()
	return one, nil
}

// stages are the terms of the regime's stages, with the hours of a contract
// where they are given.
func (f deadlineFlags) stages(regime gdpr.Regime, contract bool) ([]gdpr.StageTerms, error) {
	if !contract {
		return regime.StageTerms()
	}
	hours := fmt.Sprint(f.contractHours)
	if regime.Code != gdpr.RegimeProcessor {
		return nil, incident.InvalidField("--contract-hours", hours, "has no meaning for "+regime.Code, "--regime "+gdpr.RegimeProcessor)
	}
	terms, err := gdpr.NewContractTerms(f.contractHours)
	if wrong, ok := errors.AsType[*gdpr.InputError](err); ok {
		return nil, incident.InvalidField("--contract-hours", hours, "is out of range", wrong.Expected)
	}
	return terms.Stages(), err
}

// where is the place of the duty.
func (f deadlineFlags) where() (gdpr.Place, error) {
	location, err := timeZone(f.zone)
	if err != nil {
		return gdpr.Place{}, err
	}
	country := strings.ToUpper(f.place)
	// Countries that have an authority but whose holidays are not known are
	// allowed: the answer says so.
	countries := map[string]bool{}
	for _, code := range holidays.Countries() {
		countries[code] = true
	}
	for _, a := range gdpr.Authorities() {
		countries[a.Country] = true
	}
	delete(countries, "EU")
	if country != "" && !countries[country] {
		return gdpr.Place{}, incident.InvalidField("--place", f.place, "is not a country that Tocsin knows", oneOf(slices.Sorted(maps.Keys(countries))))
	}
	return gdpr.Place{Zone: location, Country: country}, nil
}

// knownFacts are awareness and the later facts that were given.
func (f deadlineFlags) knownFacts(regime gdpr.Regime) (gdpr.Facts, error) {
	aware, err := awareInstant(f.aware)
	if err != nil {
		return nil, err
	}
	facts := gdpr.Facts{gdpr.StartsFromAwareness: aware}
	for _, text := range f.facts {
		name, at, err := gdpr.ParseFact(text)
		if wrong, ok := errors.AsType[*gdpr.InputError](err); ok {
			return nil, incident.InvalidField("--fact", text, "is not a fact and its time", wrong.Expected)
		}
		_, err = regime.Fact(name)
		if unknown, ok := errors.AsType[*gdpr.UnknownError](err); ok {
			return nil, incident.InvalidField("--fact", name, "is no fact from which "+regime.Code+" counts", oneOf(unknown.Suggestions))
		}
		if _, twice := facts[name]; twice {
			return nil, incident.InvalidField("--fact", name, "was given before", "each fact once, awareness by --aware")
		}
		facts[name] = at
	}
	return facts, nil
}

func oneOf(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	return "one of " + strings.Join(values, ", ")
}

func showDeadlines(p page, v deadlines) {
	p.row(v.Name)
	if v.Note != "" {
		p.row(v.Note)
	}
	if v.VerifiedAt == "" {
		p.row("Nobody has read this regime in its source yet: confirm it before relying on it.")
	}
	for _, s := range v.Stages {
		p.heading(s.Label)
		switch {
		case !s.Due.IsZero():
			p.row("Due", s.Due.Format(time.RFC3339))
		case s.Needs != "":
			p.row("Due", fmt.Sprintf("needs the time of the %s: --fact %s=TIME", s.NeedsLabel, s.Needs))
		default:
			p.row("Due", "no time in numbers")
		}
		if !s.OuterBound.IsZero() {
			p.row("Outer bound", s.OuterBound.Format(time.RFC3339)+" (for information)")
		}
		p.row("Recipient", strings.TrimSpace(strings.ReplaceAll(s.Recipient, "_", " ")+" "+s.Authority))
		p.row("Rule", s.Rule)
		// Hours explain themselves; days and months do not.
		if s.OuterBound.IsZero() {
			for _, reason := range s.Reasons {
				p.row("", reason)
			}
		}
		if s.Note != "" {
			p.row("Note", s.Note)
		}
		if s.ToConfirm != "" {
			p.row("To confirm", s.ToConfirm)
		}
	}
}
