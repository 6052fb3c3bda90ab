package incident

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// TestMailing sends the latest draft of a round, with invented data and marked
// as a test, to who asks for it.
type TestMailing struct {
	// Round is the round.
	Round int `json:"round"`
	// Locale is one of the draft's languages.
	Locale string `json:"locale"`
}

// MailingTested says that a test of a draft is sent to who asked for it.
type MailingTested struct {
	// Test counts the tests of the incident, from 1.
	Test    int    `json:"test"`
	Round   int    `json:"round"`
	Version int    `json:"version"`
	Locale  string `json:"locale"`
}

// MailingTest is a test that was asked for.
type MailingTest struct {
	MailingTested
	// At is when it was asked for.
	At time.Time `json:"test_at"`
	// By is who asked, and gets it.
	By Actor `json:"by"`
}

// maxTests bounds the tests of one incident: they fill somebody's mailbox.
const maxTests = 200

// Name implements [Command].
func (TestMailing) Name() string { return CmdTestMailing }

// Type implements [Data].
func (MailingTested) Type() string { return EvMailingTested }

func (t TestMailing) check() *Error { return requireText("locale", t.Locale, limitTitle) }

func (t TestMailing) decide(c context) ([]Data, *Error) {
	r, err := c.State.round(t.Round)
	if err != nil {
		return nil, err
	}
	if len(r.Drafts) == 0 {
		return nil, conflict("round %d has no notice: draft the mailing first", r.N)
	}
	last := r.Drafts[len(r.Drafts)-1]
	switch {
	case !slices.Contains(last.Locales, t.Locale):
		return nil, InvalidField("locale", t.Locale, "is not a language of this notice", Say("one of: %s", strings.Join(last.Locales, ", ")))
	case len(c.State.Tests) >= maxTests:
		return nil, conflict("%d tests were sent in this case, which is all there are; the preview shows the notice too", maxTests)
	}
	return []Data{MailingTested{Test: len(c.State.Tests) + 1, Round: r.N, Version: last.Version, Locale: t.Locale}}, nil
}

func (d MailingTested) apply(s *State, e Event) {
	s.Tests = append(s.Tests, MailingTest{MailingTested: d, At: e.At, By: e.Actor})
}

// Test finds a test by its number.
func (s *State) Test(n int) (MailingTest, *Error) {
	if n < 1 || n > len(s.Tests) {
		return MailingTest{}, &Error{Kind: NotFound, Field: "test", Value: fmt.Sprint(n), Message: "there is no such test"}
	}
	return s.Tests[n-1], nil
}

// DraftOf finds a version of the round's notice; false when there is none.
func (r *Round) DraftOf(version int) (Draft, bool) {
	for _, d := range r.Drafts {
		if d.Version == version {
			return d, true
		}
	}
	return Draft{}, false
}
