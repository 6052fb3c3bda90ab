package gdpr_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"tocsin/gdpr"
)

func TestTermsOfTheNotification(t *testing.T) {
	terms := notificationTerms(t)
	if terms.Article != "Art. 33(1)" || terms.Within.Hours != 72 || terms.Authority != "AEPD" ||
		terms.Recipient != gdpr.RecipientAuthority || !terms.DelayReasonsRequired ||
		terms.StartsFrom != gdpr.StartsFromAwareness || terms.Threshold.Code != "risk_not_unlikely" {
		t.Errorf("unexpected terms: %+v", terms)
	}
	if terms.FollowUp.Within.Days != 30 || !terms.FollowUp.Soft || terms.FollowUp.Verified() {
		t.Errorf("the AEPD's follow-up is 30 days, soft and unverified; got %+v", terms.FollowUp)
	}
	aware := time.Date(2025, 11, 25, 17, 4, 0, 0, time.UTC)
	got, ok := terms.Deadline(aware, nil)
	if want := gdpr.Due(aware, nil); !ok || !reflect.DeepEqual(got, want) {
		t.Errorf("deadline: got %+v, want %+v", got, want)
	}
}

func TestTheRegimesFollowUpStandsInWhereTheAuthorityHasNone(t *testing.T) {
	terms, err := gdpr.NewTerms(gdpr.RegimeNotification, "dvi")
	if err != nil {
		t.Fatal(err)
	}
	if terms.Authority != "DVI" || terms.FollowUp.Article != "Art. 33(4)" || !terms.FollowUp.Within.IsZero() {
		t.Errorf("unexpected terms: %+v", terms)
	}
}

func TestTheCommunicationHasNoClock(t *testing.T) {
	terms, err := gdpr.NewTerms(gdpr.RegimeCommunication, "")
	if err != nil {
		t.Fatal(err)
	}
	if terms.HasClock() || terms.Standard != "without undue delay" || terms.Recipient != gdpr.RecipientPeople {
		t.Errorf("unexpected terms: %+v", terms)
	}
	if _, ok := terms.Deadline(time.Unix(0, 0), nil); ok {
		t.Error("a deadline without a period")
	}
	if _, ok := terms.Ladder.Rung(0); ok {
		t.Error("a reminder without a clock")
	}
}

func TestTermsSurviveTheRecord(t *testing.T) {
	terms := notificationTerms(t)
	raw, err := json.Marshal(terms)
	if err != nil {
		t.Fatal(err)
	}
	var back gdpr.Terms
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back, terms) {
		t.Errorf("got %+v, want %+v", back, terms)
	}
}

func TestTermsAreACopy(t *testing.T) {
	first := notificationTerms(t)
	first.Ladder.Rungs[0].HoursLeft = 1000
	if again := notificationTerms(t); again.Ladder.Rungs[0].HoursLeft != 48 {
		t.Error("changing terms changed the data")
	}
	list := gdpr.Regimes()
	list[0].Stages[0].Within.Hours = 96
	if again := notificationTerms(t); again.Within.Hours != 72 {
		t.Error("changing a regime changed the data")
	}
	ladders := gdpr.Ladders()
	ladders[0].Rungs[0].HoursLeft = 1000
	if again := notificationTerms(t); again.Ladder.Rungs[0].HoursLeft != 48 {
		t.Error("changing a ladder changed the data")
	}
}

func TestTermsRefuseUnknownCodes(t *testing.T) {
	cases := []struct{ name, regime, authority, field, message string }{
		{"a misspelled authority gets a suggestion", "gdpr-33", "AEDP", "authority",
			`authority: "AEDP" is not known; did you mean AEPD?`},
		{"no authority where one is needed", "gdpr-33", "", "authority",
			`authority: "" is not known; expected one of the listed codes`},
		{"an unknown regime gets the known ones", "gdpr-35", "AEPD", "regime",
			`regime: "gdpr-35" is not known; did you mean gdpr-33, gdpr-34`},
		{"another authority than the regime's own", "uk-gdpr", "AEPD", "authority",
			`authority: "AEPD" is not known; did you mean ICO?`},
		{"an authority where the duty is owed to a CSIRT", "nis2", "AEPD", "authority",
			`authority: "AEPD" is not known; did you mean "" (the duty is owed to the CSIRT or its authority)?`},
		{"an authority where the duty is owed to people", "gdpr-34", "AEPD", "authority",
			`authority: "AEPD" is not known; did you mean "" (the duty is owed to the people affected)?`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := gdpr.NewTerms(c.regime, c.authority)
			var unknown *gdpr.UnknownError
			if !errors.As(err, &unknown) {
				t.Fatalf("got %v", err)
			}
			// Further codes may follow those that lie nearest.
			if unknown.Field != c.field || !strings.HasPrefix(err.Error(), c.message) {
				t.Errorf("got field %q, message %q", unknown.Field, err)
			}
		})
	}
}
