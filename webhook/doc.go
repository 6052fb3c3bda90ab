// Package webhook tells other systems what happens in a case: it writes a signal
// in the form that the receiver takes (Standard Webhooks, Slack, Microsoft Teams)
// and sends it over HTTPS, once.
//
// A signal holds ids, kinds, instants and a link, and nobody's words. The address
// of a receiver is typed by a person and may lead anywhere: [Sender] looks at each
// address that a connection is really made to, when it is made, and refuses those
// inside; it follows no redirect, asks no proxy and keeps nothing of an answer but
// its status. The address holds a secret at many receivers, so no error and no
// outcome repeats it.
//
// It must never know the record, and never decide when or whether to send again.
package webhook
