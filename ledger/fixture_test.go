package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
)

const testOrigin = "tocsin.example/7f3a"

var testTime = time.Date(2025, 11, 8, 9, 30, 0, 120_000_000, time.UTC)

// fixture is a log with the entries of two incidents taking turns.
type fixture struct {
	log      Memory
	origin   string
	skey     string
	vkey     string
	incident string
	seqs     map[string]int64
	places   map[string][]int64                                 // of each incident's entries in the log
	files    map[string][]byte                                  // attachments by digest
	former   []formerKey                                        // keys that ended, the first one first
	confirm  func(size int64, checkpoint string) []Confirmation // nil for nobody outside
}

// formerKey is a key that ended, and the entry that records it.
type formerKey struct {
	skey, vkey string
	until      int64
	note       string
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	skey, vkey, err := GenerateKey(testOrigin)
	if err != nil {
		t.Fatal(err)
	}
	return fixtureWith(testOrigin, skey, vkey)
}

func fixtureWith(origin, skey, vkey string) *fixture {
	return &fixture{
		origin: origin, skey: skey, vkey: vkey, incident: "inc-2025-001",
		seqs: map[string]int64{}, places: map[string][]int64{}, files: map[string][]byte{},
	}
}

func (f *fixture) record(t testing.TB, incident, kind string, data json.RawMessage) {
	t.Helper()
	f.seqs[incident]++
	at := testTime.Add(time.Duration(f.log.Size()) * time.Minute)
	line, err := Entry{
		Version: 1, Incident: incident, Seq: f.seqs[incident], Type: kind, At: at,
		RecordedAt: at.Add(time.Second), Actor: Actor{Role: "dpo", ID: "c:9f86d081884c7d65"}, Data: data,
	}.MarshalCanonical()
	if err != nil {
		t.Fatal(err)
	}
	size, _, err := f.log.Append(line)
	if err != nil {
		t.Fatal(err)
	}
	f.places[incident] = append(f.places[incident], size-1)
}

// fill records n entries of the fixture's incident, with others in between.
func (f *fixture) fill(t testing.TB, n int) {
	t.Helper()
	for i := range n {
		f.record(t, f.incident, "assessment.recorded", fmt.Appendf(nil, `{"score":%d,"reason":"número %d"}`, i%5, i))
		if i%3 == 0 {
			f.record(t, "inc-2025-002", "awareness_fixed", json.RawMessage(`{"confirmed":true}`))
		}
	}
}

func (f *fixture) leaves(incident string) iter.Seq2[Leaf, error] {
	places := f.places[incident]
	return func(yield func(Leaf, error) bool) {
		for _, index := range places {
			if !yield(Leaf{Index: index, Entry: f.log.Leaf(index)}, nil) {
				return
			}
		}
	}
}

func (f *fixture) checkpoint(t testing.TB, size int64) string {
	t.Helper()
	root, err := Root(size, &f.log)
	if err != nil {
		t.Fatal(err)
	}
	return f.sign(t, Checkpoint{Origin: f.origin, Size: size, Root: root, SignedAt: testTime.Add(time.Duration(size) * time.Minute)})
}

