package notice

import (
	"regexp"
	"slices"
	"strings"
)

// checkLinks finds what mail programs turn into links.
func checkLinks(text string, pages ...string) []Problem {
	for word := range strings.FieldsSeq(text) {
		lower := strings.ToLower(word)
		if !strings.Contains(lower, "://") && !strings.Contains(lower, "www.") && !strings.Contains(lower, "mailto:") {
			continue
		}
		isPage := func(page string) bool {
			return word == page || strings.Trim(word, "()<>\"'«»“”„.,;:!?") == strings.TrimRight(page, ".,;:!?")
		}
		if slices.ContainsFunc(pages, isPage) {
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

// emptyVariable is how a sentence reads in which a value was left out: empty
// brackets or quotation marks, or a space before a comma or a full stop.
var emptyVariable = regexp.MustCompile(`\([\s\x{a0}]*\)|“[\s\x{a0}]*”|„[\s\x{a0}]*“|«[\s\x{a0}\x{202f}]*»|  |[ \t][,.](\s|$)`)

// checkVariables finds the places in which a value was empty.
func checkVariables(subject, text string) []Problem {
	gap := emptyVariable.MatchString(subject) || emptyVariable.MatchString(text)
	for line := range strings.SplitSeq(text, "\n") {
		// "Telephone: " with nothing behind it, or a point of a list without text.
		gap = gap || line == "-" || line != strings.TrimRight(line, " \t")
	}
	if gap {
		return []Problem{{"message", ruleClear, "a value in a text is empty: brackets, quotation marks, a label, or the place before a comma or full stop hold nothing"}}
	}
	return nil
}

// placeholder is what authors write for something that is still to be put in:
// {name}, ${name}, [NAME OF THE VENDOR], <name>, XXXX, ____.
var placeholder = regexp.MustCompile(`\$?\{[\pL\pN_. -]*\}|\[[\p{Lu}\pN_ .:-]{3,}\]|<[\pL_][\pL\pN_ -]*>|\bX{3,}\b|_{3,}|…{2,}`)

// checkPlaceholders finds what a template or a hurried author leaves behind.
func checkPlaceholders(l language, text string) []Problem {
	text = strings.ReplaceAll(text, l.words.ExerciseMark, "")
	found := placeholder.MatchString(text)
	for _, mark := range []string{"<no value>", "<nil>", "{{", "}}", "%!(", "(MISSING)", "ZgotmplZ", "TODO", "FIXME", "TBD", "Lorem ipsum"} {
		found = found || strings.Contains(text, mark)
	}
	if found {
		return []Problem{{"message", ruleClear, "a text holds a placeholder that nobody filled in"}}
	}
	return nil
}

// withoutNames takes out of a text what only one person's message holds, so
// that nobody is left uninformed because their name looks like a mistake:
// names were made safe before (salutation, organisationName, plainReference).
func withoutNames(v *communicationView, text string) string {
	for _, name := range []string{v.Person, v.Organisation, v.Reference} {
		if name != "" {
			text = strings.ReplaceAll(text, name, "n")
		}
	}
	return text
}
