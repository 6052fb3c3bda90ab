package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/report"
	"tocsin/web/wording"
)

// registered opens a case that is decided and one that is filed late, and gives
// both.
func (h *house) registered() (open, filed string) {
	h.t.Helper()
	open = h.openSince(2*time.Hour, "Lost <b>laptop</b>")
	filed = h.openSince(100*time.Hour, "=SUM(A1) exported")
	one := "/api/v1/incidents/" + filed
	h.must(incident.RoleDPO, "POST", one+"/assessments", `{"facts":{"breach":["confidentiality"],"data":[{"kind":"email"}],"people":40,"records":120,
		"exposure":"unknown_recipients"},"decision":{"notify_authority":true,"communicate":false,"reason":"Phishing is likely.","dissent":""}}`)
	h.must(incident.RoleResponder, "POST", one+"/tasks/cut_integration/done", `{"note":"Keys withdrawn."}`)
	h.must(incident.RoleDPO, "POST", one+"/obligations/1/file", `{"receipt":"REGAGE-77","at":"`+time.Now().Add(-time.Minute).Format(time.RFC3339)+`","delay_reasons":"The vendor was silent."}`)
	return open, filed
}

func TestTheRegisterHoldsWhatArticle33Asks(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	shows(t, v.get("/register"), "The register is empty")
	open, filed := h.registered()
	page := v.get("/register")
	shows(t, page, "2 incidents", `href="/incidents/`+open+`"`, `href="/incidents/`+filed+`"`, "Lost &lt;b&gt;laptop", "undecided", "notified", "number REGAGE-77", ">late<",
		"Facts of the breach", "people who are not known have the data", "Keys withdrawn.", "Phishing is likely.", "The vendor was silent.", "confidentiality", "about 40", `aria-current="page">Register`)
	noWordMissing(t, page)
	spanish := h.as(incident.RoleAuditor, "es@example.com", "es").get("/register?outcome=notified")
	shows(t, spanish, "Registro de brechas", "1 incidente", "notificada", "Medidas correctivas", "confidencialidad", "número REGAGE-77")
	noWordMissing(t, spanish)
	if strings.Contains(spanish.body, open) {
		t.Error("the filter lets others through")
	}
	shows(t, v.get("/register?search=regage"), filed, "1 incident<")
	shows(t, v.get("/register?state=closed"), "No incident is like this")
	shows(t, v.get("/register?search=%3Cscript%3E"), `value="&lt;script&gt;"`, "No incident is like this")
	for _, wrong := range []string{"?year=x", "?year=0", "?state=ajar", "?outcome=won", "?severity=grave", "?drills=some", "?search=" + strings.Repeat("x", 300)} {
		got := v.get("/register" + wrong)
		if got.status != http.StatusBadRequest {
			t.Errorf("%s gave %d", wrong, got.status)
		}
		noWordMissing(t, got)
	}
	for _, wrong := range []string{"?moon=full", "?year=2026&year=2025"} {
		if got := v.get("/register" + wrong); got.status != http.StatusBadRequest {
			t.Errorf("%s gave %d", wrong, got.status)
		}
	}
	if got := h.as(incident.RoleAdmin, "admin2@example.com", "en").get("/register"); got.status != http.StatusForbidden {
		t.Errorf("an administrator got %d", got.status)
	}
}

func TestTheFiguresOfAYearAreDrawnAndInNumbers(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleAuditor)
	_, filed := h.registered()
	var one struct {
		Incidents []incident.RegisterEntry `json:"incidents"`
	}
	if err := json.Unmarshal([]byte(h.must(incident.RoleAuditor, "GET", "/api/v1/register?outcome=notified", "")), &one); err != nil || len(one.Incidents) != 1 || one.Incidents[0].ID != filed {
		t.Fatalf("%v, %v", one, err)
	}
	year, _ := one.Incidents[0].Place()
	address := "/register/figures?year=" + strconv.Itoa(year)
	var figures figuresAnswer
	if err := json.Unmarshal([]byte(h.must(incident.RoleAuditor, "GET", "/api/v1"+address, "")), &figures); err != nil || figures.Filed != 1 || figures.InTime != 0 || len(figures.Months) != 12 {
		t.Errorf("the API gives %+v, %v", figures, err)
	}
	page, hours := v.get(address), strconv.FormatFloat(figures.ToFiling.Median, 'f', 1, 64)
	shows(t, page, "0 %: 0 of 1", "From awareness to the first filing", `<td class="number" data-label="Median">`+hours+`</td>`, "<svg", "January", "December")
	noWordMissing(t, page)
	spanish := h.as(incident.RoleAuditor, "es@example.com", "es").get(address)
	shows(t, spanish, "Cifras del año", strings.ReplaceAll(hours, ".", ","), "enero")
	noWordMissing(t, spanish)
	shows(t, v.get("/register/figures?year=1999"), "1999", "–", "No incident is counted in this year.")
	noWordMissing(t, v.get("/register/figures?year=1999"))
	if strings.Contains(page.body, "No incident is counted") || strings.Contains(page.body, "They count as late") {
		t.Error("a year with a case, and nothing overdue, says otherwise")
	}
	if got := v.get("/register/figures?year=soon"); got.status != http.StatusBadRequest {
		t.Errorf("a year that is none gave %d", got.status)
	}
}

