package ledger

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestHostileZips(t *testing.T) {
	_, bundle := bundleOf(t, 3)
	repack := func(header func(name string) *zip.FileHeader) []byte {
		p := unpack(t, bundle)
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, name := range p.names {
			w, err := z.CreateHeader(header(name))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(w, p.content[name]); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	bomb := func(size int) []byte {
		p := unpack(t, bundle)
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, name := range p.names {
			w, err := z.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			content := []byte(p.content[name])
			if name == entriesFile {
				content = make([]byte, size)
			}
			if _, err := w.Write(content); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	link := func(name string) *zip.FileHeader {
		h := &zip.FileHeader{Name: name}
		if name == entriesFile {
			h.SetMode(os.ModeSymlink | 0o777)
		}
		return h
	}
	for _, tc := range []struct {
		name string
		file []byte
		opts VerifyOptions
		want []string
	}{
		{"nothing", nil, VerifyOptions{}, []string{"0 not_a_zip"}},
		{"a text", []byte(strings.Repeat("not a zip\n", 1000)), VerifyOptions{}, []string{"0 not_a_zip"}},
		{"an empty zip", append([]byte("PK\x05\x06"), make([]byte, 18)...), VerifyOptions{}, slices.Repeat([]string{"0 missing_file"}, 7)},
		{"a bundle packed again, compressed", repack(func(n string) *zip.FileHeader { return &zip.FileHeader{Name: n, Method: zip.Deflate} }),
			VerifyOptions{}, []string{"0 container"}},
		{"a bundle packed again, not compressed", repack(func(n string) *zip.FileHeader { return &zip.FileHeader{Name: n} }),
			VerifyOptions{}, []string{"0 container"}},
		{"an unknown compression", replaceMethod(t, bundle), VerifyOptions{}, []string{"0 damaged"}},
		{"a symbolic link", repack(link), VerifyOptions{}, []string{"0 symlink", "0 missing_file"}},
		{"a bomb by ratio", bomb(20 << 20), VerifyOptions{}, []string{"0 oversized"}},
		{"a bomb by size", bomb(20 << 20), VerifyOptions{MaxBytes: 10 << 20}, []string{"0 oversized"}},
		{"a line without an end", bomb(2 << 20), VerifyOptions{MaxRatio: 10_000}, []string{"1 changed_entry", "1 cut_off", "0 cut_off", "0 container"}},
		{"a bundle larger than the limit", bundle, VerifyOptions{MaxBytes: 1000}, []string{"0 oversized"}},
		{"more files than a directory may hold", manyFiles(t), VerifyOptions{}, []string{"0 oversized"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			report, err := Verify(t.Context(), bytes.NewReader(tc.file), int64(len(tc.file)), tc.opts)
			if err != nil {
				t.Fatal(err)
			}
			if got := kinds(report); report.OK || !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q\n%+v", got, tc.want, report.Problems)
			}
		})
	}
}

// replaceMethod gives the instructions an unknown compression, in both headers.
func replaceMethod(t *testing.T, bundle []byte) []byte {
	t.Helper()
	b := slices.Clone(bundle)
	central := bytes.Index(b, []byte("PK\x01\x02"))
	if central < 0 {
		t.Fatal("no directory")
	}
	b[8], b[central+10] = 99, 99
	return b
}

func manyFiles(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range 60_000 {
		if _, err := z.CreateRaw(&zip.FileHeader{Name: fmt.Sprintf("%080d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
