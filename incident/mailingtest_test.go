package incident

import "testing"

func TestATestOfANoticeNeedsADraftInThatLanguage(t *testing.T) {
	p := begin(t)
	p.must(dpo, ImportPeople{Import: "m", SHA256: document("m").SHA256, Counts: PeopleCounts{Rows: 1, Accepted: 1}})
	p.refused(dpo, TestMailing{Round: 1, Locale: "es"}, Conflict, "draft")
	p.refused(dpo, TestMailing{Round: 2, Locale: "es"}, NotFound, "round")
	p.must(dpo, DraftMailing{Round: 1, Template: "affected", Content: document("n"), Locales: []string{"en", "es"}})
	p.refused(dpo, TestMailing{Round: 1}, Invalid, "locale")
	p.refused(dpo, TestMailing{Round: 1, Locale: "lv"}, Invalid, "locale", "en, es")
	p.refused(Actor{Role: RoleAuditor, ID: "a"}, TestMailing{Round: 1, Locale: "es"}, Forbidden)
	for range maxTests {
		p.must(deputy, TestMailing{Round: 1, Locale: "es"})
	}
	p.refused(dpo, TestMailing{Round: 1, Locale: "es"}, Conflict, "preview")
	if last, err := p.state.Test(maxTests); err != nil || last.By != deputy || last.Version != 1 {
		t.Errorf("the last test is %+v, %v", last, err)
	}
	if _, err := p.state.Test(maxTests + 1); err == nil {
		t.Error("a test that nobody asked for was found")
	}
	if got := p.state.Round(1).Status; got != MailingDraftedStatus {
		t.Errorf("a test made the round %s", got)
	}
}
