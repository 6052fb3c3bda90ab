package incident

import (
	"fmt"
	"strings"
)

// Phrase is an English sentence as its format and what stands in it, so that
// it can be said in another language: the format is the key under which the
// room translation has the other languages. It holds no name and no address of
// a person affected.
type Phrase struct {
	// Format is the sentence with the verbs of package fmt.
	Format string `json:"format"`
	// Args are what stands in place of the verbs, in their order.
	Args []PhraseArg `json:"args,omitempty"`
}

// PhraseArg is one value in a sentence.
type PhraseArg struct {
	// Text is the value as the English sentence shows it.
	Text string `json:"text"`
	// Key names a word of the language, such as the name of a stage, under which
	// other languages have theirs; empty for a name, a number or a code.
	Key string `json:"key,omitempty"`
	// Parts are the phrases that the value consists of, which English joins by
	// commas; none for a value that is no phrase.
	Parts []Phrase `json:"parts,omitempty"`
}

// Word is a value in a sentence that other languages have a word for, such as
// the status of a round.
type Word string

// Deed is the name of a command in a sentence, such as draft_mailing. Other
// languages have it under "to draft mailing".
type Deed string

// Say makes a sentence of a format and its values. The format is a constant,
// or nobody can put it into another language.
func Say(format string, args ...any) Phrase {
	p := Phrase{Format: format}
	verbs := Verbs(format)
	for i, arg := range args {
		if i >= len(verbs) {
			break // vet finds these
		}
		var value PhraseArg
		switch arg := arg.(type) {
		case Word:
			value = PhraseArg{Text: string(arg), Key: string(arg)}
		case Deed:
			value = PhraseArg{Text: spoken(string(arg)), Key: "to " + spoken(string(arg))}
		case Phrase:
			value = PhraseArg{Text: arg.String(), Parts: []Phrase{arg}}
		case []Phrase:
			value = PhraseArg{Text: joined(arg), Parts: arg}
		default:
			value = PhraseArg{Text: fmt.Sprintf(verbs[i], arg)}
		}
		p.Args = append(p.Args, value)
	}
	return p
}

// joined is a list of phrases in English.
func joined(list []Phrase) string {
	texts := make([]string, len(list))
	for i, p := range list {
		texts[i] = p.String()
	}
	return strings.Join(texts, ", ")
}

// String gives the sentence in English.
func (p Phrase) String() string {
	return Fill(p.Format, func(n int) string {
		if n >= len(p.Args) {
			return ""
		}
		return p.Args[n].Text
	})
}

// Verbs lists the verbs of a format in their order: %s, %d, %.1f.
func Verbs(format string) []string {
	var verbs []string
	eachVerb(format, func(string) {}, func(verb string, _ int) { verbs = append(verbs, verb) })
	return verbs
}

// Fill puts values in place of a format's verbs. A verb may name its value, as
// in %[2]s, since other languages have another order; n counts from 0.
func Fill(format string, value func(n int) string) string {
	var b strings.Builder
	eachVerb(format, func(text string) { b.WriteString(text) }, func(_ string, n int) { b.WriteString(value(n)) })
	return b.String()
}

// eachVerb reads a format: what stands between the verbs, and the verbs with
// the number of the value that each stands for.
func eachVerb(format string, text func(string), verb func(verb string, n int)) {
	next := 0
	for {
		before, rest, found := strings.Cut(format, "%")
		text(before)
		if !found {
			return
		}
		end := strings.IndexFunc(rest, func(c rune) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '%' })
		if end < 0 {
			text("%" + rest)
			return
		}
		if rest[end] == '%' {
			text("%")
			format = rest[end+1:]
			continue
		}
		flags := rest[:end]
		if inside, ok := strings.CutPrefix(flags, "["); ok {
			if _, err := fmt.Sscanf(inside, "%d", &next); err == nil {
				next--
			}
			_, flags, _ = strings.Cut(flags, "]")
		}
		verb("%"+flags+rest[end:end+1], next)
		next++
		format = rest[end+1:]
	}
}
