package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCanonicalHasOneSpelling(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"whitespace goes", " { \"a\" : [ 1 ,\t2 ] }\r\n", `{"a":[1,2]}`},
		{"keys are sorted by bytes", `{"b":1,"é":2,"a":3,"B":4}`, `{"B":4,"a":3,"b":1,"é":2}`},
		{"a key that begins another comes first", `{"ab":1,"a":2,"":3}`, `{"":3,"a":2,"ab":1}`},
		{"nested objects are sorted too", `{"z":{"y":1,"x":[{"b":1,"a":2}]},"a":0}`, `{"a":0,"z":{"x":[{"a":2,"b":1}],"y":1}}`},
		{"needless escapes go", `"\u0041\/\u00e9\ud83d\ude00"`, `"A/é😀"`},
		{"needed escapes stay short", `"\u0022\u005c\u0008\u000c\u000a\u000d\u0009\u001F"`, `"\"\\\b\f\n\r\t\u001f"`},
		{"html is left alone", `"\u003cb\u003e & \u2028"`, "\"<b> & \u2028\""},
		{"the largest numbers", `[9007199254740991,-9007199254740991,0]`, `[9007199254740991,-9007199254740991,0]`},
		{"words", `[true,false,null]`, `[true,false,null]`},
		{"empty", `[{},[],""]`, `[{},[],""]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := Canonical([]byte(tc.in))
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestCanonicalRefuses(t *testing.T) {
	for _, tc := range []struct{ name, in string }{
		{"nothing", ``}, {"only space", ` `}, {"two values", `1 2`}, {"an open string", `"a`}, {"an open object", `{"a":1`},
		{"an open array", `[1`}, {"a comma too many", `[1,]`}, {"a comma too many in an object", `{"a":1,}`},
		{"no comma", `[1 2]`}, {"no colon", `{"a" 1}`}, {"a bare key", `{a:1}`}, {"a bare word", `nul`},
		{"a fraction", `1.0`}, {"an exponent", `1e3`}, {"a capital exponent", `1E3`}, {"minus zero", `-0`},
		{"a leading zero", `01`}, {"only a minus", `-`}, {"a plus", `+1`}, {"a number beyond 2^53-1", `9007199254740992`},
		{"a huge number", `123456789012345678901234567890`}, {"not a number", `NaN`},
		{"duplicate keys", `{"a":1,"a":2}`}, {"duplicate keys, apart", `{"a":1,"b":1,"a":2}`},
		{"duplicate keys, escaped", `{"a":1,"\u0061":2}`}, {"duplicate keys, deep", `[{"x":{"a":1,"a":1}}]`},
		{"invalid UTF-8", "\"\xff\""}, {"invalid UTF-8 in a key", "{\"\xc3\":1}"}, {"an overlong form", "\"\xc0\x80\""},
		{"a surrogate in UTF-8", "\"\xed\xa0\x80\""}, {"half a pair", `"\ud800"`}, {"half a pair and a letter", `"\ud800\u0041"`},
		{"the second half", `"\udc00"`}, {"U+0000", `"\u0000"`}, {"a raw newline", "\"\n\""}, {"an unknown escape", `"\x41"`},
		{"a short escape", `"\u41"`}, {"an escape at the end", `"\`}, {"an escape cut off", `"\u004`},
		{"a byte order mark", "\ufeff1"}, {"a comment", `/**/1`},
		{"too deep arrays", strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1)},
		{"too deep objects", strings.Repeat(`{"a":`, MaxDepth+1) + "1" + strings.Repeat("}", MaxDepth+1)},
		{"a million brackets", strings.Repeat("[", 1_000_000)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got, err := Canonical([]byte(tc.in)); !errors.Is(err, ErrInvalidJSON) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	deepest := strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth)
	if _, err := Canonical([]byte(deepest)); err != nil {
		t.Errorf("the deepest allowed value is refused: %v", err)
	}
}

func TestCanonicalErrorsDoNotQuoteTheInput(t *testing.T) {
	_, err := Canonical([]byte(`{"person@example.org":1,"person@example.org":2}`))
	if err == nil || strings.Contains(err.Error(), "person") {
		t.Errorf("got %v", err)
	}
}

func TestCanonicalKeepsTheMeaningWhateverTheSpelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := genValue(3).Draw(t, "value")
		shuffle := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 1))
		one, err := Canonical(spell(nil, value, shuffle))
		if err != nil {
			t.Fatal(err)
		}
		two, err := Canonical(spell(nil, value, shuffle))
		if err != nil {
			t.Fatal(err)
		}
		again, err := Canonical(one)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(one, two) || !bytes.Equal(one, again) {
			t.Fatalf("three spellings: %s, %s, %s", one, two, again)
		}
		var meaning any
		d := json.NewDecoder(bytes.NewReader(one))
		d.UseNumber()
		if err := d.Decode(&meaning); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(meaning, value) {
			t.Fatalf("%s means %v, not %v", one, meaning, value)
		}
	})
}

// genValue draws what encoding/json would decode, without U+0000.
func genValue(depth int) *rapid.Generator[any] {
	text := rapid.Map(rapid.String(), func(s string) string { return strings.ReplaceAll(s, "\x00", "") })
	kinds := []*rapid.Generator[any]{
		rapid.Just[any](nil),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Map(rapid.Int64Range(-MaxInteger, MaxInteger), func(n int64) any { return json.Number(fmt.Sprint(n)) }),
		rapid.Map(text, func(s string) any { return s }),
	}
	if depth > 0 {
		kinds = append(kinds,
			rapid.Map(rapid.SliceOfN(genValue(depth-1), 0, 4), func(l []any) any { return append([]any{}, l...) }),
			rapid.Map(rapid.MapOfN(text, genValue(depth-1), 0, 6), func(m map[string]any) any { return m }))
	}
	return rapid.OneOf(kinds...)
}

// spell writes a value with random spaces and escapes, keys in map order, which
// Go makes random.
func spell(b []byte, value any, r *rand.Rand) []byte {
	b = append(b, "  \n\t"[:r.IntN(4)]...)
	switch v := value.(type) {
	case nil:
		b = append(b, "null"...)
	case bool:
		b = fmt.Append(b, v)
	case json.Number:
		b = append(b, v...)
	case string:
		b = append(b, '"')
		for _, c := range v {
			switch {
			case c < 0x20 || c == '"' || c == '\\' || c < 0x10000 && r.IntN(3) == 0:
				b = fmt.Appendf(b, `\u%04X`, c)
			case c >= 0x10000 && r.IntN(2) == 0:
				b = fmt.Appendf(b, `\u%04x\u%04x`, 0xd800+(c-0x10000)>>10, 0xdc00+(c-0x10000)&0x3ff)
			default:
				b = fmt.Appendf(b, "%c", c)
			}
		}
		b = append(b, '"')
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = spell(b, item, r)
		}
		b = append(b, ']')
	case map[string]any:
		b = append(b, '{')
		first := true
		for key, item := range v {
			if !first {
				b = append(b, ',')
			}
			first = false
			b = append(spell(b, key, r), ':')
			b = spell(b, item, r)
		}
		b = append(b, '}')
	}
	return append(b, " \n"[:r.IntN(3)]...)
}
