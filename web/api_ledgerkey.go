package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"tocsin/postgres"
)

type (
	// ledgerKeyAnswer says by which key the record is checked.
	ledgerKeyAnswer struct {
		Key         string            `json:"key" doc:"the public key that checks the record, in the form of signed notes"`
		Fingerprint string            `json:"fingerprint" doc:"SHA-256 of that text, hexadecimal in groups of four, to be compared by telephone"`
		File        string            `json:"file" doc:"the file of its secret half in the server's directory of keys"`
		Here        bool              `json:"here" doc:"whether this server can sign with it"`
		Keys        []ledgerKeyListed `json:"keys" doc:"every key that signed the record, the first one first and the present one last"`
		Rotations   []string          `json:"rotations" doc:"the signed notes by which each key named its successor, for tocsin verify --rotations"`
	}
	ledgerKeyListed struct {
		Key         string     `json:"key"`
		Fingerprint string     `json:"fingerprint"`
		Begun       *time.Time `json:"begun" doc:"when it began to sign; null while nothing was recorded"`
		From        int64      `json:"from" doc:"the smallest number of entries of which it signs checkpoints"`
		Until       int64      `json:"until" doc:"the greatest number; 0 for the present key"`
		Ended       string     `json:"ended" doc:"when the next one took its place; empty for the present key"`
		Compromised bool       `json:"compromised" doc:"whether it may have been in other hands"`
		Since       string     `json:"since" doc:"from when on it may have been; empty when that is not known"`
		Reason      string     `json:"reason" doc:"why it ended"`
	}
	// ledgerKeyShown is a key on the page.
	ledgerKeyShown struct {
		Key, Begun, Ended, Since, Reason string
		From, Until                      int64
		Compromised, Here                bool
	}
)

// fingerprint is a short text by which two people compare a key.
func fingerprint(key string) string {
	sum := sha256.Sum256([]byte(key))
	digits := hex.EncodeToString(sum[:])
	var groups []string
	for i := 0; i < len(digits); i += 4 {
		groups = append(groups, digits[i:i+4])
	}
	return strings.Join(groups, " ")
}

func (s *server) showLedgerKey(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	keys, rotations, err := s.Store.LedgerKeys(r.Context())
	if err != nil {
		return err
	}
	present := keys[len(keys)-1]
	answer := ledgerKeyAnswer{Key: present.Key, Fingerprint: fingerprint(present.Key), File: present.File, Here: present.Here, Rotations: rotations}
	for _, k := range keys {
		one := ledgerKeyListed{Key: k.Key, Fingerprint: fingerprint(k.Key), From: k.From, Until: k.Until, Ended: k.Ended,
			Compromised: k.Compromised, Since: k.Since, Reason: k.Reason}
		if !k.Begun.IsZero() {
			one.Begun = &k.Begun
		}
		answer.Keys = append(answer.Keys, one)
	}
	writeJSON(w, http.StatusOK, answer)
	return nil
}

// fillOutside says on the page of the record who outside confirms it.
func (s *server) fillOutside(ctx context.Context, page *trailPage, place *time.Location) error {
	states, err := s.Store.AnchorStates(ctx)
	if err != nil {
		return err
	}
	for _, a := range states {
		if a.Size > 0 {
			page.Confirmed = append(page.Confirmed, page.W.T("outside_"+a.Kind, a.Size, a.Name, page.W.At(a.At, place)))
		}
		if !a.Failing.IsZero() {
			page.Unconfirmed = append(page.Unconfirmed, page.W.T("outside_failing", a.Name, page.W.At(a.Failing, place), page.W.T("outside_why_"+a.Problem)))
		}
	}
	if len(page.Confirmed) == 0 {
		return nil
	}
	return s.fillConfirmed(ctx, page, place)
}

// fillLedgerKeys puts the keys of the log on the page of the record, the present
// one first.
func (s *server) fillLedgerKeys(ctx context.Context, page *trailPage, place *time.Location) error {
	keys, _, err := s.Store.LedgerKeys(ctx)
	if err != nil {
		return err
	}
	told := func(text string) string { // a time of the log as the page tells it
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return text
		}
		return page.W.At(at, place)
	}
	for _, k := range keys {
		one := ledgerKeyShown{Key: k.Key, From: k.From, Until: k.Until, Ended: told(k.Ended), Compromised: k.Compromised,
			Since: told(k.Since), Reason: k.Reason, Here: k.Here, Begun: "–"}
		if !k.Begun.IsZero() {
			one.Begun = page.W.At(k.Begun, place)
		}
		page.Keys = append([]ledgerKeyShown{one}, page.Keys...)
	}
	return nil
}
