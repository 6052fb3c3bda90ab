package smtp

import (
	"bytes"
	"errors"
	"io"
	"net/textproto"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

func TestReadReply(t *testing.T) {
	for name, test := range map[string]struct {
		in   string
		code int
		text string
		err  error
		rest string
	}{
		"one line":                        {in: "250 ok\r\nx", code: 250, text: "ok", rest: "x"},
		"a line feed alone ends it too":   {in: "250 ok\nx", code: 250, text: "ok", rest: "x"},
		"a bare code":                     {in: "354\r\n", code: 354},
		"several lines":                   {in: "250-a\r\n250-b\r\n250 c\r\n354 d\r\n", code: 250, text: "a\nb\nc", rest: "354 d\r\n"},
		"several lines, the last bare":    {in: "250-a\r\n250\r\n", code: 250, text: "a\n"},
		"nothing":                         {in: "", err: io.EOF},
		"half a line":                     {in: "250 o", err: io.ErrUnexpectedEOF},
		"half of several lines":           {in: "250-a\r\n", err: io.ErrUnexpectedEOF},
		"codes that differ":               {in: "250-a\r\n550 b\r\n", err: errReply},
		"no code":                         {in: "hello\r\n", err: errReply},
		"an empty line":                   {in: "\r\n", err: errReply},
		"a code of four digits":           {in: "2500 ok\r\n", err: errReply},
		"a code below 200":                {in: "150 ok\r\n", err: errReply},
		"a code above 599":                {in: "600 ok\r\n", err: errReply},
		"a line over the limit":           {in: "250 " + strings.Repeat("x", maxReplyLine) + "\r\n", err: errReply},
		"a line over the buffer":          {in: "250 " + strings.Repeat("x", 1<<20), err: errReply},
		"too many lines":                  {in: strings.Repeat("250-x\r\n", maxReplyLines) + "250 y\r\n", err: errReply},
		"too many bytes":                  {in: strings.Repeat("250-"+strings.Repeat("x", 1000)+"\r\n", 20) + "250 y\r\n", err: errReply},
		"Unicode digits are none of ours": {in: "\u0662\u0665\u0660 ok\r\n", err: errReply},
	} {
		t.Run(name, func(t *testing.T) {
			for how, reader := range map[string]io.Reader{
				"at once":      strings.NewReader(test.in),
				"byte by byte": iotest.OneByteReader(strings.NewReader(test.in)),
			} {
				buffered := newReplyReader(reader)
				got, err := readReply(buffered)
				if !errors.Is(err, test.err) || got != (reply{code: test.code, text: test.text}) {
					t.Errorf("%s: %+v, %v", how, got, err)
				}
				if test.err != nil {
					continue
				}
				if rest, err := io.ReadAll(buffered); err != nil || string(rest) != test.rest {
					t.Errorf("%s: left %q, %v", how, rest, err)
				}
			}
		})
	}
}

func FuzzReadReply(f *testing.F) {
	f.Add([]byte("250-a\r\n250 b\r\n354 go\r\n"))
	f.Add([]byte("421 bye\n"))
	f.Add([]byte("25"))
	f.Fuzz(func(t *testing.T, in []byte) {
		once, whole := newReplyReader(bytes.NewReader(in)), newReplyReader(iotest.OneByteReader(bytes.NewReader(in)))
		for range 10 {
			a, errA := readReply(once)
			b, errB := readReply(whole)
			if a != b || !errors.Is(errA, errB) {
				t.Fatalf("depends on the packets: %+v, %v and %+v, %v", a, errA, b, errB)
			}
			if errA != nil {
				var malformed textproto.ProtocolError
				if !errors.As(errA, &malformed) && !errors.Is(errA, io.EOF) && !errors.Is(errA, io.ErrUnexpectedEOF) {
					t.Fatalf("another error: %v", errA)
				}
				return
			}
			if a.code < 200 || a.code > 599 || len(a.text) > maxReplyBytes+maxReplyLines {
				t.Fatalf("reply %d with %d bytes", a.code, len(a.text))
			}
		}
	})
}

func TestTheWireFormOfAMessage(t *testing.T) {
	for name, test := range map[string]struct{ in, want string }{
		"a plain message":                 {"a\r\nb\r\n", "a\r\nb\r\n.\r\n"},
		"no line end at the end":          {"a", "a\r\n.\r\n"},
		"a carriage return at the end":    {"a\r", "a\r\n.\r\n"},
		"dots at the start of lines":      {".\r\n..\r\n.a\r\n", "..\r\n...\r\n..a\r\n.\r\n"},
		"dots elsewhere":                  {"a.\r\n", "a.\r\n.\r\n"},
		"line feeds alone":                {"a\n.\nb\n", "a\r\n..\r\nb\r\n.\r\n"},
		"carriage returns alone":          {"a\r.\rb", "a\r\n..\r\nb\r\n.\r\n"},
		"smuggling by mixed line ends":    {"a\n.\r\nMAIL FROM:<x@example.org>\r\n", "a\r\n..\r\nMAIL FROM:<x@example.org>\r\n.\r\n"},
		"two carriage returns and a feed": {"a\r\r\n.b", "a\r\n\r\n..b\r\n.\r\n"},
		"an empty line only":              {"\n", "\r\n.\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			for size := 1; size <= len(test.in); size++ {
				var body wireBody
				for rest := test.in; rest != ""; {
					n := min(size, len(rest))
					if _, err := io.WriteString(&body, rest[:n]); err != nil {
						t.Fatal(err)
					}
					rest = rest[n:]
				}
				if body.empty() {
					t.Error("counts as empty")
				}
				if got := string(body.finish()); got != test.want {
					t.Errorf("in pieces of %d: %q, want %q", size, got, test.want)
				}
			}
		})
	}
}

func TestTheFinalDotIsTheOnlyOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var body wireBody
		for _, piece := range rapid.SliceOf(rapid.StringOf(rapid.RuneFrom([]rune("a.\r\n")))).Draw(t, "pieces") {
			if _, err := io.WriteString(&body, piece); err != nil {
				t.Fatal(err)
			}
		}
		out := string(body.finish())
		if strings.Count("\r\n"+out, "\r\n.\r\n") != 1 || !strings.HasSuffix("\r\n"+out, "\r\n.\r\n") {
			t.Fatalf("another end of the message in %q", out)
		}
		if plain := strings.ReplaceAll(out, "\r\n", ""); strings.ContainsAny(plain, "\r\n") {
			t.Fatalf("a line end of another kind in %q", out)
		}
	})
}
