package notice

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var codeKey = []byte("0123456789abcdef0123456789abcdef")

func TestACodeIsShortAndReadable(t *testing.T) {
	form := regexp.MustCompile(`^[2-9CDFGHJKMNPQRTVWXY]{4}(-[2-9CDFGHJKMNPQRTVWXY]{4}){2}$`)
	seen := make(map[string]bool)
	counts := make(map[rune]int)
	for i := range 20000 {
		code := Code(codeKey, "incident-7", strings.Repeat("x", i%7)+string(rune('a'+i%26))+strings.Repeat("y", i/26))
		if !form.MatchString(code) {
			t.Fatalf("code %q", code)
		}
		seen[code] = true
		for _, r := range strings.ReplaceAll(code, "-", "") {
			counts[r]++
		}
	}
	for _, r := range codeLetters {
		// 240,000 characters over 25: 9,600 each, with a deviation of 96.
		if n := counts[r]; n < 9000 || n > 10200 {
			t.Errorf("%c occurs %d times of 240,000", r, n)
		}
	}
	if strings.ContainsAny(codeLetters, "AEIOUL01SZB") {
		t.Error("a letter can be mistaken or makes words")
	}
	if len(seen) < 19000 {
		t.Errorf("only %d different codes", len(seen))
	}
}

func TestACodeBelongsToOnePersonOfOneIncident(t *testing.T) {
	code := Code(codeKey, "incident-7", "person-3")
	for name, other := range map[string]string{
		"another person":          Code(codeKey, "incident-7", "person-4"),
		"another incident":        Code(codeKey, "incident-8", "person-3"),
		"another key":             Code([]byte("another key of 16 bytes"), "incident-7", "person-3"),
		"parts that run together": Code(codeKey, "incident-7p", "erson-3"),
	} {
		if other == code || other == "" {
			t.Errorf("%s has the code %q", name, other)
		}
	}
	if Code(codeKey, "incident-7", "person-3") != code {
		t.Error("the code changes")
	}
	for name, none := range map[string]string{
		"a short key": Code([]byte("short"), "incident-7", "person-3"), "no incident": Code(codeKey, "", "person-3"), "no person": Code(codeKey, "incident-7", ""),
	} {
		if none != "" {
			t.Errorf("%s gives %q", name, none)
		}
	}
	if CheckCode([]byte("short"), "incident-7", "person-3", "") {
		t.Error("no code matches no code")
	}
}

func TestACodeIsReadAsPeopleTypeIt(t *testing.T) {
	code := Code(codeKey, "incident-7", "person-3")
	bare := strings.ReplaceAll(code, "-", "")
	mistaken := strings.NewReplacer("5", "S", "2", "z", "8", "b").Replace(code)
	for _, typed := range []string{code, strings.ToLower(code), bare, " " + bare + "\n", code[:4] + " – " + code[5:9] + "\u00a0" + code[10:], mistaken} {
		if got, ok := ParseCode(typed); !ok || got != code || !CheckCode(codeKey, "incident-7", "person-3", typed) {
			t.Errorf("%q is read as %q", typed, got)
		}
	}
	for _, typed := range []string{"", code[:13], code + "2", strings.Replace(code, code[:1], "A", 1), "0000-0000-0000", strings.Repeat(" ", 300) + code, "CCCC-CCCC-CCC\xff"} {
		if _, ok := ParseCode(typed); ok || CheckCode(codeKey, "incident-7", "person-3", typed) {
			t.Errorf("%q is taken for a code", typed)
		}
	}
	if CheckCode(codeKey, "incident-7", "person-4", code) {
		t.Error("a code of somebody else matches")
	}
}

func TestEveryCodeIsItsOwnReading(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := Code(codeKey, rapid.StringN(1, -1, 50).Draw(t, "incident"), rapid.StringN(1, -1, 50).Draw(t, "person"))
		if got, ok := ParseCode(code); !ok || got != code {
			t.Fatalf("%q is read as %q", code, got)
		}
	})
}

func FuzzParseCode(f *testing.F) {
	f.Add("K7QM-2F9D-X3TP")
	f.Add("k7qm 2f9d x3tp")
	f.Fuzz(func(t *testing.T, typed string) {
		code, ok := ParseCode(typed)
		if !ok {
			return
		}
		if again, ok := ParseCode(code); !ok || again != code || len(code) != 14 {
			t.Fatalf("%q is read as %q and then as %q", typed, code, again)
		}
	})
}
