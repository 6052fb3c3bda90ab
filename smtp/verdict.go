package smtp

import (
	"errors"
	"strconv"
	"strings"
)

// Verdict is what to do with a message after one attempt.
type Verdict string

// The verdicts.
const (
	// Settled: the relay took the message. Nothing more is to be done unless it
	// bounces.
	Settled Verdict = "settled"
	// RefusedForGood: this recipient will not get this message by mail, now or
	// later. Choose another channel.
	RefusedForGood Verdict = "refused_for_good"
	// TryLater: try this recipient again, after waits that grow (Backoff). The
	// others go on.
	TryLater Verdict = "try_later"
	// InDoubt: nobody knows whether the relay took it. Send it once more with
	// the same Message-ID, and count it as doubtful.
	InDoubt Verdict = "in_doubt"
	// RelayAway: the relay cannot work now, and nothing was learnt about the
	// recipient. Use another relay, or wait; a person is needed only if it
	// lasts.
	RelayAway Verdict = "relay_away"
	// CallPerson: the relay does not want our mail at all: credentials, sender,
	// policy, size. Every message would fare alike, so the round stops until
	// somebody has put it right. Nothing was learnt about the recipient.
	CallPerson Verdict = "call_person"
)

// Judge says what a reply at a step of the dialogue means for what happens
// next. The code is the three digits of RFC 5321 (2008) section 4.2.1, the
// enhanced code that of RFC 3463 (2003) or empty; the more precise one counts
// where they differ.
//
//	step           reply                                  verdict
//	any            2xx                                    Settled (RCPT, DATA)
//	any            421, no reply                          RelayAway
//	any            432 454 530 534 535 538, 5.7.8 - 5.7.14 authentication and TLS:
//	                                                      CallPerson; 432 454 RelayAway
//	any            500 502 503 504, x.5.1 x.5.2 x.5.4     commands not understood: CallPerson
//	connect, EHLO, 4xx                                    RelayAway
//	STARTTLS, AUTH 5xx (554 "no service", 550 "blocked")  CallPerson
//	MAIL           4xx                                    RelayAway
//	MAIL           5xx (5.1.7 5.1.8 sender, 5.7.x policy, CallPerson
//	               552 5.3.4 size)
//	RCPT           4xx                                    TryLater
//	RCPT           552, x.2.2 mailbox full                TryLater (RFC 5321 section 4.5.3.1.10)
//	RCPT           5.1.7 5.1.8                            the sender after all: CallPerson
//	RCPT           other 5xx (5.1.1 5.1.2 5.2.1 5.7.1 …)  RefusedForGood
//	DATA           4xx                                    TryLater
//	DATA           552, x.2.2 mailbox full                as at RCPT when it says x.2.2,
//	                                                      else size: CallPerson
//	DATA           x.2.3, x.3.4, x.6.x size and form      CallPerson: the messages are all alike
//	DATA           x.7.x policy, taken for spam           CallPerson, likewise
//	DATA           other 5xx                              RefusedForGood
//
// A policy refusal at RCPT (550 5.7.1) remains one recipient's: many relays ask
// the recipient's own server, which refuses for its own reasons. A caller that
// sees nothing else for a while should stop by its own count.
func Judge(step Step, code int, enhanced string) Verdict {
	class, subject, detail := parseEnhanced(enhanced)
	temporary := code >= 400 && code < 500
	switch {
	case code >= 200 && code < 300:
		if step == StepRecipient || step == StepData {
			return Settled
		}
		return RelayAway // a success where none was due is a confused relay
	case code == 421 || code < 400 || code > 599:
		return RelayAway
	case code == 432 || code == 454:
		return RelayAway
	case code == 530 || code == 534 || code == 535 || code == 538,
		class == 5 && subject == 7 && detail >= 8 && detail <= 14:
		return CallPerson
	case code == 500 || code == 502 || code == 503 || code == 504,
		class == 5 && subject == 5 && (detail == 1 || detail == 2 || detail == 4):
		return CallPerson
	case step == StepRecipient:
		return judgeRecipient(code, temporary, subject, detail)
	case step == StepData:
		return judgeData(code, temporary, subject, detail)
	case temporary:
		return RelayAway
	default:
		return CallPerson
	}
}

func judgeRecipient(code int, temporary bool, subject, detail int) Verdict {
	switch {
	case subject == 1 && (detail == 7 || detail == 8) && !temporary:
		return CallPerson
	case temporary, code == 552, subject == 2 && detail == 2:
		return TryLater
	default:
		return RefusedForGood
	}
}

func judgeData(code int, temporary bool, subject, detail int) Verdict {
	switch {
	case temporary, subject == 2 && detail == 2:
		return TryLater
	case code == 552,
		subject == 1 && (detail == 7 || detail == 8),
		subject == 2 && detail == 3, subject == 3 && detail == 4,
		subject == 6, subject == 7:
		return CallPerson
	default:
		return RefusedForGood
	}
}

// VerdictOf judges what Send returned. An error that is neither the relay's
// trouble nor nil is a mistake of ours (ErrSender, a message that could not be
// written) and calls a person.
func VerdictOf(outcome Outcome, err error) Verdict {
	if err != nil {
		var trouble *Unavailable
		if !errors.As(err, &trouble) {
			return CallPerson
		}
		return trouble.Verdict()
	}
	switch outcome.State {
	case Accepted:
		return Settled
	case Unknown:
		return InDoubt
	case Undeliverable:
		return RefusedForGood
	}
	return Judge(outcome.Step, outcome.Code, outcome.EnhancedCode)
}

// Verdict is RelayAway for trouble that passes and CallPerson for trouble that
// somebody has to end: a refusal for good, a certificate that is not the
// relay's, missing STARTTLS or AUTH.
func (u *Unavailable) Verdict() Verdict {
	switch {
	case u.Code != 0:
		if verdict := Judge(u.Step, u.Code, u.EnhancedCode); verdict == CallPerson {
			return CallPerson
		}
		return RelayAway // never a word about the recipient, whatever the code
	case errors.Is(u.cause, errNoTLS), errors.Is(u.cause, errInjected), errors.Is(u.cause, errNoAuth),
		errors.Is(u.cause, errNotLocal), isCertificate(u.cause):
		return CallPerson
	default:
		return RelayAway
	}
}

// parseEnhanced splits a code of RFC 3463, all zero if it is none.
func parseEnhanced(code string) (class, subject, detail int) {
	parts := strings.Split(code, ".")
	if len(parts) != 3 {
		return 0, 0, 0
	}
	var numbers [3]int
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 || n > 999 {
			return 0, 0, 0
		}
		numbers[i] = n
	}
	return numbers[0], numbers[1], numbers[2]
}
