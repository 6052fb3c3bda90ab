package postgres_test

import (
	"bytes"
	"maps"
	"testing"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

func TestADocumentIsReadAsItWasStored(t *testing.T) {
	t.Parallel()
	_, ownerURL, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t))
	content := []byte("From: vendor@example.net\r\nSubject: your data\r\n\r\nWe are sorry.")
	first := putDocument(t, s, "case", "vendor.eml", "message/rfc822", string(content))
	if again := putDocument(t, s, "case", "vendor.eml", "message/rfc822", string(content)); again != first {
		t.Errorf("the same file again is %+v, want %+v", again, first)
	}
	if other := putDocument(t, s, "other", "vendor.eml", "message/rfc822", string(content)); other.ID == first.ID {
		t.Error("two incidents have one document")
	}
	got, read, err := s.Document(t.Context(), "case", first.ID)
	if err != nil || got != first || !bytes.Equal(read, content) {
		t.Errorf("read %+v with %d bytes, %v; want %+v with %d", got, len(read), err, first, len(content))
	}
	if stored := query[[]byte](t, ownerURL, `SELECT content FROM document WHERE incident = 'case'`); bytes.Contains(stored, []byte("sorry")) {
		t.Error("the content is stored in clear")
	}
	for what, where := range map[string][2]string{"an unknown id": {"case", "doc_none"}, "another incident": {"other", first.ID}} {
		if _, _, err := s.Document(t.Context(), where[0], where[1]); incident.KindOf(err) != incident.NotFound {
			t.Errorf("%s gives %v, want not found", what, err)
		}
	}
	if _, err := s.Erase(t.Context(), "case"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Document(t.Context(), "case", first.ID); incident.KindOf(err) != incident.NotFound {
		t.Errorf("after erasure a document gives %v, want not found", err)
	}
}

func TestADocumentOfTheGreatestSizeIsTakenAndOneByteMoreIsNot(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	content := bytes.Repeat([]byte{0xa5}, postgres.MaxDocument+1)
	d, err := s.PutDocument(t.Context(), "case", "large.bin", "", content[:postgres.MaxDocument])
	if err != nil {
		t.Fatal(err)
	}
	if d.MediaType != "application/octet-stream" || d.Size != postgres.MaxDocument {
		t.Errorf("the document is %+v", d)
	}
	if _, err := s.PutDocument(t.Context(), "case", "large.bin", "", content); incident.KindOf(err) != incident.TooLarge {
		t.Errorf("one byte more gives %v, want too large", err)
	}
	empty, err := s.PutDocument(t.Context(), "case", "empty.txt", "text/plain; charset=utf-8", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, read, err := s.Document(t.Context(), "case", empty.ID); err != nil || len(read) != 0 {
		t.Errorf("an empty document reads as %d bytes, %v", len(read), err)
	}
}

func TestADocumentThatCouldNotTravelIsRefused(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	for _, name := range []string{"", ".", "..", "a/b", `a\b`, "a\nb", "a\x00b", "\xff", string(bytes.Repeat([]byte("x"), 256))} {
		_, err := s.PutDocument(t.Context(), "case", name, "", []byte("x"))
		if incident.KindOf(err) != incident.Invalid {
			t.Errorf("the name %q gives %v, want invalid", name, err)
		}
	}
	for _, mediaType := range []string{"text", "text/", "a/b; c", "text/plain\x00"} {
		_, err := s.PutDocument(t.Context(), "case", "a.txt", mediaType, []byte("x"))
		if incident.KindOf(err) != incident.Invalid {
			t.Errorf("the media type %q gives %v, want invalid", mediaType, err)
		}
	}
}

func TestAnotherMasterKeyOpensNothing(t *testing.T) {
	t.Parallel()
	_, _, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t))
	d := putDocument(t, s, "case", "a.txt", "text/plain", "x")
	stranger := postgrestest.Open(t, appURL, postgrestest.Keys(t))
	if _, _, err := stranger.Document(t.Context(), "case", d.ID); err == nil || incident.KindOf(err) != incident.Internal {
		t.Errorf("another master key gives %v, want a fault", err)
	}
}

func TestSeveralFilesAreReadAtOnce(t *testing.T) {
	t.Parallel()
	_, _, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t), postgres.WithClock(newWatch(start).now))
	frozen, evidence := erasable(t, s, "gone")
	record(t, s, "gone", dpo, incident.RequestErasure{Reason: "settled", Others: 1})
	record(t, s, "gone", deputy, incident.ConfirmErasure{})
	record(t, s, "gone", incident.Engine(), incident.BeginErasure{})
	erase(t, s, "gone")
	own, other := putDocument(t, s, "one", "a.txt", "text/plain", "of one"), putDocument(t, s, "two", "b.txt", "text/plain", "of two")
	got, err := s.Documents(t.Context(), []postgres.DocumentOf{
		{Incident: "one", ID: own.ID}, {Incident: "two", ID: other.ID}, {Incident: "gone", ID: frozen.ID}, {Incident: "gone", ID: evidence.ID},
		{Incident: "one", ID: other.ID}, {Incident: "one", ID: "doc_none"}})
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	for of, content := range got {
		said[of.Incident+" "+of.ID] = string(content)
	}
	want := map[string]string{"one " + own.ID: "of one", "two " + other.ID: "of two", "gone " + frozen.ID: `{"people":2}`}
	if !maps.Equal(said, want) {
		t.Errorf("read were %v; want %v", said, want)
	}
}
