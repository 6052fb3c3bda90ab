package web

import (
	"strconv"
	"strings"

	"tocsin/incident"
	"tocsin/web/wording"
)

type (
	// coverageShown is how far the notices of one kind of round came: each bar
	// is a step from the file to the people told, and the last ones divide those
	// who are written to by what became of their notice.
	coverageShown struct {
		W       wording.Words
		Title   string
		Rounds  string
		Bars    []barShown
		Cannot  []countShown // why mail does not tell somebody; none when nobody has to be told
		Warning string       // that somebody was told the contrary; empty for nobody
	}
	// barShown is one bar. From and Width are in thousandths of the longest one.
	barShown struct {
		Words, N    string
		From, Width int
		Class       string // told, doubt, waiting or cannot; empty for a step before
	}
)

// thinnest is the width of a bar that stands for next to nobody, in thousandths.
const thinnest = 5

// coverage draws how far the notices came, a picture for each kind of round.
func coverage(state *incident.State, parts []roundPart, ours *int, mistaken int, w wording.Words) []coverageShown {
	var list []coverageShown
	for _, kind := range incident.RoundKinds() {
		sum, rows, people := coverageOfAKind{Kind: kind}, 0, 0
		for i := range state.Rounds {
			round := &state.Rounds[i]
			if round.To() != kind {
				continue
			}
			sum.Rounds = append(sum.Rounds, round.N)
			people += round.People()
			rows += round.Recipients.Rows
			for _, file := range round.Imports {
				rows += file.Counts.Rows
			}
			for _, part := range parts {
				if part.N == round.N {
					sum.add(part.DeliveryCounts)
				}
			}
		}
		if len(sum.Rounds) == 0 {
			continue
		}
		// Whom a stopped round left out is counted in a later one too, and is one
		// person all the same.
		if kind != incident.RoundAffected {
			people = sum.Total
		}
		one := coverageShown{W: w, Title: wording.SentenceStart(w.T("to_" + kind)), Rounds: roundsInWords(sum.Rounds, w)}
		one.draw(sum, rows, people, ours)
		if kind == incident.RoundNotAffected {
			one.Cannot = nil
			if mistaken > 0 {
				one.Warning = w.T("cov_mistaken", w.People(mistaken))
			}
		}
		list = append(list, one)
	}
	return list
}

// draw makes the bars from the rows of the files to what became of each notice.
func (c *coverageShown) draw(sum coverageOfAKind, rows, people int, ours *int) {
	longest := max(rows, people, 1)
	bar := func(key string, from, n int, class string) {
		one := barShown{Words: c.W.T("cov_" + key), N: c.W.N(n), From: from * 1000 / longest, Width: (n*1000 + longest - 1) / longest, Class: class}
		if n > 0 { // one person of a million can be seen
			one.Width = max(one.Width, thinnest)
			one.From = min(one.From, 1000-one.Width)
		}
		c.Bars = append(c.Bars, one)
	}
	if rows > 0 {
		bar("rows", 0, rows, "")
	}
	if sum.Kind == incident.RoundAffected {
		bar("people", 0, people, "")
		if ours != nil {
			bar("ours", 0, *ours, "")
		}
	} else {
		bar("recipients", 0, people, "")
	}
	bar("reach", 0, people-sum.Undeliverable, "")
	at := 0
	next := func(key string, n int, class string, always bool) {
		if n > 0 || always {
			bar(key, at, n, class)
		}
		at += n
	}
	next("told", sum.Accepted, "told", true)
	next("doubt", sum.Unknown, "doubt", false)
	next("waiting", max(0, people-sum.Accepted-sum.Unknown-sum.Cannot-sum.Withheld), "waiting", false)
	next("withheld", sum.Withheld, "waiting", false)
	next("cannot", sum.Cannot, "cannot", false)
	for _, why := range []struct {
		state string
		n     int
	}{{"undeliverable", sum.Undeliverable}, {"refused", sum.Refused}, {"bounced", sum.Bounced}} {
		if why.n > 0 {
			c.Cannot = append(c.Cannot, countShown{wording.SentenceStart(c.W.State(why.state)), c.W.N(why.n)})
		}
	}
}

// roundsInWords names the rounds of a kind.
func roundsInWords(rounds []int, w wording.Words) string {
	if len(rounds) == 1 {
		return w.T("round_n", rounds[0])
	}
	list := make([]string, len(rounds))
	for i, n := range rounds {
		list[i] = strconv.Itoa(n)
	}
	return w.T("rounds_n", strings.Join(list, ", "))
}
