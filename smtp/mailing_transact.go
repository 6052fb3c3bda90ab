package smtp

import (
	"context"
	"errors"
	"time"
)

// transact is one mail transaction (RFC 5321 section 3.3) for the message in
// c.body.
func (c *MailingConn) transact(ctx context.Context, sender, recipient Address) (Outcome, error) {
	mail, rcpt, data := c.envelope(sender, recipient)
	if c.pipelining {
		if err := c.say(c.commands); err != nil {
			return Outcome{}, c.trouble(ctx, StepMail, err, recipient)
		}
	}
	answer, err := c.ask(mail)
	if err == nil && !answer.positive() {
		// Whatever the code, this is about us: never about the recipient.
		err = answer.asError()
	}
	if err != nil {
		return Outcome{}, c.trouble(ctx, StepMail, err, recipient)
	}
	answer, err = c.ask(rcpt)
	if err != nil {
		return Outcome{}, c.trouble(ctx, StepRecipient, err, recipient)
	}
	if !answer.positive() {
		outcome, err := c.judge(ctx, StepRecipient, answer, recipient)
		if err == nil {
			c.withdraw(c.pipelining)
		}
		return outcome, err
	}
	answer, err = c.ask(data)
	switch {
	case err != nil:
		return Outcome{}, c.trouble(ctx, StepData, err, recipient)
	case answer.code != 354:
		outcome, err := c.judge(ctx, StepData, answer, recipient)
		if err == nil {
			c.withdraw(false)
		}
		return outcome, err
	case c.replies.Buffered() > 0:
		// One reply too many: the next would be taken for that to the message.
		return Outcome{}, c.trouble(ctx, StepData, errReply, recipient)
	}
	return c.transfer(ctx, recipient)
}

// envelope puts the three commands into c.commands and gives each of them.
func (c *MailingConn) envelope(sender, recipient Address) (mail, rcpt, data []byte) {
	b := append(c.commands[:0], "MAIL FROM:<"...)
	b = append(append(append(b, sender.local...), '@'), sender.domain...)
	b = append(b, '>')
	if c.eightBit {
		b = append(b, " BODY=8BITMIME"...)
	}
	b = append(b, "\r\n"...)
	first := len(b)
	b = append(b, "RCPT TO:<"...)
	b = append(append(append(b, recipient.local...), '@'), recipient.domain...)
	b = append(b, ">\r\n"...)
	second := len(b)
	b = append(b, "DATA\r\n"...)
	c.commands = b
	return b[:first], b[first:second], b[second:]
}

// transfer writes the message with its final dot and reads what became of it.
// From the dot on, an error of the connection means that nobody knows.
func (c *MailingConn) transfer(ctx context.Context, recipient Address) (Outcome, error) {
	c.limit(c.relay.config.DataTimeout)
	if err := c.write(c.body.finish()); err != nil {
		// The final dot did not leave completely.
		return Outcome{}, c.trouble(ctx, StepData, err, recipient)
	}
	answer, err := readReply(c.replies)
	switch {
	case err != nil:
		c.broken = true
		return c.relay.outcome(StepData, Unknown, 0, "", unknownReason(ctx, err), recipient), nil
	case answer.positive():
		enhanced, text := splitEnhanced(answer.text)
		return c.relay.outcome(StepData, Accepted, answer.code, enhanced, text, recipient), nil
	case answer.code < 400:
		c.broken = true
		return c.relay.outcome(StepData, Unknown, 0, "", notSMTP, recipient), nil
	}
	outcome, err := c.judge(ctx, StepData, answer, recipient)
	if err == nil {
		c.withdraw(false)
	}
	return outcome, err
}

// judge turns a reply that is no success into an outcome for this recipient,
// or into the relay's own trouble.
func (c *MailingConn) judge(ctx context.Context, step Step, answer reply, recipient Address) (Outcome, error) {
	if !aboutRecipient(answer.code) {
		return Outcome{}, c.trouble(ctx, step, answer.asError(), recipient)
	}
	state := Refused
	if answer.code < 500 {
		state = Deferred
	}
	enhanced, text := splitEnhanced(answer.text)
	return c.relay.outcome(step, state, answer.code, enhanced, text, recipient), nil
}

// withdraw ends a transaction that came to nothing, so that the next message
// starts clean. If it fails the outcome still stands and the connection is
// given up.
//
// A relay that refused the only recipient may have answered 354 to the DATA
// that came along with it. RFC 2920 (2000) section 3.1 then asks for a dot
// alone; nobody is addressed, so whatever the relay answers nothing is
// delivered.
func (c *MailingConn) withdraw(dataPending bool) {
	command, replies := "RSET\r\n", 1
	if dataPending {
		answer, err := c.hear()
		if err != nil || answer.code == 421 || answer.positive() {
			c.broken = true
			return
		}
		if answer.code == 354 {
			command, replies = ".\r\nRSET\r\n", 2
		}
	}
	if err := c.say([]byte(command)); err != nil {
		c.broken = true
		return
	}
	for left := replies; left > 0; left-- {
		answer, err := c.hear()
		if err != nil || answer.code == 421 || left == 1 && !answer.positive() {
			c.broken = true
			return
		}
	}
}

// ask says the command, unless it has left already with the others, and reads
// its reply.
func (c *MailingConn) ask(command []byte) (reply, error) {
	if !c.pipelining {
		if err := c.say(command); err != nil {
			return reply{}, err
		}
	}
	return c.hear()
}

func (c *MailingConn) say(commands []byte) error {
	c.limit(c.relay.config.CommandTimeout)
	return c.write(commands)
}

// write sends all of p. A relay that hung up may have said why before: that
// reply is then a part of the error.
func (c *MailingConn) write(p []byte) error {
	_, err := c.conn.Write(p)
	if err == nil {
		return nil
	}
	if answer, reading := readReply(c.replies); reading == nil && !answer.positive() {
		return errors.Join(answer.asError(), err)
	}
	return err
}

func (c *MailingConn) hear() (reply, error) {
	if c.replies.Buffered() == 0 {
		c.limit(c.relay.config.CommandTimeout)
	}
	return readReply(c.replies)
}

// limit gives the next reads and writes so much time. The context may end them
// earlier.
func (c *MailingConn) limit(d time.Duration) {
	// An error here means a closed connection, which the next read reports.
	_ = c.bounded.SetDeadline(time.Now().Add(d))
}

// trouble reports the relay as unavailable and gives the connection up.
func (c *MailingConn) trouble(ctx context.Context, step Step, err error, recipient Address) error {
	c.broken = true
	return unavailable(ctx, step, err, recipient)
}
