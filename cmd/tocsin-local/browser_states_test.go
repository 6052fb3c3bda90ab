package main

import (
	"strings"
	"testing"

	"tocsin/cmd/tocsin-local/internal/chromium"
)

// states visits what a page is when something went wrong, nothing is there, a person
// waits or somebody without an account reads it: each within reach like the page itself.
func (th *theatre) states(t *testing.T) {
	dpo := th.hire(t, "dpo", "es")
	sent := th.addresses(t, dpo)
	id := sent["id"]
	at := "/incidents/" + id
	guest, w := th.window(t, "en", chromium.Desktop, false), th.enter(t, dpo, chromium.Desktop, false)

	for _, refused := range []struct {
		what   string
		window *chromium.Window
		path   string
		fields map[string]string
		button string
		tied   string // the field that names the fault; empty when it is of the whole form
	}{
		{"a wrong password", guest, "/sign-in", map[string]string{"#email": "nobody@example.com", "#password": "wrong"}, "main form button", ""},
		{"a vendor's word with nothing in it", guest, sent["/disclose/{token}"], nil, "main form button", "#happened"},
		{"a report with nothing in it", w, "/incidents/new", nil, "main form button", "#title"},
		{"a case that cannot be closed", w, at, map[string]string{"#close-why": "Over."}, "#close button", ""},
		{"a task with nothing in it", w, at + "/tasks", nil, "#add form button", ""},
		{"evidence without a file", w, at + "/evidence", nil, "#attach button", ""},
		{"a receipt that says nothing", w, at + "/authority", nil, "#file form button", ""},
		{"an awareness without a reason", w, at, map[string]string{"#aware-why": " "}, "#awareness button", ""},
	} {
		t.Run(refused.what, func(t *testing.T) {
			if !strings.HasPrefix(refused.path, "/") {
				refused.path = "/disclose/" + refused.path
			}
			in := refused.window
			in.Go(refused.path)
			in.Ask(`document.querySelectorAll("form").forEach(function (f) { f.noValidate = true; f.removeAttribute("data-upload"); });
				document.querySelectorAll("details").forEach(function (d) { d.open = true; }); "as a browser of another kind"`)
			for css, text := range refused.fields {
				in.Type(css, text)
			}
			in.Follow(refused.button)
			if title := in.Ask("document.title"); !strings.HasPrefix(title, "Error: ") {
				t.Fatalf("the title of the refusal is %q\n%s", title, in.Text("main"))
			}
			in.Wait("have the focus on what is wrong", func() bool {
				return in.Ask(`String(document.activeElement.matches("[role=alert], .wrong"))`) == "true"
			})
			if seen := in.Ask(`(function (b) { return String(b.top >= 0 && b.bottom <= innerHeight); })(document.activeElement.getBoundingClientRect())`); seen != "true" {
				t.Error("what is wrong has to be looked for")
			}
			if refused.tied != "" {
				if told := in.Ask(`(function (e) {
					return e.getAttribute("aria-invalid") + ": " + e.getAttribute("aria-describedby").split(" ").map(function (id) { return document.getElementById(id).innerText; })[0];
				})(document.querySelector("` + refused.tied + `"))`); !strings.HasPrefix(told, "true: ") || len(told) < 20 {
					t.Errorf("the field %s says %q", refused.tied, told)
				}
			}
			reachable(t, in)
		})
	}

	for what, path := range map[string]string{
		"a case that is not there": "/incidents/none", "a search that finds nothing": "/incidents?search=zzzzzzzz",
		"a list of people that is empty": at + "/people/list?state=refused", "a register of no cases": "/register?from=1999-01-01&to=1999-01-02",
	} {
		t.Run(what, func(t *testing.T) {
			w.Go(path)
			reachable(t, w)
		})
	}

	var link struct{ URL string }
	th.give(t, dpo, &link, "counsel", "invite", id, "--name", "A firm", "--days", "3")
	_, secret, _ := strings.Cut(link.URL, "/counsel/")
	guest.Go("/counsel/" + secret)
	reachable(t, guest)
	guest.Follow("main form button")
	guest.SeeAt(".stages")
	reachable(t, guest)

	w.Go(at + "/people")
	w.Attach("#file-field", absolute(t, "dataset.csv"))
	w.Click("#file button")
	w.SeeAt(`form[action$="/people/import"]`)
	reachable(t, w)
}
