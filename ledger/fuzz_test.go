package ledger

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"
)

func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{`{"b":[1,-2,{"x":null}],"a":"\u00e9\ud83d\ude00\n"}`, `[]`, `{"a":1,"\u0061":2}`, `1e9`, `"\ud800"`, sampleLine} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		out, err := Canonical(raw)
		if err != nil {
			return
		}
		if !json.Valid(raw) || !json.Valid(out) || !utf8.Valid(out) {
			t.Fatalf("%q is accepted as %q", raw, out)
		}
		again, err := Canonical(out)
		if err != nil || !bytes.Equal(out, again) {
			t.Fatalf("%q became %q, then %q, %v", raw, out, again, err)
		}
	})
}

func FuzzParseEntry(f *testing.F) {
	f.Add([]byte(sampleLine))
	f.Add([]byte(strings.Replace(sampleLine, `"seq":7`, `"seq":07`, 1)))
	f.Add([]byte(strings.Replace(sampleLine, `{"at_utc":true,"reason":"vendor's mail"}`, `{}`, 1)))
	f.Fuzz(func(t *testing.T, line []byte) {
		e, err := ParseEntry(line)
		if err != nil {
			return
		}
		again, err := e.MarshalCanonical()
		if err != nil || !bytes.Equal(line, again) {
			t.Fatalf("%q became %q, %v", line, again, err)
		}
	})
}

func FuzzParseProofLine(f *testing.F) {
	h := LeafHash(nil)
	f.Add(proofLine{Seq: 1, Index: 2, Leaf: h}.append(nil))
	f.Add(proofLine{Seq: 1, Index: 2, Leaf: h, Hashes: []tlog.Hash{h, LeafHash([]byte("x"))}}.append(nil))
	f.Fuzz(func(t *testing.T, line []byte) {
		p, err := parseProofLine(line)
		if err != nil {
			return
		}
		if again := p.append(nil); !bytes.Equal(line, again) {
			t.Fatalf("%q became %q", line, again)
		}
	})
}

func FuzzParseManifest(f *testing.F) {
	fx := fixtureWith("PeterNeumann", fixedSigner, fixedVerifier)
	head := BundleHead{
		Incident: "inc-1", Origin: fx.origin, Key: fx.vkey, Entries: 3,
		Attachments: []Attachment{fx.attach("receipt.pdf", "%PDF"), fx.attach("<a>.eml", "From:")},
	}
	raw, err := head.manifest()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := parseManifest(raw)
		if err != nil {
			return
		}
		again, err := m.bytes()
		if err != nil || !bytes.Equal(raw, again) {
			t.Fatalf("%q became %q, %v", raw, again, err)
		}
	})
}

func FuzzParseCheckpoint(f *testing.F) {
	fx := fixtureWith("PeterNeumann", fixedSigner, fixedVerifier)
	signed := fx.sign(f, Checkpoint{Origin: "PeterNeumann", Size: 42, Root: LeafHash(nil), SignedAt: testTime})
	f.Add(signed)
	f.Add(strings.Replace(signed, "42", "43", 1))
	f.Add("PeterNeumann\n1\n\nsigned-at \n\n— x y\n")
	known := verifiers(f, fixedVerifier)
	want, _, _ := strings.Cut(signed, "\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		cp, err := ParseCheckpoint(text, known, "PeterNeumann")
		if err != nil {
			return
		}
		// Nothing but the one signed text can pass.
		if got, err := cp.Text(); err != nil || got != want+"\n" {
			t.Fatalf("%q passes as %+v, %v", text, cp, err)
		}
	})
}

// FuzzVerify lets nothing pass but the very bytes that were exported.
func FuzzVerify(f *testing.F) {
	fx := fixtureWith("PeterNeumann", fixedSigner, fixedVerifier)
	fx.fill(f, 2)
	bundle := write(f, fx.seal(f, fx.attach("receipt.pdf", "%PDF receipt")))
	f.Add(bundle)
	f.Add(bundle[:len(bundle)/2])
	p := unpack(f, bundle)
	p.lines(entriesFile, func(l []string) []string { return l[1:] })
	f.Add(p.pack(f))
	p.put("../x", "y")
	f.Add(p.pack(f))
	f.Fuzz(func(t *testing.T, file []byte) {
		report, err := Verify(t.Context(), bytes.NewReader(file), int64(len(file)), VerifyOptions{Key: fixedVerifier, MaxBytes: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		if report.OK != bytes.Equal(file, bundle) {
			t.Fatalf("ok is %v: %+v", report.OK, report.Problems)
		}
	})
}
