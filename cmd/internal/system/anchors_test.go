package system

import (
	"crypto/x509"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tocsin/anchor/anchortest"
	"tocsin/incident"
	"tocsin/ledger"
)

func TestThoseWhoConfirmCheckpointsAreReadFromAFile(t *testing.T) {
	_, vkey, err := ledger.GenerateKey("tocsin.example/test")
	if err != nil {
		t.Fatal(err)
	}
	w := anchortest.NewWitness(t, vkey)
	tsa := anchortest.NewAuthority(t, x509.ExtKeyUsageTimeStamping)
	good := WitnessSetting{URL: "https://witness.example.com/log", Key: w.Key}
	stamp := TimestampSetting{Name: "tsa.example.com", URL: "http://tsa.example.com/tsr", RootsFile: tsa.RootsFile}
	for _, c := range []struct {
		name string
		set  any
		want string // of the error; empty for none
	}{
		{"both", Anchors{Witnesses: []WitnessSetting{good}, Timestamps: []TimestampSetting{stamp}}, ""},
		{"nothing", Anchors{}, ""},
		{"another text", "witness", "is not the JSON"},
		{"an unknown field", map[string]string{"witnes": ""}, "is not the JSON"},
		{"a key that is none", Anchors{Witnesses: []WitnessSetting{{URL: good.URL, Key: "witness.example.com"}}}, "not a verifier key for cosignatures"},
		{"a witness by http", Anchors{Witnesses: []WitnessSetting{{URL: "http://witness.example.com", Key: w.Key}}}, "https address"},
		{"a user in the address", Anchors{Timestamps: []TimestampSetting{{Name: "a", URL: "https://u:p@tsa.example.com", RootsFile: tsa.RootsFile}}}, "without a user"},
		{"the same twice", Anchors{Witnesses: []WitnessSetting{good, good}}, "twice"},
		{"no name", Anchors{Timestamps: []TimestampSetting{{URL: stamp.URL, RootsFile: tsa.RootsFile}}}, "1 to 100 characters"},
		{"no roots", Anchors{Timestamps: []TimestampSetting{{Name: "a", URL: stamp.URL, RootsFile: filepath.Join(t.TempDir(), "x")}}}, "roots_file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, err := json.Marshal(c.set)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "anchors.json")
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = readAnchors(path)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), anchorsSetting)) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// TestAnInnerAddressIsAskedOnlyWhenTheFileSaysSo asks one on this machine.
func TestAnInnerAddressIsAskedOnlyWhenTheFileSaysSo(t *testing.T) {
	tsa := anchortest.NewAuthority(t, x509.ExtKeyUsageTimeStamping)
	for _, inner := range []bool{false, true} {
		list, err := Anchors{Timestamps: []TimestampSetting{{Name: "tsa.example.com", URL: tsa.URL, RootsFile: tsa.RootsFile, Inner: inner}}}.outside()
		if err != nil || len(list) != 1 || list[0].Kind() != incident.AnchorTimestamp {
			t.Fatalf("%+v %v", list, err)
		}
		if _, err := list[0].Authority.Stamp(t.Context(), "a text"); (err == nil) != inner {
			t.Errorf("inner %v: %v", inner, err)
		}
	}
}
