package incident

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// inPublic decides that the people are told in public.
func inPublic() RecordAssessment {
	a := assess(true, true)
	a.Decision.Ground = "c"
	return a
}

func draftPublic(id string, missing ...string) DraftPublic {
	content := document(id)
	content.SHA256 = strings.Repeat(id, 32) // another text
	return DraftPublic{Content: content, Locales: []string{"en", "es"}, Missing: missing}
}

func TestAPublicCommunicationTakesThePlaceOfMessages(t *testing.T) {
	p := begin(t)
	p.must(dpo, inPublic())
	next := func() []string {
		var codes []string
		for _, a := range p.state.Summarize(p.now).Missing {
			codes = append(codes, a.Code)
		}
		return codes
	}
	wants := func(code string) {
		t.Helper()
		if !slices.Contains(next(), code) {
			t.Errorf("what is missing is %v, want %s", next(), code)
		}
	}
	wants(CmdDraftPublic)
	p.must(dpo, draftPublic("p1", "measures: describe them"))
	wants(CmdDraftPublic)
	p.refused(deputy, ApprovePublic{}, Conflict, "34(2)", "measures")
	p.must(dpo, draftPublic("p2"))
	if got := p.must(dpo, draftPublic("p2")); len(got) != 0 {
		t.Errorf("the same draft again recorded %v", got)
	}
	wants(CmdApprovePublic)
	p.refused(dpo, ApprovePublic{}, Forbidden, "drafted by you")
	published := RecordPublication{At: p.now, Where: "https://www.example.com/incident", Reason: "No addresses are known."}
	p.refused(dpo, published, Conflict, "approved")
	p.must(deputy, ApprovePublic{})
	wants(CmdRecordPublication)
	for field, wrong := range map[string]RecordPublication{
		"where":  {At: p.now, Reason: "r"},
		"reason": {At: p.now, Where: "w"},
		"at":     {Where: "w", Reason: "r"},
	} {
		p.refused(dpo, wrong, Invalid, field)
	}
	p.refused(dpo, RecordPublication{At: p.now.Add(time.Hour), Where: "w", Reason: "r"}, Invalid, "future")
	p.refused(dpo, RecordPublication{At: p.now.Add(-time.Hour), Where: "w", Reason: "r"}, Invalid, "before the approval")
	if got := p.must(dpo, published); !slices.Equal(got, []string{EvPublicationRecorded, EvObligationMet}) {
		t.Errorf("the publication recorded %v", got)
	}
	if got := p.must(dpo, published); len(got) != 0 {
		t.Errorf("the same publication again recorded %v", got)
	}
	if o := p.state.peopleDuty(); o == nil || o.Status != ObligationMetStatus {
		t.Errorf("the duty to the people is %+v", o)
	}
	if got := next(); slices.ContainsFunc(got, func(code string) bool { return strings.Contains(code, "public") || strings.Contains(code, "mailing") }) {
		t.Errorf("after the publication %v is missing", got)
	}
	p.must(dpo, file(p.now))
	p.must(dpo, Close{Reason: "done"})
	if got := p.state.PublishedAt(); !got.Equal(published.At) {
		t.Errorf("published at %s", got)
	}
}

func TestAPublicCommunicationBesideMessagesMeetsNoDuty(t *testing.T) {
	p := begin(t)
	p.must(dpo, assess(true, true))
	p.must(dpo, draftPublic("p1"))
	p.must(deputy, ApprovePublic{})
	if got := p.must(dpo, RecordPublication{At: p.now, Where: "The Daily", Reason: "Three people have no address."}); !slices.Equal(got, []string{EvPublicationRecorded}) {
		t.Errorf("the publication recorded %v", got)
	}
	if o := p.state.peopleDuty(); !o.Pending() {
		t.Error("the people who can be told one by one are owed nothing any more")
	}
	// It was decided afterwards that nobody can be told one by one.
	if got := p.must(dpo, inPublic()); !slices.Contains(got, EvObligationMet) {
		t.Errorf("the decision for what was published recorded %v", got)
	}
}

func TestOnlyThoseWhoMayTellThePublic(t *testing.T) {
	p := begin(t)
	p.refused(Actor{Role: RoleAuditor, ID: "a"}, draftPublic("p1"), Forbidden)
	p.refused(Actor{Role: RoleApprover, ID: "a"}, draftPublic("p1"), Forbidden)
	p.must(Actor{Role: RoleResponder, ID: "r"}, draftPublic("p1"))
	p.must(Actor{Role: RoleApprover, ID: "a"}, ApprovePublic{})
	p.refused(Actor{Role: RoleResponder, ID: "r"}, RecordPublication{At: p.now, Where: "w", Reason: "r"}, Forbidden)
}

func TestADraftAfterTheApprovalNeedsAnother(t *testing.T) {
	p := begin(t)
	p.must(dpo, draftPublic("p1"))
	p.must(deputy, ApprovePublic{})
	before := p.state.Clone()
	p.must(dpo, draftPublic("p2"))
	p.refused(dpo, RecordPublication{At: p.now, Where: "w", Reason: "r"}, Conflict, "approved")
	if len(before.Public.Drafts) != 1 || before.Public.Drafts[0].ApprovedAt.IsZero() {
		t.Error("a copy of the case changed with the case")
	}
}
