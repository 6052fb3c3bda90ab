package smtp

import (
	"fmt"
	"strconv"
	"strings"
)

// DomainLimit is the limit of a domain that was named.
type DomainLimit struct {
	// Group is the name that domains with one limit between them share, such as
	// those of one mailbox provider: the first of them.
	Group string
	// Rate is the limit. One of zero means none.
	Rate Rate
}

// PerSecond is the limit of so many messages per second, as people write it: a
// number from 0.0001, such as 20 or 0.5. As many as leave in a second, at least
// one and at most a thousand, may leave at once after a pause.
func PerSecond(text string) (Rate, error) {
	rate, err := strconv.ParseFloat(text, 64)
	if err != nil || rate <= 0 {
		return Rate{}, fmt.Errorf("%q is no rate; expected a number of messages per second over zero, such as 20 or 0.5", text)
	}
	limit := Rate{PerSecond: rate, Burst: max(1, int(min(rate, 1000)))}
	return limit, limit.check()
}

// ParseDomainLimits reads the limits of single domains, apart by spaces or line
// ends, such as
//
//	outlook.com,hotmail.com=10 example.org=0.5 example.com=none
//
// Domains with commas between share one limit; none means that a domain has
// none. The result is by domain, lower case and in ASCII.
func ParseDomainLimits(text string) (map[string]DomainLimit, error) {
	limits := map[string]DomainLimit{}
	for field := range strings.FieldsSeq(text) {
		names, rate, found := strings.Cut(field, "=")
		if !found {
			return nil, fmt.Errorf("%q names no rate; expected DOMAIN=RATE, or DOMAIN,DOMAIN=RATE, such as example.org=20", field)
		}
		var limit DomainLimit
		if rate != "none" {
			var err error
			if limit.Rate, err = PerSecond(rate); err != nil {
				return nil, fmt.Errorf("%q: %w, or none", field, err)
			}
		}
		for name := range strings.SplitSeq(names, ",") {
			domain, reason := asciiDomain(name)
			if reason != "" {
				return nil, fmt.Errorf("%q: %q is not a domain; expected one such as example.org", field, name)
			}
			if _, named := limits[domain]; named {
				return nil, fmt.Errorf("%q: %s is named twice", field, domain)
			}
			if limit.Group == "" {
				limit.Group = domain
			}
			limits[domain] = limit
		}
	}
	return limits, nil
}
