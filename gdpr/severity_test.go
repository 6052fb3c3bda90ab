package gdpr_test

import (
	"encoding/json"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"tocsin/gdpr"
)

func TestScoreReproducesTheVectors(t *testing.T) {
	var vectors []struct {
		gdpr.Inputs
		Score gdpr.Hundredths `json:"score"`
		Band  gdpr.Band       `json:"band"`
	}
	readJSON(t, "testdata/enisa-severity.json", &vectors)
	if len(vectors) < 11 {
		t.Fatalf("only %d vectors", len(vectors))
	}
	for _, v := range vectors {
		score, band, err := gdpr.Score(v.Inputs)
		if err != nil || score != v.Score || band != v.Band {
			t.Errorf("%+v: got %s %s %v, want %s %s", v.Inputs, score, band, err, v.Score, v.Band)
		}
	}
}

func TestScoreRefusesWhatTheMethodDoesNotKnow(t *testing.T) {
	valid := gdpr.Inputs{DPC: 1, Identification: 100}
	cases := []struct {
		name    string
		change  func(*gdpr.Inputs)
		message string
	}{
		{"no context", func(in *gdpr.Inputs) { in.DPC = 0 }, "dpc: 0; expected 1, 2, 3 or 4"},
		{"a context above sensitive", func(in *gdpr.Inputs) { in.DPC = 5 }, "dpc: 5; expected 1, 2, 3 or 4"},
		{"an identification between two steps", func(in *gdpr.Inputs) { in.Identification = 60 },
			"identification: 0.6; expected 0.25, 0.5, 0.75 or 1"},
		{"no identification", func(in *gdpr.Inputs) { in.Identification = 0 },
			"identification: 0; expected 0.25, 0.5, 0.75 or 1"},
		{"a negative loss", func(in *gdpr.Inputs) { in.Confidentiality = -25 }, "confidentiality: -0.25; expected 0, 0.25 or 0.5"},
		{"too great a loss", func(in *gdpr.Inputs) { in.Integrity = 75 }, "integrity: 0.75; expected 0, 0.25 or 0.5"},
		{"an availability between two steps", func(in *gdpr.Inputs) { in.Availability = 1 }, "availability: 0.01; expected 0, 0.25 or 0.5"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			in := valid
			c.change(&in)
			_, _, err := gdpr.Score(in)
			var refused *gdpr.InputError
			if !errors.As(err, &refused) || err.Error() != c.message {
				t.Errorf("got %v, want %s", err, c.message)
			}
		})
	}
}

func TestScoreStaysInItsRangeAndNeverFallsWithMalice(t *testing.T) {
	losses := []gdpr.Hundredths{0, 25, 50}
	rapid.Check(t, func(t *rapid.T) {
		in := gdpr.Inputs{
			DPC:             rapid.IntRange(1, 4).Draw(t, "dpc"),
			Identification:  rapid.SampledFrom([]gdpr.Hundredths{25, 50, 75, 100}).Draw(t, "identification"),
			Confidentiality: rapid.SampledFrom(losses).Draw(t, "confidentiality"),
			Integrity:       rapid.SampledFrom(losses).Draw(t, "integrity"),
			Availability:    rapid.SampledFrom(losses).Draw(t, "availability"),
		}
		calm, _, err := gdpr.Score(in)
		if err != nil {
			t.Fatal(err)
		}
		in.Malicious = true
		malicious, _, err := gdpr.Score(in)
		if err != nil {
			t.Fatal(err)
		}
		if malicious-calm != 50 || calm < 25 || malicious > 600 {
			t.Fatalf("%+v: %s without malice, %s with", in, calm, malicious)
		}
	})
}

func TestHundredthsAreExactInJSON(t *testing.T) {
	cases := map[string]string{"2.0": "2", "3.75": "3.75", "0.5": "0.5", "0": "0", "-0.25": "-0.25", "1.250": "1.25", "10": "10"}
	for in, want := range cases {
		var h gdpr.Hundredths
		if err := json.Unmarshal([]byte(in), &h); err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if out, err := json.Marshal(h); err != nil || string(out) != want {
			t.Errorf("%s: got %s %v, want %s", in, out, err, want)
		}
	}
	for _, in := range []string{"1e2", "0.125", `"0.5"`, "null", "1234567", "true"} {
		var h gdpr.Hundredths
		if err := json.Unmarshal([]byte(in), &h); err == nil {
			t.Errorf("%s was taken as %s", in, h)
		}
	}
}

func FuzzParseHundredths(f *testing.F) {
	for _, seed := range []string{"0", "0.75", "-1.5", "2.0", "1e9", ".", "1.", "-", "00.10", "999999.99"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h, err := gdpr.ParseHundredths(text)
		if err != nil {
			return
		}
		if again, err := gdpr.ParseHundredths(h.String()); err != nil || again != h {
			t.Errorf("%q gave %s, which reads as %s (%v)", text, h, again, err)
		}
	})
}
