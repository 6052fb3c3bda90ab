package ledger

import (
	"context"
	"crypto/sha256"
	"iter"
	"runtime"
	"sync"

	"golang.org/x/mod/sumdb/tlog"
)

// ahead is how rows are read before they are looked at in their order.
type ahead struct {
	goroutines int // that examine rows; none for the caller's alone
	rows       int // that one examines at a time
}

// onAllProcessors reads ahead as far as it helps.
func onAllProcessors() ahead {
	a := ahead{goroutines: runtime.GOMAXPROCS(0), rows: aheadLines}
	if a.goroutines == 1 {
		a.goroutines = 0
	}
	return a
}

// examined is a row and what is found by looking at it alone.
type examined struct {
	row   LogRow
	leaf  tlog.Hash
	entry Entry
	err   error // why the line is none
	other bool  // the event says something else than the line

	marked []byte // the line with the mark of a leaf before it
	event  Entry  // what row.Event points to
}

// portion is rows that are examined by one goroutine. It keeps its own copy of them.
type portion struct {
	rows []examined
	text []byte // lines and data of the rows
	done chan struct{}
}

// take copies a row.
func (p *portion) take(r LogRow) {
	p.rows = append(p.rows, examined{row: r})
	e := &p.rows[len(p.rows)-1]
	e.marked = p.keep([]byte{0}, r.Line)
	e.row.Line = e.marked[1:]
	if r.Event != nil {
		e.event = *r.Event
		e.event.Data = p.keep(r.Event.Data)
	}
}

func (p *portion) keep(parts ...[]byte) []byte {
	from := len(p.text)
	for _, part := range parts {
		p.text = append(p.text, part...)
	}
	return p.text[from:len(p.text):len(p.text)]
}

// examine looks at each row by itself, which is most of the work.
func (p *portion) examine() {
	var before Entry
	for i := range p.rows {
		e := &p.rows[i]
		e.leaf = sha256.Sum256(e.marked) // as LeafHash, without its allocations
		if e.entry, e.err = parseEntry(e.row.Line, before); e.err != nil {
			continue
		}
		e.other = e.row.Event != nil && !sameEntry(e.entry, e.event)
		before = e.entry
	}
	p.done <- struct{}{}
}

// read reads rows in their order, has them examined, and hands them on in their order.
// Rows are read and handed on by the caller's goroutine alone, since a source may be one
// connection. However it is read, the same rows are handed on before the same error.
func (a ahead) read(ctx context.Context, rows iter.Seq2[LogRow, error], hand func(*examined) error) error {
	r := reading{ahead: a, hand: hand, work: make(chan *portion, a.goroutines)}
	var all sync.WaitGroup
	for range a.goroutines {
		all.Go(func() {
			for p := range r.work {
				p.examine()
			}
		})
	}
	defer all.Wait()
	defer close(r.work)
	var failed error
	next := r.fresh()
	for row, err := range rows {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			failed = err
			break
		}
		if next.take(row); len(next.rows) < a.rows && len(next.text) < aheadBytes {
			continue
		}
		if err := r.begin(next); err != nil {
			return err
		}
		next = r.fresh()
	}
	if err := r.begin(next); err != nil {
		return err
	}
	for len(r.begun) > 0 {
		if err := r.handOldest(); err != nil {
			return err
		}
	}
	return failed
}

// reading is one run of read.
type reading struct {
	ahead
	hand  func(*examined) error
	work  chan *portion
	begun []*portion // the oldest first
	idle  []*portion // to be used again
}

func (r *reading) fresh() *portion {
	if n := len(r.idle); n > 0 {
		p := r.idle[n-1]
		r.idle = r.idle[:n-1]
		return p
	}
	return &portion{done: make(chan struct{}, 1)}
}

// begin has a portion examined, while two of each goroutine at most are not handed on.
func (r *reading) begin(p *portion) error {
	r.begun = append(r.begun, p)
	if r.goroutines == 0 {
		p.examine()
		return r.handOldest()
	}
	r.work <- p
	if len(r.begun) <= 2*r.goroutines {
		return nil
	}
	return r.handOldest()
}

// handOldest waits until the oldest portion is examined, and hands it on.
func (r *reading) handOldest() error {
	p := r.begun[0]
	r.begun = r.begun[1:]
	<-p.done
	for i := range p.rows {
		if err := r.hand(&p.rows[i]); err != nil {
			return err
		}
	}
	p.rows, p.text = p.rows[:0], p.text[:0]
	r.idle = append(r.idle, p)
	return nil
}
