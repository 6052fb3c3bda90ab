package web

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/smtp"
	"tocsin/web/intake"
	"tocsin/workflows"
)

// nothing is the body of a request that needs none.
type nothing struct{}

// file is a file inside a JSON document.
type file struct {
	// Name is the file's name, without a path.
	Name string `json:"name" check:"required" doc:"the file's name, without a path"`
	// MediaType is the file's media type.
	MediaType string `json:"media_type" doc:"the media type, such as message/rfc822"`
	// Content is the file.
	Content []byte `json:"content" check:"required" doc:"the file's bytes in base64"`
}

// openRequest opens an incident.
type openRequest struct {
	// Key is the client's own key: the same again answers the same incident.
	Key string `json:"key" doc:"your own key: the same key again answers the same incident"`
	// Disclosure is what was told.
	Disclosure disclosureRequest `json:"disclosure" check:"required" doc:"what was told, by whom and when"`
	// Files are the attachments' bytes.
	Files []file `json:"files" doc:"the files that the disclosure's attachments name"`
}

// disclosureRequest is a disclosure as people write it down.
type disclosureRequest struct {
	Title               string                 `json:"title" check:"required" doc:"a few words that name the case, without naming people"`
	Kind                string                 `json:"kind" check:"required" doc:"vendor, person, authority, press, own_detection or other"`
	Vendor              *vendorRequest         `json:"vendor" doc:"the vendor that told us"`
	ReceivedAt          time.Time              `json:"received_at" check:"required" doc:"when the message reached us, an instant with offset"`
	ProcessorDetectedAt *time.Time             `json:"processor_detected_at" doc:"when the vendor says that it found out"`
	OccurredFrom        *time.Time             `json:"occurred_from" doc:"when the breach began"`
	OccurredTo          *time.Time             `json:"occurred_to" doc:"when the breach ended"`
	Awareness           *incident.SetAwareness `json:"awareness" doc:"the instant of awareness with its reason; without it the clock runs from received_at until somebody decides"`
	Zone                string                 `json:"zone" check:"required" doc:"an IANA name such as Europe/Madrid"`
	Authority           string                 `json:"authority" check:"required" doc:"the code of the competent authority, such as AEPD"`
	Summary             string                 `json:"summary" doc:"what happened, in plain words"`
	PersonalData        string                 `json:"personal_data" check:"required" doc:"yes, no or unknown"`
	Attachments         []string               `json:"attachments" doc:"the names of the files that came with it"`
	Screening           map[string]string      `json:"screening" doc:"yes, no or unknown by the key of a question of /api/v1/law/questions"`
	Obligations         []incident.Duty        `json:"obligations" doc:"further duties that you have confirmed: regime, authority or recipient, country, reason"`
	Exercise            *incident.Exercise     `json:"exercise" doc:"present when this is a drill: its pace and where its clock starts"`
}

// vendorRequest names a vendor.
type vendorRequest struct {
	// Name is the vendor's name; it may be left out where the id is given.
	Name string `json:"name" doc:"the vendor's name; without it that of the list"`
	// ID is the vendor's id in the list; empty where nobody says which one it is.
	ID string `json:"id,omitempty" doc:"the vendor's id in the list of vendors, to link the case to it"`
	// ContactEmail is an address there.
	ContactEmail string `json:"contact_email" doc:"an address of the vendor that can be mailed"`
}

// facts gives the part of a disclosure that the record holds: without the
// vendor's address, which stands in the stored document alone.
func (d disclosureRequest) facts() incident.Disclosure {
	value := func(t *time.Time) time.Time {
		if t == nil {
			return time.Time{}
		}
		return t.UTC()
	}
	out := incident.Disclosure{
		Title: d.Title, Kind: d.Kind, ReceivedAt: d.ReceivedAt.UTC(),
		ProcessorDetectedAt: value(d.ProcessorDetectedAt), OccurredFrom: value(d.OccurredFrom), OccurredTo: value(d.OccurredTo),
		PersonalData: d.PersonalData, Summary: d.Summary, Authority: strings.ToUpper(d.Authority), Zone: d.Zone,
		Awareness: d.Awareness, Exercise: d.Exercise, Screening: d.Screening, Duties: d.Obligations,
	}
	if d.Vendor != nil {
		out.Vendor = d.Vendor.Name
	}
	return out
}

func (s *server) openIncident(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body openRequest
	// Base64 needs a third more than the files.
	if err := intake.DecodeJSON(w, r, s.MaxUpload*3/2+intake.MaxJSON, &body); err != nil {
		return err
	}
	if v := body.Disclosure.Vendor; v != nil && v.Name == "" && v.ID == "" {
		return incident.InvalidField("disclosure.vendor.name", "", "is missing", "the vendor's name, or the id of a vendor of the list")
	}
	reply, err := s.openCase(r.Context(), user, body)
	if err != nil {
		return err
	}
	status := http.StatusCreated
	if len(reply.Events) == 0 {
		status = http.StatusOK
	}
	writeJSON(w, status, answerTo(reply))
	return nil
}

// openCase opens an incident from what was told. The reply has no events when the
// key's incident had been opened before.
func (s *server) openCase(ctx context.Context, user postgres.User, body openRequest) (workflows.Reply, error) {
	if err := limitKey(body.Key); err != nil {
		return workflows.Reply{}, err
	}
	if v := body.Disclosure.Vendor; v != nil && v.ContactEmail != "" {
		if _, err := smtp.ParseAddress(v.ContactEmail); err != nil {
			// An address is never repeated in an error.
			return workflows.Reply{}, incident.InvalidField("disclosure.vendor.contact_email", "", "is not an address that can be mailed",
				"an address such as security@example.com")
		}
	}
	if err := s.checkFiles(body); err != nil {
		return workflows.Reply{}, err
	}
	record, err := s.vendorOf(ctx, body.Disclosure.Vendor)
	if err != nil {
		return workflows.Reply{}, err
	}
	id := workflows.NewIncidentID(body.Key)
	command := incident.Open{ID: id, Key: body.Key, Disclosure: body.Disclosure.facts()}
	command.Disclosure.VendorRecord = record
	if state, err := s.Store.State(ctx, id); err == nil && state.Exists() && body.Key != "" {
		return workflows.Reply{Incident: state.ID, Number: state.Number, Seq: state.Seq}, nil
	}
	if err := s.try(&incident.State{}, user, command); err != nil {
		return workflows.Reply{}, err
	}
	raw, err := json.MarshalIndent(body.Disclosure, "", " ")
	if err != nil {
		return workflows.Reply{}, err
	}
	files := append([]file{{Name: "disclosure.json", MediaType: "application/json", Content: raw}}, body.Files...)
	for _, f := range files {
		stored, err := s.Store.PutDocument(ctx, id, f.Name, f.MediaType, f.Content)
		if err != nil {
			return workflows.Reply{}, err
		}
		command.Documents = append(command.Documents, stored)
	}
	return s.Engine.Command(ctx, id, actor(user), command)
}

func limitKey(key string) error {
	if len(key) > 200 || !utf8.ValidString(key) {
		return incident.InvalidField("key", "", "is too long", "at most 200 bytes")
	}
	return nil
}

// checkFiles refuses files that are too large, have no plain name, or are not
// those that the disclosure names.
func (s *server) checkFiles(body openRequest) error {
	sent := map[string]bool{}
	var total int64
	for _, f := range body.Files {
		if err := intake.PlainName("files.name", f.Name); err != nil {
			return err
		}
		if sent[f.Name] {
			return incident.InvalidField("files.name", f.Name, "is given twice", "each file once")
		}
		sent[f.Name] = true
		total += int64(len(f.Content))
	}
	if total > s.MaxUpload {
		return intake.TooLarge("files", intake.InUnits(total), s.MaxUpload)
	}
	named := map[string]bool{}
	for _, name := range body.Disclosure.Attachments {
		named[name] = true
		if !sent[name] {
			return incident.InvalidField("disclosure.attachments", intake.Shortened(name), "names a file that was not sent",
				"the name of a file that goes with the request")
		}
	}
	for _, f := range body.Files {
		if !named[f.Name] {
			return incident.InvalidField("files.name", f.Name, "is not among the disclosure's attachments", "a file that the disclosure names")
		}
	}
	return nil
}

// optionalName is the name of the file in the body, which may be left out.
func optionalName(r *http.Request) (string, error) {
	name := r.URL.Query().Get("name")
	if name == "" {
		return "", nil
	}
	return name, intake.PlainName("name", name)
}
