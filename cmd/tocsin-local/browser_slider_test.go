package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"tocsin/cmd/tocsin-local/internal/chromium"
)

// slider walks through a case moment by moment: with the slider and with the steps
// beside it, by the keyboard alone, on a phone and without scripts, by when things
// were recorded and by when they happened.
func (th *theatre) slider(t *testing.T) {
	dpo := th.hire(t, "dpo", "en")
	id := th.drill(t, dpo, "slider-"+dpo.Email, "2025-11-25T18:05:00+01:00")
	th.give(t, dpo, nil, "task", "done", id, "cut_integration", "--note", "Keys revoked.")
	th.give(t, dpo, nil, "task", "done", id, "secure_evidence", "--note", "Logs kept.")
	for what, c := range map[string]struct {
		shape         chromium.Shape
		withoutScript bool
	}{"on a phone": {chromium.Phone, false}, "without scripts": {chromium.Desktop, true}} {
		w := th.enter(t, dpo, c.shape, c.withoutScript)
		for _, by := range []string{"recorded", "happened"} {
			w.Go("/incidents/" + id + "/at?step=1&by=" + by)
			walked := func(to string) {
				t.Helper()
				if got := w.Text(`label[for="step"]`); !strings.HasPrefix(got, "Moment "+to+" of ") {
					t.Errorf("%s, by what was %s: the slider stands at %q, not at %s", what, by, got, to)
				}
				if got := w.Ask(`document.querySelector("input[name=by]:checked").value`); got != by {
					t.Errorf("%s: it is walked by what was %s, not %s", what, got, by)
				}
			}
			walked("1")
			tabTo(t, w, "#step")
			w.Press(kb.ArrowRight)
			if got := w.Ask(`document.querySelector("#step").value`); got != "2" {
				t.Fatalf("%s: an arrow moved the slider to %s", what, got)
			}
			tabTo(t, w, "#walk button")
			w.PressAndFollow(kb.Enter)
			walked("2")
			tabTo(t, w, `#walk a[href*="step=1"]`)
			w.PressAndFollow(kb.Enter)
			walked("1")
			tabTo(t, w, `#walk a[href*="step=2"]`)
			w.PressAndFollow(kb.Enter)
			walked("2")
			if got := w.Ask(`String(document.documentElement.scrollWidth <= innerWidth)`); got != "true" {
				t.Errorf("%s: the page is wider than the window", what)
			}
		}
	}
}
