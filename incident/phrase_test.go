package incident

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestAPhraseIsItsEnglishSentenceAndSurvivesJSON(t *testing.T) {
	for name, c := range map[string]struct {
		phrase Phrase
		want   string
	}{
		"no value":           {Say("nothing"), "nothing"},
		"a number":           {Say("at most %d", 4000), "at most 4000"},
		"a percent sign":     {Say("100%% of %d", 3), "100% of 3"},
		"a quoted text":      {Say("is %q", "a\nb"), `is "a\nb"`},
		"a word":             {Say("round %d is %s", 2, Word("paused")), "round 2 is paused"},
		"a command":          {Say("may not %s", Deed("draft_mailing")), "may not draft mailing"},
		"a phrase":           {Say("lies before %s", Say("the stage %s began", Word("initial"))), "lies before the stage initial began"},
		"phrases":            {Say("one of: %s", []Phrase{Say("obligation %d", 1), Say("obligation %d", 2)}), "one of: obligation 1, obligation 2"},
		"a value like verbs": {Say("is %s", "50%d %s"), "is 50%d %s"},
	} {
		if got := c.phrase.String(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		raw, err := json.Marshal(c.phrase)
		if err != nil {
			t.Fatal(err)
		}
		var back Phrase
		if err := json.Unmarshal(raw, &back); err != nil || !reflect.DeepEqual(back, c.phrase) || back.String() != c.want {
			t.Errorf("%s: came back as %+v (%v)", name, back, err)
		}
	}
}

func TestFillingPutsValuesInTheOrderOfTheOtherLanguage(t *testing.T) {
	values := []string{"a", "b", "c"}
	for format, want := range map[string]string{
		"%[2]s before %[1]s": "b before a", "%d, %s and %v": "a, b and c", "%[3]d %[1]s %s": "c a b", "100%": "100%", "%s%%": "a%", "": "",
	} {
		if got := Fill(format, func(n int) string { return values[n] }); got != want {
			t.Errorf("%q gave %q, want %q", format, got, want)
		}
	}
}

func TestARefusalCarriesItsValuesApart(t *testing.T) {
	e := InvalidField("title", "x", Say("has %d characters", 300), "plain text")
	if e.Error() != `title: has 300 characters: "x"; expected plain text` || e.Said == nil || e.Said.Format != "has %d characters" || e.Wanted != nil {
		t.Errorf("the error is %+v: %v", e, e)
	}
	if e := Refused(Conflict, "nothing to do"); e.Message != "nothing to do" || e.Said != nil {
		t.Errorf("a sentence without values is %+v", e)
	}
}
