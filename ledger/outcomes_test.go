package ledger_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"tocsin/ledger"
)

func outcome(n int, state string) ledger.Outcome {
	return ledger.Outcome{MessageID: fmt.Sprintf("%d@example.com", n), State: state, Code: 250, At: time.Unix(int64(n), 0)}
}

func TestEveryOutcomeIsProvenAndNoOtherIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(t, "outcomes")
		var tree ledger.OutcomeTree
		var leaves []tlog.Hash
		for i := range n {
			tree.Add(outcome(i, "accepted"))
			leaves = append(leaves, tlog.RecordHash(outcome(i, "accepted").Leaf()))
		}
		index := rapid.IntRange(0, n-1).Draw(t, "index")
		proof, err := ledger.ProveOutcome(outcome(index, "accepted"), int64(index), leaves)
		if err != nil || proof.Root != tree.Root() || proof.Size != tree.Size() {
			t.Fatalf("proof of %d in %d: %v", index, n, err)
		}
		raw, err := json.Marshal(proof)
		if err != nil {
			t.Fatal(err)
		}
		var read ledger.OutcomeProof
		if err := json.Unmarshal(raw, &read); err != nil || read.Check() != nil {
			t.Fatalf("written and read again it does not hold: %v", err)
		}
		for name, change := range map[string]func(*ledger.OutcomeProof){
			"another state":   func(p *ledger.OutcomeProof) { p.Outcome.State = "refused" },
			"another message": func(p *ledger.OutcomeProof) { p.Outcome.MessageID = "x@example.com" },
			"another root":    func(p *ledger.OutcomeProof) { p.Root[0] ^= 1 },
			"another place":   func(p *ledger.OutcomeProof) { p.Index = (p.Index + 1) % (p.Size + 1) },
			"a negative one":  func(p *ledger.OutcomeProof) { p.Index = -1 },
		} {
			changed := read
			if change(&changed); changed.Check() == nil {
				t.Errorf("%s is proven too", name)
			}
		}
	})
}

func TestAnOutcomeThatIsNotThereCannotBeProven(t *testing.T) {
	leaves := []tlog.Hash{tlog.RecordHash(outcome(1, "accepted").Leaf())}
	for _, index := range []int64{-1, 0, 1} {
		if _, err := ledger.ProveOutcome(outcome(2, "accepted"), index, leaves); err == nil {
			t.Errorf("index %d proves another outcome", index)
		}
	}
	if (&ledger.OutcomeTree{}).Root() != (tlog.Hash{}) {
		t.Error("an empty tree has a root")
	}
}
