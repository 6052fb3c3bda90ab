package postgres_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/ledger"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// erasable is a closed case with people, deliveries, papers and evidence.
func erasable(t *testing.T, s *postgres.Store, id string) (frozen, evidence incident.Document) {
	t.Helper()
	ready := sendingRound(t, s, id, somebody(7), somebody(8))
	for i, d := range claim(t, s, ready, "owner", 2) {
		settle(t, s, ready, d, "owner", postgres.DeliveryOutcome{
			State: "accepted", Code: 250, Reply: "250 person7@example.org taken", MessageID: fmt.Sprintf("m%d@example.com", i), At: start,
		})
	}
	evidence = putDocument(t, s, id, "people.csv", "text/csv", "person7@example.org,Number7")
	record(t, s, id, dpo, incident.Attach{Documents: []incident.Document{evidence}})
	frozen = putDocument(t, s, id, "filed.json", "application/json", `{"people":2}`)
	record(t, s, id, dpo, incident.FileNotification{Obligation: 1, Receipt: "R1", At: start, Frozen: &frozen})
	_, root, err := s.HashOutcomes(t.Context(), id, 1)
	if err != nil {
		t.Fatal(err)
	}
	record(t, s, id, incident.Engine(), incident.FinishMailing{Round: 1, Counts: incident.DeliveryCounts{Total: 2, Accepted: 2}, Root: root})
	record(t, s, id, dpo, incident.Close{Reason: "done"})
	return frozen, evidence
}

