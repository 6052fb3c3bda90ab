package web

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
	"tocsin/notice"
	"tocsin/people"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// entriesOfACase is how many entries a case has on average: with 10,000 cases
// the log has a million.
const entriesOfACase = 100

// installation is a large one, made for measuring.
type installation struct {
	*house
	adminURL string
	// usual is a case in its midst, closed an ended one, long one of many
	// entries, large one with many people who were written to.
	usual, closed, long, large string
	// vendor and webhook are one of each.
	vendor, webhook string
}

// newInstallation seeds an installation. Cases of every stage are played through
// the API at several times; then they are copied until there are enough.
func newInstallation(b *testing.B, cluster *postgrestest.Cluster, incidents, people int) *installation {
	b.Helper()
	adminURL, ownerURL, appURL := cluster.Migrated(b)
	now := time.Now()
	clock := func() time.Time { return now }
	store := postgrestest.Open(b, appURL, postgrestest.Keys(b), postgres.WithClock(func() time.Time { return clock() }))
	composer := composerFor(b, notice.Config{From: "tocsin@example.com", Controller: "Example"})
	handler, err := New(Config{
		Store: store, Engine: straight{store}, Composer: composer, PublicURL: "http://127.0.0.1",
		LinkKey: bytes.Repeat([]byte("k"), 32), Logger: slog.New(slog.DiscardHandler), Clock: func() time.Time { return clock() },
		Controller: Controller{Name: "Example", ContactName: map[string]string{"en": "DPO"}, Email: "dpo@example.com",
			PageURL: "https://privacy.example.com/incident"},
	})
	if err != nil {
		b.Fatal(err)
	}
	in := &installation{adminURL: adminURL, house: &house{t: b, store: store, server: httptest.NewServer(handler), tokens: map[incident.Role]string{}}}
	b.Cleanup(in.server.Close)
	for _, role := range incident.Roles() {
		_, token, err := store.CreateUser(b.Context(), postgres.NewUser{
			Email: string(role) + "@example.com", Name: string(role), Role: role, Locale: "en", Zone: "Europe/Madrid", Password: rand.Text(),
		})
		if err != nil {
			b.Fatal(err)
		}
		in.tokens[role] = token
	}

	in.others()
	// Of every five cases one is open, at one of three stages.
	var cases []string
	for i := range 25 {
		ago := time.Duration(i*i+1) * time.Hour
		now = time.Now().Add(-ago)
		id := in.play(i, now)
		cases = append(cases, id)
		switch i {
		case 0:
			in.usual = id
		case 4:
			in.closed = id
		}
	}
	now = time.Now()
	in.usual = in.play(25, now)
	postgrestest.Multiply(b, adminURL, cases, incidents-len(cases)-3)
	in.long = in.openCase(27, now)
	in.lengthen(in.long, max(incidents/2, 100))
	in.large = in.openCase(28, now)
	in.crowd(ownerURL, people)
	vacuum(b, adminURL)
	return in
}

// others puts vendors and a webhook on their lists.
func (in *installation) others() {
	in.t.Helper()
	for i := range 200 {
		in.vendor = in.house.vendor(fmt.Sprintf(`{"name":"Vendor %d Analytics","contract_hours":24}`, i))
	}
	var made webhookSecret
	answer := in.must(incident.RoleDPO, "POST", "/api/v1/webhooks", `{"name":"Ticketing","url":"https://hooks.example.com/x","kinds":["incident.opened"]}`)
	if err := json.Unmarshal([]byte(answer), &made); err != nil {
		in.t.Fatal(err)
	}
	in.webhook = made.ID
}

