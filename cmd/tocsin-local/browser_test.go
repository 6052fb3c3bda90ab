package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tocsin/cmd/tocsin-local/internal/chromium"
	"tocsin/cmd/tocsin-local/internal/mailcatcher"
	"tocsin/cmd/tocsin-local/internal/play"
)

// example is the folder of the example incident.
const example = repository + "/examples/vendor-breach"

// theatre is one system and one browser, in which all scenes are played.
type theatre struct {
	*running
	windows *chromium.Browser
	dpo     player
}

// player is a person with an account.
type player struct {
	ID, Email, Password, Token string
	role, language             string
}

func (p player) person() play.Person { return play.Person{Role: p.role, Token: p.Token} }

// TestInABrowser shows that people can work with the pages: a real Chromium
// plays the example as they would. The scenes share one system; each has cases
// and accounts of its own.
func TestInABrowser(t *testing.T) {
	windows := chromium.Start(t)
	data := folder(t)
	t.Cleanup(func() { removePlaced(t, data) })
	th := &theatre{running: start(t, data, "127.0.0.1:0"), windows: windows}
	defer th.stop(t)
	readInto(t, filepath.Join(data, "credentials.json"), &th.dpo)
	th.dpo.role, th.dpo.language = "dpo", "en"

	if *pictures != "" {
		t.Run("the pictures", th.draw) // its windows are closed before the system stops
		return
	}
	t.Run("the watch sees what it watches for", th.watchful)
	t.Run("the example", th.examples)
	t.Run("the keyboard alone", th.keyboard)
	t.Run("a case moment by moment", th.slider)
	t.Run("pages that are open", th.live)
	t.Run("a passkey", th.passkey)
	t.Run("every page", th.everyPage)
	t.Run("pages in every state", th.states)
	t.Run("scripts in every field", th.hostile)
}

// hire makes an account.
func (th *theatre) hire(t *testing.T, role, language string) player {
	t.Helper()
	p := player{Email: strings.ToLower(role + "." + language + "." + time.Now().Format("150405.000000") + "@example.com"), role: role, language: language}
	th.give(t, th.dpo, &p, "user", "add", "--email", p.Email, "--name", "Alex "+role, "--role", role, "--locale", language, "--zone", "Europe/Madrid")
	return p
}

// give gives a command that has to succeed, as a person, and reads its answer.
func (th *theatre) give(t *testing.T, by player, answer any, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, failed, err := th.run(ctx, by.person(), append(args, "-o", "json")...)
	if err != nil {
		t.Fatalf("tocsin %s: %v: %s", strings.Join(args[:2], " "), err, failed)
	}
	if answer != nil {
		if err := json.Unmarshal([]byte(out), answer); err != nil {
			t.Fatalf("tocsin %s: %v: %s", strings.Join(args[:2], " "), err, out)
		}
	}
}

// window opens a window in a person's language.
func (th *theatre) window(t *testing.T, language string, shape chromium.Shape, withoutScript bool) *chromium.Window {
	t.Helper()
	w := th.windows.Window(t, chromium.Options{Base: th.url, Shape: shape, Language: language, WithoutScript: withoutScript})
	t.Cleanup(func() {
		for _, fault := range w.Faults() {
			t.Errorf("the pages did what they must not: %s", fault)
		}
		if w.Requests() == 0 {
			t.Error("the watch saw no request at all")
		}
	})
	return w
}

// enter opens a window and signs in as a person would.
func (th *theatre) enter(t *testing.T, p player, shape chromium.Shape, withoutScript bool) *chromium.Window {
	t.Helper()
	w := th.window(t, p.language, shape, withoutScript)
	w.Go("/incidents")
	w.Type("#email", p.Email)
	w.Type("#password", p.Password)
	w.Follow("main form button")
	if w.Path() != "/incidents" {
		t.Fatalf("signing in led to %s", w.Path())
	}
	return w
}

// drill opens the example's incident as a drill whose own time begins at an
// instant and then goes as fast as a real one.
func (th *theatre) drill(t *testing.T, by player, key, begins string) string {
	t.Helper()
	var disclosure map[string]any
	readInto(t, filepath.Join(example, "disclosure.json"), &disclosure)
	disclosure["exercise"] = map[string]any{"pace": 1, "starts_at": begins}
	delete(disclosure, "attachments")
	content, err := json.Marshal(disclosure)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "disclosure.json")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	var opened struct{ ID string }
	th.give(t, by, &opened, "incident", "open", "--file", file, "--key", key)
	return opened.ID
}

// rings is when a drill of the example begins whose first reminder, 48 hours
// before the limit, rings after seconds; the next one is a day away.
const rings = "2025-11-26T18:03:55+01:00"

// mails gives the caught mails to an address, newest first.
func (th *theatre) mails(t *testing.T, to string) []mailcatcher.Message {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, th.url+"/dev/mail.json", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var all, mine []mailcatcher.Message
	if err := json.NewDecoder(answer.Body).Decode(&all); err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if len(m.To) == 1 && m.To[0] == to {
			mine = append(mine, m)
		}
	}
	return mine
}

// watchful shows that a window reports what no page of ours may do.
func (th *theatre) watchful(t *testing.T) {
	w := th.windows.Window(t, chromium.Options{Base: th.url, Shape: chromium.Desktop, Language: "en"})
	w.Go("/sign-in")
	if faults := w.Faults(); len(faults) > 0 {
		t.Fatalf("the page to sign in has faults: %q", faults)
	}
	for what, script := range map[string]string{
		"Content Security Policy": `var s = document.createElement("script"); s.textContent = "1"; document.body.append(s); "done"`,
		"another host":            `var i = new Image(); i.src = "http://192.0.2.1/x.png"; document.body.append(i); "done"`,
		"the console says":        `console.error("no"); "done"`,
	} {
		w.Ask(script)
		w.Wait("be told of "+what, func() bool { return strings.Contains(strings.Join(w.Faults(), "\n"), what) })
	}
}
