package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"tocsin/cmd/tocsin-local/internal/chromium"
)

// pictures is where `make screenshots` wants the pictures of the pages.
var pictures = flag.String("pictures", "", "the `folder` that receives pictures of the pages; then nothing else is tested in the browser")

// draw takes the pictures of README.md and of the guide: the example, half-way,
// by the drill's own time, so that they are much the same each time.
func (th *theatre) draw(t *testing.T) {
	deputy := player{role: "deputy", language: "en"}
	th.give(t, th.dpo, &deputy, "user", "add", "--email", "deputy@example.com", "--name", "Deputy", "--role", deputy.role, "--zone", "Europe/Madrid")
	spanish := player{Email: "dpd@example.com", role: "dpo", language: "es"}
	th.give(t, th.dpo, &spanish, "user", "add", "--email", spanish.Email, "--name", "DPD", "--role", spanish.role, "--locale", "es", "--zone", "Europe/Madrid")
	at := "/incidents/" + th.halfway(t, th.dpo)
	id := filepath.Base(at)

	w := th.enter(t, th.dpo, chromium.Desktop, false)
	photograph(t, w, "/incidents", "incidents", chromium.Desktop)
	photograph(t, w, at, "incident", chromium.Desktop)
	photograph(t, w, at+"/assessment?asked=1&breach=confidentiality&kind=basic&kind=contact&kind=location&people=500&exposure=unknown_recipients&malicious=yes",
		"assessment", chromium.Desktop)
	photograph(t, w, at+"/authority", "authority", chromium.Desktop)
	th.give(t, deputy, nil, "notification", "approve", id, "--obligation", "1")
	th.give(t, deputy, nil, "mailing", "approve", id, "--round", "1")
	th.give(t, th.dpo, nil, "mailing", "start", id, "--round", "1")
	w.Go(at + "/people")
	w.Until("see the mailing finish", func() bool { return w.Has("#round-1 .tag.finished") })
	photograph(t, w, at+"/people", "people", chromium.Desktop)
	photograph(t, w, at+"/timeline", "timeline", chromium.Desktop)

	phone := th.enter(t, spanish, chromium.Phone, false)
	photograph(t, phone, at, "incident-phone", chromium.Phone)
}

// photograph takes a picture of a page.
func photograph(t *testing.T, w *chromium.Window, path, name string, shape chromium.Shape) {
	t.Helper()
	w.Reshape(shape)
	w.Go(path)
	picture := w.Picture()
	if err := os.MkdirAll(*pictures, 0o755); err != nil { //nolint:gosec // pictures of invented data
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*pictures, name+".png"), picture, 0o644); err != nil { //nolint:gosec // the same
		t.Fatal(err)
	}
	if len(picture) > 150_000 {
		t.Errorf("the picture %s has %d bytes; expected at most 150000", name, len(picture))
	}
}
