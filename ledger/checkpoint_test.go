package ledger

import (
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A key for these tests only, fixed so that the text below stays the same.
const (
	fixedSigner   = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
	fixedVerifier = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
)

func verifiers(t testing.TB, keys ...string) note.Verifiers {
	t.Helper()
	var list []note.Verifier
	for _, key := range keys {
		v, err := note.NewVerifier(key)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	return note.VerifierList(list...)
}

func signWith(t testing.TB, skey string, text string) string {
	t.Helper()
	s, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: text}, s)
	if err != nil {
		t.Fatal(err)
	}
	return string(signed)
}

func TestACheckpointHasThisText(t *testing.T) {
	signer, err := note.NewSigner(fixedSigner)
	if err != nil {
		t.Fatal(err)
	}
	cp := Checkpoint{Origin: "PeterNeumann", Size: 42, Root: LeafHash([]byte("x")), SignedAt: testTime}
	got, err := Sign(cp, signer)
	if err != nil {
		t.Fatal(err)
	}
	// SHA-256 of a zero byte and "x".
	text := "PeterNeumann\n42\nPH6byTDck/AfppmF7yQtn56GHzxTVaokzl70tLinDMs=\nsigned-at 2025-11-08T09:30:00.12Z\n"
	if !strings.HasPrefix(got, text+"\n— PeterNeumann x08g") {
		t.Errorf("got %q", got)
	}
	back, err := ParseCheckpoint(got, verifiers(t, fixedVerifier), "PeterNeumann")
	if err != nil || back != cp {
		t.Errorf("read back as %+v, %v", back, err)
	}
}

func TestParseCheckpointRefuses(t *testing.T) {
	skey, vkey, err := GenerateKey(testOrigin)
	if err != nil {
		t.Fatal(err)
	}
	otherSkey, otherVkey, err := GenerateKey("other.example/log")
	if err != nil {
		t.Fatal(err)
	}
	root := LeafHash([]byte("x")).String()
	lines := func(l ...string) string { return strings.Join(l, "\n") + "\n" }
	good := lines(testOrigin, "42", root, "signed-at 2025-11-08T09:30:00Z")
	signed := signWith(t, skey, good)
	known := verifiers(t, vkey)
	if _, err := ParseCheckpoint(signed, known, testOrigin); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, text string
		known      note.Verifiers
		want       error
	}{
		{"nothing", "", known, ErrInvalidCheckpoint},
		{"a very long text", strings.Repeat("a", maxCheckpointBytes+1), known, ErrInvalidCheckpoint},
		{"no signature", good, known, ErrInvalidCheckpoint},
		{"no known key", signed, verifiers(t), ErrSignature},
		{"nil for the known keys", signed, nil, ErrSignature},
		{"another key", signed, verifiers(t, otherVkey), ErrSignature},
		{"a changed size", strings.Replace(signed, "\n42\n", "\n43\n", 1), known, ErrSignature},
		{"a changed time", strings.Replace(signed, "09:30:00Z", "09:30:01Z", 1), known, ErrSignature},
		{"a known key of another name", signWith(t, otherSkey, good), verifiers(t, vkey, otherVkey), ErrSignature},
		{"another log", signWith(t, skey, lines("x.example", "42", root, "signed-at 2025-11-08T09:30:00Z")), known, ErrInvalidCheckpoint},
		{"no time", signWith(t, skey, lines(testOrigin, "42", root)), known, ErrInvalidCheckpoint},
		{"another extension", signWith(t, skey, good+"more 1\n"), known, ErrInvalidCheckpoint},
		{"another first extension", signWith(t, skey, lines(testOrigin, "42", root, "more 1")), known, ErrInvalidCheckpoint},
		{"a time with an offset", signWith(t, skey, lines(testOrigin, "42", root, "signed-at 2025-11-08T09:30:00+01:00")), known, ErrInvalidCheckpoint},
		{"a size with a zero", signWith(t, skey, lines(testOrigin, "042", root, "signed-at 2025-11-08T09:30:00Z")), known, ErrInvalidCheckpoint},
		{"a negative size", signWith(t, skey, lines(testOrigin, "-1", root, "signed-at 2025-11-08T09:30:00Z")), known, ErrInvalidCheckpoint},
		{"a size beyond the limit", signWith(t, skey, lines(testOrigin, "9223372036854775807", root, "signed-at 2025-11-08T09:30:00Z")), known, ErrInvalidCheckpoint},
		{"a short root", signWith(t, skey, lines(testOrigin, "42", root[:40], "signed-at 2025-11-08T09:30:00Z")), known, ErrInvalidCheckpoint},
		{"another spelling of the root", signWith(t, skey, lines(testOrigin, "42", respell(root), "signed-at 2025-11-08T09:30:00Z")), known, ErrInvalidCheckpoint},
		{"another spelling of the signature", strings.TrimSuffix(signed, "=\n")[:len(signed)-3] + respellLast(signed) + "=\n", known, ErrInvalidCheckpoint},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if cp, err := ParseCheckpoint(tc.text, tc.known, testOrigin); !errors.Is(err, tc.want) {
				t.Errorf("got %+v, %v", cp, err)
			}
		})
	}
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// respell sets an unused bit in the last digit of base64 that ends in one "=".
func respell(text string) string {
	return text[:len(text)-2] + string(base64Digits[strings.IndexByte(base64Digits, text[len(text)-2])|1]) + "="
}

// respellLast returns the last digit of a text that ends in "=\n", respelt.
func respellLast(text string) string {
	return string(base64Digits[strings.IndexByte(base64Digits, text[len(text)-3])|1])
}

func TestACheckpointMayHaveWitnesses(t *testing.T) {
	skey, vkey, err := GenerateKey(testOrigin)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	witness, err := note.NewSigner(fixedSigner)
	if err != nil {
		t.Fatal(err)
	}
	cp := Checkpoint{Origin: testOrigin, Size: 0, Root: mustRoot(t, 0, nil), SignedAt: testTime}
	text, err := cp.Text()
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: text}, witness, ours)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParseCheckpoint(string(signed), verifiers(t, vkey), testOrigin); err != nil || got != cp {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestSignRefuses(t *testing.T) {
	signer, err := note.NewSigner(fixedSigner)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		cp   Checkpoint
	}{
		{"another log's checkpoint", Checkpoint{Origin: testOrigin, SignedAt: testTime}},
		{"a checkpoint without a time", Checkpoint{Origin: "PeterNeumann"}},
		{"nanoseconds", Checkpoint{Origin: "PeterNeumann", SignedAt: testTime.Add(time.Nanosecond)}},
		{"a negative size", Checkpoint{Origin: "PeterNeumann", Size: -1, SignedAt: testTime}},
		{"an origin of two lines", Checkpoint{Origin: "a\nb", Root: tlog.Hash{}, SignedAt: testTime}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if text, err := Sign(tc.cp, signer); err == nil {
				t.Errorf("signed %q", text)
			}
		})
	}
	for _, origin := range []string{"", "a b", "a+b", "a\x7fb", "\xff", strings.Repeat("a", 256)} {
		if _, _, err := GenerateKey(origin); err == nil {
			t.Errorf("a key was made for the origin %q", origin)
		}
	}
}
