package ledger

const (
	// aheadLines and aheadBytes end what is read ahead at a time, whichever is reached
	// first, so that memory stays small.
	aheadLines = 256
	aheadBytes = 256 << 10
)

// aheadLine is a line and what was made of it, or the error at which reading ended.
type aheadLine[T any] struct {
	n     int // number of the line, from 1
	value T
	err   error // io.EOF, errNoNewline, errLongLine or one of the reader
}

// aheadBatch are lines in their order, and their text.
type aheadBatch[T any] struct {
	lines []aheadLine[T]
	text  []byte
}

// linesAhead are lines of a file that another goroutine reads and looks at, while the
// caller judges those before. What is found, and in which order, is the same as if one
// did both. Whoever begins it reads on until the first error, which the last line has:
// then the other goroutine is done with the reader.
type linesAhead[T any] struct {
	full, free chan *aheadBatch[T]
	now        *aheadBatch[T]
	at         int
}

// readAhead begins to read lines. look must keep nothing of a line but in what it
// gives, and is called for one line after the other; what it gives may point into the
// line until the line after it is asked for.
func readAhead[T any](l *lines, look func(line []byte) T) *linesAhead[T] {
	const batches = 3 // one is filled, one waits, one is judged
	a := &linesAhead[T]{full: make(chan *aheadBatch[T], batches), free: make(chan *aheadBatch[T], batches)}
	for range batches {
		a.free <- &aheadBatch[T]{}
	}
	go a.fill(l, look)
	return a
}

func (a *linesAhead[T]) fill(l *lines, look func(line []byte) T) {
	for {
		batch := <-a.free
		batch.lines, batch.text = batch.lines[:0], batch.text[:0]
		for len(batch.lines) < aheadLines && len(batch.text) < aheadBytes {
			line, err := l.next()
			one := aheadLine[T]{n: l.n, err: err}
			if err == nil {
				from := len(batch.text)
				batch.text = append(batch.text, line...)
				one.value = look(batch.text[from:len(batch.text):len(batch.text)])
			}
			batch.lines = append(batch.lines, one)
			if err != nil {
				a.full <- batch
				return
			}
		}
		a.full <- batch
	}
}

// next gives the next line. It is not called again after one with an error.
func (a *linesAhead[T]) next() *aheadLine[T] {
	if a.now == nil || a.at == len(a.now.lines) {
		if a.now != nil {
			a.free <- a.now
		}
		a.now, a.at = <-a.full, 0
	}
	a.at++
	return &a.now.lines[a.at-1]
}
