package smtp_test

import (
	"bytes"
	"context"
	"fmt"

	"tocsin/smtp"
)

// Send one message and tell the three kinds of answer apart.
func Example() {
	send := func(ctx context.Context, relay *smtp.Relay, message *bytes.Buffer) error {
		conn, err := relay.Dial(ctx)
		if err != nil {
			return err // *smtp.Unavailable: retry later
		}
		defer func() { _ = conn.Close() }() // what was accepted was answered before
		outcome, err := conn.Send(ctx, "notices@example.com", "ana@example.org", message)
		if err != nil {
			return err // not taken, nothing learnt about the recipient
		}
		fmt.Println(outcome.State, outcome.Code, outcome.Reply)
		return nil
	}

	config, err := smtp.ParseURL("smtp://relay.example.com?tls=none")
	if err != nil {
		fmt.Println(err)
		return
	}
	relay, err := smtp.New(config)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := send(context.Background(), relay, bytes.NewBufferString("Subject: hello\r\n\r\nhello\r\n")); err != nil {
		fmt.Println(err)
	}
	// Output:
	// relay: tls=none is allowed for a loopback address only: set tls=starttls or tls=implicit
}
