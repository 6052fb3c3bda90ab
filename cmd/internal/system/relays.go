package system

import (
	"context"
	"errors"
	"fmt"

	"tocsin/smtp"
	"tocsin/web"
)

// openRelays reads where mail goes and how fast.
func (s *System) openRelays(forWorker bool) error {
	var err error
	name, text := "TOCSIN_SMTP_URL", s.config.SMTPURL
	if s.config.SMTPRelays != "" {
		name, text = "TOCSIN_SMTP_RELAYS", s.config.SMTPRelays
	}
	if text != "" {
		if s.relays, err = relays(name, text); err != nil {
			return err
		}
		if s.limits, err = s.config.limits(s.relays); err != nil {
			return err
		}
	}
	if s.config.ExerciseSMTPURL != "" {
		if s.catcher, err = relays("TOCSIN_EXERCISE_SMTP_URL", s.config.ExerciseSMTPURL); err != nil {
			return err
		}
	}
	if forWorker && s.relays == nil {
		return errors.New("TOCSIN_SMTP_URL is not set: expected smtp://user:password@host:587")
	}
	return nil
}

// relays reads the URLs of a variable. Errors name the variable and the place,
// never a URL.
func relays(name, text string) (*smtp.Relays, error) {
	configs, err := smtp.ParseURLs(text)
	if err == nil && len(configs) > 1 && name != "TOCSIN_SMTP_RELAYS" {
		err = errors.New("one relay is expected; name several in TOCSIN_SMTP_RELAYS")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var all []*smtp.Relay
	for i, config := range configs {
		relay, err := smtp.New(config)
		if err != nil {
			return nil, fmt.Errorf("%s: relay %d: %w", name, i+1, err)
		}
		all = append(all, relay)
	}
	return smtp.NewRelays(all, smtp.RelayBackoff, nil)
}

// limits are the relays' own rates and those for domains of recipients.
func (c Config) limits(relays *smtp.Relays) (smtp.Limits, error) {
	limits := smtp.Limits{Relays: relays.Rates()}
	var err error
	if c.SMTPDomainRate != "" {
		if limits.PerDomain, err = smtp.PerSecond(c.SMTPDomainRate); err != nil {
			return limits, fmt.Errorf("TOCSIN_SMTP_DOMAIN_RATE: %w", err)
		}
	}
	if limits.Domains, err = smtp.ParseDomainLimits(c.SMTPDomainRates); err != nil {
		return limits, fmt.Errorf("TOCSIN_SMTP_DOMAIN_RATES: %w", err)
	}
	return limits, limits.Check()
}

// anyRelay says whether mail can leave: one relay that answers is enough.
func (s *System) anyRelay(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	all := s.relays.InOrder()
	answers := make(chan error, len(all))
	for _, relay := range all {
		go func() { answers <- relay.Ping(ctx) }()
	}
	var away error
	for range all {
		err := <-answers
		if err == nil {
			return nil
		}
		away = errors.Join(away, err)
	}
	return away
}

// around says on the page of settings what was set up here.
func (s *System) around() web.Surroundings {
	shown := web.Surroundings{FurtherCheckpoints: s.config.CheckpointTo != ""}
	if s.relays == nil {
		return shown
	}
	rates := s.relays.Rates()
	for _, relay := range s.relays.InOrder() {
		shown.Relays = append(shown.Relays, web.Relay{Address: relay.Address(), PerSecond: rates[relay.Address()].PerSecond, Check: relay.Ping})
	}
	return shown
}
