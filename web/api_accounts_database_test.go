package web

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"tocsin/controllerdb"
	"tocsin/incident"
	"tocsin/notice"
	"tocsin/postgres/postgrestest"
	"tocsin/templates"
)

// shopURL makes a controller's database in the role of a reader of one view.
func shopURL(t *testing.T) string {
	t.Helper()
	adminURL, _, _ := postgrestest.New(t)
	conn, err := pgx.Connect(t.Context(), adminURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := conn.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	u, err := url.Parse(adminURL)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/")
	if _, err := conn.Exec(t.Context(), strings.ReplaceAll(`
		CREATE SCHEMA shop;
		CREATE TABLE shop.customer (id bigint PRIMARY KEY, mail text);
		INSERT INTO shop.customer SELECT n, 'customer' || n || '@example.com' FROM generate_series(1, 5000) n;
		CREATE VIEW shop.accounts AS SELECT mail AS email, id::text AS user_id FROM shop.customer;
		CREATE ROLE reader_of_% LOGIN PASSWORD 'only-for-tests';
		GRANT CONNECT ON DATABASE % TO reader_of_%;
		GRANT USAGE ON SCHEMA shop TO reader_of_%;
		GRANT SELECT ON shop.accounts TO reader_of_%`, "%", name)); err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("reader_of_"+name, "only-for-tests")
	return u.String()
}

// queries lets the house read its accounts by a query.
func (h *house) queries(databaseURL, query string) {
	h.t.Helper()
	source, err := controllerdb.New(databaseURL, query)
	if err != nil {
		h.t.Fatal(err)
	}
	composer, err := notice.New(templates.Mail(), notice.Config{From: "tocsin@example.com", Controller: "Example"})
	if err != nil {
		h.t.Fatal(err)
	}
	handler, err := New(Config{Store: h.store, Engine: straight{h.store}, Composer: composer, PublicURL: "http://127.0.0.1",
		LinkKey: bytes.Repeat([]byte("k"), 32), Logger: slog.New(slog.DiscardHandler), Accounts: source})
	if err != nil {
		h.t.Fatal(err)
	}
	h.server.Close()
	h.server = httptest.NewServer(handler)
	h.t.Cleanup(h.server.Close)
}

func TestAccountsComeFromTheControllersOwnDatabase(t *testing.T) {
	const path = "/api/v1/people/accounts/from-database"
	h := newHouse(t)
	one := "/api/v1/incidents/" + h.open()
	h.must(incident.RoleDPO, "POST", one+"/people?name=a.csv",
		"email,name,country,user_id\nCustomer7@Example.com,Ana,ES,x\nbo@example.org,Bo,FR,4242\ncy@example.org,Cy,DE,none\n")
	if status, answer := h.ask(incident.RoleDPO, "POST", path, "{}"); status != http.StatusConflict || !strings.Contains(answer, controllerdb.URLSetting) {
		t.Errorf("without a database it is %d %s", status, answer)
	}
	shop := shopURL(t)
	h.queries(shop, "SELECT email, user_id FROM shop.accounts")
	matching := func() (v matchingView) {
		if err := json.Unmarshal([]byte(h.must(incident.RoleDPO, "GET", one+"/people/matching", "")), &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	audit := func() string { return h.must(incident.RoleAuditor, "GET", "/api/v1/audit", "") }
	trial := h.must(incident.RoleDeputy, "POST", path, `{"dry_run":true}`)
	if !strings.Contains(trial, `"accounts":5000`) || !strings.Contains(trial, `"dry_run":true`) || strings.Contains(trial, "loaded_at") {
		t.Errorf("the trial says %s", trial)
	}
	if v := matching(); v.Accounts != 0 || strings.Contains(audit(), incident.EvAccountsLoaded) {
		t.Errorf("the trial left %+v and %s", v, audit())
	}
	var loaded accountsAnswer
	if err := json.Unmarshal([]byte(h.must(incident.RoleDPO, "POST", path, "{}")), &loaded); err != nil {
		t.Fatal(err)
	}
	if loaded.Accounts != 5000 || loaded.Source != incident.AccountsFromDatabase || loaded.LoadedAt == nil {
		t.Errorf("loading says %+v", loaded)
	}
	if v := matching(); v.Accounts != 5000 || v.InAccounts != 2 || v.NotInAccounts != 1 || v.NotInFile != 4998 {
		t.Errorf("the matching is %+v", v)
	}
	recorded := audit()
	for _, part := range []string{incident.EvAccountsLoaded, loaded.SHA256, `"source":"database"`, `"accounts":5000`, `"query_sha256":"`} {
		if !strings.Contains(recorded, part) {
			t.Errorf("the record lacks %s: %s", part, recorded)
		}
	}
	if strings.Contains(recorded, "example.") {
		t.Error("a person stands in the record")
	}

	// A query that fails half-way leaves the accounts of before in place.
	h.queries(shop, "SELECT CASE WHEN user_id = '4900' THEN (1 / (length(email) - length(email)))::text ELSE 'n' || email END AS email FROM shop.accounts")
	status, answer := h.ask(incident.RoleDPO, "POST", path, "{}")
	if status != http.StatusConflict || !strings.Contains(answer, "accounts of before still count") || strings.Contains(answer, "customer") {
		t.Errorf("a query that fails gives %d %s", status, answer)
	}
	if v := matching(); v.Accounts != 5000 || v.InAccounts != 2 {
		t.Errorf("after a query that failed the matching is %+v", v)
	}
	if after := audit(); after != recorded {
		t.Errorf("a query that failed was recorded: %s", after)
	}
}
