package system

import (
	"strings"
	"testing"
)

func TestWhereMailGoes(t *testing.T) {
	for name, test := range map[string]struct {
		config Config
		relays int
		err    string
	}{
		"one relay":                  {Config{SMTPURL: "smtp://relay.example.org"}, 1, ""},
		"several, with their limits": {Config{SMTPRelays: "smtp://a.example.org?rate=20\nsmtps://b.example.org?connections=5"}, 2, ""},
		"a limit per domain":         {Config{SMTPURL: "smtp://relay.example.org", SMTPDomainRate: "0.5"}, 1, ""},
		"limits of named domains":    {Config{SMTPURL: "smtp://relay.example.org", SMTPDomainRates: "outlook.example,hotmail.example=10 example.org=none"}, 1, ""},
		"no limit but of none":       {Config{SMTPURL: "smtp://relay.example.org", SMTPDomainRates: "example.org=none"}, 1, ""},
		"a domain without a rate":    {Config{SMTPURL: "smtp://relay.example.org", SMTPDomainRates: "example.org"}, 0, "TOCSIN_SMTP_DOMAIN_RATES"},
		"a domain that is none":      {Config{SMTPURL: "smtp://relay.example.org", SMTPDomainRates: "example=10"}, 0, "TOCSIN_SMTP_DOMAIN_RATES"},
		"none":                       {Config{}, 0, "TOCSIN_SMTP_URL is not set"},
		"several in the wrong place": {Config{SMTPURL: "smtp://a.example.org smtp://b.example.org"}, 0, "TOCSIN_SMTP_RELAYS"},
		"a relay that cannot be":     {Config{SMTPRelays: "smtp://a.example.org smtp://s3cret@b.example.org?tls=none"}, 0, "TOCSIN_SMTP_RELAYS: relay 2"},
		"a limit in words":           {Config{SMTPURL: "smtp://relay.example.org", SMTPDomainRate: "slow"}, 0, "TOCSIN_SMTP_DOMAIN_RATE"},
		"a limit of nothing":         {Config{SMTPURL: "smtp://relay.example.org", SMTPDomainRate: "0"}, 0, "TOCSIN_SMTP_DOMAIN_RATE"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &System{config: test.config}
			err := s.openRelays(true)
			switch {
			case test.err == "" && err != nil:
				t.Fatal(err)
			case test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err) || strings.Contains(err.Error(), "s3cret")):
				t.Fatalf("%v, want an error about %s", err, test.err)
			case test.err == "" && len(s.relays.InOrder()) != test.relays:
				t.Errorf("%d relays, want %d", len(s.relays.InOrder()), test.relays)
			case test.err == "" && (s.limits.PerDomain.PerSecond != 0) != (test.config.SMTPDomainRate != ""):
				t.Errorf("the limit of all domains is %+v", s.limits.PerDomain)
			case test.err == "" && len(s.limits.Domains) != strings.Count(test.config.SMTPDomainRates, ".example")+strings.Count(test.config.SMTPDomainRates, ".org"):
				t.Errorf("the limits of domains are %+v", s.limits.Domains)
			}
		})
	}
}

func TestOneOrSeveralRelaysNotBoth(t *testing.T) {
	c := Config{DatabaseURL: "d", KeysDir: "k", PublicURL: "p", Controller: Controller{Name: "c"}, MailFrom: "m",
		SMTPURL: "smtp://a.example.org", SMTPRelays: "smtp://b.example.org"}
	if err := c.check(true); err == nil || !strings.Contains(err.Error(), "both set") {
		t.Errorf("%v", err)
	}
	if c.SMTPURL = ""; c.check(true) != nil {
		t.Errorf("several relays alone: %v", c.check(true))
	}
}

func TestBouncesNeedADomain(t *testing.T) {
	c := Config{DatabaseURL: "d", KeysDir: "k", PublicURL: "p", Controller: Controller{Name: "c"}, BounceListen: "127.0.0.1:0"}
	if err := c.check(false); err == nil || !strings.Contains(err.Error(), "TOCSIN_BOUNCE_DOMAIN") {
		t.Errorf("%v", err)
	}
	if c.BounceDomain = "bounces.example.com"; c.check(false) != nil {
		t.Errorf("with a domain: %v", c.check(false))
	}
}
