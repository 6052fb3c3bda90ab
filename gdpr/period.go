package gdpr

import (
	"fmt"
	"strings"
	"time"
)

// Period is a length of time as laws write it. At most one of its parts is
// set. The zero Period means that the law gives none.
type Period struct {
	// Hours are elapsed hours, whatever the clocks do.
	Hours int `json:"hours,omitempty"`
	// Days are calendar days, counted by Reg. (EEC, Euratom) 1182/71 Art. 3(1)
	// and 3(2)(b): the day of the event is not counted, and the period ends
	// with the expiry of the last hour of its last day.
	Days int `json:"days,omitempty"`
	// Months are calendar months, counted by Art. 3(2)(c) of the same
	// Regulation: the period ends with the expiry of the last hour of the day
	// that bears the date of the event, or of the month's last day where the
	// month has no such date.
	Months int `json:"months,omitempty"`
}

// IsZero reports whether there is no period.
func (p Period) IsZero() bool { return p == Period{} }

// String writes the period in words, in English: "72 hours", "1 month". It is
// "no period" for the zero Period.
func (p Period) String() string {
	var parts []string
	for _, part := range []struct {
		n    int
		unit string
	}{{p.Months, "month"}, {p.Days, "day"}, {p.Hours, "hour"}} {
		switch {
		case part.n == 1:
			parts = append(parts, "1 "+part.unit)
		case part.n != 0:
			parts = append(parts, fmt.Sprintf("%d %ss", part.n, part.unit))
		}
	}
	if parts == nil {
		return "no period"
	}
	return strings.Join(parts, " and ")
}

// lastDay is the last day of a period in days or months from an event on the
// given day, before any move to a working day.
func (p Period) lastDay(event Date) Date {
	return event.addMonths(p.Months).addDays(p.Days)
}

// countingRule names the article by which the last day is found.
func (p Period) countingRule() string {
	if p.Months > 0 {
		return "Art. 3(2)(c)"
	}
	return "Art. 3(2)(b)"
}

// dayCount is how a period in days or months was counted.
type dayCount struct {
	// event is the day of the event; it is not counted.
	event Date
	// last is the last day by the count alone.
	last Date
	// end is last, moved to a working day.
	end Date
	// moved are the days from last to the one before end, in order.
	moved []restDay
	// country is the place whose holidays were asked for; empty for none.
	country string
	// known says that the calendar knows the holidays of country.
	known bool
}

// countDays counts a period in days or months from an instant and moves its
// end to a working day of the place.
func countDays(start time.Time, p Period, place Place, calendar Calendar) (*dayCount, error) {
	event := DateOf(start)
	c := &dayCount{event: event, last: p.lastDay(event), country: place.Country}
	end, moved, err := nextWorkingDay(c.last, place.Country, calendar)
	if err != nil {
		return nil, err
	}
	c.end, c.moved = end, moved
	if calendar != nil && place.Country != "" {
		_, _, c.known = calendar.Holiday(place.Country, c.last)
	}
	return c, nil
}

// reasons explain the count in sentences, in English.
func (c *dayCount) reasons(cited string, p Period, start, due time.Time) []string {
	list := []string{
		fmt.Sprintf("Counting from %s: %s gives %s; by Reg. (EEC, Euratom) 1182/71 Art. 3(1) the day of the event is not counted, and by %s the period ends with the expiry of the last hour of %s.",
			inWords(start), cited, p, p.countingRule(), c.last),
	}
	if c.end != c.last {
		why := make([]string, len(c.moved))
		for i, rest := range c.moved {
			why[i] = rest.String()
		}
		list = append(list, fmt.Sprintf("Moved to %s, the following working day, by Reg. (EEC, Euratom) 1182/71 Art. 3(4): %s.",
			c.end, strings.Join(why, ", ")))
	} else {
		list = append(list, fmt.Sprintf("Not moved: as far as is known %s is no Saturday, Sunday or public holiday (Reg. (EEC, Euratom) 1182/71 Art. 3(4)).", c.last))
	}
	switch {
	case c.country == "":
		list = append(list, "No place was given: only Saturdays and Sundays were looked at, public holidays were not.")
	case !c.known:
		list = append(list, fmt.Sprintf("The public holidays of %q are not known here: only Saturdays and Sundays were looked at. Check them by hand.", shorten(c.country)))
	default:
		list = append(list, fmt.Sprintf("Public holidays are the national ones of %s as the calendar lists them; regional and local ones are not known here.", c.country))
	}
	return append(list,
		fmt.Sprintf("Due %s: the end of that day, 24:00, shown as its last second.", inWords(due)),
		"Not used: Reg. (EEC, Euratom) 1182/71 Art. 3(5), at least two working days in a period of two days or more; how far it reaches is disputed, and it could only give more time.",
	)
}
