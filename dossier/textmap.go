package dossier

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"strconv"
)

// sweepingRange is how the library maps the codes of its fonts to characters:
// one range over all of them. In such a range only the last byte may vary (ISO
// 32000-1:2008, 9.10.3), so that a strict reader finds nonsense from U+0100
// upwards: a copied "ș" would be something else, and no search finds it.
var sweepingRange = []byte("1 beginbfrange\n<0000> <FFFF> <0000>\nendbfrange")

// edit replaces the bytes from start to end of a file.
type edit struct {
	start, end int
	with       []byte
}

// mendTextMap gives the fonts of a finished PDF a map that every reader
// understands, and moves the table of offsets along. A file without the
// sweeping range is returned as it is.
func mendTextMap(file []byte) ([]byte, error) {
	var edits []edit
	for from := 0; ; {
		found := bytes.Index(file[from:], sweepingRange)
		if found < 0 {
			break
		}
		found += from
		start := bytes.LastIndex(file[:found], []byte("<</Length "))
		length := bytes.Index(file[found:], []byte("endstream"))
		if start < 0 || length < 0 {
			return nil, errors.New("mend text map: the map is not in a stream of its own")
		}
		edited, err := textMap(file[start:found+length], start)
		if err != nil {
			return nil, err
		}
		edits = append(edits, edited)
		from = found + length
	}
	if len(edits) == 0 {
		return file, nil
	}
	return apply(file, edits)
}

// textMap rewrites one stream, its dictionary included.
func textMap(object []byte, at int) (edit, error) {
	_, content, found := bytes.Cut(object, []byte("stream\n"))
	if !found {
		return edit{}, errors.New("mend text map: the stream has no beginning")
	}
	var packed bytes.Buffer
	writer := zlib.NewWriter(&packed)
	if _, err := writer.Write(bytes.Replace(content, sweepingRange, narrowRanges(), 1)); err != nil {
		return edit{}, fmt.Errorf("mend text map: %w", err)
	}
	if err := writer.Close(); err != nil {
		return edit{}, fmt.Errorf("mend text map: %w", err)
	}
	head := fmt.Sprintf("<</Length %d /Filter /FlateDecode>>\nstream\n", packed.Len())
	return edit{start: at, end: at + len(object), with: append(append([]byte(head), packed.Bytes()...), '\n')}, nil
}

// narrowRanges maps each code to itself in ranges of 256, at most 100 of them in
// one block (Adobe Technical Note 5014, 1996).
func narrowRanges() []byte {
	var b bytes.Buffer
	for first := 0; first < 256; first += 100 {
		last := min(first+100, 256)
		fmt.Fprintf(&b, "%d beginbfrange\n", last-first)
		for high := first; high < last; high++ {
			fmt.Fprintf(&b, "<%02X00> <%02XFF> <%02X00>\n", high, high, high)
		}
		b.WriteString("endbfrange")
		if last < 256 {
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

// apply makes the edits and corrects the offsets of all objects: the table
// before the trailer, whose rows are 20 bytes each, and where it begins.
func apply(file []byte, edits []edit) ([]byte, error) {
	moved := func(offset int) int {
		to := offset
		for _, e := range edits {
			if e.end <= offset {
				to += len(e.with) - (e.end - e.start)
			}
		}
		return to
	}
	const mark = "startxref\n"
	at := bytes.LastIndex(file, []byte(mark))
	if at < 0 {
		return nil, errors.New("mend text map: the file has no table of offsets")
	}
	number, _, _ := bytes.Cut(file[at+len(mark):], []byte("\n"))
	table, err := strconv.Atoi(string(number))
	if err != nil || table <= edits[len(edits)-1].end || table >= at {
		return nil, errors.New("mend text map: the table of offsets is not where it should be")
	}
	rows := bytes.Clone(file[table:at])
	for i := 0; i+20 <= len(rows); i++ {
		if !bytes.HasSuffix(rows[:i+20], []byte(" 00000 n \n")) {
			continue
		}
		offset, err := strconv.Atoi(string(rows[i : i+10]))
		if err != nil {
			return nil, errors.New("mend text map: the table of offsets has a broken row")
		}
		copy(rows[i:], fmt.Sprintf("%010d", moved(offset)))
		i += 19
	}
	var out bytes.Buffer
	out.Grow(len(file) + 4096)
	from := 0
	for _, e := range edits {
		out.Write(file[from:e.start])
		out.Write(e.with)
		from = e.end
	}
	out.Write(file[from:table])
	out.Write(rows)
	fmt.Fprintf(&out, "%s%d\n%%%%EOF\n", mark, moved(table))
	return out.Bytes(), nil
}
