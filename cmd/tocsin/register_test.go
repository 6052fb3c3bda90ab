package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheRegisterIsWrittenToAFile(t *testing.T) {
	last := fakeServer(t, http.StatusOK, "text/csv; charset=utf-8", "Reference\r\n")
	file := filepath.Join(t.TempDir(), "register.csv")
	code, out, errs := tocsin(t, "register", "--year", "2026", "--csv", file)
	if code != 0 || !strings.Contains(out, "SHA-256") {
		t.Fatalf("%d %s %s", code, out, errs)
	}
	if content, err := os.ReadFile(file); err != nil || string(content) != "Reference\r\n" {
		t.Errorf("the file holds %q, %v", content, err)
	}
	if last.target != "/api/v1/register/export" || last.body != `{"format":"csv","year":"2026"}` {
		t.Errorf("the server was asked for %+v", last)
	}
	// An answer of another kind is no register, and no file is left.
	other := filepath.Join(t.TempDir(), "register.pdf")
	if code, _, errs := tocsin(t, "register", "--pdf", other); code != 1 || !strings.Contains(errs, "not the file that was asked for") {
		t.Errorf("%d %s", code, errs)
	}
	if _, err := os.Stat(other); !os.IsNotExist(err) {
		t.Errorf("a file is there: %v", err)
	}
	if code, _, errs := tocsin(t, "register", "--pdf", filepath.Join(other, "none", "x.pdf")); code != 1 || !strings.Contains(errs, "--pdf") {
		t.Errorf("a folder that is not there gave %d %s", code, errs)
	}
	if code, _, _ := tocsin(t, "register", "--pdf", "a.pdf", "--csv", "a.csv"); code != 2 {
		t.Errorf("two forms at once gave %d", code)
	}
}
