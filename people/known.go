package people

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// known are the people of a file so far, by short digests, with the kinds of
// data that their rows exposed. It is a hash table of its own, since a map
// would cost more than all the rest of reading a row.
type known struct {
	// slots are the table; a slot without kinds is free. Its length is a power
	// of two and at least a quarter is free.
	slots []knownPerson
	count int
	text  []byte
}

// knownPerson is what is remembered of a person.
type knownPerson struct {
	// digest begins the SHA-256 of the address or user id: 128 bits, so that
	// nobody is taken for somebody else.
	digest [2]uint64
	// kinds has the bits of the kinds of data so far.
	kinds uint64
}

// somebody marks a slot as taken, whatever the kinds.
const somebody = 1 << 63

func newKnown() *known { return &known{slots: make([]knownPerson, 1<<10)} }

// add says whether a person was there before, and then which kinds of data this
// row exposes that their earlier rows did not. The address decides; only
// without one the user id does: two addresses under one id may be two people,
// and each of them must be told.
func (k *known) add(p *Person, kinds uint64) (again bool, more uint64) {
	if p.UserID != "" {
		k.text = append(append(k.text[:0], 0), p.UserID...)
		again, more = k.put(kinds)
	}
	if p.Email == "" {
		return again, more
	}
	k.text = appendNormal(k.text[:0], p.Email)
	return k.put(kinds)
}

// put remembers the digest of k.text.
func (k *known) put(kinds uint64) (again bool, more uint64) {
	sum := sha256.Sum256(k.text)
	digest := [2]uint64{binary.LittleEndian.Uint64(sum[:8]), binary.LittleEndian.Uint64(sum[8:16])}
	if k.count*4 >= len(k.slots)*3 {
		k.grow()
	}
	slot := k.find(digest)
	if slot.kinds == 0 {
		slot.digest, slot.kinds = digest, kinds|somebody
		k.count++
		return false, 0
	}
	more = kinds &^ slot.kinds
	slot.kinds |= kinds
	return true, more
}

// find returns the slot of a digest, or the free one in which it belongs.
func (k *known) find(digest [2]uint64) *knownPerson {
	mask := uint64(len(k.slots) - 1)
	for at := digest[0] & mask; ; at = (at + 1) & mask {
		slot := &k.slots[at]
		if slot.kinds == 0 || slot.digest == digest {
			return slot
		}
	}
}

// grow doubles the table.
func (k *known) grow() {
	old := k.slots
	k.slots = make([]knownPerson, 2*len(old))
	for _, person := range old {
		if person.kinds != 0 {
			*k.find(person.digest) = person
		}
	}
}

// appendNormal adds NormalizeEmail of a tidy address, without allocating for
// the usual one.
func appendNormal(to []byte, address string) []byte {
	start := len(to)
	for i := range len(address) {
		c := address[i]
		if c > unicode.MaxASCII {
			return append(to[:start], NormalizeEmail(address)...)
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		to = append(to, c)
	}
	return to
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
