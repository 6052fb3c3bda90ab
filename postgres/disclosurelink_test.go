package postgres_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

func TestALinkOpensUntilItIsOverWithdrawnOrUsedUp(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	_, ownerURL, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t), postgres.WithClock(clock.now))
	v, err := s.AddVendor(t.Context(), dpo, vendorFacts())
	if err != nil {
		t.Fatal(err)
	}
	in := postgres.NewDisclosureLink{Vendor: v.ID, Authority: "AEPD", Zone: "Europe/Madrid", Locale: "es", Days: 30, Most: 2}
	fresh := func() (postgres.DisclosureLink, string) {
		t.Helper()
		link, secret, err := s.MakeDisclosureLink(t.Context(), dpo, in)
		if err != nil {
			t.Fatal(err)
		}
		return link, secret
	}
	link, secret := fresh()
	if got, err := s.DisclosureLinkOf(t.Context(), secret); err != nil || got.ID != link.ID || got.VendorName != "Example Analytics" || got.VendorHours != 24 {
		t.Fatalf("the link opens %+v, %v", got, err)
	}
	if stored := query[string](t, ownerURL, `SELECT l::text FROM disclosure_link l`); strings.Contains(stored, secret) {
		t.Error("what opens a link is stored in clear")
	}
	// One case is one use, however often it is told.
	first, err := s.UseDisclosureLink(t.Context(), link.ID, "case-1")
	if err != nil {
		t.Fatal(err)
	}
	clock.advance(time.Minute)
	again, err := s.UseDisclosureLink(t.Context(), link.ID, "case-1")
	if err != nil || again != first || len(first.Reference) != 14 {
		t.Errorf("the same again gives %+v, first %+v: %v", again, first, err)
	}
	if _, err := s.UseDisclosureLink(t.Context(), link.ID, "case-2"); err != nil {
		t.Fatal(err)
	}
	_, err = s.UseDisclosureLink(t.Context(), link.ID, "case-3")
	wantKind(t, err, incident.NotFound)
	if got, err := s.DisclosureLinkOf(t.Context(), secret); err != nil || !got.Exhausted() {
		t.Errorf("a link that is used up: %+v, %v", got, err)
	}
	if use, err := s.DisclosureUseOf(t.Context(), link.ID, "case-1"); err != nil || use != first {
		t.Errorf("the receipt is %+v, %v", use, err)
	}
	gone := func(what, secret string) {
		t.Helper()
		if _, err := s.DisclosureLinkOf(t.Context(), secret); err == nil || err.Error() != "this link opens nothing" {
			t.Errorf("%s gives %v, want the one answer", what, err)
		}
	}
	gone("a forged link", secret+"x")
	gone("an empty one", "")
	withdrawn, secret := fresh()
	for range 2 {
		if err := s.WithdrawDisclosureLink(t.Context(), deputy, v.ID, withdrawn.ID); err != nil {
			t.Fatal(err)
		}
	}
	gone("a link that was withdrawn", secret)
	_, err = s.UseDisclosureLink(t.Context(), withdrawn.ID, "case-4")
	wantKind(t, err, incident.NotFound)
	wantKind(t, s.WithdrawDisclosureLink(t.Context(), dpo, "vn_other", withdrawn.ID), incident.NotFound)
	_, secret = fresh()
	clock.advance(30*24*time.Hour + time.Second)
	gone("a link that is over", secret)
	in.Days = 0
	_, secret = fresh()
	clock.advance(400 * 24 * time.Hour)
	if _, err := s.DisclosureLinkOf(t.Context(), secret); err != nil {
		t.Errorf("a link without an end ended: %v", err)
	}
	if err := s.EndVendor(t.Context(), dpo, v.ID); err != nil {
		t.Fatal(err)
	}
	gone("a link of a vendor that ended", secret)
	entries, err := s.InstallationEntries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(entries)
	if err != nil {
		t.Fatal(err)
	}
	for what, n := range map[string]int{`"what":"made"`: 4, `"what":"used"`: 2, `"what":"withdrawn"`: 1, first.Reference: 1, "tcd_": 0} {
		if got := strings.Count(string(raw), what); got != n {
			t.Errorf("the record says %s %d times, want %d", what, got, n)
		}
	}
}

