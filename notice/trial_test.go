package notice

import (
	"strings"
	"testing"
)

func TestATestOfADraftSaysSoEverywhereAndIsToNobody(t *testing.T) {
	c := composer(t)
	for _, locale := range c.Locales() {
		words := c.languages[locale].words
		for _, exercise := range []bool{false, true} {
			d := sampleCommunication(locale)
			d.Exercise, d.PersonName = exercise, "Real Person"
			d.VerifyURL, d.Code = d.PageURL+"/check", "2345-6789-CDFG"
			m, err := c.Trial(envelope(), d)
			if err != nil {
				t.Fatal(err)
			}
			start := words.TestMark + " "
			if exercise {
				start = words.ExerciseMark + " " + start
			}
			if !strings.HasPrefix(m.Subject, start) {
				t.Errorf("%s: the subject is %q", locale, m.Subject)
			}
			o := open(t, m.Bytes)
			for part, text := range map[string]string{"text": o.text, "HTML": o.html} {
				if strings.Count(squash(text), squash(words.TestBanner)) != 2 {
					t.Errorf("%s: the %s does not begin and end with the banner", locale, part)
				}
				if strings.Contains(squash(text), squash(words.ExerciseBanner)) != exercise {
					t.Errorf("%s: the %s is wrong about the drill", locale, part)
				}
				if strings.Contains(text, "Real Person") || strings.Contains(text, d.Code) || !strings.Contains(text, previewCode) {
					t.Errorf("%s: the %s is not to nobody", locale, part)
				}
			}
		}
	}
	if _, err := c.Trial(envelope(), Communication{Template: "none"}); err == nil {
		t.Error("a template that does not exist was composed")
	}
}
