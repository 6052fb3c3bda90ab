package gdpr

import (
	"fmt"
	"slices"
	"strings"
)

// countryCodes are the ISO 3166-1 alpha-2 codes.
const countryCodes = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ " +
	"CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR " +
	"GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP " +
	"KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ " +
	"NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW " +
	"SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ " +
	"UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"

// IsCountry says whether a code is one of ISO 3166-1 alpha-2, in capitals.
func IsCountry(code string) bool {
	return len(code) == 2 && slices.Contains(strings.Fields(countryCodes), code)
}

// unionCodes are the states in which the GDPR applies: the Union's and, by the
// EEA Agreement, Iceland, Liechtenstein and Norway.
const unionCodes = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"

// spanishRegions are the regions of Spain with an authority of their own for
// their public sector, by ISO 3166-2 code.
var spanishRegions = map[string]string{"ES-CT": "APDCAT", "ES-PV": "AVPD", "ES-AN": "CTPDA"}

// usualSlips are codes that are written often and are not what is meant: two
// that are not ISO codes, and territories that belong to a state of the Union
// and have ISO codes of their own.
var usualSlips = map[string]string{
	"UK": "GB", "EL": "GR",
	"AX": "FI", "GF": "FR", "GP": "FR", "MF": "FR", "MQ": "FR", "RE": "FR", "YT": "FR",
}

// placeGiven is a place and the field in which it was given.
type placeGiven struct {
	field, code string
}

func (p placeGiven) country() string {
	country, _, _ := strings.Cut(p.code, "-")
	return country
}

// routingPlaces are the places of routing facts, checked.
type routingPlaces struct {
	main, breachAt, representative placeGiven
	establishments, peopleIn       []placeGiven
}

// all are the places where the controller is or people live.
func (p routingPlaces) all() []placeGiven {
	list := slices.Concat(p.establishments, p.peopleIn)
	if p.main.code != "" {
		list = append([]placeGiven{p.main}, list...)
	}
	return list
}

func (routingPlaces) inUnion(p placeGiven) bool {
	return p.code != "" && slices.Contains(strings.Fields(unionCodes), p.country())
}

// placesOf checks the places and the facts beside them.
func placesOf(in RoutingFacts) (routingPlaces, error) {
	var p routingPlaces
	for _, one := range []struct {
		field, code string
		to          *placeGiven
	}{
		{"main_establishment", in.MainEstablishment, &p.main},
		{"representative", in.Representative, &p.representative},
		{"breach_at", in.BreachAt, &p.breachAt},
	} {
		at, err := placeOf(one.field, one.code)
		if err != nil {
			return p, err
		}
		*one.to = at
	}
	for _, many := range []struct {
		field string
		codes []string
		to    *[]placeGiven
	}{
		{"establishments", in.Establishments, &p.establishments},
		{"people_in", in.PeopleIn, &p.peopleIn},
	} {
		for i, code := range many.codes {
			at, err := placeOf(fmt.Sprintf("%s[%d]", many.field, i), code)
			if err != nil {
				return p, err
			}
			if at.code == "" {
				return p, &InputError{Field: at.field, Value: `""`, Expected: "a place such as ES or DE-BE"}
			}
			*many.to = append(*many.to, at)
		}
	}
	return p, checkRouting(in, p)
}

func checkRouting(in RoutingFacts, p routingPlaces) error {
	switch in.Sector {
	case "", "telecommunications", "post", "journalism":
	default:
		return &InputError{Field: "sector", Value: quoted(in.Sector), Expected: `"telecommunications", "post", "journalism" or none`}
	}
	switch {
	case in.UnionInstitution && in.MainEstablishment != "":
		return &ContradictionError{First: "union_institution", FirstValue: "true", Second: "main_establishment", SecondValue: quoted(in.MainEstablishment),
			Expected: "no main establishment, because the EDPS is competent wherever the institution is"}
	case in.FederalBody && (!in.PublicBody || p.main.country() != "DE"):
		return &ContradictionError{First: "federal_body", FirstValue: "true", Second: "main_establishment", SecondValue: quoted(in.MainEstablishment),
			Expected: "a public body in Germany (public_body true, main_establishment DE)"}
	case in.PublicBody && in.LeadInDoubt:
		return &ContradictionError{First: "lead_in_doubt", FirstValue: "true", Second: "public_body", SecondValue: "true",
			Expected: "lead_in_doubt false, because a public body has no lead authority (Art. 55(2))"}
	}
	return nil
}

// placeOf reads one place. Empty stays empty.
func placeOf(field, code string) (placeGiven, error) {
	wanted := strings.ToUpper(strings.TrimSpace(code))
	at := placeGiven{field: field, code: wanted}
	if wanted == "" {
		return at, nil
	}
	if meant, slip := usualSlips[wanted]; slip {
		return at, &UnknownError{Field: field, Value: code, Suggestions: []string{meant}}
	}
	country, part, divided := strings.Cut(wanted, "-")
	if !IsCountry(country) {
		return at, &InputError{Field: field, Value: quoted(code), Expected: "an ISO 3166-1 code of a country in capitals, such as ES, or a German Land such as DE-BE"}
	}
	if country == "DE" && divided && !slices.Contains(germanLaender(), wanted) {
		return at, &UnknownError{Field: field, Value: code, Suggestions: germanLaender()}
	}
	if divided && (len(part) < 1 || len(part) > 3 || strings.Trim(part, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "") {
		return at, &InputError{Field: field, Value: quoted(code), Expected: "an ISO 3166-2 code such as ES-CT"}
	}
	return at, nil
}

// germanLaender are the codes of the authorities that bear the code of a Land.
func germanLaender() []string {
	var codes []string
	for _, a := range authorities() {
		if land, ok := strings.CutPrefix(a.Code, "DE-"); ok && len(land) == 2 {
			codes = append(codes, a.Code)
		}
	}
	return codes
}

// authorityOf finds the authority of a place in the Union for this controller.
func (r *router) authorityOf(at placeGiven) (string, error) {
	switch at.country() {
	case "DE":
		return r.germanAuthority(at)
	case "ES":
		if code, ok := spanishRegions[at.code]; ok && r.in.PublicBody {
			return code, nil
		}
		return "AEPD", nil
	case "LT":
		if r.in.Sector == "journalism" {
			return "ZEIT", nil
		}
		return "VDAI", nil
	}
	for _, a := range authorities() {
		if a.Country == at.country() {
			return a.Code, nil
		}
	}
	return "", &UnknownError{Field: at.field, Value: at.code}
}

func (r *router) germanAuthority(at placeGiven) (string, error) {
	switch {
	case r.in.FederalBody, r.in.Sector == "telecommunications", r.in.Sector == "post":
		return "BFDI", nil
	case at.code == "DE":
		return "", &InputError{Field: at.field, Value: `"DE"`, Expected: fmt.Sprintf("the Land, because authorities in Germany are those of the Länder: %s", strings.Join(germanLaender(), ", "))}
	case at.code == "DE-BY" && r.in.PublicBody:
		return "DE-BY-PUBLIC", nil
	}
	return at.code, nil
}
