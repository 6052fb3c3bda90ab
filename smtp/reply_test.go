package smtp

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAKeptReplyHoldsNoAddress(t *testing.T) {
	recipient := Address{local: "maria.perez", domain: "example.org"}
	short := Address{local: "ana", domain: "example.org"}
	for name, test := range map[string]struct {
		recipient Address
		in, want  string
	}{
		"a harmless reply stays":            {recipient, "OK queued as 4F2A1", "OK queued as 4F2A1"},
		"an address in angle brackets":      {recipient, "<maria.perez@example.org>: Recipient rejected", "[address] : Recipient rejected"},
		"a bare address":                    {recipient, "user maria.perez@example.org unknown", "user [address] unknown"},
		"somebody else's address":           {recipient, "forwards to eva@example.net now", "forwards to [address] now"},
		"a quoted local part with a space":  {recipient, `moved to "maria perez"@example.net today`, "moved to [address] today"},
		"spaces around the at sign":         {recipient, "no maria.perez @ example.org here", "no [address] [address] [address] here"},
		"the local part alone":              {recipient, "Unknown user: Maria.Perez", "Unknown user: [address]"},
		"a short local part as a word":      {short, "Unknown user (ana)", "Unknown user [address]"},
		"a short local part inside a word":  {short, "banana overflow", "banana overflow"},
		"the xtext form":                    {recipient, "rcpt rfc822;m.p+40example.org failed", "rcpt [address] failed"},
		"a VERP form":                       {recipient, "bounce-maria.perez=example.org", "[address]"},
		"several lines":                     {recipient, "first\r\nsecond\x00third", "first second third"},
		"text that turns direction":         {recipient, "a\u202eb", "a b"},
		"text that is not UTF-8":            {recipient, "caf\xe9 closed", "caf? closed"},
		"angle brackets without an address": {recipient, "see <https://relay.example/help>", "see <https://relay.example/help>"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := sanitiseReply(test.in, test.recipient); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestAKeptReplyIsCutAtACharacter(t *testing.T) {
	got := sanitiseReply(strings.Repeat("ñ", 150), Address{})
	if len(got) != 200 || !utf8.ValidString(got) {
		t.Errorf("%d bytes, valid %v", len(got), utf8.ValidString(got))
	}
	if got := sanitiseReply("x"+strings.Repeat("ñ", 150), Address{}); len(got) != 199 || !utf8.ValidString(got) {
		t.Errorf("%d bytes, valid %v", len(got), utf8.ValidString(got))
	}
}

func TestSplitEnhanced(t *testing.T) {
	for name, test := range map[string]struct{ in, code, rest string }{
		"a code":                       {"2.0.0 OK queued", "2.0.0", "OK queued"},
		"no code":                      {"OK queued", "", "OK queued"},
		"an IP address is no code":     {"192.0.2 seen", "", "192.0.2 seen"},
		"a version is no code":         {"10.2.1 seen", "", "10.2.1 seen"},
		"a code on each line":          {"2.0.0 one\n2.0.0 two", "2.0.0", "one\ntwo"},
		"a code of a class unheard of": {"9.0.0 odd", "", "9.0.0 odd"},
	} {
		t.Run(name, func(t *testing.T) {
			if code, rest := splitEnhanced(test.in); code != test.code || rest != test.rest {
				t.Errorf("got %q, %q", code, rest)
			}
		})
	}
}

func FuzzSanitiseReply(f *testing.F) {
	f.Add("550 <ana@example.org> unknown", "ana")
	f.Add(`"a b"@example.org`, "a")
	f.Add("ana @ example.org\r\n", "ana.lopez")
	f.Fuzz(func(t *testing.T, text, local string) {
		got := sanitiseReply(text, Address{local: local, domain: "example.org"})
		if len(got) > maxReply || !utf8.ValidString(got) {
			t.Fatalf("%d bytes, valid %v", len(got), utf8.ValidString(got))
		}
		if strings.ContainsAny(got, "@\r\n\x00") {
			t.Fatalf("an at sign or a control character is left in %q", got)
		}
	})
}
