package web

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
	"tocsin/postgres/postgrestest"
)

// measuredFor bounds how long one page is asked.
const measuredFor = 10 * time.Second

// notPages are routes that answer a file or lead elsewhere: their time is that of
// what they carry.
func notPages() []string {
	return []string{
		"GET " + oneCasePage + "/people/untold", "GET " + oneCasePage + "/organisations/list", "GET " + oneCase + "/people/untold",
		"GET " + oneCase + "/people/organisation", "GET " + oneCasePage + "/people/file", "GET " + oneCasePage + "/people/data-set", "GET " + oneCasePage + "/people/import",
		"GET " + oneCasePage + "/people/reading/{key}", "GET /account/second-factor.png", "GET /account/second-factor",
		"GET " + oneCasePage + "/data-set", "GET " + oneCase + "/data-set",
	}
}

// asked is one address that is measured.
type asked struct{ name, path string }

// BenchmarkSize asks every page and every list of the API of installations of
// three sizes, and 20 clients the list of the API at once. The yardsticks are a
// page rendered from memory, and the rows of the list read by pgx alone.
//
// It stands in this package because the table of routes does: a new page is
// measured without anybody adding it here. It needs no engine, since what only
// reads asks none.
func BenchmarkSize(b *testing.B) {
	cluster := postgrestest.Start(b, true)
	for _, size := range []struct{ incidents, people int }{{100, 10_000}, {1_000, 100_000}, {10_000, 1_000_000}} {
		b.Run(fmt.Sprintf("%d_incidents", size.incidents), func(b *testing.B) {
			began := time.Now()
			in := newInstallation(b, cluster, size.incidents, size.people)
			b.Logf("seeded in %s", time.Since(began).Round(time.Second))
			v := in.as(incident.RoleDPO, "reader@example.com", "es")
			for _, page := range in.pagesToAsk() {
				b.Run("page/"+page.name, func(b *testing.B) { v.measure(b, page.path) })
			}
			for _, list := range in.listsToAsk() {
				b.Run("api/"+list.name, func(b *testing.B) {
					in.measure(b, func() (*http.Request, error) { return in.request(b.Context(), list.path) })
				})
			}
			b.Run("20_clients", func(b *testing.B) { in.measureClients(b, 20) })
			b.Run("yardstick/template", measureTemplate)
			b.Run("yardstick/rows", func(b *testing.B) { in.measureRows(b) })
		})
	}
}

// pagesToAsk are the pages of the table, those of a case for several cases.
func (in *installation) pagesToAsk() []asked {
	var list []asked
	for _, p := range (&server{}).pageTable() {
		if p.method == http.MethodGet && !slices.Contains(notPages(), "GET "+p.path) {
			list = append(list, in.variants(p.path)...)
		}
	}
	return append(list, asked{"incidents?search", "/incidents?search=Vendor+7"}, asked{"people/list?refused", "/incidents/" + in.large + "/people/list?state=refused"},
		asked{"people/list?pending", "/incidents/" + in.large + "/people/list?state=pending&round=1"},
		asked{"people/list?no_account", "/incidents/" + in.large + "/people/list?account=no"})
}

func (in *installation) listsToAsk() []asked {
	var list []asked
	for _, r := range (&server{}).table() {
		if r.method == http.MethodGet && r.path != oneCase+"/mailings/{round}/proof" && !slices.Contains(notPages(), "GET "+r.path) {
			list = append(list, in.variants(r.path)...)
		}
	}
	return append(list, asked{"incidents?search", "/api/v1/incidents?search=Vendor+7"}, asked{"incidents?closed", "/api/v1/incidents?open=false"})
}

// variants are the addresses of a route.
func (in *installation) variants(path string) []asked {
	name := strings.TrimPrefix(strings.TrimPrefix(path, "/api/v1"), "/")
	path = strings.NewReplacer("{vendor}", in.vendor, "{webhook}", in.webhook).Replace(path)
	if !strings.Contains(path, "{id}") {
		if strings.Contains(path, "{") {
			in.t.Logf("%s is not measured: nothing of that kind is seeded", path)
			return nil
		}
		return []asked{{name, path}}
	}
	name = strings.TrimPrefix(strings.TrimPrefix(name, "incidents/{id}"), "/")
	var list []asked
	for _, c := range []struct{ which, id string }{{"usual", in.usual}, {"closed", in.closed}, {"long", in.long}, {"large", in.large}} {
		state, err := in.store.State(in.t.Context(), c.id)
		if err != nil {
			in.t.Fatal(err)
		}
		if strings.Contains(path, "{document}") && len(state.Documents) == 0 || strings.Contains(path, "{round}") && len(state.Rounds) == 0 ||
			strings.Contains(path, "/public") && c.which != "usual" || strings.Contains(path, "copy-sheet") && c.which != "usual" ||
			strings.Contains(path, "{obligation}/") && c.which == "closed" {
			continue
		}
		document := ""
		if len(state.Documents) > 0 {
			document = state.Documents[0].ID
		}
		full := strings.NewReplacer("{id}", c.id, "{obligation}", "1", "{round}", "1", "{document}", document, "{locale}", "en").Replace(path)
		if strings.HasSuffix(path, "/at") {
			form := "2006-01-02T15:04:05"
			if strings.HasPrefix(path, "/api/") {
				form = time.RFC3339
			}
			full += "?time=" + url.QueryEscape(time.Now().UTC().Add(24*time.Hour).Format(form))
		}
		list = append(list, asked{name + ":" + c.which, full})
	}
	return list
}