func TestAShareIsWholeOnlyWhereAllAreMeant(t *testing.T) {
	for _, c := range [][3]int{{0, 1, 0}, {1, 1, 100}, {1, 3, 33}, {2, 3, 67}, {199, 200, 99}, {1, 300, 1}, {0, 300, 0}} {
		if got := wholePercent(c[0], c[1]); got != c[2] {
			t.Errorf("%d of %d are %d %%; want %d", c[0], c[1], got, c[2])
		}
	}
	p := figuresPage{frame: frame{W: wording.For("en")}}
	p.draw(postgres.RegisterFigures{Incidents: 3, Filed: 2, InTime: 2, Overdue: 1})
	if p.Share != "67 %: 2 of 3" || !strings.Contains(p.Overdue, "not: 1.") {
		t.Errorf("with one that is overdue it says %q and %q", p.Share, p.Overdue)
	}
	p = figuresPage{frame: frame{W: wording.For("en")}}
	p.draw(postgres.RegisterFigures{Incidents: 1, Filed: 1, InTime: 1, ToFiling: postgres.Lengths{Cases: 1, Median: time.Hour, P90: time.Hour}})
	if last := p.Spans[3]; p.Share != "100 %: 1 of 1" || last.From != 1000 || last.Width != 0 || p.Spans[0].Median != "–" {
		t.Errorf("one case is drawn as %q, %+v", p.Share, p.Spans)
	}
}

func TestTheRegisterTurnsItsPages(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleAuditor)
	for i := range registerRows + 1 {
		h.openSince(time.Duration(i+1)*time.Minute, "Case")
	}
	first := v.get("/register?search=case")
	next := between(first.body, `href="/register?after=`, `"`)
	if next == "" || strings.Count(first.body, `<tbody class="register">`) != registerRows {
		t.Fatalf("the first page leads to %q", next)
	}
	second := v.get("/register?after=" + strings.ReplaceAll(next, "&amp;", "&"))
	if strings.Count(second.body, `<tbody class="register">`) != 1 || !strings.Contains(second.body, `href="/register?search=case"`) {
		t.Error("the second page does not hold the rest, or does not lead back")
	}
	var list registerList
	if err := json.Unmarshal([]byte(h.must(incident.RoleAuditor, "GET", "/api/v1/register?limit=10&search=case", "")), &list); err != nil || list.Total != registerRows+1 || len(list.Incidents) != registerRows {
		t.Fatalf("the API gives %d of %d, %v", len(list.Incidents), list.Total, err)
	}
	if err := json.Unmarshal([]byte(h.must(incident.RoleAuditor, "GET", "/api/v1/register?limit=10&search=case&after="+list.Next, "")), &list); err != nil || len(list.Incidents) != 1 {
		t.Errorf("its second page holds %d, %v", len(list.Incidents), err)
	}
	if status, answer := h.ask(incident.RoleAuditor, "GET", "/api/v1/register?outcome=won", ""); status != http.StatusBadRequest || !strings.Contains(answer, `"outcome"`) {
		t.Errorf("a wrong filter gave %d %s", status, answer)
	}
}

// between gives what stands between two texts; empty for nothing.
func between(text, before, after string) string {
	_, rest, found := strings.Cut(text, before)
	if !found {
		return ""
	}
	inside, _, _ := strings.Cut(rest, after)
	return inside
}

