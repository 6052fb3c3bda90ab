package ledger

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestPeoplesFilesThatWereChangedAtRandomAreFound does to the folder of people what
// TestARandomlyChangedBundleIsFound does to the rest: bytes of the whole file, and
// lines and bytes of the two files, packed again as Tocsin packs.
func TestPeoplesFilesThatWereChangedAtRandomAreFound(t *testing.T) {
	f, _, bundle := peopledBundle(t)
	random := rand.New(rand.NewPCG(7, 11))
	for n := range 10_000 {
		changed, what := mutatePeople(t, random, bundle)
		if bytes.Equal(changed, bundle) {
			continue // what was swapped was the same
		}
		if verify(t, changed, f.vkey).OK {
			t.Fatalf("round %d passes: %s", n, what)
		}
	}
}

func mutatePeople(t *testing.T, random *rand.Rand, bundle []byte) ([]byte, string) {
	t.Helper()
	if b, i := bytes.Clone(bundle), random.IntN(len(bundle)); random.IntN(4) == 0 {
		b[i] ^= 1 << random.IntN(8)
		return b, fmt.Sprintf("byte %d of the bundle flipped", i)
	}
	p := unpack(t, bundle)
	name := peopleDir + []string{DeliveriesFileName, PeopleFileName}[random.IntN(2)]
	content := []byte(p.content[name])
	i, j := random.IntN(len(content)), random.IntN(len(content))
	what := ""
	switch random.IntN(5) {
	case 0:
		content[i] ^= 1 << random.IntN(8)
		what = fmt.Sprintf("%s: byte %d flipped", name, i)
	case 1:
		content = slices.Delete(content, i, i+1)
		what = fmt.Sprintf("%s: byte %d dropped", name, i)
	case 2:
		content = slices.Insert(content, i, content[j])
		what = fmt.Sprintf("%s: byte %d put in", name, i)
	case 3:
		content = content[:i]
		what = fmt.Sprintf("%s: cut off at %d", name, i)
	default:
		p.lines(name, func(l []string) []string {
			i, j := random.IntN(len(l)), random.IntN(len(l))
			switch random.IntN(3) {
			case 0:
				what = fmt.Sprintf("%s: line %d dropped", name, i)
				return slices.Delete(l, i, i+1)
			case 1:
				what = fmt.Sprintf("%s: line %d doubled", name, i)
				return slices.Insert(l, j, l[i])
			default:
				what = fmt.Sprintf("%s: lines %d and %d swapped", name, i, j)
				l[i], l[j] = l[j], l[i]
				return l
			}
		})
		return p.pack(t), what
	}
	p.content[name] = string(content)
	return p.pack(t), what
}

func TestHostileFilesOfPeople(t *testing.T) {
	f, _, bundle := peopledBundle(t)
	people, deliveries := peopleDir+PeopleFileName, peopleDir+DeliveriesFileName
	rename := func(name string, mode os.FileMode) []byte {
		p := unpack(t, bundle)
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, n := range p.names {
			h := &zip.FileHeader{Name: n}
			if n == people {
				h.Name = name
				h.SetMode(mode)
			}
			w, err := z.CreateHeader(h)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(w, p.content[n]); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	with := func(name, content string) []byte {
		p := unpack(t, bundle)
		p.content[name] = content
		return p.pack(t)
	}
	head := strings.SplitAfter(unpack(t, bundle).content[people], "\n")[0]
	for name, c := range map[string]struct {
		file []byte
		kind string
	}{
		"a symbolic link":                   {rename(people, os.ModeSymlink|0o777), "0 symlink"},
		"a way out of the folder":           {rename(peopleDir+"../../etc/passwd", 0o644), "0 path_traversal"},
		"two files of one name":             {rename(deliveries, 0o644), "0 duplicate_name"},
		"another name":                      {rename(peopleDir+"PEOPLE.jsonl", 0o644), "0 missing_file"},
		"nothing":                           {with(people, ""), "0 people_changed"},
		"a line without an end":             {with(people, head+strings.Repeat("a", maxPersonBytes+5)), "0 people_changed"},
		"depth without an end":              {with(people, head+strings.Repeat("[", 1<<19)+"\n"), "0 people_changed"},
		"an empty line":                     {with(deliveries, head+"\n"), "0 people_changed"},
		"zero bytes":                        {with(deliveries, strings.Repeat("\x00", 4096)), "0 people_changed"},
		"the one in the place of the other": {with(people, unpack(t, bundle).content[deliveries]), "0 people_changed"},
	} {
		t.Run(name, func(t *testing.T) {
			if report := verify(t, c.file, f.vkey); report.OK || !slices.Contains(kinds(report), c.kind) {
				t.Errorf("got %q, want %s", kinds(report), c.kind)
			}
		})
	}
}
