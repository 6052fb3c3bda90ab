package bounce

import (
	"errors"
	"strconv"
	"strings"
)

// Action is what happened to the notice, from RFC 3464 (2003) section 2.3.3.
type Action string

// The actions.
const (
	// Failed: it will not be delivered.
	Failed Action = "failed"
	// Delayed: it was not delivered yet; a server goes on trying.
	Delayed Action = "delayed"
	// Delivered: it reached the mailbox.
	Delivered Action = "delivered"
	// Relayed: it was passed on to where no further reports come from, also as
	// a list ("expanded").
	Relayed Action = "relayed"
)

// Class is why, coarse enough to hold nothing personal.
type Class string

// The classes, with the codes of RFC 3463 (2003) that they stand for; x is any
// class of code.
const (
	// ClassMailbox: there is no such mailbox (x.1.0, x.1.1, x.1.3, x.1.4, x.1.6,
	// x.1.10).
	ClassMailbox Class = "no_such_mailbox"
	// ClassDisabled: the mailbox takes no mail (x.2.1).
	ClassDisabled Class = "mailbox_disabled"
	// ClassFull: the mailbox is full (x.2.2).
	ClassFull Class = "mailbox_full"
	// ClassDomain: the domain does not exist or takes no mail (x.1.2, x.4.4).
	ClassDomain Class = "no_such_domain"
	// ClassSender: our sender was refused (x.1.7, x.1.8).
	ClassSender Class = "sender_refused"
	// ClassSize: the message is too big (x.2.3, x.3.4).
	ClassSize Class = "too_big"
	// ClassNetwork: a server or the way to it did not work in time (x.4.x).
	ClassNetwork Class = "network"
	// ClassSystem: the receiving system has a fault (x.3.x).
	ClassSystem Class = "receiving_system"
	// ClassContent: the form of the message was refused (x.5.x, x.6.x).
	ClassContent Class = "protocol_or_content"
	// ClassPolicy: a rule or a filter refused it (x.7.x).
	ClassPolicy Class = "policy"
	// ClassOther: nothing usable was said.
	ClassOther Class = "other"
)

// Source is where the knowledge comes from.
type Source string

// The sources.
const (
	// FromReport: a delivery status notification of RFC 3464.
	FromReport Source = "report"
	// FromEnvelope: the message had no such report; that it came back to the
	// delivery's own address is all there is.
	FromEnvelope Source = "envelope"
)

// Bounce is what one message that came back says about one delivery.
type Bounce struct {
	// Delivery is the id that the envelope recipient stood for.
	Delivery int64
	// Action is what happened. With several recipients in one report, as behind
	// an alias, it is the worst.
	Action Action
	// Status is the code of RFC 3463 such as "5.1.1", empty when none was given.
	Status string
	// Class is the reason.
	Class Class
	// Source is where the knowledge comes from.
	Source Source
}

// The refusals of Parse. They say nothing about what the message contained.
var (
	// ErrTooLarge: the message has more bytes than allowed.
	ErrTooLarge = errors.New("the message is too large to be a bounce")
	// ErrAutoReply: an automatic answer or a receipt, such as an absence note
	// (RFC 3834). The notice was delivered, or at least nothing says otherwise.
	ErrAutoReply = errors.New("the message is an automatic answer, not a bounce")
	// ErrNoBounce: an ordinary letter.
	ErrNoBounce = errors.New("the message is not a bounce")
)

// classify gives the class of an enhanced status code.
func classify(status string) Class {
	parts := strings.Split(status, ".")
	if len(parts) != 3 {
		return ClassOther
	}
	subject, err1 := strconv.Atoi(parts[1])
	detail, err2 := strconv.Atoi(parts[2])
	if err1 != nil || err2 != nil {
		return ClassOther
	}
	switch subject {
	case 1:
		switch detail {
		case 2:
			return ClassDomain
		case 7, 8:
			return ClassSender
		default:
			return ClassMailbox
		}
	case 2:
		switch detail {
		case 1:
			return ClassDisabled
		case 2:
			return ClassFull
		case 3:
			return ClassSize
		}
	case 3:
		if detail == 4 {
			return ClassSize
		}
		return ClassSystem
	case 4:
		if detail == 4 {
			return ClassDomain
		}
		return ClassNetwork
	case 5, 6:
		return ClassContent
	case 7:
		return ClassPolicy
	}
	return ClassOther
}
