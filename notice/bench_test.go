package notice

import (
	"bytes"
	"fmt"
	"strconv"
	"testing"
	texttemplate "text/template"
)

// BenchmarkRender writes whole messages, headers to hash, to 1, 1,000 and
// 100,000 people of ten languages and three sets of kinds of data: what a
// round does between claiming a person and handing the bytes to the relay.
func BenchmarkRender(b *testing.B) {
	for _, people := range []int{1, 1000, 100_000} {
		b.Run(fmt.Sprintf("people=%d", people), func(b *testing.B) {
			r := roundOf(b, TemplateAffected)
			e, persons := envelope(), crowd(people)
			var buffer []byte
			var size int64
			b.ReportAllocs()
			for b.Loop() {
				for i := range persons {
					m, err := r.Message(buffer, e, persons[i])
					if err != nil {
						b.Fatal(err)
					}
					buffer = m.Bytes
					size += int64(len(m.Bytes))
				}
			}
			report(b, people, size)
		})
	}
}

// BenchmarkRenderAlone is the same without a Round, as Communication does it:
// templates, go-mail and Check for each person.
func BenchmarkRenderAlone(b *testing.B) {
	r := roundOf(b, TemplateAffected)
	persons := crowd(30)
	var size int64
	b.ReportAllocs()
	for b.Loop() {
		for i := range persons {
			m, err := r.composer.Communication(envelope(), r.Communication(persons[i]))
			if err != nil {
				b.Fatal(err)
			}
			size += int64(len(m.Bytes))
		}
	}
	report(b, len(persons), size)
}

// BenchmarkBareTemplate is the yardstick: a text/template of the size of the
// two decoded parts with one name in it, into memory; no HTML, no encoding, no
// headers, no hash.
func BenchmarkBareTemplate(b *testing.B) {
	r := roundOf(b, TemplateAffected)
	m, err := r.Message(nil, envelope(), recipient(TemplateAffected))
	if err != nil {
		b.Fatal(err)
	}
	o, err := readParts(m.Bytes)
	if err != nil {
		b.Fatal(err)
	}
	body := "Dear {{.Name}},\n" + o.text + o.html
	bare := texttemplate.Must(texttemplate.New("bare").Parse(body))
	persons := crowd(1000)
	var out bytes.Buffer
	var size int64
	b.ReportAllocs()
	for b.Loop() {
		for i := range persons {
			out.Reset()
			if err := bare.Execute(&out, &persons[i]); err != nil {
				b.Fatal(err)
			}
			size += int64(out.Len())
		}
	}
	report(b, len(persons), size)
}

func crowd(people int) []Recipient {
	languages := []string{"ca", "de", "en", "es", "fr", "it", "lv", "nl", "pl", "pt"}
	kinds := [][]string{{"name", "email"}, {"name", "email", "location", "user_id"}, {"name", "email", "phone", "national_id"}}
	out := make([]Recipient, people)
	for i := range out {
		out[i] = Recipient{
			Locale: languages[i%len(languages)], Name: "Zoë O'Hara " + strconv.Itoa(i), Kinds: kinds[i%len(kinds)],
			Code: Code(codeKey, "incident-7", strconv.Itoa(i)), Reference: "REF-" + strconv.Itoa(i),
		}
	}
	return out
}

func report(b *testing.B, people int, size int64) {
	messages := float64(b.N) * float64(people)
	b.ReportMetric(messages/b.Elapsed().Seconds(), "msgs/s")
	b.ReportMetric(float64(size)/messages, "bytes/msg")
}

// BenchmarkNew is the start of the program: all languages are read and tried.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		composer(b)
	}
}