func (in *installation) request(ctx context.Context, path string) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, in.server.URL+path, nil)
	if err == nil {
		r.Header.Set("Authorization", "Bearer "+in.tokens[incident.RoleDPO])
	}
	return r, err
}

// measure asks for a page with the visitor's session, as a browser does.
func (v *visitor) measure(b *testing.B, path string) {
	b.Helper()
	jar := v.http.Jar
	(&installation{house: v.h}).measure(b, func() (*http.Request, error) {
		r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, v.h.server.URL+path, nil)
		if err != nil {
			return nil, err
		}
		for _, cookie := range jar.Cookies(r.URL) {
			r.AddCookie(cookie)
		}
		return r, nil
	})
}

// staticFile is a file of ours that a page loads.
var staticFile = regexp.MustCompile(`(?:href|src)="(/static/[^"]+)"`)

// measure asks one after the other, without the network, and reports the time, and
// the bytes that a first load transfers.
func (in *installation) measure(b *testing.B, ask func() (*http.Request, error)) {
	b.Helper()
	var took []time.Duration
	var last *httptest.ResponseRecorder
	answer := func() {
		r, err := ask()
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", "gzip")
		last = httptest.NewRecorder()
		began := time.Now()
		in.server.Config.Handler.ServeHTTP(last, r)
		took = append(took, time.Since(began))
		if last.Code != http.StatusOK {
			b.Fatalf("%s gave %d: %.300s", r.URL.Path, last.Code, last.Body)
		}
	}
	answer() // connections are open, and plans are made
	first := took[0]
	took = took[:0]
	began := time.Now()
	b.ResetTimer()
	for range b.N {
		if answer(); time.Since(began) > measuredFor {
			break
		}
	}
	b.StopTimer()
	reportSize(b, took)
	b.ReportMetric(ms(first), "ms-first")
	b.ReportMetric(float64(last.Body.Len())/1000, "kB")
	if strings.HasPrefix(last.Header().Get("Content-Type"), "text/html") {
		whole := last.Body.Len()
		for _, m := range staticFile.FindAllStringSubmatch(last.Body.String(), -1) {
			file := httptest.NewRecorder()
			r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, m[1], nil)
			r.Header.Set("Accept-Encoding", "gzip")
			in.server.Config.Handler.ServeHTTP(file, r)
			whole += file.Body.Len()
		}
		b.ReportMetric(float64(whole)/1000, "kB-first-load")
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func reportSize(b *testing.B, took []time.Duration) {
	b.Helper()
	slices.Sort(took)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ms(took[len(took)/2]), "ms-p50")
	b.ReportMetric(ms(took[(len(took)*99+99)/100-1]), "ms-p99")
	b.ReportMetric(float64(len(took)), "asked")
}

// measureClients lets clients ask for the list at once, over sockets, each as
// soon as it has its answer.
func (in *installation) measureClients(b *testing.B, clients int) {
	b.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	var mu sync.Mutex
	var took []time.Duration
	var all sync.WaitGroup
	b.ResetTimer()
	for range clients {
		all.Go(func() {
			for range max(b.N, 100) {
				r, err := in.request(b.Context(), "/api/v1/incidents")
				if err != nil {
					b.Error(err)
					return
				}
				began := time.Now()
				response, err := client.Do(r)
				if err != nil {
					b.Error(err)
					return
				}
				var body bytes.Buffer
				_, err = body.ReadFrom(response.Body)
				one := time.Since(began)
				if err != nil || response.StatusCode != http.StatusOK || response.Body.Close() != nil {
					b.Errorf("the list gave %d, %v", response.StatusCode, err)
					return
				}
				mu.Lock()
				took = append(took, one)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(took) > 0 {
		reportSize(b, took)
	}
}

// measureTemplate renders a page of a hundred rows that nobody has to read first.
func measureTemplate(b *testing.B) {
	page := template.Must(template.New("").Parse(`<!doctype html><title>{{.Title}}</title><table>{{range .Rows}}<tr>{{range .}}<td>{{.}}</td>{{end}}</tr>{{end}}</table>`))
	rows := make([][]string, 100)
	for i := range rows {
		rows[i] = strings.Split(strings.Repeat("INC-2026-"+strconv.Itoa(i)+",", 8), ",")
	}
	var took []time.Duration
	for range b.N {
		var out bytes.Buffer
		began := time.Now()
		if err := page.Execute(&out, map[string]any{"Title": "Incidents", "Rows": rows}); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	reportSize(b, took)
}

// measureRows reads the rows of the list without anything around them.
func (in *installation) measureRows(b *testing.B) {
	conn, err := pgx.Connect(b.Context(), in.adminURL)
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := conn.Close(b.Context()); err != nil {
			b.Error(err)
		}
	}()
	var took []time.Duration
	for range b.N {
		began := time.Now()
		rows, err := conn.Query(b.Context(), `SELECT id, number, title, vendor, stage, due_at, people, next_action FROM tocsin.incident ORDER BY urgency, id LIMIT 100`)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := pgx.CollectRows(rows, pgx.RowToMap); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	reportSize(b, took)
}
