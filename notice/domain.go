package notice

import "strings"

// Domain is the domain of the sender's address: the right side of the
// Message-IDs that belong to its messages.
func (c *Composer) Domain() string {
	return c.config.From[strings.LastIndexByte(c.config.From, '@')+1:]
}
