package bounce

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// dsn is a report as servers write it, with the given blocks of fields.
func dsn(blocks string) string {
	return strings.ReplaceAll(`Return-Path: <>
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
To: bounce+token@bounces.example.com
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="9F1B/mx.example.org"

This is a MIME-encapsulated message.

--9F1B/mx.example.org
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry: <ana@example.org>: 550 5.1.1 unknown

--9F1B/mx.example.org
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
Arrival-Date: Wed, 26 Nov 2025 10:00:00 +0100 (CET)

`+blocks+`
--9F1B/mx.example.org
Content-Type: message/rfc822

From: notices@example.com
Subject: notice

--9F1B/mx.example.org--
`, "\n", "\r\n")
}

func TestParse(t *testing.T) {
	failed := "Final-Recipient: rfc822; ana@example.org\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 <ana@example.org>: unknown\n"
	report := func(action Action, status string, class Class) Bounce {
		return Bounce{Action: action, Status: status, Class: class, Source: FromReport}
	}
	envelope := func(action Action, status string, class Class) Bounce {
		return Bounce{Action: action, Status: status, Class: class, Source: FromEnvelope}
	}
	for name, test := range map[string]struct {
		in     string
		sender bool // not from the null sender
		want   Bounce
		err    error
	}{
		"a mailbox that is not there":  {in: dsn(failed), want: report(Failed, "5.1.1", ClassMailbox)},
		"from another sender than <>":  {in: dsn(failed), sender: true, want: report(Failed, "5.1.1", ClassMailbox)},
		"line feeds alone":             {in: strings.ReplaceAll(dsn(failed), "\r", ""), want: report(Failed, "5.1.1", ClassMailbox)},
		"a line of mbox in front":      {in: "From MAILER-DAEMON Wed Nov 26\r\n" + dsn(failed), want: report(Failed, "5.1.1", ClassMailbox)},
		"junk among the header fields": {in: "what is this\r\n" + dsn(failed), want: report(Failed, "5.1.1", ClassMailbox)},
		"a warning of delay":           {in: dsn("Action: delayed\nStatus: 4.4.1\nWill-Retry-Until: Fri, 28 Nov 2025 10:00:00 +0100\n"), want: report(Delayed, "4.4.1", ClassNetwork)},
		"given up after days":          {in: dsn("Action: failed\nStatus: 4.4.7\n"), want: report(Failed, "4.4.7", ClassNetwork)},
		"delivered":                    {in: dsn("Action: delivered\nStatus: 2.1.5\n"), want: report(Delivered, "2.1.5", ClassOther)},
		"relayed":                      {in: dsn("Action: relayed\nStatus: 2.0.0\n"), want: report(Relayed, "2.0.0", ClassOther)},
		"expanded to a list":           {in: dsn("Action: expanded\nStatus: 2.1.9\n"), want: report(Relayed, "2.1.9", ClassOther)},
		"comments and odd case":        {in: dsn("ACTION: Failed (for good)\nSTATUS: 5.2.2 (full)\n"), want: report(Failed, "5.2.2", ClassFull)},
		"a vague status, clear words":  {in: dsn("Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550-5.2.1 closed\n 550 5.2.1 for good\n"), want: report(Failed, "5.2.1", ClassDisabled)},
		"a vague status only":          {in: dsn("Action: failed\nStatus: 5.0.0\n"), want: report(Failed, "5.0.0", ClassOther)},
		"no status":                    {in: dsn("Action: failed\n"), want: report(Failed, "", ClassOther)},
		"no action":                    {in: dsn("Status: 5.7.1\n"), want: report(Failed, "5.7.1", ClassPolicy)},
		"an action unheard of":         {in: dsn("Action: lost\nStatus: 4.3.0\n"), want: report(Delayed, "4.3.0", ClassSystem)},
		"several recipients, one bad":  {in: dsn("Action: delivered\nStatus: 2.0.0\n\nAction: failed\nStatus: 5.1.2\n\nAction: delayed\nStatus: 4.0.0\n"), want: report(Failed, "5.1.2", ClassDomain)},
		"the last boundary is missing": {in: strings.Split(dsn(failed), "\r\n--9F1B/mx.example.org\r\nContent-Type: message/rfc822")[0], want: report(Failed, "5.1.1", ClassMailbox)},
		"a report inside another part": {in: "Content-Type: multipart/mixed; boundary=x\n\n--x\n" + strings.ReplaceAll(dsn(failed), "\r", "") + "\n--x--\n", want: report(Failed, "5.1.1", ClassMailbox)},
		"a report in base64": {
			in: strings.Replace(dsn(""), "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\nArrival-Date: Wed, 26 Nov 2025 10:00:00 +0100 (CET)\r\n",
				"Content-Type: message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n"+base64.StdEncoding.EncodeToString([]byte("Reporting-MTA: dns; a\n\n"+failed)), 1),
			want: report(Failed, "5.1.1", ClassMailbox),
		},
		"a report in a charset of its own": {
			in:   strings.Replace(dsn("Action: failed\nStatus: 5.3.4\nDiagnostic-Code: smtp; 552 5.3.4 zu gro\xdf\n"), "message/delivery-status", "message/global-delivery-status; charset=no-such", 1),
			want: report(Failed, "5.3.4", ClassSize),
		},

		"a bounce without a report":         {in: "Subject: failure notice\n\nHi. This is the qmail-send program.\n<ana@example.org>:\nRemote host said: 550 5.2.1 closed\n", want: envelope(Failed, "5.2.1", ClassDisabled)},
		"a status after #":                  {in: "Subject: failed\n\nSorry, no mailbox here by that name. (#5.1.1)\n", want: envelope(Failed, "5.1.1", ClassMailbox)},
		"a version is no status":            {in: "Subject: failed\n\nSent by Mailer 5.1.1 of today, 550.5.1.1.2\n", want: envelope(Failed, "", ClassOther)},
		"nothing but the envelope":          {in: "", want: envelope(Failed, "", ClassOther)},
		"a report that is empty":            {in: dsn(""), want: envelope(Failed, "5.1.1", ClassMailbox)},
		"an old warning":                    {in: "From: Mail Delivery System <Mailer-Daemon@mx.example.org>\nAuto-Submitted: auto-replied\nSubject: Warning: message 1abc delayed 24 hours\n\n", want: envelope(Delayed, "", ClassOther)},
		"Exim's own field":                  {in: "X-Failed-Recipients: ana@example.org\nAuto-Submitted: auto-replied\nSubject: returned\n\n550 5.1.1 no\n", want: envelope(Failed, "5.1.1", ClassMailbox)},
		"a mail system without null sender": {in: "From: postmaster@example.org\nSubject: returned\n\n", sender: true, want: envelope(Failed, "", ClassOther)},

		"an absence note":                     {in: "From: ana@example.org\nAuto-Submitted: auto-replied (vacation)\nSubject: Re: notice\n\nI am away. 550 5.1.1\n", err: ErrAutoReply},
		"an absence note of the old kind":     {in: "X-Autoreply: yes\nSubject: away\n\n", err: ErrAutoReply},
		"an absence note by its precedence":   {in: "Precedence: auto_reply\n\n", err: ErrAutoReply},
		"an absence note by its subject":      {in: "Subject: =?iso-8859-1?q?R=E9ponse_automatique?= : notice\n\n", err: ErrAutoReply},
		"an absence note, unknown charset":    {in: "Subject: =?x-nobody?q?Out_of_Office?=\n\n", err: ErrAutoReply},
		"something generated":                 {in: "Auto-Submitted: auto-generated\n\n", err: ErrAutoReply},
		"a receipt":                           {in: "Content-Type: multipart/report; report-type=disposition-notification; boundary=x\n\n--x\nContent-Type: message/disposition-notification\n\nDisposition: manual-action; displayed\n--x--\n", err: ErrAutoReply},
		"a complaint":                         {in: "From: mailer-daemon@example.org\nContent-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n--x--\n", err: ErrAutoReply},
		"a letter from a person":              {in: "From: ana@example.org\nSubject: Re: notice\n\nWhat does 550 5.1.1 mean?\n", sender: true, err: ErrNoBounce},
		"a letter that says it is no machine": {in: "Auto-Submitted: no\nFrom: ana@example.org\n\n", sender: true, err: ErrNoBounce},
		"a report that somebody forwards":     {in: "From: ana@example.org\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: message/rfc822\n\n" + strings.ReplaceAll(dsn(failed), "\r", "") + "\n--x--\n", sender: true, err: ErrNoBounce},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(Envelope{Delivery: 7, NullSender: !test.sender}, strings.NewReader(test.in), 0)
			if !errors.Is(err, test.err) {
				t.Fatalf("error %v, want %v", err, test.err)
			}
			if test.err == nil {
				test.want.Delivery = 7
			}
			if got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestNestingEnds(t *testing.T) {
	inner := dsn("Action: failed\nStatus: 5.1.1\n")
	for range 200 {
		inner = "Content-Type: multipart/mixed; boundary=x\n\n--x\n" + inner
	}
	got, err := Parse(Envelope{NullSender: true}, strings.NewReader(inner), 0)
	if err != nil || got.Source != FromEnvelope {
		t.Errorf("%+v, %v", got, err)
	}
	many := "Content-Type: multipart/mixed; boundary=x\n\n" + strings.Repeat("--x\n\na\n", 10_000)
	if got, err := Parse(Envelope{NullSender: true}, strings.NewReader(many), 0); err != nil || got.Source != FromEnvelope {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestSizesAreBounded(t *testing.T) {
	if _, err := Parse(Envelope{}, bytes.NewReader(make([]byte, DefaultMaxBytes+1)), 0); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%v", err)
	}
	if _, err := Parse(Envelope{}, strings.NewReader("12345678901"), 10); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%v", err)
	}
	if _, err := Parse(Envelope{}, iotest.ErrReader(io.ErrUnexpectedEOF), 10); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v", err)
	}
	field := "Status: " + strings.Repeat("x\n ", 50_000)
	if header, _ := readFields([]byte(field)); len(header["status"]) > 2*maxFieldBytes {
		t.Errorf("a field of %d bytes was kept", len(header["status"]))
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(dsn("Action: failed\nStatus: 5.1.1\n")), true)
	f.Add([]byte("Subject: =?utf-8?q?x?=\n\n550 5.1.1"), true)
	f.Add([]byte("Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Transfer-Encoding: base64\n\n!!!\n--x--"), false)
	f.Fuzz(func(t *testing.T, in []byte, null bool) {
		got, err := Parse(Envelope{Delivery: 7, NullSender: null}, bytes.NewReader(in), 64<<10)
		if err != nil {
			if got != (Bounce{}) || !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrAutoReply) && !errors.Is(err, ErrNoBounce) {
				t.Fatalf("%+v, %v", got, err)
			}
			return
		}
		if got.Delivery != 7 || got.Action == "" || got.Class == "" || got.Source == "" {
			t.Fatalf("%+v", got)
		}
		if len(got.Status) > 9 || strings.Trim(got.Status, "0123456789.") != "" {
			t.Fatalf("status %q", got.Status)
		}
	})
}

func TestEveryClassOfCode(t *testing.T) {
	for status, want := range map[string]Class{
		"5.1.1": ClassMailbox, "5.1.10": ClassMailbox, "5.1.2": ClassDomain, "5.1.8": ClassSender,
		"5.2.0": ClassOther, "5.2.1": ClassDisabled, "4.2.2": ClassFull, "5.2.3": ClassSize,
		"4.3.1": ClassSystem, "5.3.4": ClassSize, "4.4.1": ClassNetwork, "5.4.4": ClassDomain,
		"5.5.1": ClassContent, "5.6.0": ClassContent, "5.7.1": ClassPolicy, "5.0.0": ClassOther,
		"": ClassOther, "5.1": ClassOther, "5.x.1": ClassOther, "5.9.1": ClassOther,
	} {
		if got := classify(status); got != want {
			t.Errorf("%q: %s, want %s", status, got, want)
		}
	}
}
