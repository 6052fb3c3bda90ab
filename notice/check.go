package notice

import (
	"slices"
	"strings"
	"unicode"
)

// Problem is one reason for which a communication may not be sent.
type Problem struct {
	// Field is the part of the Communication, such as "consequences", or
	// "message" for the whole.
	Field string
	// Rule is where the demand comes from, such as "GDPR Art. 34(2), 33(3)(c)".
	Rule string
	// What says what is wrong and what to do, without repeating any text.
	What string
}

// String is the problem as one line.
func (p Problem) String() string { return p.Field + ": " + p.What + " (" + p.Rule + ")" }

// The rules that Check enforces. GDPR is Regulation (EU) 2016/679.
const (
	ruleNature       = "GDPR Art. 34(2)"
	ruleContact      = "GDPR Art. 34(2), 33(3)(b)"
	ruleConsequences = "GDPR Art. 34(2), 33(3)(c)"
	ruleMeasures     = "GDPR Art. 34(2), 33(3)(d)"
	ruleClear        = "GDPR Art. 34(2), clear and plain language"
	ruleOneLink      = "no links but the controller's own page"
	ruleNoTracking   = "no remote content and no tracking"
	ruleVerify       = "a page for checking the code, beneath the controller's page or Tocsin's own"
	ruleAffected     = "a notice says plainly whether this person is affected"
	ruleController   = "GDPR Art. 33 and 34: an organisation is a controller for its people"
	ruleDrill        = "a drill is marked everywhere"
	ruleWhole        = "no attachments, text and HTML only"
)

// Check reads a composed communication as its reader's mail program will, and
// reports everything for which it may not be sent: a missing part of Art.
// 34(2) or of what its template demands besides, a part that the text or the
// HTML leaves out, an empty section or variable, a placeholder, another link
// than the controller's page and the page for checking, remote content, an
// attachment. Nil means that nothing was found.
func (c *Composer) Check(message []byte, d Communication) []Problem {
	if !isTemplate(d.template()) {
		return []Problem{unknownTemplate()}
	}
	l := c.languages[c.Match(d.Locale)]
	view := c.communicationView(l, d)
	problems := c.checkData(l, view, d)

	seen, err := readParts(message)
	if err != nil {
		return append(problems, Problem{"message", ruleWhole, err.Error()})
	}
	pages := d.pages()
	document := inspectHTML(seen.html, pages...)
	problems = append(problems, document.problems...)
	problems = append(problems, checkLinks(seen.subject+"\n"+seen.text, pages...)...)
	problems = append(problems, checkSections(seen.text)...)
	problems = append(problems, checkVariables(seen.subject, withoutNames(view, seen.text))...)
	problems = append(problems, checkPlaceholders(l, seen.subject+"\n"+withoutNames(view, seen.text+"\n"+document.text))...)
	problems = append(problems, checkDrill(l, d.Exercise, seen.subject, seen.text, document.text)...)
	problems = append(problems, checkStatements(l, d.template(), seen.text, document.text)...)
	return append(problems, checkPresence(l, view, seen.text, document.text)...)
}

// pages are the links that the communication may hold.
func (d Communication) pages() []string {
	var pages []string
	for _, page := range []string{d.PageURL, d.VerifyURL} {
		if page != "" {
			pages = append(pages, page)
		}
	}
	return pages
}

// checkPresence makes sure that both parts say everything: a language's
// template may not leave out what the law demands.
func checkPresence(l language, v *communicationView, text, html string) []Problem {
	var problems []Problem
	plain, rich := squash(text), squash(html)
	demand := func(field, rule string, values ...string) {
		for _, value := range values {
			want := squash(value)
			if want == "" {
				continue // checkData reports what was not given
			}
			for part, content := range map[string]string{"text": plain, "HTML": rich} {
				if !strings.Contains(content, want) {
					problems = append(problems, Problem{field, rule, "the " + part + " part leaves it out: correct the template of language " + l.name})
				}
			}
		}
	}
	demand("controller_name", ruleContact, v.Controller)
	demand("statement", ruleClear, v.Statement)
	demand("nature", ruleNature, v.Nature...)
	demand("contact", ruleContact, v.ContactName, v.ContactEmail, v.ContactPhone)
	demand("consequences", ruleConsequences, v.Consequences...)
	demand("measures", ruleMeasures, v.Measures...)
	demand("data_kinds", ruleClear, v.DataKinds...)
	demand("not_exposed", ruleClear, v.NotExposed...)
	demand("advice", ruleClear, v.Advice...)
	demand("vendor_name", ruleClear, v.Vendor)
	demand("page_url", ruleOneLink, v.PageURL)
	demand("verify_url", ruleVerify, v.VerifyURL)
	demand("code", ruleVerify, v.Code)
	demand("reference", ruleClear, v.Reference)
	demand("article_34", ruleClear, v.Article34)
	demand("previous_on", ruleClear, v.PreviousOn)
	demand("changes", ruleClear, v.Changes...)
	demand("organisation", ruleController, v.Organisation)
	demand("people", ruleController, v.People)
	demand("list_access", ruleController, v.ListAccess...)
	slices.SortStableFunc(problems, func(a, b Problem) int { return strings.Compare(a.Field+a.What, b.Field+b.What) })
	return slices.Compact(problems)
}

// checkDrill makes sure that a drill says so in each part, and that a real
// message does in none.
func checkDrill(l language, exercise bool, subject, text, html string) []Problem {
	banner := squash(l.words.ExerciseBanner)
	marks := []bool{
		strings.HasPrefix(subject, l.words.ExerciseMark+" "),
		strings.Contains(squash(text), banner),
		strings.Contains(squash(html), banner),
	}
	if slices.Contains(marks, !exercise) {
		return []Problem{{"exercise", ruleDrill, "the subject, the text and the HTML of a drill say that it is one, those of a real message do not"}}
	}
	return nil
}

// checkStatements makes sure that no part holds the statement of another
// template: one that says both that a person is affected and that they are not
// says nothing.
func checkStatements(l language, template, text, html string) []Problem {
	own := squash(l.words.Statements[template])
	both := squash(text) + squash(html)
	for _, other := range Templates() {
		foreign := squash(l.words.Statements[other])
		if foreign != own && !strings.Contains(own, foreign) && strings.Contains(both, foreign) {
			return []Problem{{"statement", ruleAffected, "the message also holds the statement of template " + other + ": remove it"}}
		}
	}
	return nil
}

// squash removes all white space, since text and HTML break lines differently.
func squash(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}
