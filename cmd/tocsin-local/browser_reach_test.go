package main

import (
	"testing"

	"tocsin/cmd/tocsin-local/internal/chromium"
)

// reachable holds a page, with every part unfolded, against what people need who see
// little, hear it, or have no mouse: axe-core on both screens, no scrolling sideways on
// a phone and at 400 %, the same with the wider spacing that some readers set, and a
// focus that is seen wherever it goes.
func reachable(t *testing.T, w *chromium.Window) {
	t.Helper()
	defer w.Reshape(chromium.Desktop)
	w.Ask(`document.querySelectorAll("details").forEach(function (d) { d.open = true; }); "unfolded"`)
	for name, shape := range map[string]chromium.Shape{"desktop": chromium.Desktop, "phone": chromium.Phone} {
		w.Reshape(shape)
		for _, barrier := range w.Barriers() {
			t.Errorf("%s on a %s: %s", w.Path(), name, barrier)
		}
		if lost := w.Ask(lostFocus); lost != "" {
			t.Errorf("%s on a %s: the focus is not seen: %s", w.Path(), name, lost)
		}
		if wide := w.Ask(tooWide); wide != "" {
			t.Errorf("%s on a %s is wider than the screen: %s", w.Path(), name, wide)
		}
	}
	w.Reshape(chromium.Magnified)
	if wide := w.Ask(tooWide); wide != "" {
		t.Errorf("%s at 400 %% is wider than the screen: %s", w.Path(), wide)
	}
	w.Ask(spaced)
	if wide := w.Ask(tooWide); wide != "" {
		t.Errorf("%s at 400 %% and with wide spacing is wider than the screen: %s", w.Path(), wide)
	}
	w.Reshape(chromium.Phone)
	if cut := w.Ask(cutOff); cut != "" {
		t.Errorf("%s on a phone and with wide spacing cuts text off: %s", w.Path(), cut)
	}
	w.Ask(`document.adoptedStyleSheets = []; "as before"`)
}

// tooWide names what sticks out of the screen.
const tooWide = `document.documentElement.scrollWidth <= document.documentElement.clientWidth ? "" :
	"" + document.documentElement.scrollWidth + ": " + (Array.from(document.querySelectorAll("main *, header *")).filter(function (e) {
		return !e.closest(".places, .tabs") && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1;
	}).map(function (e) { return e.outerHTML.slice(0, 120); }).reverse()[0] || "something")`

// spaced sets the spacing of WCAG 2.2, 1.4.12, as a reader's own style would.
const spaced = `(function () {
	var sheet = new CSSStyleSheet();
	sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; } p { margin-bottom: 2em !important; }");
	document.adoptedStyleSheets = [sheet];
	return "spaced";
})()`

// cutOff names text that is no longer read whole.
const cutOff = `Array.from(document.querySelectorAll("main *")).filter(function (e) {
	var style = getComputedStyle(e);
	return e.checkVisibility() && !e.closest(".unseen, svg, .tabs") && e.innerText &&
		(style.overflowX === "hidden" || style.overflowX === "clip") && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1);
}).map(function (e) { return e.outerHTML.slice(0, 120); })[0] || ""`

// lostFocus goes through all that takes the focus, in the order of the key Tab, and
// names what shows no ring, lies out of sight or under something else, or is out of
// the order of the page.
const lostFocus = `(function () {
	var lost = "", all = document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]");
	Array.prototype.some.call(all, function (e) {
		if (e.disabled || !e.checkVisibility({visibilityProperty: true}) || e.id === "main" || e.closest(".skip")) { return false; }
		e.focus({focusVisible: true});
		var box = e.getBoundingClientRect(), style = getComputedStyle(e), why = "";
		if (document.activeElement !== e) { why = "it takes none"; }
		else if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) { why = "no ring"; }
		else if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) { why = "out of sight"; }
		else if (e.tabIndex > 0) { why = "out of order"; }
		else {
			var top = document.elementFromPoint((Math.max(0, box.left) + Math.min(innerWidth, box.right)) / 2, (Math.max(0, box.top) + Math.min(innerHeight, box.bottom)) / 2);
			if (top && !e.contains(top) && !top.contains(e)) { why = "under " + top.outerHTML.slice(0, 120); }
		}
		if (why) { lost = why + ": " + e.outerHTML.slice(0, 160); }
		return why;
	});
	if (document.activeElement) { document.activeElement.blur(); }
	scrollTo(0, 0);
	return lost;
})()`
