package web

import (
	"archive/zip"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/wording"
)

func TestTheAuditTrailDrawsTheLogAndHandsItOut(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id := h.open()
	empty := v.get("/audit")
	shows(t, empty, "Entries</strong>", "Checkpoint</strong>", "Nothing yet: it is signed", "Mail to the first DPO</strong> nothing yet", "Witness</strong> not set up", "Time stamp</strong> not set up")
	noWordMissing(t, empty)
	if strings.Contains(empty.body, `id="root"`) {
		t.Error("a root is shown before anything was signed")
	}
	h.must(incident.RoleDPO, "POST", "/api/v1/checkpoint", "{}")
	head, err := h.store.LogHead(t.Context())
	if err != nil || head.Root == "" {
		t.Fatalf("%+v, %v", head, err)
	}
	h.openSince(time.Hour, "Another case")
	page := v.get("/audit")
	shows(t, page, "<code>"+strings.ReplaceAll(head.Root[:shortRoot], "+", "&#43;")+"…</code>", `<code id="root" class="break">`+strings.ReplaceAll(head.Root, "+", "&#43;")+`</code>`,
		`data-copy="root"`, "came after the last signature", "One signature and one root over", `action="/audit/bundle"`, "VERIFY.md", "tocsin audit verify --checkpoint")
	noWordMissing(t, page)
	spanish := h.as(incident.RoleAuditor, "es@example.com", "es").get("/audit")
	shows(t, spanish, "Testigo</strong> no configurado", "Punto de control</strong>", "Entregarlo a quien lo compruebe")
	noWordMissing(t, spanish)

	state, err := h.store.State(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, named := range []string{state.Number, " " + id + " "} {
		got := v.do(http.MethodPost, "/audit/bundle", url.Values{"incident": {named}})
		if got.status != http.StatusOK {
			t.Fatalf("%q gave %d: %.200s", named, got.status, got.body)
		}
		bundle, err := zip.NewReader(strings.NewReader(got.body), int64(len(got.body)))
		if err != nil || !slices.ContainsFunc(bundle.File, func(f *zip.File) bool { return f.Name == "VERIFY.md" }) {
			t.Errorf("%q gave no bundle that says how it is checked: %v", named, err)
		}
	}
	for _, wrong := range []string{"", "INC-1999-0001", "<b>"} {
		if got := v.do(http.MethodPost, "/audit/bundle", url.Values{"incident": {wrong}}); got.status != http.StatusBadRequest {
			t.Errorf("%q gave %d", wrong, got.status)
		}
	}
	if got := h.as(incident.RoleResponder, "r2@example.com", "en").do(http.MethodPost, "/audit/bundle", url.Values{"incident": {state.Number}}); got.status != http.StatusForbidden {
		t.Errorf("a responder got %d", got.status)
	}
	shows(t, v.get("/audit?kind="+incident.EvBundlePrepared), "VERIFY.md")
}

func TestThePictureOfTheLogSaysWhereACheckpointWent(t *testing.T) {
	h := newHouse(t)
	h.open()
	at := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	drawn, err := (&server{Config: Config{Store: h.store}}).drawLog(t.Context(), postgres.LogHead{Size: 7, Signed: 5, Root: "AAAABBBBCCCCDDDD", SignedAt: at,
		Sent: []postgres.LogSent{{To: incident.ToFurther, Size: 4, At: at}}}, wording.For("en"), zoneOf("UTC"))
	if err != nil {
		t.Fatal(err)
	}
	if drawn.Short != "AAAABBBBCCCC…" || !strings.Contains(drawn.Entries, "2 of them") {
		t.Errorf("it says %+v", drawn)
	}
	reached := []bool{}
	for _, end := range drawn.Ends {
		reached = append(reached, end.Reached)
	}
	if !slices.Equal(reached, []bool{false, true, false, false}) {
		t.Errorf("it was reached: %v of %+v", reached, drawn.Ends)
	}
}
