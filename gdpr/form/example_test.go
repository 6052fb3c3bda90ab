package form_test

import (
	"fmt"
	"time"

	"tocsin/gdpr/form"
)

// A draft begins empty, takes what is known and says what is missing.
func ExampleCheck() {
	now := time.Date(2025, 11, 26, 9, 0, 0, 0, time.UTC)
	draft, err := form.NewDraft(form.Versions()[0], form.New, form.Incomplete)
	if err != nil {
		fmt.Println(err)
		return
	}
	draft, err = draft.Set(now, "aware_at", form.Answer{Value: form.Text("2025-11-25T17:30:00+01:00"), Source: "awareness, revision 2"})
	if err != nil {
		fmt.Println(err)
		return
	}
	state, err := form.Check(draft, now)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d of %d required fields answered\n", state.Settled, state.Required)
	first := state.MissingNow[0]
	fmt.Printf("field %d, %s: ask %v\n", first.Number, first.Label.EN, first.WhoKnows)
	// Output:
	// 3 of 35 required fields answered
	// field 12, Name of the organisation: ask [dpo legal]
}

func ExampleDraft_Set() {
	draft, err := form.NewDraft(form.Versions()[0], form.New, form.Incomplete)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = draft.Set(time.Date(2025, 11, 26, 9, 0, 0, 0, time.UTC), "severity", form.Answer{Value: form.Text("modrate")})
	fmt.Println(err)
	// Output:
	// field 87 (severity): "modrate"; expected one of minor, moderate, severe, to_be_determined; did you mean moderate?
}
