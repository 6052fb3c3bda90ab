package people

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	// maxDepth is how deep objects may lie in each other.
	maxDepth = 5
	// sampleObjects is how many lines are looked at for their keys before the
	// first row is handed out.
	sampleObjects = 200
)

// objects reads one JSON object per line. An object inside an object gives
// columns named "outer.inner"; a list of plain values gives one value with
// commas; a list of objects is no row of people and is refused.
type objects struct {
	lines *lines
	names []string
	// place is the column of each key.
	place map[string]int
	// row and filled are used again for each line. filled is the number of the
	// line that last gave a column its value.
	row    []string
	filled []int
}

func openObjects(text *lines) (*objects, error) {
	o := &objects{lines: text, place: map[string]int{}}
	sample, err := text.sample(sampleObjects)
	if err != nil {
		return nil, err
	}
	for _, line := range sample {
		if line.long || line.isBlank() {
			continue
		}
		if err := o.read(line); err != nil {
			var invalid *InvalidError
			if errors.As(err, &invalid) {
				return nil, err
			}
		}
	}
	clear(o.filled) // the same lines are read again as rows
	if len(o.names) == 0 {
		return nil, &InvalidError{Field: "file", Value: "no JSON object with values in its first lines", Expected: "JSON Lines: one object on each line"}
	}
	return o, nil
}

// columns implements rowSource.
func (o *objects) columns() []string { return o.names }

// close implements rowSource.
func (o *objects) close() error { return nil }

// about implements rowSource.
func (o *objects) about() about {
	encoding, warnings := o.lines.encoding()
	return about{format: JSONLines, encoding: encoding, warnings: warnings}
}

// next returns the next row, or io.EOF.
func (o *objects) next() (record, error) {
	for {
		line, err := o.lines.next()
		if err != nil {
			return record{}, err
		}
		if line.long {
			return record{line: line.number, why: longLine()}, nil
		}
		if line.isBlank() {
			continue
		}
		if err := o.read(line); err != nil {
			var why badObject
			if errors.As(err, &why) {
				return record{line: line.number, why: string(why)}, nil
			}
			return record{}, err
		}
		for i := range o.row {
			if o.filled[i] != line.number {
				o.row[i] = ""
			}
		}
		return checked(record{line: line.number, fields: o.row}, len(line.text)), nil
	}
}

// badObject is the reason for rejecting a line, without values.
type badObject string

// Error implements error.
func (b badObject) Error() string { return string(b) }

// read puts the values of one line into o.row.
func (o *objects) read(line physicalLine) error {
	decoder := json.NewDecoder(strings.NewReader(line.text))
	decoder.UseNumber() // a long id must not become 1.2e+18
	first, err := decoder.Token()
	if err != nil || first != json.Delim('{') {
		return badObject("not a JSON object")
	}
	if err := o.members(decoder, "", line.number, 1); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return badObject("something follows the JSON object")
	}
	return nil
}

// members reads an object up to its end.
func (o *objects) members(decoder *json.Decoder, prefix string, line, depth int) error {
	if depth > maxDepth {
		return badObject(fmt.Sprintf("objects lie more than %d deep in each other", maxDepth))
	}
	for decoder.More() {
		token, err := decoder.Token()
		key, isKey := token.(string)
		if err != nil || !isKey {
			return badObject("not a JSON object")
		}
		token, err = decoder.Token()
		if err != nil {
			return badObject("not a JSON object")
		}
		name := prefix + key
		switch value := token.(type) {
		case json.Delim:
			if value == '{' {
				err = o.members(decoder, name+".", line, depth+1)
			} else {
				err = o.list(decoder, name, line)
			}
		case string:
			err = o.put(name, value, line)
		case json.Number:
			err = o.put(name, value.String(), line)
		case bool:
			err = o.put(name, fmt.Sprint(value), line)
		case nil:
			err = o.put(name, "", line)
		}
		if err != nil {
			return err
		}
	}
	if _, err := decoder.Token(); err != nil {
		return badObject("not a JSON object")
	}
	return nil
}

// list reads a list of plain values up to its end.
func (o *objects) list(decoder *json.Decoder, name string, line int) error {
	var values []string
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return badObject("not a JSON object")
		}
		switch value := token.(type) {
		case json.Delim:
			return badObject("a list holds objects or lists; expected plain values")
		case nil:
		default:
			values = append(values, fmt.Sprint(value))
		}
	}
	if _, err := decoder.Token(); err != nil {
		return badObject("not a JSON object")
	}
	return o.put(name, strings.Join(values, ", "), line)
}

// put gives a column its value, and the file a column when the key is new.
func (o *objects) put(key, value string, line int) error {
	at, known := o.place[key]
	if !known {
		if len(o.names) == maxColumns {
			return &InvalidError{
				Field: fmt.Sprintf("line %d", line), Value: fmt.Sprintf("more than %d different keys in the file", maxColumns),
				Expected: "keys that are names of columns, the same on each line",
			}
		}
		names, err := columnNames(fmt.Sprintf("line %d", line), append(o.names[:len(o.names):len(o.names)], key))
		if err != nil {
			return err
		}
		at = len(o.names)
		o.names, o.place[key] = names, at
		o.row, o.filled = append(o.row, ""), append(o.filled, 0)
	}
	if o.filled[at] == line {
		return badObject("a key occurs twice")
	}
	o.row[at], o.filled[at] = value, line
	return nil
}
