package form

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tocsin/gdpr"
)

// The limits are Tocsin's own: the template names none.
const (
	limitText     = 1000  // characters of a text
	limitTextarea = 10000 // characters of a textarea
	limitAside    = 300   // characters of a source, or of who knows
	limitParties  = 50    // parties of a field that repeats
	limitNumber   = 100_000_000_000
)

// yearFirst and yearLast bound instants and days: what lies outside is a slip
// of the keyboard.
const (
	yearFirst = 1990
	yearLast  = 2100
)

// accept returns the answer in its one form, or says what the field takes.
func (f *Field) accept(a Answer) (Answer, error) {
	for _, aside := range []struct{ name, text string }{{"source", a.Source}, {"who_knows", a.WhoKnows}} {
		if err := f.checkText(aside.text, limitAside, false); err != nil {
			err.Expected = fmt.Sprintf("for %s, %s", aside.name, err.Expected)
			return a, err
		}
	}
	switch a.State {
	case "", StateKnown, StateEstimated, StateToBeDetermined, StateCannotBeDetermined:
	default:
		return a, f.refuse(string(a.State), "a state: known, estimated, to_be_determined or cannot_be_determined")
	}
	if a.Value.IsZero() {
		return f.acceptOpen(a)
	}
	value, said, err := f.acceptValue(a.Value)
	if err != nil {
		return a, err
	}
	a.Value = value
	switch {
	case a.State == "":
		a.State = said
	case said != StateKnown && a.State != said:
		return a, f.refuse(string(a.State), fmt.Sprintf("the state %s, which the chosen option says", said))
	case said == StateKnown && (a.State == StateToBeDetermined || a.State == StateCannotBeDetermined) && len(f.Options) > 0:
		return a, f.refuse(string(a.State), "known or estimated, or an option that says so itself")
	case !f.allows(a.State):
		return a, f.refuse(string(a.State), "known or estimated: the field cannot be left open")
	}
	return a, nil
}

// acceptOpen takes an answer without a value: its state says why there is none.
func (f *Field) acceptOpen(a Answer) (Answer, error) {
	if a.State != StateToBeDetermined && a.State != StateCannotBeDetermined {
		return a, f.refuse("no value", f.takes())
	}
	if !f.allows(a.State) {
		return a, f.refuse(string(a.State), fmt.Sprintf("%s: the field cannot be left open in that way", f.takes()))
	}
	if o, ok := f.optionWith(a.State); ok {
		a.Value = Text(o.Code)
		if f.Type == TypeMulti {
			a.Value = Choices(o.Code)
		}
	}
	return a, nil
}

// acceptValue returns a value in its one form and the state that it says.
func (f *Field) acceptValue(v Value) (Value, State, error) {
	switch {
	case f.List == ListCountPerCountry:
		v, err := f.acceptCounts(v)
		return v, StateKnown, err
	case f.List != "":
		v, err := f.acceptCodes(v)
		return v, StateKnown, err
	case f.Repeats:
		v, err := f.acceptTexts(v)
		return v, StateKnown, err
	}
	var err error
	switch f.Type {
	case TypeEnum, TypeMulti:
		return f.acceptOptions(v)
	case TypeNumber:
		n, ok := v.Number()
		if !ok || n < 0 || n > limitNumber {
			err = f.refuse(v.shape(), f.takes())
		}
	case TypeBoolean:
		if v.kind != kindFlag {
			err = f.refuse(v.shape(), f.takes())
		}
	case TypeDatetime:
		t, ok := v.Instant()
		if !ok || t.Year() < yearFirst || t.Year() > yearLast {
			return v, StateKnown, f.refuse(v.brief(), f.takes())
		}
		v = Instant(t)
	case TypeDate:
		t, parseErr := time.Parse(time.DateOnly, v.Text())
		if parseErr != nil || t.Year() < yearFirst || t.Year() > yearLast {
			err = f.refuse(v.brief(), f.takes())
		}
	default:
		if v.kind != kindText {
			return v, StateKnown, f.refuse(v.shape(), f.takes())
		}
		if refused := f.checkText(v.text, f.limit(), true); refused != nil {
			return v, StateKnown, refused
		}
	}
	return v, StateKnown, err
}

// brief is what an error repeats of a value that should be a time.
func (v Value) brief() string {
	if v.kind == kindText {
		return v.text
	}
	return v.shape()
}

