package system

import (
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/ledger"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
	"tocsin/siem"
)

func TestTheRecordReachesItsReceiversWhileThingsHappen(t *testing.T) {
	receiver, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	got := make(chan string, 1000)
	go func() {
		defer close(read)
		for {
			conn, err := receiver.Accept()
			if err != nil {
				return
			}
			all, _ := io.ReadAll(conn) // a sender that was stopped breaks off, and sends again
			_ = conn.Close()
			got <- string(all)
		}
	}()
	file := filepath.Join(t.TempDir(), "audit.jsonl")
	config := Config{SyslogURL: "syslog+tcp://" + receiver.Addr().String(), AuditStream: file}
	s := &System{config: config, Store: postgrestest.Store(t), logger: slog.New(slog.DiscardHandler)}
	if s.sinks, err = config.sinks(); err != nil || len(s.streams()) != 2 {
		t.Fatalf("the settings give %d receivers, %v", len(s.sinks), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	wait := s.Watch(ctx)
	for range 3 {
		if err := s.Store.RecordForInstallation(t.Context(), incident.Engine(), incident.RunRecovery{Open: 1, Started: 1}); err != nil {
			t.Fatal(err)
		}
	}
	arrived := ""
	for deadline := time.After(time.Minute); strings.Count(arrived, `"installation_recovered"`) < 3; {
		select {
		case more := <-got:
			arrived += more
		case <-deadline:
			t.Fatalf("after a minute the receiver has %q", arrived)
		}
	}
	// The file has its own turn; what was sent is only marked after that.
	for behind := int64(1); behind > 0; time.Sleep(10 * time.Millisecond) {
		streams, err := s.Store.StreamsBehind(t.Context(), s.streams())
		if err != nil {
			t.Fatal(err)
		}
		behind = streams["syslog"] + streams["lines"]
	}
	cancel()
	wait()
	if err := receiver.Close(); err != nil {
		t.Fatal(err)
	}
	<-read
	content, err := os.ReadFile(file)
	if err != nil || strings.Count(string(content), "\n") != 3 {
		t.Errorf("the file holds %q, %v", content, err)
	}
	if !strings.Contains(arrived, "<109>1 ") {
		t.Errorf("what concerns the installation is no notice: %q", arrived)
	}
}

func TestARecordThatWasChangedAlarmsWhoWatches(t *testing.T) {
	for data, want := range map[string]siem.Severity{`{"ok":true}`: siem.Notice, `{"ok":false,"problems":1}`: siem.Critical} {
		r := postgres.StreamRow{Entry: ledger.Entry{Type: incident.EvRecordVerified, Data: []byte(data)}}
		if got := severityOf(r); got != want {
			t.Errorf("%s has the severity %d, expected %d", data, got, want)
		}
	}
	if got := severityOf(postgres.StreamRow{Entry: ledger.Entry{Type: incident.EvSignInFailed, Data: []byte(`{}`)}}); got != siem.Warning {
		t.Errorf("failed sign-ins have the severity %d", got)
	}
	if got := severityOf(postgres.StreamRow{Entry: ledger.Entry{Type: incident.EvOpened, Data: []byte(`{}`)}}); got != siem.Info {
		t.Errorf("an opened incident has the severity %d", got)
	}
}

func TestAReceiverThatCannotBeMeantIsNamedBySetting(t *testing.T) {
	for setting, c := range map[string]Config{"TOCSIN_SYSLOG_URL": {SyslogURL: "syslog+tcp://logs.example.com"}, "TOCSIN_AUDIT_STREAM": {AuditStream: "relative.jsonl"}} {
		if _, err := c.sinks(); err == nil || !strings.Contains(err.Error(), setting) || !strings.Contains(err.Error(), "expected") && !strings.Contains(err.Error(), "plain=yes") {
			t.Errorf("%s gives %v", setting, err)
		}
	}
}
