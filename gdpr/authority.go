package gdpr

import (
	"cmp"
	"slices"
	"strings"
)

// Authority is one supervisory authority. Names, sites and channels are a
// start for a DPO who confirms them before filing: VerifiedAt is empty until
// somebody did.
type Authority struct {
	// Code names the authority: its own acronym where that is the only one of
	// its kind ("AEPD"), otherwise a country or country and Land ("CY",
	// "DE-BW"). Upper case.
	Code string `json:"code"`
	// Aliases are other codes by which the authority is found, such as
	// "BAYLDA" for DE-BY. Upper case; may be empty.
	Aliases []string `json:"aliases"`
	// Country is the ISO 3166-1 alpha-2 code; "EU" for the Union's own
	// supervisor.
	Country string `json:"country"`
	// Name is the official name in the authority's own language.
	Name string `json:"name"`
	// EnglishName is the name in English.
	EnglishName string `json:"english_name"`
	// Languages are those in which the authority takes a notification, ISO
	// 639-1, the usual one first.
	Languages []string `json:"languages"`
	// Competence says for whom the authority is there, in English: "the
	// country", a Land, a sector.
	Competence string `json:"competence"`
	// Site is the address of the authority's site.
	Site string `json:"site"`
	// Channel says how the authority takes a notification, in English.
	Channel string `json:"channel"`
	// ChannelURL is the address of that channel; empty where it is not known.
	ChannelURL string `json:"channel_url"`
	// Confidence is "high" when name and site were seen, "memory" when they
	// were written from memory.
	Confidence string `json:"confidence"`
	// FollowUp is the authority's own rule for what is missing at the first
	// filing; its Text is empty where none is known.
	FollowUp FollowUp `json:"follow_up"`
	Provenance
}

// Authorities returns the authorities in the data: EU and EEA, the German
// Länder, Spain's regional ones, EDPS, ICO and FDPIC.
func Authorities() []Authority {
	list := slices.Clone(authorities())
	for i := range list {
		list[i] = list[i].clone()
	}
	return list
}

// AuthorityByCode returns the authority of that code or alias, in any case and
// with spaces around it ignored. A code that several authorities could bear
// ("DE", "CNPD") finds none: see [SuggestAuthorities].
func AuthorityByCode(code string) (Authority, bool) {
	wanted := strings.ToUpper(strings.TrimSpace(code))
	for _, a := range authorities() {
		if a.Code == wanted || slices.Contains(a.Aliases, wanted) {
			return a.clone(), true
		}
	}
	return Authority{}, false
}

func (a Authority) clone() Authority {
	a.Aliases = slices.Clone(a.Aliases)
	a.Languages = slices.Clone(a.Languages)
	return a
}

// maxSuggestions keeps an error to one line.
const maxSuggestions = 5

// SuggestAuthorities returns up to five codes that may have been meant by a
// code that finds none: misspelled ones, those of a country, those whose name
// contains the text. Best first; empty when nothing comes near.
func SuggestAuthorities(code string) []string {
	wanted := strings.ToUpper(strings.TrimSpace(shorten(code)))
	if wanted == "" {
		return nil
	}
	type candidate struct {
		code  string
		score int
	}
	var found []candidate
	for _, a := range authorities() {
		if score, near := a.nearness(wanted); near {
			found = append(found, candidate{a.Code, score})
		}
	}
	slices.SortStableFunc(found, func(x, y candidate) int { return cmp.Compare(x.score, y.score) })
	var codes []string
	for _, c := range found[:min(len(found), maxSuggestions)] {
		codes = append(codes, c.code)
	}
	return codes
}

// nearness says whether the authority may be meant by an upper-case text, and
// how likely: the lower the number, the nearer.
func (a Authority) nearness(wanted string) (int, bool) {
	// Short codes lie close to each other: allow one slip in them, two in longer
	// ones.
	allowed := 1
	if len(wanted) > 5 {
		allowed = 2
	}
	if a.Country == wanted {
		return 0, true
	}
	best := allowed + 1
	for _, code := range append([]string{a.Code}, a.Aliases...) {
		if strings.HasPrefix(code, wanted) && len(wanted) > 1 {
			return 1, true
		}
		best = min(best, editDistance(code, wanted))
	}
	if best <= allowed {
		return 1 + best, true
	}
	names := strings.ToUpper(a.Name + "\n" + a.EnglishName + "\n" + a.Competence)
	if len(wanted) > 3 && strings.Contains(names, wanted) {
		return 10, true
	}
	return 0, false
}