func (f *fixture) sign(t testing.TB, cp Checkpoint) string {
	t.Helper()
	text, err := Sign(cp, signerOf(t, f.keyFor(cp.Size)))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// keyFor is the key that signs a tree of this size.
func (f *fixture) keyFor(size int64) string {
	for _, k := range f.former {
		if size <= k.until {
			return k.skey
		}
	}
	return f.skey
}

func signerOf(t testing.TB, skey string) note.Signer {
	t.Helper()
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// rotate records that another key signs from now on.
func (f *fixture) rotate(t testing.TB, change func(*Rotation)) {
	t.Helper()
	skey, vkey, err := GenerateKey(f.origin)
	if err != nil {
		t.Fatal(err)
	}
	size := f.log.Size()
	r := Rotation{
		Origin: f.origin, Size: size, Root: mustRoot(t, size, &f.log), Before: f.vkey, Key: vkey,
		SignedAt: testTime.Add(time.Duration(size) * time.Minute),
	}
	if change != nil {
		change(&r)
	}
	text, err := SignRotation(r, signerOf(t, f.skey), signerOf(t, skey))
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(map[string]string{"note": text, "reason": "yearly"})
	if err != nil {
		t.Fatal(err)
	}
	f.record(t, "installation", RotationType, data)
	f.former = append(f.former, formerKey{skey: f.skey, vkey: f.vkey, until: size, note: text})
	f.skey, f.vkey = skey, vkey
}

// past gives earlier checkpoints: of a third, of half and of all of the log.
func (f *fixture) past(t testing.TB) (sizes []int64, texts []string) {
	t.Helper()
	for _, size := range []int64{f.log.Size() / 3, f.log.Size() / 2, f.log.Size()} {
		if size > 0 && (len(sizes) == 0 || sizes[len(sizes)-1] < size) {
			sizes, texts = append(sizes, size), append(texts, f.checkpoint(t, size))
		}
	}
	return sizes, texts
}

// attach adds a file and returns what the head says of it.
func (f *fixture) attach(name, content string) Attachment {
	digest := fmt.Sprintf("%x", sha256.Sum256([]byte(content)))
	f.files[digest] = []byte(content)
	return Attachment{SHA256: digest, Size: int64(len(content)), Name: name}
}

// seal records the seal and returns a source for WriteBundle.
func (f *fixture) seal(t testing.TB, attachments ...Attachment) BundleSource {
	t.Helper()
	return f.sealWith(t, nil, attachments...)
}

// sealWith records the seal of a bundle with people's data.
func (f *fixture) sealWith(t testing.TB, people *BundlePeople, attachments ...Attachment) BundleSource {
	t.Helper()
	history, past := f.past(t)
	head := BundleHead{
		Incident: f.incident, Origin: f.origin, Key: f.vkey,
		Entries: f.seqs[f.incident] + 1, Attachments: attachments, History: history, People: people,
	}
	var rotations [][]byte
	for _, k := range f.former {
		head.Rotations = append(head.Rotations, k.until)
		rotations = append(rotations, f.log.Leaf(k.until))
	}
	if f.confirm != nil {
		for i, size := range history {
			head.Confirmations = append(head.Confirmations, f.confirm(size, past[i])...)
		}
	}
	data, err := head.SealData()
	if err != nil {
		t.Fatal(err)
	}
	f.record(t, f.incident, BundleSealType, data)
	return BundleSource{
		Rotations: rotations,
		Head:      head, Checkpoint: f.checkpoint(t, f.log.Size()), Past: past, Leaves: f.leaves(f.incident), Hashes: &f.log,
		Open: func(_ context.Context, a Attachment) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(f.files[a.SHA256])), nil
		},
	}
}

func write(t testing.TB, src BundleSource) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteBundle(t.Context(), &b, src); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func verify(t testing.TB, bundle []byte, key string) Report {
	t.Helper()
	report, err := Verify(t.Context(), bytes.NewReader(bundle), int64(len(bundle)), VerifyOptions{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	if report.OK != (len(report.Problems) == 0) {
		t.Fatalf("ok is %v with %d problems", report.OK, len(report.Problems))
	}
	return report
}

// bundleOf makes a bundle of n entries, the seal included, with two attachments.
func bundleOf(t testing.TB, n int) (f *fixture, bundle []byte) {
	t.Helper()
	f = newFixture(t)
	f.fill(t, n-1)
	src := f.seal(t, f.attach("receipt.pdf", "%PDF receipt"), f.attach("letter.eml", "Subject: notice\r\n"))
	f.record(t, "inc-2025-002", "incident_closed", json.RawMessage(`{}`))
	return f, write(t, src)
}
