package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"tocsin/cmd/tocsin-local/internal/chromium"
)

// keyboard shows that Tab, Enter and typing suffice: to sign in, open a case,
// take its reminder on and say when one became aware.
func (th *theatre) keyboard(t *testing.T) {
	dpo := th.hire(t, "dpo", "en")
	id := th.drill(t, dpo, "keyboard-"+dpo.Email, rings)
	w := th.window(t, "en", chromium.Desktop, false)
	w.Go("/incidents/" + id)

	tabTo(t, w, "#email")
	w.Press(dpo.Email)
	tabTo(t, w, "#password")
	w.Press(dpo.Password)
	w.PressAndFollow(kb.Enter)
	if w.Path() != "/incidents/"+id {
		t.Fatalf("signing in led to %s", w.Path())
	}
	w.Go("/incidents")
	// The first stop leads past the navigation.
	tabTo(t, w, ".skip")
	w.Press(kb.Enter)
	w.Wait("be past the navigation", func() bool { return w.Ask(`document.activeElement.id`) == "main" })
	tabTo(t, w, `main a[href="/incidents/`+id+`"]`)
	w.PressAndFollow(kb.Enter)
	if w.Path() != "/incidents/"+id {
		t.Fatalf("the link led to %s", w.Path())
	}

	w.Until("be reminded", func() bool { return w.Has(`form[action$="/acknowledge"]`) })
	tabTo(t, w, `form[action$="/acknowledge"] button`)
	w.PressAndFollow(kb.Enter)
	if w.Has(`form[action$="/acknowledge"]`) {
		t.Error("the reminder is still to be acknowledged")
	}

	tabTo(t, w, "#awareness summary")
	w.Press(kb.Enter)
	tabTo(t, w, "#aware-at")
	before := w.Ask(`document.querySelector("#aware-at").value`)
	// A date with its time has parts; the fifth is the minute in either language.
	for range 4 {
		w.Press(kb.Tab)
	}
	w.Press(kb.ArrowDown)
	after := w.Ask(`document.querySelector("#aware-at").value`)
	if before == after {
		t.Fatalf("the keys did not change the instant %s", before)
	}
	tabTo(t, w, "#aware-why")
	w.Press("The log of the file exchange shows it.")
	tabTo(t, w, "#awareness button")
	w.PressAndFollow(kb.Enter)
	w.Go("/incidents/" + id + "/timeline")
	if !strings.Contains(w.Ask("document.body.textContent"), "The log of the file exchange shows it.") {
		t.Error("the reason for the instant of awareness is not in the record")
	}
}

// stop is where the focus is.
type stop struct {
	There   bool   `json:"there"`   // it is what was looked for
	Name    string `json:"name"`    // what it is, for the log
	Visible bool   `json:"visible"` // it lies in the window, and a ring is around it
	Back    bool   `json:"back"`    // it stands before the stop before
}

// tabTo presses Tab until something has the focus. Each stop on the way has to
// be seen, and to come after the one before it.
func tabTo(t *testing.T, w *chromium.Window, css string) {
	t.Helper()
	const where = `(function (css) {
		// Between the last stop and the first the focus is with the browser's own buttons.
		var e = document.activeElement || document.body, before = window.stopBefore;
		window.stopBefore = e === document.body ? null : e;
		if (e === document.body) { return JSON.stringify({there: false, name: "", visible: true, back: false}); }
		var box = e.getBoundingClientRect(), style = getComputedStyle(e);
		return JSON.stringify({
			there: e.matches(css), name: e.outerHTML.slice(0, 200),
			visible: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 && box.width > 0 &&
				box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
			back: Boolean(before) && before !== e && before.isConnected && Boolean(e.compareDocumentPosition(before) & Node.DOCUMENT_POSITION_FOLLOWING)
		});
	})(`
	name, err := json.Marshal(css)
	if err != nil {
		t.Fatal(err)
	}
	const most = 300
	for range most {
		w.Press(kb.Tab)
		var at stop
		if err := json.Unmarshal([]byte(w.Ask(where+string(name)+")")), &at); err != nil {
			t.Fatal(err)
		}
		if !at.Visible {
			t.Errorf("%s: the focus is not seen on %s", w.Path(), at.Name)
		}
		if at.Back {
			t.Errorf("%s: the focus goes back to %s", w.Path(), at.Name)
		}
		if at.There {
			return
		}
	}
	t.Fatalf("%s: the key Tab, pressed %d times, does not reach %s", w.Path(), most, css)
}
