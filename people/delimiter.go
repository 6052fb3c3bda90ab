package people

import "strings"

// delimiters are those that are looked for; the first wins where nothing
// decides.
const delimiters = ",;\t|"

// sampleLines is how many lines are looked at to find the delimiter.
const sampleLines = 20

// detectDelimiter finds the delimiter of a text by its first lines: the one
// that cuts the most rows into as many values as the line of column names, and
// among equals the one that cuts that line into the most.
func detectDelimiter(sample []physicalLine) byte {
	best, bestRows, bestCount := delimiters[0], -1, 0
	for _, delimiter := range []byte(delimiters) {
		count := outsideQuotes(sample[0].text, delimiter)
		if count == 0 {
			continue
		}
		rows := 0
		for _, line := range sample[1:] {
			if !line.isBlank() && outsideQuotes(line.text, delimiter) == count {
				rows++
			}
		}
		if rows > bestRows || rows == bestRows && count > bestCount {
			best, bestRows, bestCount = delimiter, rows, count
		}
	}
	return best
}

// outsideQuotes counts a delimiter outside quotes.
func outsideQuotes(text string, delimiter byte) int {
	if strings.IndexByte(text, '"') < 0 {
		return strings.Count(text, string(delimiter))
	}
	count, inQuotes := 0, false
	for i := range len(text) {
		switch text[i] {
		case '"':
			inQuotes = !inQuotes
		case delimiter:
			if !inQuotes {
				count++
			}
		}
	}
	return count
}

// declaredDelimiter reads the line "sep=;" that spreadsheets write above the
// column names.
func declaredDelimiter(line string) (byte, bool) {
	line = strings.Trim(strings.TrimSpace(line), `"`)
	if len(line) == 5 && strings.EqualFold(line[:4], "sep=") && strings.IndexByte(delimiters, line[4]) >= 0 {
		return line[4], true
	}
	if strings.EqualFold(line, "sep=") {
		return '\t', true // the tab was trimmed away
	}
	return 0, false
}
