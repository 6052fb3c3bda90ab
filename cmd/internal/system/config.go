package system

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"tocsin/incident"
	"tocsin/notice"
	"tocsin/smtp"
	"tocsin/webhook"
)

// Config says where the parts are. It is read from the environment, so that
// the same container image serves every installation.
type Config struct {
	// DatabaseURL reaches PostgreSQL in the role that may not change the record.
	DatabaseURL string
	// OwnerDatabaseURL reaches PostgreSQL in the role that owns the tables; for
	// migrations alone.
	OwnerDatabaseURL string
	// AccountsDatabaseURL reaches the controller's own PostgreSQL, in a role that
	// reads one view of accounts; empty when accounts come from files alone.
	AccountsDatabaseURL string
	// AccountsQuery is the query that gives the accounts there.
	AccountsQuery string
	// TemporalAddress is host and port of Temporal's frontend.
	TemporalAddress string
	// TemporalNamespace is Temporal's namespace.
	TemporalNamespace string
	// SMTPURL reaches the mail relay.
	SMTPURL string
	// SMTPRelays reach several mail relays in order of preference, apart by
	// spaces or line ends; empty where SMTPURL is set.
	SMTPRelays string
	// SMTPDomainRate is how many notices per second a mailing sends to one domain
	// of recipients that SMTPDomainRates does not name, a number in text; empty for
	// no limit.
	SMTPDomainRate string
	// SMTPDomainRates are the rates of single domains, as [smtp.ParseDomainLimits]
	// reads them; may be empty.
	SMTPDomainRates string
	// BounceDomain is the domain to which notices come back that a relay took and
	// could not deliver; empty when they come back to MailFrom.
	BounceDomain string
	// BounceListen is host and port on which those are taken in; empty to take
	// none in here.
	BounceListen string
	// BounceCertificateFile and BounceKeyFile hold the certificate by which
	// STARTTLS is offered there, and its key, in PEM; both empty to offer none.
	BounceCertificateFile, BounceKeyFile string
	// ExerciseSMTPURL reaches the catcher that takes the mail of exercises.
	// Without one, an exercise's mail is not sent.
	ExerciseSMTPURL string
	// MailFrom is the address from which mail is sent.
	MailFrom string
	// CheckpointTo is a further address that checkpoints of the record are mailed
	// to, outside of the reach of those who run Tocsin; empty for the DPO alone.
	CheckpointTo string
	// Anchors are those outside who confirm checkpoints; empty for nobody.
	Anchors Anchors
	// SyslogURL reaches the receiver of syslog that takes the entries of the
	// record, as [siem.NewSyslog] reads it; empty for none.
	SyslogURL string
	// AuditStream is where the entries of the record go as lines of JSON, as
	// [siem.NewLines] reads it; empty for nowhere.
	AuditStream string
	// PublicURL is where people reach the pages, without a trailing slash.
	PublicURL string
	// CheckURL is the page on which readers of notices enter a code, as notices
	// name it; empty when new notices carry no code.
	CheckURL string
	// TrustedProxies are the networks of the reverse proxies whose
	// X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// Signals says where webhooks may lead beside public addresses on port 443.
	Signals webhook.Policy
	// Listen is host and port on which the web server listens.
	Listen string
	// KeysDir is the directory of keys.
	KeysDir string
	// Standbys are the servers, address:port, on which a standby of the database may be
	// promoted and followed without a person.
	Standbys []string
	// ErasedDir is the folder with the list of erased incidents. It lies outside
	// the database and its backups; empty for the folder erased in KeysDir.
	ErasedDir string
	// Retention says for how long people's data are kept after a case was closed
	// where nobody decided otherwise. The zero value erases nothing by itself.
	Retention incident.RetentionPolicy
	// SignOn says through which provider of identities people sign in, if any.
	SignOn SignOn
	// Controller is who answers for the data.
	Controller Controller
}

// Controller is the controller in the sense of GDPR Art. 4(7), as it appears
// in notices and notifications.
type Controller struct {
	// Name is the organisation's name.
	Name string `json:"name"`
	// Address is its postal address, on one line; may be empty.
	Address string `json:"address,omitempty"`
	// Contact is the contact point of GDPR Art. 33(3)(b).
	Contact Contact `json:"contact"`
	// PageURL is the controller's own page about incidents: the one link that a
	// notice may carry.
	PageURL string `json:"page_url"`
}

// Contact is a contact point.
type Contact struct {
	// Name is the office or the person, such as Data protection officer.
	Name string `json:"name"`
	// Email is the address.
	Email string `json:"email"`
	// Phone is the number in international form; may be empty.
	Phone string `json:"phone,omitempty"`
}

