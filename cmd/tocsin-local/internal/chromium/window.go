package chromium

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// Options say what kind of window is opened.
type Options struct {
	// Base is the address of the site under test, such as http://127.0.0.1:8080.
	Base string
	// Shape is its screen.
	Shape Shape
	// Language is what the browser asks for, such as "es".
	Language string
	// Zone is the time zone of the machine; Europe/Madrid when empty.
	Zone string
	// WithoutScript forbids every script of the pages.
	WithoutScript bool
}

// Window is one window with cookies of its own.
type Window struct {
	t    testing.TB
	ctx  context.Context
	base string
	*watch
}

// Window opens a window, and closes it with the test.
func (b *Browser) Window(t testing.TB, o Options) *Window {
	t.Helper()
	ctx, leave := chromedp.NewContext(b.ctx, chromedp.WithTargetID(b.target(t)))
	t.Cleanup(leave)
	w := &Window{t: t, ctx: ctx, base: strings.TrimSuffix(o.Base, "/"), watch: newWatch(o.Base)}
	chromedp.ListenTarget(ctx, w.see)
	// The first step fixes how long the window lives: it has no limit.
	if err := chromedp.Run(ctx); err != nil {
		t.Fatalf("open a window: %v", err)
	}
	if o.Zone == "" {
		o.Zone = "Europe/Madrid"
	}
	w.do("open a window",
		network.Enable(), runtime.Enable(), log.Enable(), page.Enable(),
		chromedp.ActionFunc(func(ctx context.Context) error {
			_, _, _, agent, _, err := browser.GetVersion().Do(ctx)
			if err != nil {
				return err
			}
			return emulation.SetUserAgentOverride(agent).WithAcceptLanguage(o.Language).Do(ctx)
		}),
		emulation.SetTimezoneOverride(o.Zone),
		emulation.SetScriptExecutionDisabled(o.WithoutScript))
	w.Reshape(o.Shape)
	return w
}

// Reshape gives the window another screen.
func (w *Window) Reshape(s Shape) {
	w.t.Helper()
	w.do("take another screen", emulation.SetDeviceMetricsOverride(s.Width, s.Height, 1, s.Phone), emulation.SetTouchEmulationEnabled(s.Phone))
}

// target makes an empty window with cookies of its own.
func (b *Browser) target(t testing.TB) target.ID {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	all := cdp.WithExecutor(ctx, chromedp.FromContext(b.ctx).Browser)
	cookies, err := target.CreateBrowserContext().WithDisposeOnDetach(true).Do(all)
	if err != nil {
		t.Fatalf("open a window: %v", err)
	}
	id, err := target.CreateTarget("about:blank").WithBrowserContextID(cookies).WithNewWindow(true).Do(all)
	if err != nil {
		t.Fatalf("open a window: %v", err)
	}
	return id
}

// do carries out steps, and fails the test with what stood on the page.
func (w *Window) do(what string, steps ...chromedp.Action) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	if err := chromedp.Run(ctx, steps...); err != nil {
		w.t.Fatalf("%s: %v\n%s", what, err, w.onScreen())
	}
}

// onScreen says where a window is and what is read there.
func (w *Window) onScreen() string {
	var where, text string
	ctx, cancel := context.WithTimeout(w.ctx, 10*time.Second)
	defer cancel()
	// What is wrong first, then the page without its lists of choices.
	const read = `Array.from(document.querySelectorAll("[role=alert], .wrong, :invalid:not(form, fieldset)")).map(function (e) {
		return "! " + (e.innerText || e.name || e.id);
	}).concat(Array.from(document.querySelectorAll("h1, h2, h3, p, li, label, summary, button, td")).filter(function (e) {
		return e.checkVisibility();
	}).map(function (e) { return e.innerText; })).join("\n")`
	if err := chromedp.Run(ctx, chromedp.Location(&where), chromedp.Evaluate(read, &text)); err != nil {
		return "(the page cannot be read: " + err.Error() + ")"
	}
	if len(text) > 2000 {
		text = text[:2000] + " …"
	}
	return "at " + where + ":\n" + text
}

// loaded carries out a step that leads to another page, and waits until that
// is loaded: another document, which began at another time, and is complete.
func (w *Window) loaded(what string, step chromedp.Action) {
	w.t.Helper()
	w.do(what, chromedp.ActionFunc(func(ctx context.Context) error {
		var before, now float64
		if err := chromedp.Evaluate("performance.timeOrigin", &before).Do(ctx); err != nil {
			return err
		}
		if err := step.Do(ctx); err != nil {
			return err
		}
		for {
			// While one document takes the place of another there is nothing to ask.
			err := chromedp.Evaluate(`document.readyState === "complete" ? performance.timeOrigin : 0`, &now).Do(ctx)
			if err == nil && now != 0 && now != before {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("no other page came: %w", ctx.Err())
			case <-time.After(20 * time.Millisecond):
			}
		}
	}))
}

// Go goes to a path of the site.
func (w *Window) Go(path string) {
	w.t.Helper()
	w.loaded("go to "+path, chromedp.ActionFunc(func(ctx context.Context) error {
		_, _, failed, _, err := page.Navigate(w.base + path).Do(ctx)
		if err == nil && failed != "" {
			err = fmt.Errorf("the page did not come: %s", failed)
		}
		return err
	}))
}

