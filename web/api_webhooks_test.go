package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
)

func TestAWebhookIsKeptThroughTheAPI(t *testing.T) {
	h := newHouse(t)
	const hooks = "/api/v1/webhooks"
	var made webhookSecret
	answer := h.must(incident.RoleAdmin, "POST", hooks, `{"name":"Ticketing","url":"https://hooks.example.com/hidden-path","kinds":["incident.opened","deadline.overdue"]}`)
	if err := json.Unmarshal([]byte(answer), &made); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(made.Secret, "whsec_") || !strings.HasPrefix(made.ID, "wh_") {
		t.Errorf("adding gave %s", answer)
	}
	chat := h.must(incident.RoleDPO, "POST", hooks, `{"name":"Chat","url":"https://hooks.slack.example.com/x","form":"slack","language":"es"}`)
	if strings.Contains(chat, "secret") {
		t.Errorf("a chat's webhook has a secret: %s", chat)
	}
	one := hooks + "/" + made.ID
	h.must(incident.RoleDPO, "POST", one+"/change", `{"name":"Tickets"}`)
	if rotated := h.must(incident.RoleDPO, "POST", one+"/rotate", ""); !strings.Contains(rotated, "whsec_") || strings.Contains(rotated, made.Secret) {
		t.Errorf("a rotation gave %s", rotated)
	}
	h.must(incident.RoleDPO, "POST", one+"/test", "")
	h.must(incident.RoleDPO, "POST", one+"/off", "")
	if status, answer := h.ask(incident.RoleDPO, "POST", one+"/test", ""); status != http.StatusConflict {
		t.Errorf("a test of a webhook that is off: %d %s", status, answer)
	}
	h.must(incident.RoleDPO, "POST", one+"/on", "")
	h.must(incident.RoleDPO, "POST", one+"/replay", `{"from":"`+time.Now().Format(time.RFC3339Nano)+`"}`)
	for _, from := range []string{"", "yesterday", "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"} {
		if status, answer := h.ask(incident.RoleDPO, "POST", one+"/replay", `{"from":"`+from+`"}`); status != http.StatusBadRequest || !strings.Contains(answer, `"from"`) {
			t.Errorf("a replay from %q: %d %s", from, status, answer)
		}
	}
	list := h.must(incident.RoleAuditor, "GET", hooks, "")
	for _, want := range []string{`"name":"Tickets"`, `"host":"hooks.example.com"`, `"state":"on"`, `"language":"es"`, "webhook.failing"} {
		if !strings.Contains(list, want) {
			t.Errorf("the list lacks %s: %s", want, list)
		}
	}
	if attempts := h.must(incident.RoleAuditor, "GET", one+"/attempts", ""); attempts != "{\"attempts\":[]}\n" {
		t.Errorf("the attempts are %q", attempts)
	}
	h.must(incident.RoleDPO, "POST", one+"/end", "")
	if status, _ := h.ask(incident.RoleDPO, "GET", one+"/attempts", ""); status != http.StatusNotFound {
		t.Errorf("the attempts at a webhook that was ended: %d", status)
	}
	audit := h.must(incident.RoleDPO, "GET", "/api/v1/audit", "")
	if strings.Count(audit, incident.EvWebhookChanged) != 9 || strings.Contains(audit+list, "hidden-path") || strings.Contains(audit+list, "whsec_") {
		t.Errorf("the record says %s", audit)
	}
}

func TestAWebhookToSomewhereElseIsRefused(t *testing.T) {
	h := newHouse(t)
	for name, c := range map[string]struct{ body, field string }{
		"without encryption":     {`{"name":"N","url":"http://hooks.example.com/hush"}`, "url"},
		"to this machine":        {`{"name":"N","url":"https://127.0.0.1/hush"}`, "url"},
		"to a cloud's metadata":  {`{"name":"N","url":"https://169.254.169.254/hush"}`, "url"},
		"with a password":        {`{"name":"N","url":"https://hush:hush@hooks.example.com/"}`, "url"},
		"to another port":        {`{"name":"N","url":"https://hooks.example.com:6379/hush"}`, "url"},
		"to nowhere":             {`{"name":"N","url":""}`, "url"},
		"of an unknown form":     {`{"name":"N","url":"https://hooks.example.com/","form":"fax"}`, "form"},
		"of an unknown kind":     {`{"name":"N","url":"https://hooks.example.com/","kinds":["x"]}`, "kinds"},
		"of no kinds":            {`{"name":"N","url":"https://hooks.example.com/","kinds":[]}`, "kinds"},
		"in an unknown language": {`{"name":"N","url":"https://hooks.example.com/","language":"la"}`, "language"},
		"with more than asked":   {`{"name":"N","url":"https://hooks.example.com/","state":"on"}`, "state"},
	} {
		status, answer := h.ask(incident.RoleDPO, "POST", "/api/v1/webhooks", c.body)
		if status != http.StatusBadRequest || !strings.Contains(answer, `"field":"`+c.field+`"`) || strings.Contains(answer, "hush") {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
	if list := h.must(incident.RoleDPO, "GET", "/api/v1/webhooks", ""); list != "{\"webhooks\":[]}\n" {
		t.Errorf("there are %s", list)
	}
}