func TestTheRegisterIsTakenAwayAndThatIsRecorded(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	h.registered()
	h.must(incident.RoleDPO, "POST", "/api/v1/checkpoint", "{}")
	take := func(format string, further ...string) seen {
		form := url.Values{"format": {format}}
		for i := 0; i+1 < len(further); i += 2 {
			form.Set(further[i], further[i+1])
		}
		return v.do(http.MethodPost, "/register/export", form)
	}
	table := take("csv")
	rows, err := csv.NewReader(strings.NewReader(table.body)).ReadAll()
	if err != nil || table.status != http.StatusOK || rows[0][0] != "Reference" || rows[2][1] != "'=SUM(A1) exported" {
		t.Fatalf("the table gave %d, %v: %.300s", table.status, err, table.body)
	}
	about := map[string]string{}
	for _, row := range rows[4:] {
		about[row[0]] = row[1]
	}
	if about["Incidents"] != "2" || about["What was chosen"] != "all incidents, without drills" || !strings.Contains(about["Last signed state of the log"], " entries, root ") {
		t.Errorf("beside the table stands %v", about)
	}

	book := take("xlsx", "outcome", "notified", "search", "exported")
	opened, err := excelize.OpenReader(strings.NewReader(book.body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	}()
	sheet, err := opened.GetRows("Register")
	if err != nil || len(sheet) != 2 || sheet[1][1] != "=SUM(A1) exported" {
		t.Errorf("the sheet holds %v, %v", sheet, err)
	}
	if beside, err := opened.GetRows("About"); err != nil || beside[3][1] != "Notification: notified; Text: exported" {
		t.Errorf("the other sheet holds %v, %v", beside, err)
	}

	paper := take("pdf")
	if paper.status != http.StatusOK || !strings.HasPrefix(paper.body, "%PDF-") {
		t.Fatalf("the paper gave %d", paper.status)
	}
	// Who took what is recorded with the file's hash, and what was typed is not.
	trail := h.must(incident.RoleDPO, "GET", "/api/v1/audit/entries?kind="+incident.EvRegisterTaken, "")
	for _, file := range []seen{table, book, paper} {
		sum := sha256.Sum256([]byte(file.body))
		if !strings.Contains(trail, hex.EncodeToString(sum[:])) {
			t.Errorf("the hash of a file of %d bytes is not recorded: %s", len(file.body), trail)
		}
	}
	if !strings.Contains(trail, `"filter":{"outcome":"notified","search":"given"}`) || strings.Contains(trail, "exported\"}") {
		t.Errorf("the record holds %s", trail)
	}
	shows(t, v.get("/audit?kind=reads"), "Register of breaches taken away")
	for name, got := range map[string]seen{"no form": take(""), "a form that is none": take("docx"), "a filter that is none": take("csv", "state", "ajar")} {
		if got.status != http.StatusBadRequest {
			t.Errorf("%s gave %d", name, got.status)
		}
	}
	spanish := h.as(incident.RoleAuditor, "es@example.com", "es").do(http.MethodPost, "/register/export", url.Values{"format": {"csv"}})
	if !strings.HasPrefix(spanish.body, "Referencia,Caso,") {
		t.Errorf("in Spanish the table begins with %.60q", spanish.body)
	}
	if got := h.as(incident.RoleResponder, "takes.away@example.com", "en").do(http.MethodPost, "/register/export", url.Values{"format": {"csv"}}); got.status != http.StatusForbidden {
		t.Errorf("a responder takes the register away: %d", got.status)
	}
	if status, _ := h.ask(incident.RoleResponder, "POST", "/api/v1/register/export", `{"format":"csv"}`); status != http.StatusForbidden {
		t.Errorf("a responder took the register: %d", status)
	}
	if answer := h.must(incident.RoleAuditor, "POST", "/api/v1/register/export", `{"format":"csv","year":"1999"}`); !bytes.Contains([]byte(answer), []byte("Incidents,0")) {
		t.Errorf("an empty register is %s", answer)
	}
}

func TestALongTextOfTheRegisterIsShownInPart(t *testing.T) {
	lines, cut := briefLines([]report.RegisterCell{{Key: "facts", Value: strings.Repeat("á", longestLine)}})
	if cut || len([]rune(lines[0].Value)) != longestLine {
		t.Errorf("a text that fits is cut: %v", cut)
	}
	lines, cut = briefLines([]report.RegisterCell{{Key: "state", Value: "open"}, {Key: "facts", Value: strings.Repeat("á", longestLine+1)}})
	if !cut || lines[0].Value != "open" || !strings.HasSuffix(lines[1].Value, "á…") || len([]rune(lines[1].Value)) != longestLine+1 {
		t.Errorf("of a long text %d characters are shown, cut: %v", len([]rune(lines[1].Value)), cut)
	}
}
