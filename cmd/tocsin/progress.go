package main

import (
	"fmt"
	"io"
	"time"
)

const (
	// firstWord is how long a file may take before it is spoken of.
	firstWord = 3 * time.Second
	// nextWord is how long it is until it is spoken of again.
	nextWord = 5 * time.Second
)

// progress says on standard error how much of a long file the server has taken,
// at which rate, and how long the rest will take. The server reads a file row
// by row and takes no more than it has room for, so what was sent is what was
// read, but for a few hundred rows.
type progress struct {
	to    io.Writer // nil says nothing
	size  int64     // of the file, in bytes
	now   func() time.Time
	began time.Time
	next  time.Time // when the next word is due
	sent  int64     // in bytes
}

func newProgress(to io.Writer, size int64, now func() time.Time) *progress {
	return &progress{to: to, size: size, now: now}
}

// took counts bytes, and speaks when it is time to.
func (p *progress) took(bytes int) {
	if p.to == nil || p.size <= 0 {
		return
	}
	now := p.now()
	if p.began.IsZero() {
		p.began, p.next = now, now.Add(firstWord)
	}
	p.sent += int64(bytes)
	if now.Before(p.next) {
		return
	}
	p.next = now.Add(nextWord)
	taken := now.Sub(p.began)
	perSecond := float64(p.sent) / taken.Seconds()
	left := time.Duration(float64(p.size-p.sent) / perSecond * float64(time.Second))
	say(p.to, fmt.Sprintf("%d %% read, %s of %s, %.1f MB/s, about %s left",
		p.sent*100/p.size, megabytes(p.sent), megabytes(p.size), perSecond/1e6, max(left, time.Second).Round(time.Second)))
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }
