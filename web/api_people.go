package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/people"
	"tocsin/postgres"
	"tocsin/smtp"
	"tocsin/web/intake"
)

// importAnswer is what came out of a file.
type importAnswer struct {
	recorded
	Round         int               `json:"round" doc:"the round into which the people came"`
	Rows          int               `json:"rows" doc:"the rows of the file"`
	Accepted      int               `json:"accepted" doc:"the people whom mail can reach"`
	Undeliverable int               `json:"undeliverable" doc:"the people whom mail cannot reach"`
	Duplicates    int               `json:"duplicates" doc:"the rows merged into another"`
	Widened       int               `json:"widened" doc:"the people of earlier files of whom this one exposes further kinds of data"`
	WidenedTold   int               `json:"widened_told" doc:"how many of them were told before: they are owed a follow-up"`
	Rejected      []people.Rejected `json:"rejected" doc:"the rows that could not be read, with the line and why"`
	RejectedRows  int               `json:"rejected_rows" doc:"the number of all rows that could not be read"`
	ByCountry     map[string]int    `json:"by_country" doc:"people per country code"`
	ByDataKind    map[string]int    `json:"by_data_kind" doc:"people per kind of data"`
	ByLanguage    map[string]int    `json:"by_language" doc:"people per language of the notice"`
	Unreachable   map[string]int    `json:"undeliverable_by" doc:"the people whom mail cannot reach, by the reason"`
	Columns       map[string]string `json:"columns" doc:"which field each column filled"`
	LeftColumns   []string          `json:"left_columns" doc:"the columns that were not used"`
	Format        people.Format     `json:"format" doc:"CSV, TSV, JSON Lines or XLSX, found by the content"`
	Encoding      string            `json:"encoding" doc:"how letters are written, such as UTF-8 or Windows-1252"`
	Warnings      []string          `json:"warnings" doc:"what to know about the file: a guessed encoding, sheets that were not read"`
}

func (s *server) importPeople(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := checkQuery(r, "map", "name", "round"); err != nil {
		return err
	}
	round, err := wholeNumber(r, "round", 10_000)
	if err != nil {
		return err
	}
	columns, err := columnMap(r.URL.Query()["map"])
	if err != nil {
		return err
	}
	name, err := optionalName(r)
	if err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	body, err := intake.NewUpload(w, r, name, s.MaxPeople)
	if err != nil {
		return err
	}
	out, err := s.importFile(r, user, state, fileOfPeople{name: name, body: body, columns: columns, round: int(round)})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

// fileOfPeople is a file that is to be imported.
type fileOfPeople struct {
	name    string
	body    io.Reader
	columns map[string]string
	round   int
	// sha256 is the hash of the file that was looked at before, hexadecimal;
	// empty when none was.
	sha256 string
	// reading is told how far it is; nil when nobody asks.
	reading *reading
}

// importFile stores the people of a file and records them as an import.
func (s *server) importFile(r *http.Request, user postgres.User, state *incident.State, file fileOfPeople) (out importAnswer, err error) {
	if err := s.unlessErased(r.Context(), state); err != nil {
		return out, err
	}
	command := incident.ImportPeople{Round: file.round, Import: "m" + strings.ToLower(rand.Text()), SHA256: strings.Repeat("0", 64)}
	if err := s.try(state, user, command); err != nil {
		return out, err
	}
	read := &importRun{s: s, incident: state.ID, name: file.name, command: command, columns: file.columns, reading: file.reading}
	if err := read.store(r, file.reading.through(file.body)); err != nil {
		return out, err
	}
	if file.sha256 != "" && file.sha256 != read.command.SHA256 {
		return out, errors.Join(incident.InvalidField("file", file.name, "is not the file that was looked at", "the very same file, or look at this one first"),
			read.discard(r.Context()))
	}
	if err := read.somebody(state); err != nil {
		return out, errors.Join(err, read.discard(r.Context()))
	}
	reply, err := s.Engine.Command(r.Context(), state.ID, actor(user), read.command)
	if err != nil {
		return out, errors.Join(err, read.discard(r.Context()))
	}
	after, err := s.Store.State(r.Context(), state.ID)
	if err != nil {
		return out, err
	}
	if err := s.Store.CountAhead(r.Context(), state.ID); err != nil {
		s.Logger.WarnContext(r.Context(), "people could not be counted ahead", "incident", state.ID, "error", err.Error())
	}
	sum := read.summary
	out = importAnswer{
		recorded: answerTo(reply), Rows: sum.Rows, Accepted: read.command.Counts.Accepted,
		Undeliverable: read.command.Counts.Undeliverable, Duplicates: read.command.Counts.Duplicates, Rejected: sum.Rejected,
		RejectedRows: sum.RejectedRows, ByCountry: sum.ByCountry, ByDataKind: sum.ByDataKind, ByLanguage: sum.ByLanguage,
		Columns: sum.Columns, LeftColumns: sum.LeftColumns, Unreachable: sum.UndeliverableBy,
		Format: sum.Format, Encoding: sum.Encoding, Warnings: sum.Warnings,
	}
	for _, round := range after.Rounds {
		for _, i := range round.Imports {
			if i.Import == read.command.Import {
				out.Round, out.Widened, out.WidenedTold = round.N, i.Counts.Widened, i.Counts.WidenedTold
			}
		}
	}
	return out, nil
}

func columnMap(pairs []string) (map[string]string, error) {
	out := map[string]string{}
	for _, pair := range pairs {
		column, field, ok := strings.Cut(pair, "=")
		if !ok || column == "" || field == "" {
			return nil, incident.InvalidField("map", intake.Shortened(pair), "is not a pair", "COLUMN=FIELD, such as Mail=email")
		}
		out[column] = field
	}
	return out, nil
}

// importRun reads a file into the store, where nobody sees it until it is recorded.
type importRun struct {
	s        *server
	incident string
	name     string
	command  incident.ImportPeople
	columns  map[string]string
	reading  *reading
	writer   *postgres.ImportWriter
	summary  people.Summary
}

func (i *importRun) store(r *http.Request, body io.Reader) error {
	ctx := r.Context()
	var err error
	if i.writer, err = i.s.Store.StageImport(ctx, i.incident, i.command.Import); err != nil {
		return err
	}
	hash := sha256.New()
	options := people.Options{Map: i.columns, Name: i.name, CheckEmail: mailable, Keys: i.s.Store.Matcher()}
	known := newTally()
	options.More = func(p people.Person) error {
		i.reading.row()
		ours, err := i.writer.ExtendRow(ctx, &p)
		if !ours {
			known.further(p)
		}
		return err
	}
	i.summary, err = people.Read(ctx, io.TeeReader(body, hash), options, func(p people.Person) error {
		i.reading.row()
		again, err := i.writer.AddRow(ctx, &p)
		if again {
			known.count(p)
		}
		return err
	})
	i.reading.read()
	if err == nil {
		known.takeFrom(&i.summary)
		err = i.writer.Finish(ctx)
	}
	if err != nil {
		return errors.Join(err, i.discard(ctx))
	}
	i.command.SHA256 = hex.EncodeToString(hash.Sum(nil))
	sum := i.summary
	i.command.Counts = incident.PeopleCounts{
		Rows: sum.Rows, Accepted: sum.Accepted, Undeliverable: sum.Undeliverable, Duplicates: sum.Duplicates, Rejected: sum.RejectedRows,
		ByCountry: sum.ByCountry, ByKind: sum.ByDataKind,
	}
	i.command.Counts.Widened, i.command.Counts.WidenedByKind = i.writer.Widened()
	return nil
}

// discard throws away what was staged, also when the caller is gone: nobody's
// data stay behind for an import that was not recorded.
func (i *importRun) discard(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return i.writer.Discard(ctx)
}

// somebody refuses an import that would add nobody: it would leave a round
// without people, which no mailing could ever finish.
func (i *importRun) somebody(state *incident.State) error {
	if i.command.Counts.Accepted+i.command.Counts.Undeliverable+i.command.Counts.Widened > 0 {
		return nil
	}
	for _, round := range state.Rounds {
		for _, done := range round.Imports {
			if done.SHA256 == i.command.SHA256 {
				return &incident.Error{Kind: incident.Conflict,
					Message: fmt.Sprintf("this very file was imported into round %d already", round.N)}
			}
		}
	}
	if i.command.Counts.Duplicates > 0 {
		return &incident.Error{Kind: incident.Conflict,
			Message: "everybody in this file was imported into this incident before, and it exposes no further data: there is nothing to add"}
	}
	return incident.InvalidField("file", "", "holds nobody", "at least one row that can be read")
}

// tally counts people as [people.Summary] does, so that those whom an earlier
// import had can be taken out of it.
type tally struct {
	accepted, people                           int
	undeliverable, countries, languages, kinds map[string]int
}

func newTally() *tally {
	return &tally{undeliverable: map[string]int{}, countries: map[string]int{}, languages: map[string]int{}, kinds: map[string]int{}}
}

func (t *tally) count(p people.Person) {
	t.people++
	if p.Undeliverable == "" {
		t.accepted++
	} else {
		t.undeliverable[p.Undeliverable]++
	}
	t.countries[cmp.Or(p.Country, people.UnknownCountry)]++
	t.languages[p.Language]++
	t.further(p)
}

// further counts kinds of data that a further row exposed.
func (t *tally) further(p people.Person) {
	for _, kind := range p.Kinds {
		t.kinds[kind]++
	}
}

func (t *tally) takeFrom(sum *people.Summary) {
	sum.Accepted -= t.accepted
	sum.Undeliverable -= t.people - t.accepted
	sum.People -= t.people
	sum.Duplicates += t.people
	for _, pair := range [][2]map[string]int{
		{sum.UndeliverableBy, t.undeliverable}, {sum.ByCountry, t.countries}, {sum.ByLanguage, t.languages}, {sum.ByDataKind, t.kinds},
	} {
		for key, n := range pair[1] {
			if pair[0][key] -= n; pair[0][key] <= 0 {
				delete(pair[0], key)
			}
		}
	}
}

// mailable says why mail cannot reach an address.
func mailable(address string) error {
	_, err := smtp.ParseAddress(address)
	return err
}

// personView is one affected person.
type personView struct {
	ID         int64             `json:"id" doc:"the person's number"`
	Round      int               `json:"round" doc:"the round"`
	Name       string            `json:"name" doc:"the name"`
	Email      string            `json:"email" doc:"the address"`
	Locale     string            `json:"locale" doc:"the language of the notice"`
	Country    string            `json:"country" doc:"the country's code"`
	Fields     map[string]string `json:"fields" doc:"further columns of the file"`
	Kinds      []string          `json:"data_kinds" doc:"the kinds of data concerned"`
	State      string            `json:"state" doc:"the state of the delivery"`
	Why        string            `json:"why,omitempty" doc:"why mail cannot reach the person"`
	Code       int               `json:"code,omitempty" doc:"the relay's last reply code"`
	InAccounts bool              `json:"in_accounts" doc:"whether the person has an account of the controller's, as far as accounts are loaded"`
	Attempts   int               `json:"attempts" doc:"how often the notice was handed over"`
	Resent     bool              `json:"resent" doc:"whether the notice may have arrived twice"`
	MessageID  string            `json:"message_id,omitempty" doc:"the message's id"`
	SettledAt  *time.Time        `json:"settled_at,omitempty" doc:"when the last outcome came, real time"`
	BouncedAt  *time.Time        `json:"bounced_at,omitempty" doc:"when a report said that the notice will not arrive, real time"`
	Bounce     string            `json:"bounce_class,omitempty" doc:"why it came back: no_such_mailbox, mailbox_disabled, mailbox_full, no_such_domain, sender_refused, too_big, network, receiving_system, protocol_or_content, policy or other"`
	DelayedAt  *time.Time        `json:"delayed_at,omitempty" doc:"when a server last said that it goes on trying, real time"`
}

type peopleList struct {
	People []personView `json:"people" doc:"the people"`
	Next   int64        `json:"next,omitempty" doc:"give it as after for the next page; absent on the last"`
	Erased string       `json:"erased,omitempty" doc:"that the people's data were erased, when and why; absent while they were not"`
}

func (s *server) listPeople(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := checkQuery(r, "", "state", "round", "account", "limit", "after"); err != nil {
		return err
	}
	q := postgres.PeopleQuery{State: r.URL.Query().Get("state"), Account: r.URL.Query().Get("account")}
	states := []string{"", postgres.StatePending, postgres.StateSending, postgres.StateAccepted, postgres.StateDeferred,
		postgres.StateRefused, postgres.StateUndeliverable, postgres.StateUnknown, postgres.StateBounced, postgres.StateWithheld}
	if !slices.Contains(states, q.State) {
		return incident.InvalidField("state", intake.Shortened(q.State), "is not known", incident.Say("one of: %s", strings.Join(states[1:], ", ")))
	}
	for _, p := range []struct {
		name string
		most int64
		to   func(int64)
	}{
		{"round", 10_000, func(n int64) { q.Round = int(n) }},
		{"limit", 1000, func(n int64) { q.Limit = int(n) }},
		{"after", 1 << 60, func(n int64) { q.After = n }},
	} {
		n, err := wholeNumber(r, p.name, p.most)
		if err != nil {
			return err
		}
		p.to(n)
	}
	if q.Limit == 0 {
		q.Limit = 100
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	out := peopleList{People: []personView{}}
	if out.Erased, err = s.erasedInWords(r.Context(), state); err != nil {
		return err
	}
	if out.Erased != "" {
		writeJSON(w, http.StatusOK, out)
		return nil
	}
	rows, err := s.peopleOf(r.Context(), state, q)
	if err != nil {
		return err
	}
	if err := s.looked(r.Context(), user, incident.SeePeople{Incident: state.ID, What: incident.SeenList, Round: q.Round, State: q.State, People: len(rows)}); err != nil {
		return err
	}
	for _, p := range rows {
		out.People = append(out.People, personView{
			ID: p.ID, Round: p.Round, Name: p.Name, Email: p.Email, Locale: p.Locale, Country: p.Country,
			Fields: maps.Clone(p.Fields), Kinds: append([]string{}, p.Kinds...), State: p.State, Why: p.Why, Code: p.Code,
			InAccounts: p.InAccounts, Attempts: p.Attempts, Resent: p.Resent, MessageID: p.MessageID, SettledAt: local(p.SettledAt, time.UTC),
			BouncedAt: local(p.BouncedAt, time.UTC), Bounce: p.BounceClass, DelayedAt: local(p.DelayedAt, time.UTC),
		})
		if len(rows) == q.Limit {
			out.Next = p.ID
		}
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

// looked records that somebody looks at people, before they are shown.
func (s *server) looked(ctx context.Context, user postgres.User, look incident.SeePeople) error {
	return s.Store.RecordForInstallation(ctx, actor(user), look)
}

// roundView is a round of people with its mailing.
type roundView struct {
	N          int                     `json:"n" doc:"the number within the incident"`
	Kind       string                  `json:"kind" doc:"to whom it writes: affected, affected_organisation, follow_up or not_affected"`
	Scope      string                  `json:"scope,omitempty" doc:"to whom of them: changed, told or rest"`
	Reason     string                  `json:"reason,omitempty" doc:"why a person opened it; absent when an import began it"`
	Recipients int                     `json:"recipients,omitempty" doc:"how many people it was opened for; absent when an import began it"`
	Status     string                  `json:"status" doc:"none, drafted, approved, sending, finished or stopped"`
	People     int                     `json:"people" doc:"the number of people"`
	Imports    []incident.PeopleCounts `json:"imports" doc:"the numbers of each file"`
	Drafts     []draftView             `json:"drafts" doc:"the versions of the notice"`
	StartedAt  *time.Time              `json:"started_at,omitempty" doc:"when sending began"`
	FinishedAt *time.Time              `json:"finished_at,omitempty" doc:"when sending ended"`
	Counts     incident.DeliveryCounts `json:"counts" doc:"the recorded outcome, once finished"`
	StopReason string                  `json:"stop_reason,omitempty" doc:"why it was stopped"`
}

func roundOf(r incident.Round, place *time.Location) roundView {
	v := roundView{N: r.N, Kind: r.To(), Scope: r.Scope, Reason: r.Reason, Recipients: r.Recipients.People, Status: r.Status, People: r.People(), Imports: []incident.PeopleCounts{}, Drafts: []draftView{},
		StartedAt: local(r.StartedAt, place), FinishedAt: local(r.FinishedAt, place), Counts: r.Counts, StopReason: r.StopReason}
	for _, i := range r.Imports {
		v.Imports = append(v.Imports, i.Counts)
	}
	for _, d := range r.Drafts {
		v.Drafts = append(v.Drafts, draftOf(d, place))
	}
	return v
}

// roundOfPath loads the incident of the path and reads the round beside it.
func (s *server) roundOfPath(r *http.Request) (*incident.State, int, error) {
	state, err := s.incidentOf(r)
	if err != nil {
		return nil, 0, err
	}
	n, err := roundNumber(r, state)
	return state, n, err
}

// roundNumber reads the round of the path; "latest" is the last one.
func roundNumber(r *http.Request, state *incident.State) (int, error) {
	text := r.PathValue("round")
	if text == "latest" && len(state.Rounds) > 0 {
		return len(state.Rounds), nil
	}
	n, err := strconv.Atoi(text)
	if text == "latest" || (err == nil && state.Round(n) == nil) {
		return 0, &incident.Error{Kind: incident.NotFound, Field: "round", Value: intake.Shortened(text), Message: "there is no such round",
			Expected: "a round of people that were imported"}
	}
	if err != nil {
		return 0, incident.InvalidField("round", intake.Shortened(text), "is not a number", "a whole number from 1, or latest")
	}
	return n, nil
}
