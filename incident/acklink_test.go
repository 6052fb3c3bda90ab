package incident

import (
	"strings"
	"testing"
	"time"
)

func TestAnAcknowledgementLinkIsValidForItsReminderAlone(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	link := AckLink{Incident: "i1", Obligation: 1, Revision: 1, Rung: "48h", User: "u1", Expires: opened.Add(time.Hour)}
	token, err := link.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseAckLink(key, token, opened)
	if err != nil || got != link {
		t.Fatalf("read %+v, %v", got, err)
	}
	body, sum, _ := strings.Cut(token, ".")
	for name, forged := range map[string]string{
		"empty": "", "no signature": body, "empty signature": body + ".", "signature first": sum + "." + body,
		"other body": "e30." + sum, "padded": token + "=", "doubled": token + "." + sum, "long": token + strings.Repeat("A", 2000),
	} {
		if _, err := ParseAckLink(key, forged, opened); KindOf(err) != Forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseAckLink([]byte("another key"), token, opened); KindOf(err) != Forbidden {
		t.Errorf("another key: %v", err)
	}
	if _, err := ParseAckLink(key, token, opened.Add(2*time.Hour)); KindOf(err) != Forbidden {
		t.Errorf("expired: %v", err)
	}
}

func FuzzParseAckLink(f *testing.F) {
	key := []byte("0123456789abcdef0123456789abcdef")
	f.Add("e30.AAAA")
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := ParseAckLink(key, token, opened); err == nil {
			t.Fatalf("a token that was never signed is valid: %q", token)
		}
	})
}