// acceptOptions takes codes or letters and returns codes in the template's
// order, each once.
func (f *Field) acceptOptions(v Value) (Value, State, error) {
	given := v.list
	switch {
	case v.kind == kindText:
		given = []string{v.text}
	case v.kind != kindList || f.Type == TypeEnum || len(given) == 0:
		return v, StateKnown, f.refuse(v.shape(), f.takes())
	}
	chosen := make(map[string]bool, len(given))
	state := StateKnown
	for _, code := range given {
		o, ok := f.Option(code)
		if !ok {
			refused := f.refuse(code, f.takes())
			refused.Suggestions = suggest(code, f.codes())
			return v, StateKnown, refused
		}
		chosen[o.Code] = true
		if o.State != "" {
			state = o.State
		}
	}
	var codes []string
	for _, o := range f.Options {
		if chosen[o.Code] {
			codes = append(codes, o.Code)
		}
	}
	if f.Type == TypeEnum {
		return Text(codes[0]), state, nil
	}
	return Choices(codes...), state, nil
}

func (f *Field) codes() []string {
	codes := make([]string, len(f.Options))
	for i, o := range f.Options {
		codes[i] = o.Code
	}
	return codes
}

// acceptCodes takes a list of countries or authorities, sorted, each once.
func (f *Field) acceptCodes(v Value) (Value, error) {
	given := v.list
	if v.kind == kindText {
		given = []string{v.text}
	} else if v.kind != kindList || len(given) == 0 {
		return v, f.refuse(v.shape(), f.takes())
	}
	var codes []string
	for _, code := range given {
		upper := strings.ToUpper(strings.TrimSpace(code))
		if f.List == ListAuthorities {
			a, ok := gdpr.AuthorityByCode(code)
			if !ok {
				refused := f.refuse(code, f.takes())
				refused.Suggestions = gdpr.SuggestAuthorities(code)
				return v, refused
			}
			upper = a.Code
		} else if _, ok := countryByCode(upper); !ok {
			return v, f.refuse(code, f.takes())
		}
		codes = append(codes, upper)
	}
	slices.Sort(codes)
	return Choices(slices.Compact(codes)...), nil
}

// acceptCounts takes one number per country.
func (f *Field) acceptCounts(v Value) (Value, error) {
	if v.kind != kindCounts || len(v.counts) == 0 {
		return v, f.refuse(v.shape(), f.takes())
	}
	for code, n := range v.counts {
		if _, ok := countryByCode(code); !ok || n < 0 || n > limitNumber {
			return v, f.refuse(v.shape(), f.takes())
		}
	}
	return v, nil
}

// acceptTexts takes one text per party.
func (f *Field) acceptTexts(v Value) (Value, error) {
	given := v.list
	if v.kind == kindText {
		given = []string{v.text}
	} else if v.kind != kindList || len(given) == 0 || len(given) > limitParties {
		return v, f.refuse(v.shape(), f.takes())
	}
	for _, text := range given {
		if err := f.checkText(text, f.limit(), true); err != nil {
			return v, err
		}
	}
	return Choices(given...), nil
}

// checkText refuses a text that is too long, not UTF-8 or holds control
// characters, and a blank one where a text is needed.
func (f *Field) checkText(text string, limit int, needed bool) *FieldError {
	size := fmt.Sprintf("a text of %d characters", utf8.RuneCountInString(text))
	switch {
	case needed && strings.TrimSpace(text) == "":
		return f.refuse("a blank text", f.takes())
	case utf8.RuneCountInString(text) > limit:
		return f.refuse(size, fmt.Sprintf("at most %d characters", limit))
	case !utf8.ValidString(text):
		return f.refuse(size, "text in UTF-8")
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }):
		return f.refuse(size, "text without control characters")
	}
	return nil
}

func (f *Field) limit() int {
	if f.Type == TypeTextarea {
		return limitTextarea
	}
	return limitText
}

// takes says in words what the field takes.
func (f *Field) takes() string {
	switch {
	case f.List == ListCountries:
		return "codes of EEA countries, such as ES"
	case f.List == ListAuthorities:
		return "codes of authorities, such as AEPD"
	case f.List == ListCountPerCountry:
		return `a whole number per EEA country, such as {"ES": 180}`
	case f.Repeats:
		return fmt.Sprintf("a text for each of at most %d parties", limitParties)
	}
	switch f.Type {
	case TypeEnum:
		return fmt.Sprintf("one of %s", strings.Join(f.codes(), ", "))
	case TypeMulti:
		return fmt.Sprintf("some of %s", strings.Join(f.codes(), ", "))
	case TypeNumber:
		return "a whole number that is not negative"
	case TypeDatetime:
		return "an instant with offset, such as 2026-11-17T10:17:00+01:00"
	case TypeDate:
		return "a day, such as 2026-11-17"
	case TypeBoolean:
		return "true or false"
	default:
		return fmt.Sprintf("a text of at most %d characters", f.limit())
	}
}
