package main

import (
	"net/http"
	"strings"
	"testing"

	"tocsin/cmd/tocsin-local/internal/chromium"
)

// live shows that an open page follows what others do: without being loaded again,
// and without taking from anybody what they are typing.
func (th *theatre) live(t *testing.T) {
	dpo, deputy := th.hire(t, "dpo", "en"), th.hire(t, "deputy", "en")
	id := th.drill(t, dpo, "live-"+dpo.Email, "2025-11-25T18:05:00+01:00")
	one := "/incidents/" + id
	tasks, overview := th.enter(t, dpo, chromium.Desktop, false), th.enter(t, dpo, chromium.Phone, false)
	typing, other := th.enter(t, dpo, chromium.Desktop, false), th.enter(t, deputy, chromium.Desktop, false)
	tasks.Go(one + "/tasks")
	overview.Go(one)
	typing.Go(one + "/tasks")
	watched := map[string]*chromium.Window{"tasks": tasks, "overview": overview, "typing": typing}
	for _, w := range watched {
		w.Ask(`window.notLoadedAgain = "so it is"`)
		w.Ask(`document.querySelectorAll("details").forEach(function (d) { d.open = true; }); "unfolded"`)
	}
	const (
		note    = "Rotated at noon by the person on call"
		begun   = "What I was wri"
		field   = "#note-1"
		written = `document.querySelector("#note-1").value`
	)
	typing.Type(field, begun)

	other.Go(one + "/tasks")
	other.Type(field, note)
	other.Follow(`form[action$="/tasks/1/done"] button`)

	tasks.See(note)
	overview.See(note)
	typing.See("Something here has changed")
	if got := typing.Ask(written); got != begun {
		t.Errorf("of what was typed %q is left", got)
	}
	if tasks.Has(field) {
		t.Error("the task that was done can still be done")
	}
	for what, w := range watched {
		if got := w.Ask(`String(window.notLoadedAgain)`); got != "so it is" {
			t.Errorf("the page %s was loaded again", what)
		}
		if folded := w.Ask(`Array.from(document.querySelectorAll("main details:not([open])")).map(function (d) { return d.innerText; }).join()`); what == "overview" && folded != "" {
			t.Errorf("what was unfolded was folded: %s", folded)
		}
	}
	// What was kept back comes when its part is left.
	typing.Ask(`var f = document.querySelector("#note-1"); f.value = f.defaultValue; f.blur(); "left"`)
	typing.Wait("see that the task is done", func() bool { return !typing.Has(field) })
	if got := typing.Ask(`String(window.notLoadedAgain)`); got != "so it is" {
		t.Error("the page was loaded again when its field was left")
	}

	// Whoever signed out elsewhere sees the case no longer, and neither does who had
	// the old password.
	asked := func(w *chromium.Window) func() bool {
		return func() bool { return strings.HasPrefix(w.Path(), "/sign-in") }
	}
	if status, _, _ := th.fetch(t, http.MethodPost, "/sign-out", tasks.Cookies(), "application/x-www-form-urlencoded", nil); status != http.StatusSeeOther {
		t.Fatalf("signing out gave %d", status)
	}
	tasks.Wait("be asked to sign in after signing out", asked(tasks))
	if got := overview.Ask(`String(window.notLoadedAgain)`); got != "so it is" {
		t.Error("another session's page was loaded again")
	}
	typing.Go("/account")
	fresh := dpo.Password + " and more"
	for css, value := range map[string]string{"#old": dpo.Password, "#new": fresh, "#again": fresh} {
		typing.Type(css, value)
	}
	typing.Follow(`form[action="/account/password"] button`)
	overview.Wait("be asked to sign in after a new password", asked(overview))
	if asked(typing)() {
		t.Error("who changed the password is asked to sign in")
	}
}
