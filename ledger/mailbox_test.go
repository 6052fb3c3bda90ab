package ledger

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime/quotedprintable"
	"slices"
	"strings"
	"testing"
)

func quoted2(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := quotedprintable.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCheckpointsAreFoundInWhatPeopleKeep(t *testing.T) {
	f := newFixture(t)
	f.fill(t, 20)
	first, second := f.checkpoint(t, 7), f.checkpoint(t, 21)
	body := func(note string) string {
		return "Keep this message.\n\n----- checkpoint -----\n" + note + "----- end of checkpoint -----\n\nYou need do nothing.\n"
	}
	mailOf := func(encoding, content string) string {
		return "From: tocsin@example.com\nTo: dpo@example.com\nSubject: checkpoint\nMIME-Version: 1.0\n" +
			"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: " + encoding + "\n\n" + content
	}
	base := base64.StdEncoding.EncodeToString([]byte(body(second)))
	multi := "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>x</p>\n--b\n" +
		"Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n" + quoted2(t, body(first)) + "\n--b\n" +
		"Content-Type: message/rfc822\n\n" + mailOf("8bit", body(second)) + "\n--b--\n"
	// broken is a note as a mail program breaks it: after the name, and within the signature.
	broken := func(note string) string {
		start := strings.Index(note, signatureLine) + len(signatureLine)
		space := start + strings.IndexByte(note[start:], ' ')
		return note[:space] + "\n" + note[space+1:space+41] + "\n" + note[space+41:space+80] + "\n" + note[space+80:]
	}
	windows := strings.Replace(mailOf("8bit", strings.ReplaceAll(body(first), "—", "\x97")), "utf-8", "Windows-1252", 1)
	forged := strings.Replace(second, "\n21\n", "\n22\n", 1)
	for _, tc := range []struct {
		name, text string
		want       []string
	}{
		{"the file itself", first, []string{first}},
		{"with the ends of lines of another system", strings.ReplaceAll(first, "\n", "\r\n"), []string{first}},
		{"two in a file", first + "\n" + second, []string{first, second}},
		{"one twice", first + "\n" + first, []string{first}},
		{"pasted text of a mail", body(first), []string{first}},
		{"quoted in an answer", "> " + strings.ReplaceAll(body(first), "\n", "\n> "), []string{first}},
		{"a mail in quoted-printable", mailOf("quoted-printable", quoted2(t, body(first))), []string{first}},
		{"a mail in base64", mailOf("base64", base), []string{second}},
		{"a mail of parts with a forwarded mail", multi, []string{first, second}},
		{"a mailbox", "From tocsin@example.com Mon Nov 24 10:00:00 2025\n" + mailOf("quoted-printable", quoted2(t, body(first))) +
			"\n\nFrom tocsin@example.com Tue Nov 25 10:00:00 2025\n" + mailOf("base64", base+"\n"), []string{first, second}},
		{"a signature in several lines", body(broken(first)), []string{first}},
		{"quoted, with a signature in several lines", "> > " + strings.ReplaceAll(body(broken(first)), "\n", "\n> > "), []string{first}},
		{"two signatures in several lines", broken(first) + "\n" + broken(second), []string{first, second}},
		{"with spaces that do not break", strings.ReplaceAll(first, " ", "\u00a0"), []string{first}},
		{"a mail in the letters of Windows", windows, []string{first}},
		{"a forged one among others, which its signature tells", body(first) + body(forged) + body(second), []string{first, forged, second}},
		{"nothing", "", nil},
		{"another text", "Dear all,\n\n— the DPO\n", []string{"Dear all,\n\n— the DPO\n"}},
		{"signatures alone", "\n\n— a b\n", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := FindCheckpoints([]byte(tc.text)); !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func FuzzFindCheckpoints(f *testing.F) {
	f.Add([]byte("a\n1\nb\n\n— a b\n"))
	f.Add([]byte("From x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n--b--\n"))
	f.Add(fmt.Append(nil, "Content-Type: message/rfc822\n\n", strings.Repeat("Content-Type: message/rfc822\n\n", 30)))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, one := range FindCheckpoints(text) {
			if !strings.HasSuffix(one, "\n") || !strings.Contains(one, "\n\n"+signatureLine) {
				t.Errorf("found %q", one)
			}
		}
	})
}
