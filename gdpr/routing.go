package gdpr

import (
	"slices"
	"strings"
	"sync"
)

// RoutingFacts are what decides to which authorities a breach is notified.
// Places are ISO 3166-1 alpha-2 codes ("ES"); for Germany the Land in ISO
// 3166-2 form ("DE-BE"), for a regional public body in Spain the region
// ("ES-CT", "ES-PV", "ES-AN"). Counts and places only, never a person.
type RoutingFacts struct {
	// UnionInstitution says that the controller is an institution or body of
	// the Union (Reg. (EU) 2018/1725).
	UnionInstitution bool `json:"union_institution,omitempty"`
	// PublicBody says that the controller is a public body or processes on the
	// basis of Art. 6(1)(c) or (e), so that Art. 55(2) applies.
	PublicBody bool `json:"public_body,omitempty"`
	// FederalBody says that a public body in Germany is one of the federation.
	FederalBody bool `json:"federal_body,omitempty"`
	// Sector is "telecommunications", "post" or "journalism" where that moves
	// the competence; otherwise empty.
	Sector string `json:"sector,omitempty"`
	// MainEstablishment is the place of the main or single establishment in the
	// Union (Art. 4(16)). Empty when there is none.
	MainEstablishment string `json:"main_establishment,omitempty"`
	// Establishments are the places of every establishment, the main one may
	// be left out.
	Establishments []string `json:"establishments,omitempty"`
	// PeopleIn are the places in which affected people live.
	PeopleIn []string `json:"people_in,omitempty"`
	// Representative is the place of the representative under Art. 27. Empty
	// when there is none.
	Representative string `json:"representative,omitempty"`
	// LeadInDoubt says that it is not certain which authority leads; BreachAt
	// is then required.
	LeadInDoubt bool `json:"lead_in_doubt,omitempty"`
	// BreachAt is the place in which the breach took place.
	BreachAt string `json:"breach_at,omitempty"`
}

// Routing is a proposal of the authorities to be notified. It advises and never
// decides.
type Routing struct {
	// Recipients are the authorities, each once per regime: those of the Union
	// first, then those beside it. May be empty.
	Recipients []ProposedRecipient `json:"recipients"`
	// Notes say what to mind and where sources disagree. May be empty.
	Notes []RoutingNote `json:"notes"`
}

// ProposedRecipient is one authority to be notified, and why.
type ProposedRecipient struct {
	// Authority is the code of the [Authority].
	Authority string `json:"authority"`
	// Regime is the code of the regime: "gdpr-33", "eudpr-34", "uk-gdpr" or
	// "fadp-24".
	Regime string `json:"regime"`
	// Rule is the code of the rule that names it.
	Rule string `json:"rule"`
	// Place is the place for which the authority stands, as it was given.
	Place string `json:"place"`
	// Why is the rule in words, in every language.
	Why Label `json:"why"`
	Provenance
}

// RoutingNote is something that the DPO should know beside the recipients.
type RoutingNote struct {
	// Code names the note, for example "representative-disagreement".
	Code string `json:"code"`
	// Text is the note, in every language.
	Text Label `json:"text"`
	Provenance
}

// The regimes that a routing names beside [RegimeNotification]: of the Union's
// institutions (Reg. (EU) 2018/1725 Art. 34), of the United Kingdom (UK GDPR
// Art. 33) and of Switzerland (FADP Art. 24).
const (
	routingUnionInstitutions = "eudpr-34"
	routingUnitedKingdom     = "uk-gdpr"
	routingSwitzerland       = "fadp-24"
)

var (
	routingRules = sync.OnceValue(func() []RoutingNote { return decode[RoutingNote]("routing_rules") })
	routingNotes = sync.OnceValue(func() []RoutingNote { return decode[RoutingNote]("routing_notes") })
)

// Route proposes the authorities to be notified: the lead authority for
// processing that crosses borders (Art. 56(1)), every authority where people
// live when there is no establishment in the Union (EDPB 9/2022, paragraph 73),
// its own authority for a public body (Art. 55(2)), and those of the United
// Kingdom and Switzerland beside. It returns an [*InputError] or an
// [*UnknownError] for a place that is not known or not exact enough, and a
// [*ContradictionError] for facts that exclude each other.
func Route(in RoutingFacts) (Routing, error) {
	p, err := placesOf(in)
	if err != nil {
		return Routing{}, err
	}
	r := &router{in: in, places: p, out: Routing{Recipients: []ProposedRecipient{}, Notes: []RoutingNote{}}}
	switch {
	case in.UnionInstitution:
		r.add("EDPS", routingUnionInstitutions, "union-institution", "EU")
		return r.out, nil
	case in.PublicBody:
		err = r.publicBody()
	case in.LeadInDoubt:
		err = r.leadInDoubt()
	case p.inUnion(p.main):
		err = r.established(p.main)
	default:
		err = r.withoutMain()
	}
	if err != nil {
		return Routing{}, err
	}
	r.beside()
	r.finish()
	return r.out, nil
}

