package system

import (
	"context"
	"strings"
	"time"

	"tocsin/activities"
	"tocsin/postgres"
	"tocsin/smtp"
	"tocsin/templates"
	"tocsin/webhook"
	"tocsin/worker"
)

// StartWorkers runs the workers of every task queue, unless this may be a copy of the
// installation: then they start once somebody has taken over, and stop when it is
// found out later.
func (s *System) StartWorkers() error {
	// All workers of an installation share the limits through the record.
	limiter, err := smtp.NewLimiter(s.limits, activities.SharedRates{Store: s.Store}, nil)
	if err != nil {
		return err
	}
	writer, err := webhook.NewWriter(templates.Signal())
	if err != nil {
		return err
	}
	outside, err := s.config.Anchors.outside()
	if err != nil {
		return err
	}
	work := &activities.Activities{
		Recovery: s.recoverOnce, MayAct: s.mayAct,
		Signals: webhook.NewSender(s.config.Signals, time.Now), SignalWriter: writer,
		Store: s.Store, Relays: s.relays, Limiter: limiter, Catcher: s.catcher, ReturnTo: s.returnTo, Composer: s.composer,
		Outside: outside, CheckpointTo: s.config.CheckpointTo, PublicURL: s.config.PublicURL, LinkKey: s.keys.Link, Logger: s.logger, Clock: time.Now,
	}
	now, err := s.Standing(context.Background())
	if err != nil {
		return err
	}
	if err := s.workOrHold(work, now); err != nil {
		return err
	}
	s.standing(func(now postgres.Standing) {
		if err := s.workOrHold(work, now); err != nil {
			s.logger.Error("the workers could not be started; it is tried again", "error", err.Error())
		}
	})
	return nil
}

// workOrHold starts the workers where this is the installation, and stops them where
// it may be a copy. One goroutine at a time calls it.
func (s *System) workOrHold(work *activities.Activities, now postgres.Standing) error {
	switch {
	case now.Held() && (s.workers != nil || !s.toldHeld):
		s.toldHeld = true
		s.logger.Error("this may be a copy of the installation: nothing goes out until somebody gives \"tocsin recover --take-over\"",
			"why", strings.Join(now.Why, " "), "entries", now.Entries, "missing", now.Lost)
		s.stopWorkers()
	case !now.Held() && s.workers == nil:
		started, err := worker.Start(s.temporal, work)
		if err != nil {
			return err
		}
		if s.toldHeld {
			s.toldHeld = false
			s.logger.Warn("this is the installation now: everything goes on")
		}
		s.workers = started
		s.tellWebhooks()
		s.keepRecovering()
	}
	return nil
}

// stopWorkers ends the workers and what wakes them; what runs is given a moment.
func (s *System) stopWorkers() {
	for _, end := range []*func(){&s.telling, &s.keeping} {
		if *end != nil {
			(*end)()
			*end = nil
		}
	}
	if s.workers != nil {
		s.workers.Stop()
		s.workers = nil
	}
}
