package wording

import (
	"testing"
	"time"
)

func TestAnInstantIsAnElementWhereOneCanStand(t *testing.T) {
	at := time.Date(2026, 11, 27, 18, 40, 5, 0, time.UTC)
	madrid := place(t, "Europe/Madrid")
	en, es := For("en"), For("es")
	const element = `<time datetime="2026-11-27T19:40:05+01:00" title="27 Nov 2026, 19:40 Europe/Madrid (UTC+01:00)">Fri 27 Nov 2026, 19:40 +01:00</time>`
	for _, c := range []struct {
		w          Words
		page, want string
	}{
		{en, "<p>no instant</p>", "<p>no instant</p>"},
		{en, "<p>By " + en.At(at, madrid) + ".</p>", "<p>By " + element + ".</p>"},
		{es, "<p>" + es.At(at, madrid) + "</p>", `<p><time datetime="2026-11-27T19:40:05+01:00" title="27/11/2026, 19:40 Europe/Madrid (UTC+01:00)">27/11/2026, 19:40 +01:00</time></p>`},
		{en, `<p title="` + en.At(at, madrid) + `">` + en.At(at, madrid) + "</p>", `<p title="Fri 27 Nov 2026, 19:40 +01:00">` + element + "</p>"},
		{en, "<title>" + en.At(at, madrid) + "</title><option>" + en.At(at, madrid), "<title>Fri 27 Nov 2026, 19:40 +01:00</title><option>Fri 27 Nov 2026, 19:40 +01:00"},
		{en, "<textarea>" + en.At(at, madrid) + "</textarea>" + en.At(at, madrid), "<textarea>Fri 27 Nov 2026, 19:40 +01:00</textarea>" + element},
		// What people type.
		{en, "<p>\ue000 \ue001 \ue002</p>", "<p> </p>"},
		{en, "<p>\ue0001/UTC\ue001Fri 27 Nov 2026, 19:40 +01:00\ue002</p>", "<p>Fri 27 Nov 2026, 19:40 +01:00</p>"},
		{en, "<p>\ue000x\ue002</p>", "<p>x\ue002</p>"},
		{en, "<p>\ue000<b>\ue001</b>\ue002</p>", "<p><b>\ue001</b>\ue002</p>"},
		{en, "<p>\ue000zz/Nowhere\ue001x\ue002</p>", "<p>x</p>"},
		{en, "<p>\ue000" + en.At(at, madrid) + "</p>", "<p>" + element + "</p>"},
	} {
		if got := string(WithInstants([]byte(c.page), c.w, true)); got != c.want {
			t.Errorf("%q became\n%q, want\n%q", c.page, got, c.want)
		}
	}
	if got := Unmarked("By " + en.At(at, madrid) + "."); got != "By Fri 27 Nov 2026, 19:40 +01:00." {
		t.Errorf("unmarked it is %q", got)
	}
}

func place(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}