// play plays a case to a stage that its number says: assessed, drafted and with a
// notice for a few people, or filed and closed.
func (in *installation) play(n int, now time.Time) string {
	in.t.Helper()
	id := in.openCase(n, now)
	one := "/api/v1/incidents/" + id
	in.must(incident.RoleDPO, "POST", one+"/documents?name=vendor.txt", "what the vendor wrote")
	in.must(incident.RoleResponder, "POST", one+"/tasks/cut_integration/done", `{"note":"keys withdrawn"}`)
	stage := n % 5
	if stage > 2 {
		in.must(incident.RoleDPO, "POST", one+"/assessments", `{"facts":{},"decision":{"notify_authority":false,"communicate":false,"reason":"no risk"}}`)
		in.lengthen(id, entriesOfACase-8)
		in.must(incident.RoleDPO, "POST", one+"/close", `{"reason":"done"}`)
		return id
	}
	in.must(incident.RoleDPO, "POST", one+"/assessments", `{"facts":{},"decision":{"notify_authority":true,"communicate":true,"reason":"risk"}}`)
	in.must(incident.RoleDPO, "POST", one+"/notifications", `{"authority":"AEPD"}`)
	in.must(incident.RoleDPO, "POST", one+"/public", "{}")
	in.must(incident.RoleDPO, "POST", one+"/people?name=a.csv", "email,name,organisation\nana@example.com,Ana,One\nbo@example.com,Bo,Two\n")
	in.sent(id, 1, `{"template":"affected","content":`+fmt.Sprintf(noticeOf(""), "")+`}`)
	in.lengthen(id, entriesOfACase-8)
	return id
}

func (in *installation) openCase(n int, now time.Time) string {
	in.t.Helper()
	body := fmt.Sprintf(anIncident, now.Add(-time.Hour).Format(time.RFC3339))
	body = strings.NewReplacer(`"key":"k"`, fmt.Sprintf(`"key":"size-%d"`, n), "Exported data set", fmt.Sprintf("Data set %d exported", n),
		"Mirador Analytics", fmt.Sprintf("Vendor %d Analytics", n)).Replace(body)
	var answer struct{ ID string }
	if err := json.Unmarshal([]byte(in.must(incident.RoleDPO, "POST", "/api/v1/incidents", body)), &answer); err != nil {
		in.t.Fatal(err)
	}
	return answer.ID
}

// lengthen adds entries to a case.
func (in *installation) lengthen(id string, entries int) {
	in.t.Helper()
	for i := range entries {
		command := incident.GiveDelayReasons{Obligation: 1, Reasons: fmt.Sprintf("Reason %d: the vendor answers slowly.", i)}
		if _, err := (straight{in.store}).Command(in.t.Context(), id, incident.Actor{Role: incident.RoleDPO}, command); err != nil {
			in.t.Fatal(err)
		}
	}
}

// crowd imports people into the large case, in two rounds of which the first was
// sent; a few bounced, were refused or cannot be reached. Half of them have an account.
func (in *installation) crowd(ownerURL string, n int) {
	in.t.Helper()
	one := "/api/v1/incidents/" + in.large
	in.must(incident.RoleDPO, "POST", one+"/assessments", `{"facts":{},"decision":{"notify_authority":true,"communicate":true,"reason":"risk"}}`)
	in.importPeople(1, 0, n*4/5)
	in.importPeople(2, n*4/5, n)
	accounts, err := in.store.StageAccounts(in.t.Context())
	if err != nil {
		in.t.Fatal(err)
	}
	for i := 0; i < n; i += 2 {
		if err := accounts.Add(in.t.Context(), postgres.ControllerAccount{Email: fmt.Sprintf("person%d@example.com", i), UserID: fmt.Sprint("u-", i)}); err != nil {
			in.t.Fatal(err)
		}
	}
	if _, err := accounts.Finish(in.t.Context(), incident.Actor{Role: incident.RoleDPO},
		incident.LoadAccounts{Source: incident.AccountsFromFile, SHA256: strings.Repeat("0", 64)}); err != nil {
		in.t.Fatal(err)
	}
	in.must(incident.RoleDPO, "POST", one+"/mailings", `{"template":"affected","round":1,"content":`+fmt.Sprintf(noticeOf(""), "")+`}`)
	in.must(incident.RoleApprover, "POST", one+"/mailings/1/approve", "{}")
	in.must(incident.RoleDPO, "POST", one+"/mailings/1/start", "{}")
	if err := in.store.PrepareDeliveries(in.t.Context(), in.large, 1); err != nil {
		in.t.Fatal(err)
	}
	// As the sender leaves them; it has its own benchmark.
	in.exec(ownerURL, `
		UPDATE tocsin.delivery SET state = CASE WHEN person % 50 = 0 THEN 'refused' ELSE 'accepted' END, owner = 'a-worker', claimed_at = now(),
			settled_at = now(), code = 250, attempt = 1, message_id = encode(sha256(int8send(id)), 'hex') || '@example.com',
			sha256 = sha256(int8send(id)), relay = 'relay.example.com:25'
		WHERE incident = '`+in.large+`' AND state = 'pending'`)
	vacuum(in.t, in.adminURL)
	counts, _, err := in.store.Counts(in.t.Context(), in.large, 1)
	if err != nil {
		in.t.Fatal(err)
	}
	finish := incident.FinishMailing{Round: 1, Counts: counts, SHA256: strings.Repeat("0", 64)}
	if _, err := (straight{in.store}).Command(in.t.Context(), in.large, incident.Engine(), finish); err != nil {
		in.t.Fatal(err)
	}
	in.must(incident.RoleDPO, "POST", one+"/mailings", `{"template":"affected","round":2,"content":`+fmt.Sprintf(noticeOf(""), "")+`}`)
}

