package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/workflows"
)

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

type attachAnswer struct {
	recorded
	Document incident.Document `json:"document" doc:"the stored file with its hash"`
}

func (s *server) attachDocument(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := checkQuery(r, "", "name", "note"); err != nil {
		return err
	}
	query := r.URL.Query()
	name := query.Get("name")
	if err := intake.PlainName("name", name); err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	note := query.Get("note")
	if err := s.try(state, user, incident.Attach{Documents: []incident.Document{probe()}, Note: note}); err != nil {
		return err
	}
	body, err := intake.NewUpload(w, r, name, s.MaxUpload)
	if err != nil {
		return err
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		media = "application/octet-stream"
	}
	stored, reply, err := s.attach(r, user, state, name, media, note, body)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, attachAnswer{recorded: answerTo(reply), Document: stored})
	return nil
}

// attach stores a file and records it as evidence.
func (s *server) attach(r *http.Request, user postgres.User, state *incident.State, name, media, note string, body io.Reader) (incident.Document, workflows.Reply, error) {
	content, err := io.ReadAll(body)
	if err != nil {
		return incident.Document{}, workflows.Reply{}, err
	}
	if len(content) == 0 {
		return incident.Document{}, workflows.Reply{}, incident.InvalidField("file", name, "is empty", "a file with content")
	}
	stored, err := s.Store.PutDocument(r.Context(), state.ID, name, media, content)
	if err != nil {
		return stored, workflows.Reply{}, err
	}
	reply, err := s.Engine.Command(r.Context(), state.ID, actor(user), incident.Attach{Documents: []incident.Document{stored}, Note: note})
	return stored, reply, err
}

// probe stands for a document that is not stored yet, to ask whether a command
// would be refused.
func probe() incident.Document {
	return incident.Document{ID: "probe", SHA256: strings.Repeat("0", 64)}
}

type documentList struct {
	Documents []incident.Document `json:"documents" doc:"the files of the case, oldest first"`
}

func (s *server) listDocuments(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, documentList{Documents: append([]incident.Document{}, state.Documents...)})
	return nil
}

// showDocument gives a file as a download: nothing that was uploaded is ever
// shown by the browser as a page of ours.
func (s *server) showDocument(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	if _, ok := dataSetOf(state, r.PathValue("document")); ok {
		if !slices.Contains(leaders(), user.Role) {
			return &incident.Error{Kind: incident.Forbidden, Message: "this file names people affected; ask the DPO or a deputy for it"}
		}
		return s.giveDataSet(w, r, user)
	}
	for _, d := range state.Documents {
		if d.ID != r.PathValue("document") {
			continue
		}
		_, content, err := s.Store.Document(r.Context(), state.ID, d.ID)
		if err != nil {
			return err
		}
		// Evidence may hold people's data: who took it is recorded before it leaves.
		if err := s.Store.RecordForInstallation(r.Context(), actor(user), incident.SeeDocument{Incident: state.ID, Document: d.ID}); err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		asFile(w, d.Name)
		_, err = w.Write(content)
		return err
	}
	return &incident.Error{Kind: incident.NotFound, Field: "document", Value: intake.Shortened(r.PathValue("document")),
		Message: "there is no such file in this case", Expected: "the id of a file of the list of documents"}
}

type entryView struct {
	Index int64           `json:"index" doc:"the place in the whole log, from 0"`
	Hash  string          `json:"hash" doc:"the leaf's hash in base64 (RFC 6962)"`
	Entry json.RawMessage `json:"entry" doc:"the entry in canonical JSON"`
}

type auditList struct {
	Incident string      `json:"incident" doc:"the incident's id"`
	Number   string      `json:"number" doc:"the incident's human number"`
	Entries  []entryView `json:"entries" doc:"the entries, oldest first"`
	Next     int64       `json:"next,omitempty" doc:"what after is for the page that follows; absent on the last"`
}

// auditRows is how many entries are given at once.
const auditRows = 1000

// auditParameters page through entries.
func auditParameters() []parameter {
	return []parameter{
		{name: "after", kind: "integer", doc: "next of the page before"},
		{name: "limit", kind: "integer", doc: "the greatest number of entries, at most 1000; 1000 without it"},
	}
}

func (s *server) listAudit(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	return s.writeAudit(w, r, auditList{Incident: state.ID, Number: state.Number})
}

// listInstallationAudit lists what was recorded for the whole installation.
func (s *server) listInstallationAudit(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	return s.writeAudit(w, r, auditList{Incident: incident.InstallationID})
}

func (s *server) writeAudit(w http.ResponseWriter, r *http.Request, out auditList) error {
	after, limit, err := pageAsked(r, auditRows)
	if err != nil {
		return err
	}
	rows, err := s.Store.EntriesAfter(r.Context(), out.Incident, after, limit+1)
	if err != nil {
		return err
	}
	if len(rows) > limit {
		rows = rows[:limit]
		out.Next = rows[limit-1].Entry.Seq
	}
	out.Entries = make([]entryView, 0, len(rows))
	for _, row := range rows {
		raw, err := row.Entry.MarshalCanonical()
		if err != nil {
			return err
		}
		out.Entries = append(out.Entries, entryView{Index: row.Index, Hash: row.Hash, Entry: raw})
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

type checkpointAnswer struct {
	Checkpoint string    `json:"checkpoint" doc:"the signed checkpoint (C2SP tlog-checkpoint): keep it outside of Tocsin"`
	Size       int64     `json:"size" doc:"the number of entries it covers"`
	SignedAt   time.Time `json:"signed_at" doc:"when it was signed"`
}

func (s *server) checkpoint(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	text, err := s.Store.Checkpoint(r.Context())
	if err != nil {
		return err
	}
	read, err := s.Store.ReadCheckpoint(r.Context(), text)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, checkpointAnswer{Checkpoint: text, Size: read.Size, SignedAt: read.SignedAt})
	return nil
}
