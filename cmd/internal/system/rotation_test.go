package system

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// house is an installation with keys, a database and sealed files in it.
type house struct {
	t      *testing.T
	config Config
	owner  string
	files  map[string]string // document by incident
}

// newHouse has a file in each of so many incidents.
func newHouse(t *testing.T, incidents int) *house {
	t.Helper()
	_, ownerURL, appURL := postgrestest.Migrated(t)
	h := &house{t: t, config: Config{DatabaseURL: appURL, KeysDir: filepath.Join(t.TempDir(), "keys")}, owner: ownerURL, files: map[string]string{}}
	if _, err := CreateKeys(h.config.KeysDir, "tocsin.example/test"); err != nil {
		t.Fatal(err)
	}
	s := h.open()
	for n := range incidents {
		h.file(s, fmt.Sprintf("case%03d", n))
	}
	return h
}

// open gives a store as a server has it.
func (h *house) open() *postgres.Store {
	h.t.Helper()
	keys, err := LoadKeys(h.config.KeysDir)
	if err != nil {
		h.t.Fatal(err)
	}
	return postgrestest.Open(h.t, h.config.DatabaseURL, keys.Store)
}

// file seals a file in an incident.
func (h *house) file(s *postgres.Store, id string) {
	h.t.Helper()
	doc, err := s.PutDocument(h.t.Context(), id, "note.txt", "text/plain", []byte("what "+id+" holds"))
	if err != nil {
		h.t.Fatal(err)
	}
	h.files[id] = doc.ID
}

// readable demands that a store reads every file.
func (h *house) readable(s *postgres.Store) {
	h.t.Helper()
	for id, doc := range h.files {
		if _, content, err := s.Document(h.t.Context(), id, doc); err != nil || string(content) != "what "+id+" holds" {
			h.t.Fatalf("the file of %s: %q, %v", id, content, err)
		}
	}
}

func (h *house) rotate(reason string, prepare bool) Rotated {
	h.t.Helper()
	done, err := Rotate(h.t.Context(), h.config, reason, prepare)
	if err != nil {
		h.t.Fatal(err)
	}
	return done
}

// sql reads as the owner of the tables.
func (h *house) sql(query string, args ...any) []string {
	h.t.Helper()
	conn, err := pgx.Connect(h.t.Context(), h.owner)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() {
		if err := conn.Close(context.WithoutCancel(h.t.Context())); err != nil {
			h.t.Error(err)
		}
	}()
	rows, err := conn.Query(h.t.Context(), query, args...)
	if err != nil {
		h.t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

// recorded are the types of the installation's events about the master key.
func (h *house) recorded() string {
	h.t.Helper()
	return strings.Join(h.sql(`SELECT type FROM tocsin.event WHERE incident = $1 AND type LIKE 'master_key%' ORDER BY seq`, incident.InstallationID), " ")
}

// wrappedByOthers is how many incidents' keys do not name a key. A wrapped keyset
// holds the id after a tag, a length and Tink's byte.
func (h *house) wrappedByOthers(key string) int {
	h.t.Helper()
	return len(h.sql(`SELECT incident FROM tocsin.incident_key WHERE keyset IS NOT NULL AND position(decode('01' || $1, 'hex') IN keyset) = 0`, key))
}

const oneRotation = incident.EvMasterKeyRotated + " " + incident.EvMasterKeyRewrapped

func TestTheMasterKeyIsRotatedWhileServersRun(t *testing.T) {
	const n = 230 // more than two pages
	h := newHouse(t, n)
	running := h.open() // as before, with the keys that it read at its start
	user, _, err := running.CreateFirstUser(t.Context(), postgres.NewUser{Email: "dpo@example.com", Name: "DPO", Role: incident.RoleDPO, Password: strings.Repeat("long ", 5)})
	if err != nil {
		t.Fatal(err)
	}
	secret, err := running.ProposeSecondFactor(t.Context(), user.ID)
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(h.config.KeysDir, masterFile))
	if err != nil {
		t.Fatal(err)
	}
	backup := h.sql(`SELECT encode(keyset, 'hex') FROM tocsin.incident_key WHERE incident = 'case007'`)[0]

	done := h.rotate("yearly", false)
	if done.Incidents != n || done.Accounts != 1 || done.Resumed || done.Prepared || done.Key == done.Before {
		t.Errorf("the rotation did %+v", done)
	}
	if left := h.wrappedByOthers(done.Key); left != 0 {
		t.Errorf("%d incidents' keys are wrapped by another key", left)
	}
	if got := h.recorded(); got != oneRotation {
		t.Errorf("recorded: %s", got)
	}
	// The server that ran goes on, and wraps by the new key.
	h.readable(running)
	if again, err := running.ProposedSecondFactor(t.Context(), user.ID); err != nil || again != secret {
		t.Errorf("the second factor is %q, %v", again, err)
	}
	h.file(running, "opened later")
	if left := h.wrappedByOthers(done.Key); left != 0 {
		t.Error("a server that ran wraps by the old key")
	}
	h.readable(h.open())

	// What a backup brings back is still read, and wrapped anew the next time.
	h.sql(`UPDATE tocsin.incident_key SET keyset = decode($1, 'hex') WHERE incident = 'case007' RETURNING incident`, backup)
	h.readable(h.open())
	next := h.rotate("a key was seen", false)
	if next.Before != done.Key || next.Incidents != n+1 {
		t.Errorf("the second rotation did %+v", next)
	}
	h.readable(running)
	if err := os.WriteFile(filepath.Join(h.config.KeysDir, masterFile), before, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.open().Document(t.Context(), "case007", h.files["case007"]); err == nil {
		t.Error("the key of before the rotations still opens what is there now")
	}
	// Whoever has that old file alone may not rotate: a third key would shut
	// everything that the second wrapped.
	if _, err := Rotate(t.Context(), h.config, "again", false); err == nil || !strings.Contains(err.Error(), next.Key) {
		t.Errorf("with an old keyset: %v", err)
	}
}

func TestARotationThatBreaksOffIsFinished(t *testing.T) {
	for name, breakOff := range map[string]func(*testing.T, *rotation){
		"when it is recorded": func(*testing.T, *rotation) {},
		"when the key is in use": func(t *testing.T, r *rotation) {
			if err := r.set.promote(r.key); err != nil {
				t.Fatal(err)
			}
		},
		"when all is wrapped": func(t *testing.T, r *rotation) {
			if err := r.set.promote(r.key); err != nil {
				t.Fatal(err)
			}
			if _, err := r.store.Rewrap(t.Context(), r.key); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, 3)
			set, err := readMasterKeyset(h.config.KeysDir)
			if err != nil {
				t.Fatal(err)
			}
			r := &rotation{store: h.open(), set: set}
			if err := r.begin(t.Context(), "yearly", false); err != nil {
				t.Fatal(err)
			}
			breakOff(t, r)
			h.readable(h.open())
			if _, err := Rotate(t.Context(), h.config, "", true); err == nil || !strings.Contains(err.Error(), "broke off") {
				t.Errorf("a key is prepared meanwhile: %v", err)
			}
			done := h.rotate("again", false)
			if !done.Resumed || done.Key != keyID(r.key) || set.handle.Len() != 2 {
				t.Errorf("it was not finished: %+v", done)
			}
			if left := h.wrappedByOthers(done.Key); left != 0 {
				t.Errorf("%d incidents' keys are wrapped by another key", left)
			}
			if got := h.recorded(); got != oneRotation {
				t.Errorf("recorded: %s", got)
			}
			h.readable(h.open())
		})
	}
}