// FromEnvironment reads the configuration. A variable NAME_FILE names a file
// that holds the value of NAME, for secrets.
func FromEnvironment(lookup func(string) (string, bool)) (Config, error) {
	e := environment{lookup: lookup}
	c := Config{
		DatabaseURL:           e.secret("TOCSIN_DATABASE_URL", ""),
		OwnerDatabaseURL:      e.secret("TOCSIN_OWNER_DATABASE_URL", ""),
		AccountsDatabaseURL:   e.secret("TOCSIN_ACCOUNTS_DATABASE_URL", ""),
		AccountsQuery:         e.secret("TOCSIN_ACCOUNTS_QUERY", ""),
		TemporalAddress:       e.text("TEMPORAL_ADDRESS", "127.0.0.1:7233"),
		TemporalNamespace:     e.text("TEMPORAL_NAMESPACE", "tocsin"),
		SMTPURL:               e.secret("TOCSIN_SMTP_URL", ""),
		SMTPRelays:            e.secret("TOCSIN_SMTP_RELAYS", ""),
		SMTPDomainRate:        e.text("TOCSIN_SMTP_DOMAIN_RATE", ""),
		SMTPDomainRates:       e.text("TOCSIN_SMTP_DOMAIN_RATES", ""),
		BounceDomain:          e.text("TOCSIN_BOUNCE_DOMAIN", ""),
		BounceListen:          e.text("TOCSIN_BOUNCE_LISTEN", ""),
		BounceCertificateFile: e.text(bounceCertificateSetting, ""),
		BounceKeyFile:         e.text(bounceKeySetting, ""),
		ExerciseSMTPURL:       e.secret("TOCSIN_EXERCISE_SMTP_URL", ""),
		MailFrom:              e.text("TOCSIN_MAIL_FROM", ""),
		CheckpointTo:          e.text("TOCSIN_CHECKPOINT_TO", ""),
		SyslogURL:             e.text(syslogSetting, ""),
		AuditStream:           e.text(linesSetting, ""),
		PublicURL:             strings.TrimRight(e.text("TOCSIN_PUBLIC_URL", ""), "/"),
		Listen:                e.text("TOCSIN_LISTEN", "127.0.0.1:8080"),
		KeysDir:               e.text("TOCSIN_KEYS_DIR", ""),
		ErasedDir:             e.text("TOCSIN_ERASED_DIR", ""),
		Standbys:              strings.Fields(e.text(standbysSetting, "")),
	}
	var err error
	if c.Retention, err = retention(e.text("TOCSIN_RETENTION_DAYS", ""), e.text("TOCSIN_RETENTION_WARN_DAYS", "")); err != nil {
		return Config{}, err
	}
	if c.CheckURL, err = checkPage(e.text("TOCSIN_CHECK_URL", ""), c.PublicURL); err != nil {
		return Config{}, err
	}
	if c.TrustedProxies, err = networks("TOCSIN_TRUSTED_PROXIES", e.text("TOCSIN_TRUSTED_PROXIES", "")); err != nil {
		return Config{}, err
	}
	if c.SignOn, err = e.signOn(); err != nil {
		return Config{}, err
	}
	if c.Signals, err = signalPolicy(e.text(webhookAllowSetting, ""), e.text(webhookPortsSetting, "")); err != nil {
		return Config{}, err
	}
	if path := e.text(anchorsSetting, ""); path != "" {
		if c.Anchors, err = readAnchors(path); err != nil {
			return Config{}, err
		}
	}
	if path := e.text("TOCSIN_CONTROLLER_FILE", ""); path != "" {
		controller, err := ReadController(path)
		if err != nil {
			return Config{}, err
		}
		c.Controller = controller
	}
	return c, e.err
}

// checkPage is the page for checking codes that notices name: the one that was
// set, none, or that of the pages' own address when readers can type that.
func checkPage(set, public string) (string, error) {
	switch {
	case set == "none":
		return "", nil
	case set == "":
		if own := public + "/check"; notice.IsPage(own) {
			return own, nil
		}
		return "", nil
	case !notice.IsPage(set):
		return "", fmt.Errorf("TOCSIN_CHECK_URL is %q; expected the https address of the page on which readers of notices "+
			"enter their code, without query, such as https://tocsin.example.com/check, or none", set)
	}
	return set, nil
}

// networks reads a list of networks, such as "10.0.0.0/8, 192.0.2.1".
func networks(name, text string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		prefix, err := netip.ParsePrefix(part)
		if address, e := netip.ParseAddr(part); e == nil {
			prefix, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil || prefix.Bits() == 0 {
			return nil, fmt.Errorf("%s holds %q; expected the addresses or networks of your own reverse proxies, "+
				"such as 192.0.2.10 or 10.0.0.0/8, with commas between", name, part)
		}
		out = append(out, prefix.Masked())
	}
	return out, nil
}

