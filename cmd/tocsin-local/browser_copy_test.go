package main

import (
	"path/filepath"
	"strings"
	"testing"

	"tocsin/cmd/tocsin-local/internal/chromium"
)

// TestACopySaysSoInABrowser reads the pages of a copied folder as people would who do
// not know that it is one: each page says so first, in the reader's language and so that
// all can read it, and what they try to do there is refused with the way on.
func TestACopySaysSoInABrowser(t *testing.T) {
	windows := chromium.Start(t)
	dir, twin := folder(t), folder(t)
	th := &theatre{running: start(t, dir, "127.0.0.1:0"), windows: windows}
	readInto(t, filepath.Join(dir, "credentials.json"), &th.dpo)
	th.dpo.role, th.dpo.language = "dpo", "en"
	deputy := th.hire(t, "deputy", "es")
	id := th.drill(t, th.dpo, "copied", "2025-11-25T18:05:00+01:00")
	th.stop(t)
	copyFolder(t, dir, twin)

	th.running = start(t, twin, "127.0.0.1:0")
	defer th.stop(t)
	for _, c := range []struct {
		reader   player
		says     string
		refusing string
	}{
		{th.dpo, "This may be a restored copy of Tocsin", "Nothing of your step was recorded."},
		{deputy, "Esta puede ser una copia restaurada de Tocsin", "No se ha registrado nada de su paso."},
	} {
		t.Run("in "+c.reader.language, func(t *testing.T) {
			w := th.enter(t, c.reader, chromium.Phone, false)
			for _, path := range []string{"/incidents", "/incidents/" + id, "/incidents/" + id + "/tasks", "/deadlines", "/audit", "/settings"} {
				w.Go(path)
				if got := w.Text("p.trouble"); !strings.HasPrefix(got, c.says) || !strings.Contains(got, "tocsin-local recover --take-over") {
					t.Errorf("%s says %q", path, got)
				}
				reachable(t, w)
			}
			w.Go("/incidents/" + id + "/tasks")
			w.Type("input[name=note]", "Done on the copy.")
			w.Follow("form[action$='/done'] button")
			if got := w.Text("body"); !strings.Contains(got, c.refusing) {
				t.Errorf("a step on the copy is answered by %q", got)
			}
		})
	}
}