// importPeople imports a round of people with the numbers from first to before end.
func (in *installation) importPeople(round, first, end int) {
	in.t.Helper()
	ctx := in.t.Context()
	name := fmt.Sprint("file-", round)
	w, err := in.store.StageImport(ctx, in.large, name)
	if err != nil {
		in.t.Fatal(err)
	}
	from, to := io.Pipe()
	go func() {
		_, err := io.WriteString(to, "email,name,country,locale,user_id,organisation\n")
		for i := first; i < end && err == nil; i++ {
			country := []string{"ES", "DE", "FR", "IT", "PT"}[i%5]
			_, err = fmt.Fprintf(to, "person%d@example.com,Person %d,%s,%s,u-%d,Company %d\n", i, i, country, strings.ToLower(country), i, i%100)
		}
		_ = to.CloseWithError(err)
	}()
	sum, err := people.Read(ctx, from, people.Options{Keys: in.store.Matcher()}, func(p people.Person) error {
		_, err := w.AddRow(ctx, &p)
		return err
	})
	if err != nil {
		in.t.Fatal(err)
	}
	if err := w.Finish(ctx); err != nil {
		in.t.Fatal(err)
	}
	counts := incident.PeopleCounts{Rows: sum.Rows, Accepted: sum.Accepted, Undeliverable: sum.Undeliverable, Duplicates: sum.Duplicates,
		Rejected: sum.RejectedRows, ByCountry: sum.ByCountry, ByKind: sum.ByDataKind}
	command := incident.ImportPeople{Round: round, Import: name, SHA256: fmt.Sprintf("%064d", round), Counts: counts}
	if _, err := (straight{in.store}).Command(ctx, in.large, incident.Actor{Role: incident.RoleDPO}, command); err != nil {
		in.t.Fatal(err)
	}
}

func (in *installation) exec(url, statement string) {
	in.t.Helper()
	conn, err := pgx.Connect(in.t.Context(), url)
	if err != nil {
		in.t.Fatal(err)
	}
	if _, err := conn.Exec(in.t.Context(), statement); err != nil {
		in.t.Fatal(err)
	}
	if err := conn.Close(in.t.Context()); err != nil {
		in.t.Fatal(err)
	}
}

// vacuum does what PostgreSQL does by itself some minutes after a large change.
func vacuum(t testing.TB, adminURL string) {
	t.Helper()
	(&installation{house: &house{t: t}}).exec(adminURL, `VACUUM ANALYZE`)
	(&installation{house: &house{t: t}}).exec(adminURL, `CHECKPOINT`)
}
