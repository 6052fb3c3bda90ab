package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"tocsin/cmd/tocsin-local/internal/play"
)

// witness reads the record again and again while the system is killed around
// it, and remembers every entry that it ever saw: whoever was shown an entry
// may rely on it.
type witness struct {
	url  string
	by   play.Person
	look http.Client

	mu     sync.Mutex
	seen   []string // the hash of entry n of the incident
	looks  int
	faults []error
}

// seenEntries is the answer of the record's list, as far as it matters here.
type seenEntries struct {
	Entries []struct {
		Hash  string
		Entry struct{ Seq int64 }
	}
}

// watch looks until the context ends. What it finds wrong is told by count.
func (w *witness) watch(ctx context.Context) {
	var id string
	for ctx.Err() == nil {
		if id == "" {
			var list struct{ Incidents []struct{ ID string } }
			if w.read(ctx, "/api/v1/incidents", &list) == nil && len(list.Incidents) == 1 {
				id = list.Incidents[0].ID
			}
		} else {
			var now seenEntries
			if w.read(ctx, "/api/v1/incidents/"+id+"/audit", &now) == nil {
				w.compare(now)
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (w *witness) read(ctx context.Context, path string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+path, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+w.by.Token)
	response, err := w.look.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }() // it was read to its end, or the system died
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", path, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}

// compare holds the record against everything seen before.
func (w *witness) compare(now seenEntries) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looks++
	var hashes []string
	for n, e := range now.Entries {
		if e.Entry.Seq != int64(n+1) {
			w.faults = append(w.faults, fmt.Errorf("entry %d of the list has the number %d", n+1, e.Entry.Seq))
		}
		hashes = append(hashes, e.Hash)
	}
	if len(hashes) < len(w.seen) || !slices.Equal(hashes[:len(w.seen)], w.seen) {
		w.faults = append(w.faults, fmt.Errorf("of %d entries seen before, the record now shows %d in all, or others", len(w.seen), len(hashes)))
		return
	}
	w.seen = hashes
}

// count is the number of entries seen so far; it fails the test for what was
// found wrong.
func (w *witness) count(t *testing.T) int {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, fault := range w.faults {
		t.Error(fault)
	}
	w.faults = nil
	return len(w.seen)
}
