package web

import (
	"context"
	"net/http"
	"time"

	"tocsin/postgres"
	"tocsin/report"
)

const (
	// confirmationsShown is how many confirmations a page or a report lists.
	confirmationsShown = 50
	// confirmationRows is how many confirmations one answer holds at most: each may
	// have 64 kB.
	confirmationRows = 100
)

type (
	// confirmationList is a page of what others confirmed, with the answers.
	confirmationList struct {
		Confirmations []confirmationGiven `json:"confirmations" doc:"in the order in which they were kept"`
		Next          int64               `json:"next,omitempty" doc:"after of the next page; absent on the last"`
	}
	confirmationGiven struct {
		Kind       string    `json:"kind" doc:"cosignature (C2SP tlog-cosignature) or timestamp (RFC 3161)"`
		Name       string    `json:"name" doc:"what the operator calls who confirmed; a witness has it in its key"`
		Size       int64     `json:"size" doc:"the number of entries under the checkpoint"`
		At         time.Time `json:"at" doc:"when they confirmed it, by their own clock"`
		Content    []byte    `json:"content" doc:"what they answered, base64: a signature line, or a token (DER)"`
		Checkpoint string    `json:"checkpoint" doc:"the signed checkpoint that they confirmed"`
	}
)

// listConfirmations gives what others confirmed, so that whoever asks can check it
// with keys of their own.
func (s *server) listConfirmations(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	after, limit, err := pageAsked(r, confirmationRows)
	if err != nil {
		return err
	}
	rows, err := s.Store.AnchorsAfter(r.Context(), after, limit+1)
	if err != nil {
		return err
	}
	out := confirmationList{Confirmations: []confirmationGiven{}}
	if len(rows) > limit {
		rows = rows[:limit]
		out.Next = rows[limit-1].Seq
	}
	for _, a := range rows {
		out.Confirmations = append(out.Confirmations, confirmationGiven{Kind: a.Kind, Name: a.Name, Size: a.Size, At: a.At, Content: a.Content, Checkpoint: a.Checkpoint})
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

// confirmedFor gives what the report of a case tells of those outside.
func (s *server) confirmedFor(ctx context.Context, id string) (list []report.Confirmed, unlisted int64, err error) {
	held, all, err := s.Store.AnchorsHeld(ctx, id, confirmationsShown)
	if err != nil {
		return nil, 0, err
	}
	for _, a := range held {
		list = append(list, report.Confirmed{Kind: a.Kind, By: a.Name, Size: a.Size, Entries: a.Entries, At: a.At})
	}
	return list, all - int64(len(held)), nil
}

// fillConfirmed lists on the page of the record which checkpoints were confirmed.
func (s *server) fillConfirmed(ctx context.Context, page *trailPage, place *time.Location) error {
	held, all, err := s.Store.AnchorsHeld(ctx, "", confirmationsShown)
	if err != nil {
		return err
	}
	for _, a := range held {
		page.ConfirmedEach = append(page.ConfirmedEach, page.W.T("outside_"+a.Kind, a.Size, a.Name, page.W.At(a.At, place)))
	}
	if all > int64(len(held)) {
		page.ConfirmedEach = append(page.ConfirmedEach, page.W.T("outside_more", all-int64(len(held))))
	}
	return nil
}
