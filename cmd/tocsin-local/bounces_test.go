package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// caughtMail is what the page of caught mail says of one message.
type caughtMail struct {
	From    string   `json:"from"`
	To      []string `json:"to"`
	Subject string   `json:"subject"`
	Text    string   `json:"text"`
	// MessageID is as the mail has it.
	MessageID string `json:"message_id"`
}

// caught is all mail that was caught, the newest first.
func (r *running) caught(t *testing.T) []caughtMail {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"/dev/mail.json", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	var mails []caughtMail
	if err := errors.Join(json.NewDecoder(response.Body).Decode(&mails), response.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return mails
}

// report is a report of non-delivery as RFC 3464 (2003) has it.
const report = "From: MAILER-DAEMON@mx.example.org\r\n" +
	"Subject: Undelivered Mail Returned to Sender\r\n" +
	"Auto-Submitted: auto-replied\r\n" +
	"MIME-Version: 1.0\r\n" +
	"Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n" +
	"--b\r\n\r\nThe mailbox does not exist.\r\n" +
	"--b\r\nContent-Type: message/delivery-status\r\n\r\n" +
	"Reporting-MTA: dns; mx.example.org\r\n\r\n" +
	"Final-Recipient: rfc822; somebody@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"

// TestANoticeThatComesBackIsKnownAndTheRecordOfItsSendingStands sends a round,
// brings a report of non-delivery to the listener, and sees it everywhere.
func TestANoticeThatComesBackIsKnownAndTheRecordOfItsSendingStands(t *testing.T) {
	t.Setenv("TOCSIN_BOUNCE_DOMAIN", "bounces.example.com")
	dir := folder(t)
	r := start(t, dir, "127.0.0.1:0")
	t.Cleanup(func() { r.stop(t) })
	a := approveRound(t, r, dir, 10)
	a.send(t, r)
	if c := a.finished(t, r); c.Accepted != 10 {
		t.Fatalf("the counts are %+v", c)
	}
	var where struct{ Bounces string }
	readInto(t, filepath.Join(dir, "where.json"), &where)

	senders := envelopeSenders(t, r)
	gone := senders["p3@example.org"]
	if !strings.HasPrefix(gone, "bounce+") || !strings.HasSuffix(gone, "@bounces.example.com") || gone == senders["p4@example.org"] {
		t.Fatalf("the notice left as %q; expected an address of its own", gone)
	}
	bring := func(to string) error { return smtp.SendMail(where.Bounces, nil, "", []string{to}, []byte(report)) }
	// Neither an invented token, nor a changed one, nor another domain is taken.
	for _, forged := range []string{"bounce+0000@bounces.example.com", strings.Replace(gone, "bounce+", "bounce+0", 1), strings.Replace(gone, "bounces.", "www.", 1)} {
		if err := bring(forged); err == nil || !strings.Contains(err.Error(), "no such mailbox") {
			t.Errorf("a report to %s is answered with %v", forged, err)
		}
	}
	for range 2 { // the second time it is a replay
		if err := bring(gone); err != nil {
			t.Fatal(err)
		}
	}

	var status struct {
		roundCounts
		Root        string `json:"root"`
		BouncesRoot string `json:"bounces_root"`
	}
	eventually(t, func() error {
		if r.give(t, a.dpo, &status, "mailing", "status", a.id); status.BouncesRoot == "" {
			return fmt.Errorf("the report is not in the record: %+v", status)
		}
		return nil
	})
	if status.Bounced != 1 || status.Accepted != 9 || status.Total != 10 {
		t.Errorf("the counts are %+v", status.roundCounts)
	}
	people := a.list(t, r)
	for address, p := range people {
		if want := map[bool]string{true: "bounced", false: "accepted"}[address == "p3@example.org"]; p.State != want {
			t.Errorf("%s is %s, expected %s", address, p.State, want)
		}
	}
	list := filepath.Join(t.TempDir(), "untold.csv")
	r.give(t, a.dpo, nil, "people", "untold", a.id, "--out", list)
	csv, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(csv, []byte("p3@example.org")) || !bytes.Contains(csv, []byte("it came back: no such mailbox")) || bytes.Count(csv, []byte("@example.org")) != 1 {
		t.Errorf("the list for another channel is\n%s", csv)
	}

	// One entry for the round, and both roots hold.
	if n := r.entries(t, a.dpo, a.id, "mailing_bounced"); n != 1 {
		t.Errorf("%d entries tell of it, expected one", n)
	}
	for _, more := range [][]string{nil, {"--bounced"}} {
		var proof struct{ Recorded bool }
		r.give(t, a.dpo, &proof, append([]string{"mailing", "proof", a.id, "--message-id", people["p3@example.org"].MessageID}, more...)...)
		if !proof.Recorded {
			t.Errorf("the proof %v leads to no root in the record", more)
		}
	}
}

// envelopeSenders are the envelope senders of all caught mail by recipient.
func envelopeSenders(t *testing.T, r *running) map[string]string {
	t.Helper()
	senders := map[string]string{}
	for _, m := range r.caught(t) {
		for _, to := range m.To {
			senders[to] = m.From
		}
	}
	return senders
}
