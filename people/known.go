package people

import (
	"crypto/rand"
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"tocsin/people/seen"
)

// known are the people of a file so far, by their keys, with the kinds of data
// that their rows exposed.
type known struct {
	keys *Matcher
	set  *seen.Set
}

// newKnown begins a file. Without keys they are made under a secret that nobody
// knows and that lasts as long as the reading.
func newKnown(keys *Matcher) *known {
	if keys == nil {
		var secret [32]byte
		_, _ = rand.Read(secret[:]) // never fails, by its documentation
		keys = NewMatcher(secret[:])
	}
	return &known{keys: keys, set: seen.New()}
}

// add makes the keys of a person. It says whether the person was there before,
// and then which kinds of data this row exposes that their earlier rows did
// not. The address decides; only without one the user id does: two addresses
// under one id may be two people, and each of them must be told.
func (k *known) add(p *Person, kinds uint64) (again bool, more uint64, err error) {
	if p.UserID != "" {
		p.UserKey = k.keys.UserID(p.UserID)
		if again, more, err = k.put(p.UserKey, kinds); err != nil {
			return false, 0, err
		}
	}
	if p.Email == "" {
		return again, more, nil
	}
	p.EmailKey = k.keys.Email(p.Email)
	return k.put(p.EmailKey, kinds)
}

// put remembers a key.
func (k *known) put(key Key, kinds uint64) (again bool, more uint64, err error) {
	before, again, err := k.set.Add(seen.Hash(key), kinds)
	if !again {
		return false, 0, err
	}
	return true, kinds &^ before, err
}

// kindLists are the lists of kinds that people share.
type kindLists struct{ lists map[uint64][]string }

// of returns the keys of the kinds whose bits are set, nil for none.
func (k *kindLists) of(set uint64, keys []string) []string {
	if list, made := k.lists[set]; made {
		return list
	}
	var list []string
	for rest := set; rest != 0; rest &= rest - 1 {
		list = append(list, keys[bits.TrailingZeros64(rest)])
	}
	if k.lists == nil {
		k.lists = map[uint64][]string{}
	}
	list = list[:len(list):len(list)]
	k.lists[set] = list
	return list
}

// maxWords is how many words of a file are remembered.
const maxWords = 1000

// words remembers what the few words that fill a column mean.
type words struct {
	countries map[string]string
	languages map[[2]string]string
}

// country is CountryCode.
func (w *words) country(text string) string {
	if code, known := w.countries[text]; known {
		return code
	}
	code := CountryCode(text)
	if w.countries == nil {
		w.countries = map[string]string{}
	}
	if len(w.countries) < maxWords {
		w.countries[strings.Clone(text)] = code
	}
	return code
}

// language is Locale.
func (w *words) language(locale, country string) string {
	key := [2]string{locale, country}
	if language, known := w.languages[key]; known {
		return language
	}
	language := Locale(locale, country)
	if w.languages == nil {
		w.languages = map[[2]string]string{}
	}
	if len(w.languages) < maxWords {
		w.languages[[2]string{strings.Clone(locale), strings.Clone(country)}] = language
	}
	return language
}

// withoutSpacesAround is strings.TrimSpace for a value of printable ASCII.
func withoutSpacesAround(value string) string {
	for value != "" && value[0] <= ' ' {
		value = value[1:]
	}
	for value != "" && value[len(value)-1] <= ' ' {
		value = value[:len(value)-1]
	}
	return value
}

// inOneLine collapses spaces, removes control and invisible characters and
// composes accents (NFC), so that a value can stand in a line of a page or a
// message.
func inOneLine(value string) string {
	plain, spaces := true, false
	for i := range len(value) {
		c := value[i]
		if c < ' ' || c >= 0x7f {
			plain = false
			break
		}
		if c == ' ' && i > 0 && value[i-1] == ' ' {
			spaces = true
		}
	}
	if plain && !spaces {
		return strings.TrimSpace(value)
	}
	if !utf8.ValidString(value) {
		value = strings.ToValidUTF8(value, "\ufffd")
	}
	value = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r < unicode.MaxASCII && r >= ' ':
			return r
		case unicode.In(r, unicode.Cc, unicode.Cf):
			return -1
		default:
			return r
		}
	}, value)
	return norm.NFC.String(strings.Join(strings.Fields(value), " "))
}
