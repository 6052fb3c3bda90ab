package main

import (
	"bytes"
	"cmp"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"tocsin/cmd/tocsin-local/internal/chromium"
)

// pictures is where `make screenshots` wants the pictures of the pages.
var pictures = flag.String("pictures", "", "the `folder` that receives pictures of the pages; then nothing else is tested in the browser")

// draw takes the pictures of README.md and of the guide: the example, half-way,
// by the drill's own time, so that they are much the same each time. Each page is
// taken in English on a desktop, and in Spanish on a phone.
func (th *theatre) draw(t *testing.T) {
	deputy := player{role: "deputy", language: "en"}
	th.give(t, th.dpo, &deputy, "user", "add", "--email", "deputy@example.com", "--name", "Deputy", "--role", deputy.role, "--zone", "Europe/Madrid")
	spanish := player{Email: "dpd@example.com", role: "dpo", language: "es"}
	th.give(t, th.dpo, &spanish, "user", "add", "--email", spanish.Email, "--name", "DPD", "--role", spanish.role, "--locale", "es", "--zone", "Europe/Madrid")
	at := "/incidents/" + th.halfway(t, th.dpo)
	id := filepath.Base(at)
	desktop, phone := th.enter(t, th.dpo, chromium.Desktop, false), th.enter(t, spanish, chromium.Phone, false)
	both := func(path, name string) {
		t.Helper()
		photograph(t, desktop, path, name)
		photograph(t, phone, path, name+"-phone")
	}

	both("/incidents", "incidents")
	both("/incidents/new", "report")
	both(at, "incident")
	both(at+"/assessment?asked=1&breach=confidentiality&kind=basic&kind=contact&kind=location&people=500&exposure=unknown_recipients&malicious=yes", "assessment")
	both(at+"/authority", "authority")
	th.give(t, deputy, nil, "notification", "approve", id, "--obligation", "1")
	th.give(t, deputy, nil, "mailing", "approve", id, "--round", "1")
	th.give(t, th.dpo, nil, "mailing", "start", id, "--round", "1")
	desktop.Go(at + "/people")
	desktop.Until("see the mailing finish", func() bool { return desktop.Has("#round-1 .tag.finished") })
	both(at+"/people", "people")
	both(at+"/timeline", "timeline")
	both("/deadlines", "deadlines")
	both("/settings", "settings")
}

// photograph takes a picture of a page, as small as it can be for what it shows.
func photograph(t *testing.T, w *chromium.Window, path, name string) {
	t.Helper()
	w.Go(path)
	picture := small(t, w.Picture())
	if err := os.MkdirAll(*pictures, 0o755); err != nil { //nolint:gosec // pictures of invented data
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*pictures, name+".png"), picture, 0o644); err != nil { //nolint:gosec // the same
		t.Fatal(err)
	}
	if len(picture) > 100_000 {
		t.Errorf("the picture %s has %d bytes; expected at most 100000", name, len(picture))
	}
}

// most is how many colours a picture with a palette can have.
const most = 256

// small writes a picture with a palette of its commonest colours. A page has few
// colours of its own; the rest are the edges of letters, which take the nearest.
func small(t *testing.T, picture []byte) []byte {
	t.Helper()
	full, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	seen, bounds := map[color.RGBA]int{}, full.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			seen[color.RGBAModel.Convert(full.At(x, y)).(color.RGBA)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(seen), func(a, b color.RGBA) int {
		return cmp.Or(seen[b]-seen[a], cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	var palette color.Palette
	for _, c := range colours[:min(most, len(colours))] {
		palette = append(palette, c)
	}
	flat := image.NewPaletted(bounds, palette)
	draw.Draw(flat, bounds, full, bounds.Min, draw.Src)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, flat); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
