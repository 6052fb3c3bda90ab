package notice

import (
	"fmt"
	"net/url"
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
	ruleDrill        = "a drill is marked everywhere"
	ruleWhole        = "no attachments, text and HTML only"
)

// Check reads a composed communication as its reader's mail program will, and
// reports everything for which it may not be sent: a missing part of Art.
// 34(2), a part that the text or the HTML leaves out, an empty section, a
// placeholder, another link than the controller's page, remote content, an
// attachment. Nil means that nothing was found.
func (c *Composer) Check(message []byte, d Communication) []Problem {
	l := c.languages[c.Match(d.Locale)]
	view := c.communicationView(l, d)
	problems := checkData(l, view, d)

	seen, err := readParts(message)
	if err != nil {
		return append(problems, Problem{"message", ruleWhole, err.Error()})
	}
	document := inspectHTML(seen.html, d.PageURL)
	problems = append(problems, document.problems...)
	problems = append(problems, checkLinks(seen.subject+"\n"+seen.text, d.PageURL)...)
	problems = append(problems, checkSections(seen.text)...)
	problems = append(problems, checkPlaceholders(seen.subject+"\n"+seen.text+"\n"+document.text)...)
	problems = append(problems, checkDrill(l, d.Exercise, seen.subject, seen.text, document.text)...)
	return append(problems, checkPresence(l, view, seen.text, document.text)...)
}

// checkData looks at what the controller wrote.
func checkData(l language, v *communicationView, d Communication) []Problem {
	var problems []Problem
	report := func(missing bool, field, rule, what string) {
		if missing {
			problems = append(problems, Problem{field, rule, what})
		}
	}
	report(v.Controller == "", "controller_name", ruleContact, "say who writes")
	report(len(v.Nature) == 0, "nature", ruleNature, "describe the nature of the breach")
	report(v.ContactName == "", "contact.name", ruleContact, "name the data protection officer or another contact point")
	report(v.ContactEmail == "" && v.ContactPhone == "", "contact", ruleContact, "give the contact point's e-mail address or telephone number")
	report(v.ContactEmail != "" && !plainAddress(v.ContactEmail), "contact.email", ruleContact, "give a plain address such as dpo@example.org")
	report(len(v.Consequences) == 0, "consequences", ruleConsequences, "describe the likely consequences")
	report(len(v.Measures) == 0, "measures", ruleMeasures, "describe the measures taken or proposed")
	report(len(d.DataKinds) == 0, "data_kinds", ruleClear, "say which of the person's data are affected")
	for _, list := range []struct {
		field string
		keys  []string
	}{{"data_kinds", d.DataKinds}, {"not_exposed", d.NotExposed}} {
		for i, key := range list.keys {
			_, known := l.words.DataKinds[key]
			report(!known, list.field, ruleClear, fmt.Sprintf("entry %d is not a kind of data that language %s has a name for", i+1, l.name))
			report(slices.Contains(list.keys[:i], key), list.field, ruleClear, fmt.Sprintf("entry %d stands there twice", i+1))
			report(list.field == "not_exposed" && slices.Contains(d.DataKinds, key), list.field, ruleClear, fmt.Sprintf("entry %d is also said to be affected", i+1))
		}
	}
	report(!d.OccurredOn.IsZero() && !d.DiscoveredOn.IsZero() && d.DiscoveredOn.AddDate(0, 0, 1).Before(d.OccurredOn),
		"discovered_on", ruleClear, "the breach cannot have been discovered before it occurred")
	report(d.PageURL != "" && !ownPage(d.PageURL), "page_url", ruleOneLink,
		"give an https address with a host name, without query, fragment or credentials, the same for everybody")
	return problems
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
	demand("reference", ruleClear, v.Reference)
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

// squash removes all white space, since text and HTML break lines differently.
func squash(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}

// checkLinks finds what mail programs turn into links.
func checkLinks(text, page string) []Problem {
	for word := range strings.FieldsSeq(text) {
		lower := strings.ToLower(word)
		if !strings.Contains(lower, "://") && !strings.Contains(lower, "www.") && !strings.Contains(lower, "mailto:") {
			continue
		}
		if page != "" && (word == page || strings.Trim(word, "()<>\"'«»“”.,;:!?") == strings.TrimRight(page, ".,;:!?")) {
			continue
		}
		return []Problem{{"message", ruleOneLink, "a text holds another link than the page: name the site without https:// or www."}}
	}
	return nil
}

// checkSections finds headings (lines underlined with dashes) without content.
func checkSections(text string) []Problem {
	empty := false
	open := false // a heading was seen and nothing since
	all := strings.Split(text, "\n")
	for i, line := range all {
		switch {
		case strings.TrimSpace(line) == "", isUnderline(line):
		case i+1 < len(all) && isUnderline(all[i+1]):
			empty = empty || open
			open = true
		default:
			open = false
		}
	}
	if empty || open {
		return []Problem{{"message", ruleClear, "a section of the text is empty"}}
	}
	return nil
}

func isUnderline(line string) bool {
	line = strings.TrimSpace(line)
	return len(line) >= 3 && strings.Trim(line, "-") == ""
}

// checkPlaceholders finds what a template or a hurried author leaves behind.
func checkPlaceholders(text string) []Problem {
	for _, mark := range []string{"<no value>", "<nil>", "{{", "}}", "%!(", "(MISSING)", "ZgotmplZ", "TODO", "Lorem ipsum"} {
		if strings.Contains(text, mark) {
			return []Problem{{"message", ruleClear, "a text holds a placeholder that nobody filled in"}}
		}
	}
	return nil
}
