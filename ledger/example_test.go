package ledger_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"log"
	"time"

	"golang.org/x/mod/sumdb/note"

	"tocsin/ledger"
)

// A log is kept, an incident is exported, and the bundle is checked by someone
// who has nothing but the file and the key.
func Example() {
	ctx := context.Background()
	const origin, incident = "tocsin.example/7f3a", "inc-2025-001"
	skey, vkey, err := ledger.GenerateKey(origin)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		log.Fatal(err)
	}

	var store ledger.Memory
	now := time.Date(2025, 11, 25, 9, 0, 0, 0, time.UTC)
	record := func(seq int64, kind string, data json.RawMessage) {
		line, err := ledger.Entry{
			Version: ledger.EntryVersion, Incident: incident, Seq: seq, Type: kind, At: now, RecordedAt: now,
			Actor: ledger.Actor{Role: "dpo", ID: "c:n4bQgYhMfWU"}, Data: data,
		}.MarshalCanonical()
		if err != nil {
			log.Fatal(err)
		}
		if _, _, err := store.Append(line); err != nil {
			log.Fatal(err)
		}
	}
	record(1, "incident_opened", json.RawMessage(`{"exercise": true}`))
	record(2, "awareness_fixed", json.RawMessage(`{"reason": "mail of the vendor"}`))

	// The export records its seal first, then signs the tree that ends with it.
	head := ledger.BundleHead{Incident: incident, Origin: origin, Key: vkey, Entries: 3}
	seal, err := head.SealData()
	if err != nil {
		log.Fatal(err)
	}
	record(head.Entries, ledger.BundleSealType, seal)
	root, err := ledger.Root(store.Size(), &store)
	if err != nil {
		log.Fatal(err)
	}
	checkpoint, err := ledger.Sign(ledger.Checkpoint{Origin: origin, Size: store.Size(), Root: root, SignedAt: now}, signer)
	if err != nil {
		log.Fatal(err)
	}
	var bundle bytes.Buffer
	err = ledger.WriteBundle(ctx, &bundle, ledger.BundleSource{
		Head: head, Checkpoint: checkpoint, Leaves: leavesOf(&store), Hashes: &store,
	})
	if err != nil {
		log.Fatal(err)
	}

	check := func(file []byte) {
		report, err := ledger.Verify(ctx, bytes.NewReader(file), int64(len(file)), ledger.VerifyOptions{Key: vkey})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("ok:", report.OK, "entries:", report.Entries, "log size:", report.Checkpoint.Size)
		for _, p := range report.Problems {
			fmt.Println(p.Kind, p.Entry, p.Detail)
		}
	}
	check(bundle.Bytes())
	check(bytes.Replace(bundle.Bytes(), []byte("mail of the vendor"), []byte("call of the vendor"), 1))
	// Output:
	// ok: true entries: 3 log size: 3
	// ok: false entries: 3 log size: 3
	// changed_entry 2 entry 2 was changed: the log holds another entry at its place
	// damaged 0 the file entries.jsonl is damaged: its content does not fit its checksum or length
}

func leavesOf(store *ledger.Memory) iter.Seq2[ledger.Leaf, error] {
	return func(yield func(ledger.Leaf, error) bool) {
		for i := range store.Size() {
			if !yield(ledger.Leaf{Index: i, Entry: store.Leaf(i)}, nil) {
				return
			}
		}
	}
}
