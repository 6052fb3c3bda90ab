package system

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/siem"
)

// Settings of the streams of the record.
const (
	syslogSetting = "TOCSIN_SYSLOG_URL"
	linesSetting  = "TOCSIN_AUDIT_STREAM"
)

const (
	// streamAtOnce is how many entries a receiver is sent together.
	streamAtOnce = 200
	// streamPause is how long a stream that has sent everything waits.
	streamPause = 2 * time.Second
	// streamAgain is how long it waits after a receiver did not take something.
	streamAgain = 15 * time.Second
	// failuresEvery is how often failed sign-ins of an hour that has passed are
	// looked for.
	failuresEvery = 5 * time.Minute
)

// sinks are the receivers of the record's entries that the settings name.
func (c Config) sinks() ([]siem.Sink, error) {
	var list []siem.Sink
	if c.SyslogURL != "" {
		host, err := os.Hostname()
		if err != nil {
			host = "-" // RFC 5424's word for not known
		}
		sink, err := siem.NewSyslog(c.SyslogURL, host)
		if err != nil {
			return nil, fmt.Errorf("%s %w", syslogSetting, err)
		}
		list = append(list, sink)
	}
	if c.AuditStream != "" {
		sink, err := siem.NewLines(c.AuditStream, os.Stdout)
		if err != nil {
			return nil, fmt.Errorf("%s %w", linesSetting, err)
		}
		list = append(list, sink)
	}
	return list, nil
}

// streams are the names of the receivers.
func (s *System) streams() []string {
	var names []string
	for _, sink := range s.sinks {
		names = append(names, sink.Name())
	}
	return names
}

// Watch does what goes on beside requests and workflows, until the context
// ends; what it gives back waits for that. It sends entries of the record to the
// receivers that the settings name, and records failed sign-ins once their hour
// has passed. Every process of an installation does it: one at a time has a
// receiver's turn, and what was recorded is recorded once.
func (s *System) Watch(ctx context.Context) (wait func()) {
	var all sync.WaitGroup
	for _, sink := range s.sinks {
		all.Go(func() { s.stream(ctx, sink) })
	}
	all.Go(func() {
		for paused(ctx, failuresEvery) {
			if s.Held() {
				continue
			}
			if _, err := s.Store.RecordFailures(ctx); err != nil && ctx.Err() == nil {
				s.logger.Warn("failed sign-ins could not be recorded; they are kept and tried again", "error", err.Error())
			}
		}
	})
	return all.Wait
}

// paused waits, and says whether to go on.
func paused(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func (s *System) stream(ctx context.Context, sink siem.Sink) {
	told := false // what is wrong is said once, until it works again
	for {
		if s.mayAct(ctx) != nil { // the receiver has these entries from the installation itself
			if !paused(ctx, streamAgain) {
				return
			}
			continue
		}
		n, err := s.Store.StreamNext(ctx, sink.Name(), streamAtOnce, func(ctx context.Context, rows []postgres.StreamRow) error {
			return sink.Send(ctx, outgoing(rows))
		})
		pause := streamPause
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if !told {
				s.logger.Warn("entries of the record wait for their receiver", "stream", sink.Name(), "error", err.Error())
			}
			told, pause = true, streamAgain
		case n > 0:
			if told {
				s.logger.Info("the receiver takes entries of the record again", "stream", sink.Name())
			}
			told = false
			if n == streamAtOnce {
				continue
			}
		}
		if !paused(ctx, pause) {
			return
		}
	}
}

func outgoing(rows []postgres.StreamRow) []siem.Entry {
	list := make([]siem.Entry, len(rows))
	for i, r := range rows {
		list[i] = siem.Entry{Index: r.Index, Hash: r.Hash, Type: r.Entry.Type, RecordedAt: r.Entry.RecordedAt, Line: r.Line, Severity: severityOf(r)}
	}
	return list
}

// severityOf says how much an entry should alarm who watches.
func severityOf(r postgres.StreamRow) siem.Severity {
	data, err := incident.DecodeData(r.Entry.Type, r.Entry.Data)
	if verified, ok := data.(incident.RecordVerified); ok && err == nil && !verified.OK {
		return siem.Critical
	}
	switch {
	case r.Entry.Type == incident.EvSignInFailed:
		return siem.Warning
	case incident.InArea(incident.AreaSecurity, r.Entry.Type), incident.InArea(incident.AreaReads, r.Entry.Type):
		return siem.Notice
	}
	return siem.Info
}
