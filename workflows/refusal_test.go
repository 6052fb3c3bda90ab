package workflows

import (
	"encoding/json"
	"errors"
	"testing"

	"go.temporal.io/sdk/temporal"

	"tocsin/incident"
)

// TestARefusalReachesTheCallerWithItsValuesApart goes through the form in which
// Temporal carries errors: whoever shows it says it in the reader's language.
func TestARefusalReachesTheCallerWithItsValuesApart(t *testing.T) {
	said := incident.Refused(incident.Conflict, "round %d is %s: only a paused round can be resumed", 2, incident.Word("finished"))
	field := incident.InvalidField("title", "x", incident.Say("has %d characters", 300), incident.Say("at most %d", 200))
	for _, told := range []*incident.Error{said, field} {
		form := temporal.GetDefaultFailureConverter()
		back := (&Client{}).explain(form.FailureToError(form.ErrorToFailure(refusal(told))))
		got, _ := errors.AsType[*incident.Error](back)
		if want, have := asJSON(t, told), asJSON(t, got); have != want {
			t.Errorf("%s came back as %s", want, have)
		}
	}
}

func asJSON(t *testing.T, e *incident.Error) string {
	t.Helper()
	raw, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
