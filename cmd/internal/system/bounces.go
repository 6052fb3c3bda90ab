package system

import (
	"context"
	"fmt"

	"tocsin/bounce"
	"tocsin/postgres"
)

// TakeInBounces listens for notices that come back, where the configuration says
// so; nil without an error when it does not. The caller stops the listener
// before it closes the system.
func (s *System) TakeInBounces(ctx context.Context) (*bounce.Listener, error) {
	if s.config.BounceListen == "" {
		return nil, nil
	}
	config := bounce.Config{Address: s.config.BounceListen, VERP: s.returnTo, Handle: s.noteBounce, Logger: s.logger}
	if s.config.BounceCertificateFile != "" {
		offered, err := readCertificate(s.config.BounceCertificateFile, s.config.BounceKeyFile, s.logger)
		if err != nil {
			return nil, err
		}
		config.TLS = offered.config()
	}
	listener, err := bounce.Listen(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("TOCSIN_BOUNCE_LISTEN: %w", err)
	}
	return listener, nil
}

// noteBounce writes a report down and has it recorded. It may be given the same
// one again.
func (s *System) noteBounce(ctx context.Context, b bounce.Bounce) error {
	if b.Action != bounce.Failed && b.Action != bounce.Delayed {
		return nil // it arrived, as far as servers know
	}
	if err := s.mayAct(ctx); err != nil {
		return err // it comes again
	}
	noted, err := s.Store.NoteBounce(ctx, postgres.Bounce{
		Delivery: b.Delivery, Final: b.Action == bounce.Failed, Status: b.Status, Class: string(b.Class),
	})
	if err != nil || !noted.Unrecorded {
		return err
	}
	return s.Engine.RecordBounces(ctx, noted.Incident, noted.Round)
}