func TestALinkIsMadeWithinBounds(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	v, err := s.AddVendor(t.Context(), dpo, vendorFacts())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		days, most int
		vendor     string
		by         incident.Actor
		kind       incident.Kind
	}{
		"beyond ninety days":  {91, 1, v.ID, dpo, incident.Invalid},
		"before today":        {-1, 1, v.ID, dpo, incident.Invalid},
		"without a use":       {30, 0, v.ID, dpo, incident.Invalid},
		"without a limit":     {30, 101, v.ID, dpo, incident.Invalid},
		"of a vendor unheard": {30, 1, "vn_none", dpo, incident.NotFound},
		"by a responder":      {30, 1, v.ID, incident.Actor{Role: incident.RoleResponder, ID: "r"}, incident.Forbidden},
		"by a vendor":         {30, 1, v.ID, incident.Actor{Role: incident.RoleVendor, ID: "dl"}, incident.Forbidden},
	} {
		_, _, err := s.MakeDisclosureLink(t.Context(), c.by, postgres.NewDisclosureLink{Vendor: c.vendor, Authority: "AEPD", Zone: "UTC", Locale: "es", Days: c.days, Most: c.most})
		if err == nil || incident.KindOf(err) != c.kind {
			t.Errorf("%s gives %v", name, err)
		}
	}
}

func TestADataSetIsSealedInPartsAndGoneWithItsCase(t *testing.T) {
	t.Parallel()
	_, ownerURL, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t))
	line := "nina@example.com,Nina Ejemplo\n"
	for _, size := range []int{1, 1 << 20, 5<<20 + 7} {
		content := []byte(strings.Repeat(line, size/len(line)+1))[:size]
		doc, err := s.PutDataSet(t.Context(), "case", "people.csv", "text/csv", iotest.HalfReader(bytes.NewReader(content)))
		if err != nil || doc.Size != int64(size) {
			t.Fatalf("storing %d bytes: %+v, %v", size, doc, err)
		}
		_, reader, err := s.DataSet(t.Context(), "case", doc.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(reader); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes came back as %d: %v", size, len(got), err)
		}
		if _, _, err := s.DataSet(t.Context(), "other", doc.ID); incident.KindOf(err) != incident.NotFound {
			t.Errorf("another case reads it: %v", err)
		}
		if err := s.DropDataSet(t.Context(), "other", doc.ID); err != nil {
			t.Error(err)
		}
	}
	if n := query[int64](t, ownerURL, `SELECT count(*) FROM data_set_part WHERE position('nina'::bytea IN content) > 0`); n != 0 {
		t.Errorf("%d parts lie in clear", n)
	}
	broken := errors.New("broken off")
	if _, err := s.PutDataSet(t.Context(), "case", "half.csv", "", io.MultiReader(bytes.NewReader(make([]byte, 3<<20)), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("what broke off gives %v", err)
	}
	if n := query[int64](t, ownerURL, `SELECT count(*) FROM data_set`); n != 3 {
		t.Errorf("%d data sets are kept, want 3", n)
	}
	// A part that was changed is found.
	doc, err := s.PutDataSet(t.Context(), "case", "changed.csv", "text/csv", strings.NewReader("email\na@example.com\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := connect(t, ownerURL).Exec(t.Context(), `UPDATE data_set_part SET content = set_byte(content, 20, get_byte(content, 20) # 1) WHERE data_set = $1`, doc.ID); err != nil {
		t.Fatal(err)
	}
	_, reader, err := s.DataSet(t.Context(), "case", doc.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(reader); err == nil {
		t.Error("a data set that was changed is given out")
	}
	if _, err := s.Erase(t.Context(), "case"); err != nil {
		t.Fatal(err)
	}
	if n := query[int64](t, ownerURL, `SELECT count(*) FROM data_set_part`); n != 0 {
		t.Errorf("%d parts stay after the case was erased", n)
	}
}
