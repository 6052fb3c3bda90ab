package notice

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
)

// unknownTemplate is the only problem of a communication whose template does
// not exist.
func unknownTemplate() Problem {
	return Problem{"template", ruleClear, "is none: give one of " + strings.Join(Templates(), ", ")}
}

// reporter collects the problems of a communication's data.
type reporter struct{ problems []Problem }

func (r *reporter) report(wrong bool, field, rule, what string) {
	if wrong {
		r.problems = append(r.problems, Problem{field, rule, what})
	}
}

// checkData looks at what the controller wrote and at this person's own data.
func (c *Composer) checkData(l language, v *communicationView, d Communication) []Problem {
	var r reporter
	r.report(v.Controller == "", "controller_name", ruleContact, "say who writes")
	r.report(len(v.Nature) == 0, "nature", ruleNature, "describe the nature of the breach")
	r.report(v.ContactName == "", "contact.name", ruleContact, "name the data protection officer or another contact point")
	r.report(v.ContactEmail == "" && v.ContactPhone == "", "contact", ruleContact, "give the contact point's e-mail address or telephone number")
	r.report(v.ContactEmail != "" && !plainAddress(v.ContactEmail), "contact.email", ruleContact, "give a plain address such as dpo@example.org")
	r.report(!d.OccurredOn.IsZero() && !d.DiscoveredOn.IsZero() && d.DiscoveredOn.AddDate(0, 0, 1).Before(d.OccurredOn),
		"discovered_on", ruleClear, "the breach cannot have been discovered before it occurred")
	r.report(!plainReference(v.Reference), "reference", ruleOneLink, "give letters, digits and dashes only")
	if d.template() == TemplateNotAffected {
		r.notAffected(d)
	} else {
		r.report(len(v.Consequences) == 0, "consequences", ruleConsequences, "describe the likely consequences")
		r.report(len(v.Measures) == 0, "measures", ruleMeasures, "describe the measures taken or proposed")
		r.report(len(d.DataKinds) == 0, "data_kinds", ruleClear, "say which of the person's data are affected")
	}
	r.kinds(l, d)
	r.followUp(v, d)
	r.organisation(v, d)
	r.pages(c.config.CheckURL, d)
	return r.problems
}

// notAffected refuses what would make the reader doubt the message.
func (r *reporter) notAffected(d Communication) {
	r.report(len(d.DataKinds) > 0, "data_kinds", ruleAffected, "this person has data in the file: write as to somebody affected, or name no kinds")
	r.report(len(d.NotExposed) > 0, "not_exposed", ruleAffected, "none of this person's data were exposed: leave the list out")
	r.report(len(lines(d.Consequences)) > 0, "consequences", ruleAffected, "there are none for this person: leave them out")
	r.report(len(lines(d.Advice)) > 0, "advice", ruleAffected, "this person has nothing to do: leave the advice out")
}

func (r *reporter) kinds(l language, d Communication) {
	for _, list := range []struct {
		field string
		keys  []string
	}{{"data_kinds", d.DataKinds}, {"not_exposed", d.NotExposed}} {
		for i, key := range list.keys {
			_, known := l.words.DataKinds[key]
			r.report(!known, list.field, ruleClear, fmt.Sprintf("entry %d is not a kind of data that language %s has a name for", i+1, l.name))
			r.report(slices.Contains(list.keys[:i], key), list.field, ruleClear, fmt.Sprintf("entry %d stands there twice", i+1))
			r.report(list.field == "not_exposed" && slices.Contains(d.DataKinds, key), list.field, ruleClear, fmt.Sprintf("entry %d is also said to be affected", i+1))
		}
	}
}

func (r *reporter) followUp(v *communicationView, d Communication) {
	if d.template() != TemplateFollowUp {
		r.report(!d.PreviousOn.IsZero(), "previous_on", ruleClear, "only a follow_up has an earlier message")
		r.report(len(v.Changes) > 0, "changes", ruleClear, "only a follow_up says what changed")
		return
	}
	r.report(d.PreviousOn.IsZero(), "previous_on", ruleClear, "say on which day this person was told before")
	r.report(len(v.Changes) == 0, "changes", ruleClear, "say what has changed since the earlier message")
}

func (r *reporter) organisation(v *communicationView, d Communication) {
	if d.template() != TemplateAffectedOrganisation {
		r.report(d.Organisation != "" || d.People != 0, "organisation", ruleController, "only affected_organisation is about an organisation's people")
		r.report(len(v.ListAccess) > 0, "list_access", ruleController, "only affected_organisation says how to get the list")
		return
	}
	r.report(v.Organisation == "", "organisation", ruleController, "name the organisation, without a web address")
	r.report(d.People <= 0, "people", ruleController, "say how many of its people are in the file")
}

func (r *reporter) pages(check string, d Communication) {
	const page = "give an https address with a host name, without query, fragment or credentials, the same for everybody"
	r.report(d.PageURL != "" && !ownPage(d.PageURL), "page_url", ruleOneLink, page)
	_, isCode := ParseCode(d.Code)
	if d.VerifyURL == "" {
		r.report(d.Code != "", "verify_url", ruleVerify, "name the page on which the code is entered")
		return
	}
	r.report(!ownPage(d.VerifyURL), "verify_url", ruleVerify, page)
	r.report(!beneath(d.PageURL, d.VerifyURL) && !beneath(check, d.VerifyURL), "verify_url", ruleVerify,
		"give a page beneath the controller's page, or this installation's page for checking codes")
	r.report(!isCode, "code", ruleVerify, "give the code that Code makes for this person")
}

// ownPage accepts the address of a page that can be typed by hand and tells
// nothing about who opens it.
func ownPage(text string) bool {
	if !webURL(text) {
		return false
	}
	parsed, err := url.Parse(text)
	return err == nil && parsed.Scheme == "https" && parsed.RawQuery == "" && !parsed.ForceQuery &&
		!strings.Contains(text, "#") && strings.Contains(parsed.Hostname(), ".") && parsed.String() == text
}

// beneath tells whether a page is base itself or in the folder that base names.
func beneath(base, page string) bool {
	if base == "" {
		return false
	}
	from, err := url.Parse(base)
	if err != nil {
		return false
	}
	to, err := url.Parse(page)
	if err != nil || from.Scheme != to.Scheme || from.Host != to.Host {
		return false
	}
	folder := strings.TrimSuffix(from.Path, "/")
	clean := path.Clean("/" + to.Path)
	return clean == path.Clean("/"+folder) || strings.HasPrefix(clean, folder+"/")
}