func TestARestoredRecordBringsNoOldKeyBack(t *testing.T) {
	h := newHouse(t, 2)
	set, err := readMasterKeyset(h.config.KeysDir)
	if err != nil {
		t.Fatal(err)
	}
	// The record knows a rotation that broke off, and the file one after it.
	r := &rotation{store: h.open(), set: set}
	if err := r.begin(t.Context(), "yearly", false); err != nil {
		t.Fatal(err)
	}
	later, err := set.prepare()
	if err != nil {
		t.Fatal(err)
	}
	if err := set.promote(later); err != nil {
		t.Fatal(err)
	}
	done := h.rotate("after a restore", false)
	if done.Resumed || done.Before != keyID(later) || done.Key == keyID(r.key) {
		t.Errorf("the rotation did %+v; the key in use was %s", done, keyID(later))
	}
	if left := h.wrappedByOthers(done.Key); left != 0 {
		t.Errorf("%d incidents' keys are wrapped by another key", left)
	}
	h.readable(h.open())
}

func TestAKeyIsPreparedForOtherMachines(t *testing.T) {
	h := newHouse(t, 2)
	first := h.rotate("", true)
	if again := h.rotate("", true); !first.Prepared || again.Key != first.Key {
		t.Errorf("prepared %+v, then %+v", first, again)
	}
	if left := h.wrappedByOthers(first.Before); left != 0 || h.recorded() != "" {
		t.Errorf("a prepared key is in use already; recorded: %q", h.recorded())
	}
	// Another machine gets its copy now, and the rotation happens here.
	elsewhere := filepath.Join(t.TempDir(), "keys")
	if err := os.CopyFS(elsewhere, os.DirFS(h.config.KeysDir)); err != nil {
		t.Fatal(err)
	}
	keys, err := LoadKeys(elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	done := h.rotate("yearly", false)
	if done.Key != first.Key || done.Before != first.Before || done.Incidents != 2 {
		t.Errorf("the rotation did %+v, and had prepared %+v", done, first)
	}
	h.readable(postgrestest.Open(t, h.config.DatabaseURL, keys.Store))
}

func TestARotationIsRefused(t *testing.T) {
	h := newHouse(t, 1)
	keyset, err := os.ReadFile(filepath.Join(h.config.KeysDir, masterFile))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Rotate(t.Context(), h.config, " ", false); incident.KindOf(err) != incident.Invalid || !strings.Contains(err.Error(), "reason") {
		t.Errorf("without a reason: %v", err)
	}
	if _, err := Rotate(t.Context(), Config{KeysDir: h.config.KeysDir}, "yearly", false); err == nil || !strings.Contains(err.Error(), "TOCSIN_DATABASE_URL") {
		t.Errorf("without a database: %v", err)
	}
	release, err := h.open().LockMasterKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Rotate(t.Context(), h.config, "yearly", false); incident.KindOf(err) != incident.Conflict {
		t.Errorf("beside another: %v", err)
	}
	if after, err := os.ReadFile(filepath.Join(h.config.KeysDir, masterFile)); err != nil || string(after) != string(keyset) || h.recorded() != "" {
		t.Errorf("a refusal changed something: %v, recorded %q", err, h.recorded())
	}
	release()
	if done := h.rotate("yearly", false); done.Incidents != 1 {
		t.Errorf("once the other has ended: %+v", done)
	}
}

func TestABadFileLeavesTheMasterKeyInMemoryInUse(t *testing.T) {
	h := newHouse(t, 2)
	running := h.open()
	path := filepath.Join(h.config.KeysDir, masterFile)
	for name, spoil := range map[string]func() error{
		"damaged": func() error { return os.WriteFile(path, []byte("{"), 0o600) },
		"gone":    func() error { return os.Remove(path) },
	} {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		h.readable(running)
		h.file(running, "opened while "+name)
		if err := writeSecret(path, content); err != nil {
			t.Fatal(err)
		}
		h.readable(h.open())
	}
}