// environment reads variables and keeps the first error.
type environment struct {
	lookup func(string) (string, bool)
	err    error
}

func (e *environment) text(name, fallback string) string {
	if value, ok := e.lookup(name); ok && value != "" {
		return value
	}
	return fallback
}

func (e *environment) secret(name, fallback string) string {
	path, ok := e.lookup(name + "_FILE")
	if !ok || path == "" {
		return e.text(name, fallback)
	}
	content, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil && e.err == nil {
		e.err = fmt.Errorf("%s_FILE: cannot be read: %w", name, errors.Unwrap(err))
	}
	return strings.TrimSpace(string(content))
}

// ReadController reads the controller from a JSON file.
func ReadController(path string) (Controller, error) {
	content, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return Controller{}, fmt.Errorf("the controller's file cannot be read: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	var c Controller
	if err := d.Decode(&c); err != nil {
		return Controller{}, fmt.Errorf("the controller's file: %w; expected name, address, contact (name, email, phone) and page_url", err)
	}
	return c, c.check()
}

func (c Controller) check() error {
	if strings.TrimSpace(c.Name) == "" || strings.TrimSpace(c.Contact.Name) == "" {
		return errors.New("the controller's file lacks name or contact.name: people are told who answers for their data")
	}
	if _, err := smtp.ParseAddress(c.Contact.Email); err != nil {
		return errors.New("the controller's contact.email is not an address that can be mailed; expected one such as dpo@example.com")
	}
	page, err := url.Parse(c.PageURL)
	if err != nil || page.Scheme != "https" || page.Host == "" {
		return fmt.Errorf("the controller's page_url is %q; expected an https address of your own site", c.PageURL)
	}
	return nil
}

// check refuses a configuration that cannot run.
func (c Config) check(forWorker bool) error {
	missing := func(name, what string) error {
		return fmt.Errorf("%s is not set: expected %s", name, what)
	}
	switch {
	case c.DatabaseURL == "":
		return missing("TOCSIN_DATABASE_URL", "postgres://user:password@host/tocsin, or TOCSIN_DATABASE_URL_FILE")
	case c.KeysDir == "":
		return missing("TOCSIN_KEYS_DIR", "the directory made by \"tocsin keys create\"")
	case c.PublicURL == "":
		return missing("TOCSIN_PUBLIC_URL", "the address where people reach the pages, such as https://tocsin.example.com")
	case c.Controller.Name == "":
		return missing("TOCSIN_CONTROLLER_FILE", "a JSON file with name, contact and page_url")
	case forWorker && c.SMTPURL == "" && c.SMTPRelays == "":
		return missing("TOCSIN_SMTP_URL", "smtp://user:password@host:587, or TOCSIN_SMTP_URL_FILE; for several relays TOCSIN_SMTP_RELAYS")
	case c.SMTPURL != "" && c.SMTPRelays != "":
		return errors.New("TOCSIN_SMTP_URL and TOCSIN_SMTP_RELAYS are both set: expected one of them; name every relay in TOCSIN_SMTP_RELAYS")
	case c.BounceListen != "" && c.BounceDomain == "":
		return missing("TOCSIN_BOUNCE_DOMAIN", "the domain whose mail arrives at TOCSIN_BOUNCE_LISTEN, such as bounces.example.com")
	case c.BounceCertificateFile == "" && c.BounceKeyFile != "":
		return missing(bounceCertificateSetting, "the file with the certificate of the key in "+bounceKeySetting+", or neither of them")
	case c.BounceCertificateFile != "" && c.BounceKeyFile == "":
		return missing(bounceKeySetting, "the file with the key of the certificate in "+bounceCertificateSetting+", or neither of them")
	case forWorker && c.MailFrom == "":
		return missing("TOCSIN_MAIL_FROM", "the address from which mail is sent")
	}
	for _, at := range c.Standbys {
		if _, err := netip.ParseAddrPort(at); err != nil {
			return fmt.Errorf("%s: %q is not an address with a port; expected those of the servers themselves, such as 192.0.2.17:5432, with spaces between", standbysSetting, at)
		}
	}
	if c.CheckpointTo != "" {
		if _, err := smtp.ParseAddress(c.CheckpointTo); err != nil {
			return errors.New("TOCSIN_CHECKPOINT_TO is not an address that can be mailed; expected one such as notary@example.org, " +
				"outside of the reach of those who run Tocsin, or nothing")
		}
	}
	return nil
}
