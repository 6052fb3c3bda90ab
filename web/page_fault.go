package web

import (
	"bytes"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"tocsin/web/wording"
)

// partAway is the id of the word that a part of Tocsin does not answer: it stands on
// every page and is no answer to what the reader has just done.
const partAway = "away"

// withFault makes of a page that answers a refused step one on which nobody has to
// look for what is wrong, and which is heard as well as seen: its title begins with
// the word for a fault, the focus is on the first fault, wherever on the page it
// stands, and each fault of a field is tied to its field. It is done here, and not in
// each template, so that no form of any page goes without; and without scripts.
func withFault(page []byte, w wording.Words) []byte {
	if !bytes.Contains(page, []byte(`class="wrong"`)) && !bytes.Contains(page, []byte(`role="alert"`)) {
		return page
	}
	var out bytes.Buffer
	var title int // where the words of the title begin
	focused, n := bytes.Contains(page, []byte(" autofocus")), 0
	faulty := "" // the fault whose field comes next
	tokens := html.NewTokenizer(bytes.NewReader(page))
	for {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			break // the page has ended
		}
		// The text of a tag goes on as it is, unless something is added to it.
		raw := bytes.Clone(tokens.Raw())
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			out.Write(raw)
			continue
		}
		tag := tokens.Token()
		var add []html.Attribute
		switch class := value(tag, "class"); {
		case tag.Data == "title" && title == 0:
			out.Write(raw)
			title = out.Len()
			continue
		case class == "wrong" || value(tag, "role") == "alert" && value(tag, "id") != partAway && !given(tag, "hidden"):
			if class == "wrong" {
				if faulty = value(tag, "id"); faulty == "" {
					n++
					faulty = "wrong-" + strconv.Itoa(n)
					add = append(add, html.Attribute{Key: "id", Val: faulty})
				}
			}
			if !focused {
				focused = true
				add = append(add, html.Attribute{Key: "tabindex", Val: "-1"}, html.Attribute{Key: "autofocus"})
			}
		case faulty != "" && asks(tag):
			raw, add = tied(raw, tag, faulty)
			faulty = ""
		}
		out.Write(withAttributes(raw, add))
	}
	if title == 0 || !focused {
		return out.Bytes()
	}
	whole := out.Bytes()
	return bytes.Join([][]byte{whole[:title], []byte(html.EscapeString(w.T("nav_fault")) + ": "), whole[title:]}, nil)
}

// asks says whether a tag is a field that a person fills in.
func asks(tag html.Token) bool {
	return tag.Data == "select" || tag.Data == "textarea" || tag.Data == "input" && value(tag, "type") != "hidden"
}

// tied gives the tag of a field, and what is added to it, to name a fault beside the
// hints that it has.
func tied(raw []byte, tag html.Token, fault string) ([]byte, []html.Attribute) {
	var add []html.Attribute
	if hints := value(tag, "aria-describedby"); hints == "" {
		add = append(add, html.Attribute{Key: "aria-describedby", Val: fault})
	} else if !strings.Contains(" "+hints+" ", " "+fault+" ") {
		raw = bytes.Replace(raw, []byte(`aria-describedby="`), []byte(`aria-describedby="`+fault+" "), 1)
	}
	// One of several to choose from is not wrong by itself.
	if kind := value(tag, "type"); kind != "radio" && kind != "checkbox" && !given(tag, "aria-invalid") {
		add = append(add, html.Attribute{Key: "aria-invalid", Val: "true"})
	}
	return raw, add
}

// withAttributes writes attributes into a tag.
func withAttributes(tag []byte, add []html.Attribute) []byte {
	if len(add) == 0 {
		return tag
	}
	end := len(tag) - 1 // before the >
	if bytes.HasSuffix(tag, []byte("/>")) {
		end--
	}
	var more strings.Builder
	for _, a := range add {
		more.WriteString(" " + a.Key)
		if a.Val != "" {
			more.WriteString(`="` + html.EscapeString(a.Val) + `"`)
		}
	}
	return bytes.Join([][]byte{tag[:end], []byte(more.String()), tag[end:]}, nil)
}

// value gives an attribute of a tag; empty when it has none.
func value(tag html.Token, name string) string {
	for _, a := range tag.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// given says whether a tag has an attribute, with a value or without.
func given(tag html.Token, name string) bool {
	for _, a := range tag.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
