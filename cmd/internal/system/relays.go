package system

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"tocsin/smtp"
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
		if s.limiter, err = limiter(s.relays, s.config.SMTPDomainRate); err != nil {
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

// limiter keeps the relays' own rates and the one for domains of recipients.
func limiter(relays *smtp.Relays, perDomain string) (*smtp.Limiter, error) {
	limits := smtp.Limits{Relays: relays.Rates()}
	if perDomain != "" {
		rate, err := strconv.ParseFloat(perDomain, 64)
		if err != nil || rate <= 0 {
			return nil, fmt.Errorf("TOCSIN_SMTP_DOMAIN_RATE is %q: expected a number of notices per second over zero, such as 20 or 0.5", perDomain)
		}
		limits.PerDomain = smtp.Rate{PerSecond: rate, Burst: max(1, int(min(rate, 1000)))}
	}
	l, err := smtp.NewLimiter(limits, nil)
	if err != nil {
		return nil, fmt.Errorf("TOCSIN_SMTP_DOMAIN_RATE: %w", err)
	}
	return l, nil
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
