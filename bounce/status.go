package bounce

import (
	"bytes"
	"regexp"
	"strings"
)

// maxBlocks is how many recipients of one report are read.
const maxBlocks = 100

// readStatus reads the body of a message/delivery-status part (RFC 3464
// section 2.1): a block of fields about the message, then one for each
// recipient. Of the fields only Action, Status and the codes inside
// Diagnostic-Code are looked at; names, addresses and texts are not.
func readStatus(text []byte) (Bounce, bool) {
	var worst Bounce
	found := false
	for range maxBlocks {
		text = skipEmptyLines(text)
		if len(text) == 0 {
			break
		}
		var block fields
		block, text = readFields(text)
		bounce, ok := readRecipient(block)
		if ok && (!found || severity(bounce.Action) > severity(worst.Action)) {
			worst, found = bounce, true
		}
	}
	return worst, found
}

func skipEmptyLines(text []byte) []byte {
	for len(text) > 0 {
		line, rest := cutLine(text)
		if len(bytes.TrimSpace(line)) > 0 {
			return text
		}
		text = rest
	}
	return nil
}

func severity(action Action) int {
	switch action {
	case Failed:
		return 4
	case Delayed:
		return 3
	case Relayed:
		return 2
	default:
		return 1
	}
}

// readRecipient reads one recipient's block. The block about the message has
// neither action nor status and is none.
func readRecipient(block fields) (Bounce, bool) {
	status := leadingStatus(block["status"])
	action := readAction(block["action"], status)
	if action == "" {
		return Bounce{}, false
	}
	// x.0.0 says nothing; the other server's own words may say more.
	if status == "" || strings.HasSuffix(status, ".0.0") {
		if better := findStatus(block["diagnostic-code"], action); better != "" && !strings.HasSuffix(better, ".0.0") {
			status = better
		}
	}
	bounce := Bounce{Action: action, Status: status, Class: classify(status), Source: FromReport}
	if action == Delivered || action == Relayed {
		bounce.Class = ClassOther
	}
	return bounce, true
}

// readAction reads the action, or concludes it from the status when it is
// missing or not one of RFC 3464.
func readAction(text, status string) Action {
	text, _, _ = strings.Cut(strings.ToLower(text), "(")
	switch strings.TrimSpace(text) {
	case "failed", "failure":
		return Failed
	case "delayed":
		return Delayed
	case "delivered":
		return Delivered
	case "relayed", "expanded":
		return Relayed
	}
	switch {
	case strings.HasPrefix(status, "5."):
		return Failed
	case strings.HasPrefix(status, "4."):
		return Delayed
	case strings.HasPrefix(status, "2."):
		return Delivered
	default:
		return ""
	}
}

var (
	// statusAtStart is a code of RFC 3463 section 2 before a comment.
	statusAtStart = regexp.MustCompile(`^\s*([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:[^.0-9]|$)`)
	// statusInText is one after a reply code, "550 5.1.1" or "550-5.1.1", or
	// after "#" as Exchange and qmail write it. A bare "5.1.1" may be a version.
	statusInText = regexp.MustCompile(`(?:\b[245][0-9]{2}[ -]|#)([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:[^.0-9]|$)`)
)

func leadingStatus(text string) string {
	if match := statusAtStart.FindStringSubmatch(text); match != nil {
		return match[1]
	}
	return ""
}

// findStatus finds the first code in a server's words that fits the action.
func findStatus(text string, action Action) string {
	for _, match := range statusInText.FindAllStringSubmatch(text, 20) {
		switch code := match[1]; {
		case code[0] == '2' && (action == Failed || action == Delayed):
		default:
			return code
		}
	}
	return ""
}
