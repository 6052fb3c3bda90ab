package smtp

import (
	"crypto/tls"
	"errors"
	"io"
	"testing"
	"time"
)

func TestJudge(t *testing.T) {
	for name, test := range map[string]struct {
		step     Step
		code     int
		enhanced string
		want     Verdict
	}{
		"taken":                             {StepData, 250, "2.0.0", Settled},
		"taken with another success":        {StepData, 252, "", Settled},
		"a success where none was due":      {StepTLS, 250, "", RelayAway},
		"shutting down at connect":          {StepHello, 421, "4.3.2", RelayAway},
		"shutting down at RCPT":             {StepRecipient, 421, "", RelayAway},
		"shutting down after the message":   {StepData, 421, "4.3.2", RelayAway},
		"no service at connect":             {StepHello, 554, "5.7.1", CallPerson},
		"blocked at connect":                {StepHello, 550, "", CallPerson},
		"busy at EHLO":                      {StepHello, 450, "", RelayAway},
		"TLS not available now":             {StepTLS, 454, "4.7.0", RelayAway},
		"wrong password":                    {StepAuth, 535, "5.7.8", CallPerson},
		"password must be changed":          {StepAuth, 432, "4.7.12", RelayAway},
		"authentication down":               {StepAuth, 454, "4.7.0", RelayAway},
		"authentication wanted at MAIL":     {StepMail, 530, "5.7.0", CallPerson},
		"authentication wanted at RCPT":     {StepRecipient, 530, "5.7.0", CallPerson},
		"wrong password said at RCPT":       {StepRecipient, 550, "5.7.8", CallPerson},
		"the sender refused at MAIL":        {StepMail, 550, "5.1.8", CallPerson},
		"policy at MAIL":                    {StepMail, 550, "5.7.1", CallPerson},
		"too big at MAIL":                   {StepMail, 552, "5.3.4", CallPerson},
		"disk full at MAIL":                 {StepMail, 452, "4.3.1", RelayAway},
		"slow down at MAIL":                 {StepMail, 451, "4.7.1", RelayAway},
		"no mailbox":                        {StepRecipient, 550, "5.1.1", RefusedForGood},
		"no domain":                         {StepRecipient, 550, "5.1.2", RefusedForGood},
		"no mailbox without enhanced code":  {StepRecipient, 550, "", RefusedForGood},
		"mailbox moved":                     {StepRecipient, 551, "5.1.6", RefusedForGood},
		"mailbox disabled":                  {StepRecipient, 550, "5.2.1", RefusedForGood},
		"policy for one recipient":          {StepRecipient, 550, "5.7.1", RefusedForGood},
		"grey listed":                       {StepRecipient, 451, "4.7.1", TryLater},
		"mailbox busy":                      {StepRecipient, 450, "4.2.0", TryLater},
		"mailbox full for now":              {StepRecipient, 452, "4.2.2", TryLater},
		"mailbox full, said for good":       {StepRecipient, 552, "5.2.2", TryLater},
		"mailbox full, the old code":        {StepRecipient, 552, "", TryLater},
		"mailbox full, the new code":        {StepRecipient, 550, "5.2.2", TryLater},
		"the sender refused at RCPT":        {StepRecipient, 550, "5.1.8", CallPerson},
		"the sender deferred at RCPT":       {StepRecipient, 450, "4.1.8", TryLater},
		"bad sequence":                      {StepRecipient, 503, "5.5.1", CallPerson},
		"syntax":                            {StepData, 500, "5.5.2", CallPerson},
		"a parameter unheard of":            {StepMail, 504, "5.5.4", CallPerson},
		"too many recipients is no syntax":  {StepRecipient, 452, "4.5.3", TryLater},
		"taken for spam":                    {StepData, 554, "5.7.1", CallPerson},
		"slow down after the message":       {StepData, 450, "4.7.0", TryLater},
		"too big after the message":         {StepData, 552, "5.3.4", CallPerson},
		"too big for the mailbox":           {StepData, 550, "5.2.3", CallPerson},
		"mailbox full after the message":    {StepData, 552, "5.2.2", TryLater},
		"content refused":                   {StepData, 554, "5.6.0", CallPerson},
		"refused for no reason given":       {StepData, 554, "", RefusedForGood},
		"no code at all":                    {StepData, 0, "", RelayAway},
		"an enhanced code that is none":     {StepRecipient, 550, "5.7", RefusedForGood},
		"an enhanced code over all bounds":  {StepRecipient, 550, "5.7.99999", RefusedForGood},
		"enhanced and plain code disagree":  {StepRecipient, 450, "5.1.1", TryLater},
		"a code that SMTP does not have":    {StepRecipient, 650, "", RelayAway},
		"an intermediate reply is no reply": {StepRecipient, 354, "", RelayAway},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Judge(test.step, test.code, test.enhanced); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestVerdictOfWhatSendReturned(t *testing.T) {
	for name, test := range map[string]struct {
		outcome Outcome
		err     error
		want    Verdict
	}{
		"accepted":                {Outcome{State: Accepted, Step: StepData, Code: 250}, nil, Settled},
		"unknown":                 {Outcome{State: Unknown, Step: StepData}, nil, InDoubt},
		"undeliverable":           {Outcome{State: Undeliverable}, nil, RefusedForGood},
		"refused":                 {Outcome{State: Refused, Step: StepRecipient, Code: 550, EnhancedCode: "5.1.1"}, nil, RefusedForGood},
		"refused for what it is":  {Outcome{State: Refused, Step: StepData, Code: 552, EnhancedCode: "5.3.4"}, nil, CallPerson},
		"deferred":                {Outcome{State: Deferred, Step: StepRecipient, Code: 451}, nil, TryLater},
		"connection lost":         {Outcome{}, &Unavailable{Step: StepMail, cause: io.EOF}, RelayAway},
		"no TLS":                  {Outcome{}, &Unavailable{Step: StepTLS, cause: errNoTLS}, CallPerson},
		"a stranger's TLS":        {Outcome{}, &Unavailable{Step: StepTLS, cause: &tls.CertificateVerificationError{Err: io.EOF}}, CallPerson},
		"no AUTH":                 {Outcome{}, &Unavailable{Step: StepAuth, cause: errNoAuth}, CallPerson},
		"wrong password":          {Outcome{}, &Unavailable{Step: StepAuth, Code: 535}, CallPerson},
		"an odd success":          {Outcome{}, &Unavailable{Step: StepData, Code: 250}, RelayAway},
		"our own sender":          {Outcome{}, ErrSender, CallPerson},
		"a message that is wrong": {Outcome{}, errors.New("write message"), CallPerson},
	} {
		t.Run(name, func(t *testing.T) {
			if got := VerdictOf(test.outcome, test.err); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestWaitsGrowUpToALimit(t *testing.T) {
	waits := Backoff{First: time.Minute, Most: 10 * time.Minute}
	for failures, want := range []time.Duration{0, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 10 * time.Minute, 10 * time.Minute} {
		if got := waits.Wait(failures); got != want {
			t.Errorf("after %d failures %v, want %v", failures, got, want)
		}
	}
	if got := RecipientBackoff.Wait(1 << 30); got != RecipientBackoff.Most {
		t.Errorf("after very many failures %v", got)
	}
	if got := (Backoff{First: time.Minute}).Wait(3); got != time.Minute {
		t.Errorf("without a limit %v", got)
	}
}
