package mailcatcher

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMailIsDecodedForReading(t *testing.T) {
	crlf := func(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n" }
	for name, test := range map[string]struct{ content, subject, text string }{
		"plain text": {
			crlf("Subject: Hello", "", "One", "Two"), "Hello", "One\nTwo\n"},
		"an encoded subject and quoted-printable": {
			crlf("Subject: =?utf-8?q?Violaci=C3=B3n_de_seguridad?=", "Content-Type: text/plain; charset=utf-8",
				"Content-Transfer-Encoding: quoted-printable", "", "Notificaci=C3=B3n a la =", "AEPD"),
			"Violación de seguridad", "Notificación a la AEPD\n"},
		"a subject in two encoded words": {
			crlf("Subject: =?utf-8?b?RnJpc3Q=?=", " =?utf-8?b?IGzDpHVmdA==?=", "", "x"), "Frist läuft", "x\n"},
		"base64": {
			crlf("Content-Transfer-Encoding: base64", "Content-Type: text/plain; charset=utf-8", "", "w6R1w59lcnN0"),
			"", "äußerst"},
		"latin-1": {
			"Subject: =?iso-8859-1?q?caf=E9?=\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\ncaf\xe9\r\n", "café", "café\n"},
		"multipart/alternative prefers the text": {
			crlf("Content-Type: multipart/alternative; boundary=b", "", "--b", "Content-Type: text/html", "", "<p>html</p>",
				"--b", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable", "", "t=C3=A9xt", "--b--"),
			"", "téxt"},
		"nested parts": {
			crlf("Content-Type: multipart/mixed; boundary=a", "", "--a", "Content-Type: multipart/alternative; boundary=b", "",
				"--b", "Content-Type: text/plain", "", "inner", "--b--", "--a--"), "", "inner"},
		"an attachment is not the text": {
			crlf("Content-Type: multipart/mixed; boundary=a", "", "--a", "Content-Type: text/plain",
				"Content-Disposition: attachment; filename=x.txt", "", "attached", "--a", "Content-Type: text/plain", "", "body", "--a--"),
			"", "body"},
		"HTML alone is shown as its words": {
			crlf("Content-Type: text/html", "", "<style>p{}</style><p>Due &amp; open</p><script>x()</script>"), "", "Due & open"},
		"no mail at all":    {"not a mail", "", "not a mail"},
		"no body":           {crlf("Subject: empty", ""), "empty", ""},
		"a broken boundary": {crlf("Content-Type: multipart/mixed", "", "--x", "", "lost"), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := decode(1, record{Content: []byte(test.content)})
			if got.Subject != test.subject {
				t.Errorf("subject %q, want %q", got.Subject, test.subject)
			}
			if got.Text != test.text {
				t.Errorf("text %q, want %q", got.Text, test.text)
			}
		})
	}
}

func TestRepeatedHeaderFieldsAreAllThere(t *testing.T) {
	got := decode(1, record{Content: []byte("Received: one\r\nReceived: two\r\nx-test: =?utf-8?q?=C3=A9?=\r\n\r\n")})
	if strings.Join(got.Headers["Received"], ",") != "one,two" || strings.Join(got.Headers["X-Test"], ",") != "é" {
		t.Errorf("headers are %v", got.Headers)
	}
}

func FuzzDecodeNeverFailsAndAlwaysGivesJSON(f *testing.F) {
	f.Add([]byte("Subject: =?utf-8?q?=C3?=\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nx\r\n--a--"))
	f.Add([]byte("Content-Type: text/html; charset=utf-16\r\nContent-Transfer-Encoding: base64\r\n\r\n////"))
	f.Add([]byte{0xff, 0xfe})
	f.Fuzz(func(t *testing.T, content []byte) {
		got := decode(1, record{Content: content})
		if !utf8.ValidString(got.Text) || !utf8.ValidString(got.Subject) {
			t.Error("text or subject is not UTF-8")
		}
		if _, err := json.Marshal(got); err != nil {
			t.Error(err)
		}
	})
}