// Path gives the path and query of the page that is shown.
func (w *Window) Path() string {
	w.t.Helper()
	var where string
	w.do("ask where we are", chromedp.Location(&where))
	at, err := url.Parse(where)
	if err != nil {
		w.t.Fatal(err)
	}
	return at.RequestURI()
}

// again carries out steps, and once more when they fail: a page that keeps itself
// up to date may replace a part just when a hand reaches for it.
func again(steps ...chromedp.Action) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		for {
			err := chromedp.Tasks(steps).Do(ctx)
			if err == nil || ctx.Err() != nil {
				return err
			}
			select {
			case <-ctx.Done():
				return err
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
}

// Click clicks on what stays on the page.
func (w *Window) Click(css string) {
	w.t.Helper()
	w.do("click on "+css, again(chromedp.Click(css, chromedp.ByQuery)))
}

// Follow clicks on a link or a button that leads to another page.
func (w *Window) Follow(css string) {
	w.t.Helper()
	w.loaded("follow "+css, again(chromedp.Click(css, chromedp.ByQuery)))
}

// Type writes into a field, in place of what stood there.
func (w *Window) Type(css, text string) {
	w.t.Helper()
	w.do("write into "+css, again(chromedp.WaitVisible(css, chromedp.ByQuery), chromedp.Focus(css, chromedp.ByQuery)),
		chromedp.Evaluate(of(css, ".value = ''"), nil), chromedp.SendKeys(css, text, chromedp.ByQuery))
}

// Set gives a field a value that is picked and not typed: a choice of a list,
// a date with its time.
func (w *Window) Set(css, value string) {
	w.t.Helper()
	w.do("choose "+value+" in "+css, chromedp.WaitVisible(css, chromedp.ByQuery), chromedp.SetValue(css, value, chromedp.ByQuery))
	if got := w.Ask(of(css, ".value")); got != value {
		w.t.Fatalf("%s does not offer %q; it holds %q", css, value, got)
	}
	if w.Ask("String("+of(css, ".dispatchEvent(new Event('change', {bubbles: true})))")) != "true" {
		w.t.Fatalf("%s refused the choice", css)
	}
}

// Attach chooses files of this machine.
func (w *Window) Attach(css string, files ...string) {
	w.t.Helper()
	w.do("attach files to "+css, chromedp.WaitVisible(css, chromedp.ByQuery), chromedp.SetUploadFiles(css, files, chromedp.ByQuery))
}

// Press presses keys, one after the other, wherever the focus is.
func (w *Window) Press(keys string) {
	w.t.Helper()
	w.do("press a key", chromedp.KeyEvent(keys))
}

// PressAndFollow presses a key that leads to another page.
func (w *Window) PressAndFollow(keys string) {
	w.t.Helper()
	w.loaded("press a key that leads on", chromedp.KeyEvent(keys))
}

// See waits until a text is read on the page.
func (w *Window) See(text string) {
	w.t.Helper()
	w.Wait("read "+text, func() bool { return strings.Contains(w.Text("body"), text) })
}

// SeeAt waits until something is visible.
func (w *Window) SeeAt(css string) {
	w.t.Helper()
	w.do("see "+css, chromedp.WaitVisible(css, chromedp.ByQuery))
}

// Has says whether the page has an element.
func (w *Window) Has(css string) bool {
	w.t.Helper()
	return w.Ask("String("+of(css, " !== null)")) == "true"
}

// Text gives what is read within an element; empty when there is none.
func (w *Window) Text(css string) string {
	w.t.Helper()
	return w.Ask("(" + of(css, " || {innerText: ''}).innerText"))
}

// Until loads the page again until a condition holds.
func (w *Window) Until(what string, holds func() bool) {
	w.t.Helper()
	w.Wait(what, func() bool {
		if holds() {
			return true
		}
		w.loaded("load the page again", page.Reload())
		return holds()
	})
}

// Wait waits until a condition holds on the page as it is.
func (w *Window) Wait(what string, holds func() bool) {
	w.t.Helper()
	for end := time.Now().Add(patience); !holds(); {
		if time.Now().After(end) {
			w.t.Fatalf("waited in vain to %s\n%s", what, w.onScreen())
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Ask asks the page for a text, by an expression of JavaScript.
func (w *Window) Ask(expression string) string {
	w.t.Helper()
	var answer string
	w.do("ask the page", chromedp.Evaluate(expression, &answer))
	return answer
}

// of gives an expression that asks something of the first element of a kind.
func of(css, ask string) string { return fmt.Sprintf("document.querySelector(%q)", css) + ask }

// Cookies gives the cookies of the window, to ask for what is no page.
func (w *Window) Cookies() string {
	w.t.Helper()
	var list []string
	w.do("ask for the cookies", chromedp.ActionFunc(func(ctx context.Context) error {
		cookies, err := network.GetCookies().WithURLs([]string{w.base}).Do(ctx)
		for _, c := range cookies {
			list = append(list, c.Name+"="+c.Value)
		}
		return err
	}))
	return strings.Join(list, "; ")
}

// Picture takes a picture of the screen as PNG.
func (w *Window) Picture() []byte {
	w.t.Helper()
	var picture []byte
	w.do("take a picture", chromedp.CaptureScreenshot(&picture))
	return picture
}