// router collects the recipients and notes of one proposal.
type router struct {
	in     RoutingFacts
	places routingPlaces
	out    Routing
}

func (r *router) add(authority, regime, rule, place string) {
	if slices.ContainsFunc(r.out.Recipients, func(o ProposedRecipient) bool { return o.Authority == authority && o.Regime == regime }) {
		return
	}
	text := routingText(routingRules(), rule)
	r.out.Recipients = append(r.out.Recipients, ProposedRecipient{
		Authority: authority, Regime: regime, Rule: rule, Place: place, Why: text.Text, Provenance: text.Provenance,
	})
}

func (r *router) note(code string) {
	if !slices.ContainsFunc(r.out.Notes, func(n RoutingNote) bool { return n.Code == code }) {
		r.out.Notes = append(r.out.Notes, routingText(routingNotes(), code))
	}
}

// notify adds the authority of a place in the Union under the GDPR.
func (r *router) notify(at placeGiven, rule string) error {
	code, err := r.authorityOf(at)
	if err != nil {
		return err
	}
	r.add(code, RegimeNotification, rule, at.code)
	return nil
}

func (r *router) publicBody() error {
	if r.places.inUnion(r.places.main) {
		return r.notify(r.places.main, "public-body")
	}
	if r.places.main.code != "" {
		return nil // a body of the United Kingdom or Switzerland: see beside
	}
	return &InputError{Field: "main_establishment", Value: `""`, Expected: "the place of the public body, such as ES or ES-CT"}
}

func (r *router) leadInDoubt() error {
	at := r.places.breachAt
	if !r.places.inUnion(at) {
		return &InputError{Field: "breach_at", Value: quoted(at.code), Expected: "the place in the Union in which the breach took place, because the lead is in doubt"}
	}
	r.note("doubt-lead-candidate")
	return r.notify(at, "local-authority")
}

// established proposes the one authority of a main or single establishment.
func (r *router) established(main placeGiven) error {
	if !r.crossesBorders(main) {
		return r.notify(main, "own-state")
	}
	r.note("lead-tells-countries")
	return r.notify(main, "lead-authority")
}

// crossesBorders says that establishments or people are in another state of
// the Union (Art. 4(23)).
func (r *router) crossesBorders(main placeGiven) bool {
	return slices.ContainsFunc(slices.Concat(r.places.establishments, r.places.peopleIn), func(o placeGiven) bool {
		return r.places.inUnion(o) && o.country() != main.country()
	})
}

// withoutMain proposes for a controller without a main establishment in the
// Union.
func (r *router) withoutMain() error {
	var inUnion []placeGiven
	for _, e := range r.places.establishments {
		if r.places.inUnion(e) && !slices.ContainsFunc(inUnion, func(o placeGiven) bool { return o.code == e.code }) {
			inUnion = append(inUnion, e)
		}
	}
	switch len(inUnion) {
	case 0:
		return r.everyAuthority()
	case 1:
		return r.established(inUnion[0])
	}
	for _, e := range inUnion {
		if err := r.notify(e, "every-establishment"); err != nil {
			return err
		}
	}
	return nil
}

func (r *router) everyAuthority() error {
	for _, at := range r.places.peopleIn {
		if !r.places.inUnion(at) {
			continue
		}
		if err := r.notify(at, "every-authority"); err != nil {
			return err
		}
	}
	if r.in.Representative != "" || slices.ContainsFunc(r.out.Recipients, func(o ProposedRecipient) bool { return o.Authority == "AEPD" }) {
		r.note("representative-disagreement")
	}
	return nil
}

// beside adds what lies outside the one-stop-shop.
func (r *router) beside() {
	for _, at := range r.places.all() {
		switch at.country() {
		case "GB":
			r.add("ICO", routingUnitedKingdom, "united-kingdom", "GB")
		case "CH":
			r.add("FDPIC", routingSwitzerland, "switzerland", "CH")
			r.note("swiss-threshold")
		default:
			if !r.places.inUnion(at) {
				r.note("other-countries")
			}
		}
	}
}

func (r *router) finish() {
	for _, o := range r.out.Recipients {
		switch {
		case o.Authority == "BFDI" || strings.HasPrefix(o.Authority, "DE-"):
			r.note("germany-by-land")
		case strings.HasPrefix(o.Place, "ES") && r.in.PublicBody:
			r.note("spain-regional")
		}
	}
	r.note("processor")
}

// routingText finds a rule or a note. The tests show that each has its text.
func routingText(list []RoutingNote, code string) RoutingNote {
	for _, n := range list {
		if n.Code == code {
			return n
		}
	}
	return RoutingNote{Code: code}
}