func erase(t *testing.T, s *postgres.Store, id string) incident.ErasureCounts {
	t.Helper()
	counts, err := s.Erase(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

func TestAnErasureLeavesTheRecordThePapersAndTheProofs(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	_, ownerURL, appURL := postgrestest.Migrated(t)
	keys := postgrestest.Keys(t)
	s := postgrestest.Open(t, appURL, keys, postgres.WithClock(clock.now))
	frozen, evidence := erasable(t, s, "case")
	if _, err := s.StageImport(t.Context(), "case", "abandoned"); err != nil {
		t.Fatal(err)
	}
	record(t, s, "case", dpo, incident.RequestErasure{Reason: "settled", Others: 1})
	record(t, s, "case", deputy, incident.ConfirmErasure{})
	record(t, s, "case", incident.Engine(), incident.BeginErasure{})

	counts := erase(t, s, "case")
	if counts.People != 2 || counts.Kept < 2 || counts.Documents < 1 {
		t.Errorf("erased were %+v", counts)
	}
	if again := erase(t, s, "case"); again != counts {
		t.Errorf("a second erasure counts %+v, the first %+v", again, counts)
	}
	record(t, s, "case", incident.Engine(), incident.FinishErasure{Counts: counts})

	_, _, err := s.Document(t.Context(), "case", evidence.ID)
	wantKind(t, err, incident.NotFound)
	if !strings.Contains(err.Error(), "erased on 2026-11-17") {
		t.Errorf("the erased file answers %v", err)
	}
	got, content, err := s.Document(t.Context(), "case", frozen.ID)
	if err != nil || got != frozen || string(content) != `{"people":2}` {
		t.Errorf("what was filed is %+v, %q, %v", got, content, err)
	}
	_, err = s.People(t.Context(), "case", postgres.PeopleQuery{})
	wantKind(t, err, incident.NotFound)
	proof, err := s.ProveOutcome(t.Context(), "case", 1, "m0@example.com")
	if err != nil {
		t.Fatal(err)
	}
	state, err := s.State(t.Context(), "case")
	if err != nil {
		t.Fatal(err)
	}
	if _, root, err := s.HashOutcomes(t.Context(), "case", 1); err != nil || root != state.Rounds[0].Root || proof.Size != 2 {
		t.Errorf("the root over the outcomes is %s, %v; recorded was %s", root, err, state.Rounds[0].Root)
	}

	record(t, s, "case", incident.Engine(), incident.SealBundle{})
	var bundle bytes.Buffer
	if err := s.Bundle(t.Context(), "case", &bundle); err != nil {
		t.Fatal(err)
	}
	report, err := ledger.Verify(t.Context(), bytes.NewReader(bundle.Bytes()), int64(bundle.Len()), ledger.VerifyOptions{Key: keys.VKey})
	if err != nil || !report.OK {
		t.Errorf("the bundle's report is %+v, %v", report, err)
	}
	checkLedger(t, s, "case")
	checkSnapshot(t, s, "case")
	for what, sql := range map[string]string{
		"people's identities":    `SELECT count(*) FROM person WHERE octet_length(identity) > 0 OR country <> '' OR locale <> '' OR cardinality(kinds) > 0`,
		"replies of relays":      `SELECT count(*) FROM delivery WHERE reply IS NOT NULL`,
		"sealed files":           `SELECT count(*) FROM document`,
		"counts over people":     `SELECT count(*) FROM people_summary`,
		"unrecorded imports":     `SELECT count(*) FROM people_import WHERE round IS NULL`,
		"keys of the incident's": `SELECT count(*) FROM incident_key WHERE incident = 'case' AND keyset IS NOT NULL`,
	} {
		if n := query[int](t, ownerURL, sql); n != 0 {
			t.Errorf("%d %s are left", n, sql+": "+what)
		}
	}
}

// Every table that could hold what is sealed is named here with what an erasure
// does to it. A new one has to be thought of.
func TestAnErasureKnowsEveryColumnOfBytes(t *testing.T) {
	t.Parallel()
	_, ownerURL, _ := postgrestest.Migrated(t)
	known := map[string]string{
		"account.salt": "the team", "account.token": "the team", "session.token": "the team",
		"calendar.digest": "the team", "account_mail.digest": "the team", "account.totp": "the team", "account.totp_proposed": "the team", "token.digest": "the team", "recovery_code.digest": "the team",
		"passkey.credential": "the team", "ceremony.holder": "the team", "sign_on.subject": "the team", "setting.salt": "the team",
		"counsel_link.digest": "not of people", "counsel_session.token": "not of people", "webhook.sealed": "the installation's secrets",
		"anchor.content": "the record", "checkpoint.root": "the record", "ledger_entry.entry": "the record", "ledger_hash.hash": "the record",
		"notice_code.code": "names nobody", "sending_rate.name": "forgotten after an hour at rest", "person_further.match_email": "deleted", "person_further.match_user": "deleted",
		"controller_account.email": "not of an incident", "controller_account.user_id": "not of an incident",
		"incident_key.keyset": "deleted", "incident_key.secret": "deleted",
		"data_set_part.content": "deleted", "disclosure_link.digest": "not of an incident",
		"document.content": "deleted", "paper.content": "kept by decision",
		"person.identity": "emptied", "person.match_email": "emptied", "person.match_user": "emptied",
		"delivery.reply": "emptied", "people_summary.content": "deleted", "delivery.sha256": "the hash of a message, for the proof",
	}
	rows, err := connect(t, ownerURL).Query(t.Context(), `
		SELECT table_name || '.' || column_name FROM information_schema.columns
		WHERE table_schema = 'tocsin' AND data_type IN ('bytea', 'uuid') ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var column string
		if err := rows.Scan(&column); err != nil {
			t.Fatal(err)
		}
		if known[column] == "" {
			t.Errorf("%s may hold what is sealed: say in postgres/erasure.go what an erasure does to it, and here", column)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

func TestARestoredBackupIsErasedAgainBeforeItServes(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	_, ownerURL, appURL := postgrestest.Migrated(t)
	keys := postgrestest.Keys(t)
	list := postgres.NewErasureList(filepath.Join(t.TempDir(), "erased"), keys.Index)
	s := postgrestest.Open(t, appURL, keys, postgres.WithClock(clock.now), postgres.WithErasureList(list))
	erasable(t, s, "case")
	erasable(t, s, "other")
	conn := connect(t, ownerURL)
	// The backup: every row that holds or opens what names people.
	for _, table := range []string{"incident_key", "person", "delivery", "document"} {
		if _, err := conn.Exec(t.Context(), fmt.Sprintf(`CREATE TABLE backup_%[1]s AS SELECT * FROM %[1]s`, table)); err != nil {
			t.Fatal(err)
		}
	}
	erase(t, s, "case")
	for _, statement := range []string{
		`UPDATE incident_key k SET keyset = b.keyset, secret = b.secret, erased_at = NULL FROM backup_incident_key b WHERE b.incident = k.incident`,
		`DELETE FROM paper`,
		`UPDATE person p SET identity = b.identity FROM backup_person b WHERE b.id = p.id`,
		`INSERT INTO document SELECT * FROM backup_document ON CONFLICT DO NOTHING`,
	} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	restored := postgrestest.Open(t, appURL, keys, postgres.WithClock(clock.now), postgres.WithErasureList(list))
	if people, err := restored.People(t.Context(), "case", postgres.PeopleQuery{}); err != nil || len(people) != 2 {
		t.Fatalf("the restored backup gives %d people, %v: the test restores nothing", len(people), err)
	}
	again := postgrestest.Open(t, appURL, keys, postgres.WithClock(clock.now), postgres.WithErasureList(list))
	erased, err := again.EraseAgain(t.Context())
	if err != nil || !slices.Equal(erased, []string{"case"}) {
		t.Fatalf("erased again were %v, %v", erased, err)
	}
	_, err = again.People(t.Context(), "case", postgres.PeopleQuery{})
	wantKind(t, err, incident.NotFound)
	if people, err := again.People(t.Context(), "other", postgres.PeopleQuery{}); err != nil || len(people) != 2 {
		t.Errorf("another incident has %d people, %v", len(people), err)
	}
	if erased, err := again.EraseAgain(t.Context()); err != nil || len(erased) != 0 {
		t.Errorf("a second start erases %v, %v", erased, err)
	}
}

func TestTheListOfErasedIncidentsBelievesTheKeysAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "erased")
	index := bytes.Repeat([]byte{7}, 32)
	list := postgres.NewErasureList(dir, index)
	if ids, err := list.IDs(); err != nil || len(ids) != 0 {
		t.Fatalf("a list that does not exist has %v, %v", ids, err)
	}
	for _, id := range []string{"ib", "ia", "ib"} {
		if err := list.Add(id, start); err != nil {
			t.Fatal(err)
		}
	}
	if ids, err := list.IDs(); err != nil || !slices.Equal(ids, []string{"ia", "ib"}) {
		t.Fatalf("the list has %v, %v", ids, err)
	}
	for _, id := range []string{"", "..", "a/b", ".hidden", "a b", "ä"} {
		if err := list.Add(id, start); err == nil {
			t.Errorf("%q was taken for an incident's id", id)
		}
	}
	if _, err := postgres.NewErasureList(dir, bytes.Repeat([]byte{8}, 32)).IDs(); err == nil || !strings.Contains(err.Error(), "keys of this installation") {
		t.Errorf("another installation's list gives %v", err)
	}
	content, err := os.ReadFile(filepath.Join(dir, "ia"))
	if err != nil {
		t.Fatal(err)
	}
	// A line moved to another incident, a changed time, and an empty file.
	for name, forged := range map[string]string{
		"ic": strings.Replace(string(content), "ia", "ic", 1), "id": string(content), "ie": "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(forged), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := list.IDs(); err == nil {
			t.Errorf("the forged file %s was believed", name)
		}
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNothingIsErasedThatTheListCannotName(t *testing.T) {
	t.Parallel()
	_, _, appURL := postgrestest.Migrated(t)
	keys := postgrestest.Keys(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	clock := newWatch(start)
	s := postgrestest.Open(t, appURL, keys, postgres.WithClock(clock.now), postgres.WithErasureList(postgres.NewErasureList(file, keys.Index)))
	erasable(t, s, "case")
	if _, err := s.Erase(t.Context(), "case"); err == nil || errors.Unwrap(err) == nil {
		t.Errorf("an erasure without its list gives %v", err)
	}
	if people, err := s.People(t.Context(), "case", postgres.PeopleQuery{}); err != nil || len(people) != 2 {
		t.Errorf("after the failure there are %d people, %v", len(people), err)
	}
}

func TestTheSweepTakesWhatNoRecordNames(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	_, ownerURL, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t), postgres.WithClock(clock.now))
	frozen, evidence := erasable(t, s, "case")
	orphan := putDocument(t, s, "case", "orphan.txt", "text/plain", "never named")
	for _, name := range []string{"old", "new"} {
		if _, err := s.StageImport(t.Context(), "case", name); err != nil {
			t.Fatal(err)
		}
		clock.advance(20 * time.Hour)
	}
	clock.advance(5 * time.Hour) // the old one is 45 hours old, the new one 25, and neither was recorded
	if _, err := s.StageImport(t.Context(), "case", "fresh"); err != nil {
		t.Fatal(err)
	}
	// Documents are judged by the database's own clock.
	conn := connect(t, ownerURL)
	if _, err := conn.Exec(t.Context(), `UPDATE document SET created_at = now() - interval '6 days'`); err != nil {
		t.Fatal(err)
	}
	swept, err := s.Sweep(t.Context())
	if err != nil || swept.Documents != 0 || swept.Imports != 2 {
		t.Fatalf("swept were %+v, %v", swept, err)
	}
	if _, err := conn.Exec(t.Context(), `UPDATE document SET created_at = now() - interval '8 days'`); err != nil {
		t.Fatal(err)
	}
	if swept, err = s.Sweep(t.Context()); err != nil || swept.Documents != 1 {
		t.Fatalf("swept were %+v, %v", swept, err)
	}
	_, _, err = s.Document(t.Context(), "case", orphan.ID)
	wantKind(t, err, incident.NotFound)
	for _, d := range []incident.Document{frozen, evidence} {
		if _, _, err := s.Document(t.Context(), "case", d.ID); err != nil {
			t.Errorf("%s, which the record names, is gone: %v", d.Name, err)
		}
	}
	if left := query[string](t, ownerURL, `SELECT string_agg(name, ' ') FROM people_import WHERE round IS NULL`); left != "fresh" {
		t.Errorf("left are the imports %q", left)
	}
}

func TestTheApplicationDeletesOnlyWhatWasErased(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	_, _, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t), postgres.WithClock(clock.now))
	_, evidence := erasable(t, s, "case")
	conn := connect(t, appURL)
	var n int
	if err := conn.QueryRow(t.Context(), `SELECT delete_erased_documents('case')`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d documents of a case that is not erased were deleted, %v", n, err)
	}
	for _, statement := range []string{`DELETE FROM paper`, `UPDATE paper SET name = name`, `DELETE FROM document`} {
		if _, err := conn.Exec(t.Context(), statement); err == nil {
			t.Errorf("the application may %s", statement)
		}
	}
	if _, _, err := s.Document(t.Context(), "case", evidence.ID); err != nil {
		t.Error(err)
	}
}

func TestRecoveryFindsTheRetentionsThatHaveToRun(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	_, _, appURL := postgrestest.Migrated(t)
	keys := postgrestest.Keys(t)
	s := postgrestest.Open(t, appURL, keys, postgres.WithClock(clock.now))
	for _, id := range []string{"undecided", "dated", "held", "erased", "unrecorded"} {
		erasable(t, s, id)
	}
	openCase(t, s, "open", start)
	record(t, s, "dated", dpo, incident.SetRetention{Days: 30, Reason: "r"})
	record(t, s, "held", dpo, incident.SetRetention{Days: 30, Reason: "r"})
	record(t, s, "held", dpo, incident.HoldErasure{Reason: "r"})
	for _, id := range []string{"erased", "unrecorded"} {
		record(t, s, id, dpo, incident.RequestErasure{Reason: "r"})
		record(t, s, id, deputy, incident.ConfirmErasure{})
		record(t, s, id, incident.Engine(), incident.BeginErasure{})
		counts := erase(t, s, id)
		if id == "erased" {
			record(t, s, id, incident.Engine(), incident.FinishErasure{Counts: counts})
		}
	}
	ask := func(s *postgres.Store) []string {
		t.Helper()
		ids, err := s.Retained(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(ids)
		return ids
	}
	if got := ask(s); !slices.Equal(got, []string{"dated", "unrecorded"}) {
		t.Errorf("without a setting these have to run: %v", got)
	}
	policy := incident.Rules{Retention: incident.RetentionPolicy{Days: 90}}
	if got := ask(postgrestest.Open(t, appURL, keys, postgres.WithClock(clock.now), postgres.WithRules(policy))); !slices.Equal(got, []string{"dated", "undecided", "unrecorded"}) {
		t.Errorf("with a setting these have to run: %v", got)
	}
}
