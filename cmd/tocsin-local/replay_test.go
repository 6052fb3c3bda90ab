package main

import (
	"bytes"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/proxy"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	sdkworker "go.temporal.io/sdk/worker"

	"tocsin/cmd/tocsin-local/internal/play"
	"tocsin/worker"
	"tocsin/workflows"
)

// record writes the histories to workflows/testdata, for the replay test there.
var record = flag.Bool("record", false, "record histories into workflows/testdata/histories")

// TestHistoriesReplay plays a short exercise on the real parts and replays
// every history that came about. Nothing in a history may be readable.
func TestHistoriesReplay(t *testing.T) {
	dir := folder(t)
	r := start(t, dir, "127.0.0.1:0")
	defer r.stop(t)
	p := play.Play{
		Tocsin:  play.Command{Program: programs.tocsin, URL: func() string { return r.url }, Patience: play.ShortPatience},
		Example: "../../examples/vendor-breach", Key: "replay", DPO: firstAccount(t, dir), VKey: logKey(t, dir), Work: t.TempDir(),
		Pace: 9000, Say: func(string, ...any) {},
	}
	if _, err := p.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	replayAll(t, dir, 4)
}

// replayAll replays every history of a folder's Temporal, of which there are so
// many at least, and records them when asked to.
func replayAll(t *testing.T, dir string, least int) {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	codec := readKeyset(t, filepath.Join(dir, "keys", "codec.keyset"))
	c := engine(t, dir)
	found := map[string]*historypb.History{}
	eventually(t, func() error {
		list, err := c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{})
		if err != nil {
			return err
		}
		for _, w := range list.Executions {
			found[w.Execution.WorkflowId] = history(t, c, w.Execution)
		}
		if len(found) < least {
			return os.ErrNotExist
		}
		return nil
	})
	replayer := sdkworker.NewWorkflowReplayer()
	workflows.Register(replayer)
	for id, h := range found {
		raw, err := temporalproto.CustomJSONMarshalOptions{}.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"example.com", "phishing", "REGAGE"} {
			if bytes.Contains(raw, []byte(word)) {
				t.Errorf("the history of %s holds %q in clear", id, word)
			}
		}
		h = decoded(t, worker.Codec(codec), h)
		if err := replayer.ReplayWorkflowHistory(log.NewStructuredLogger(quiet), h); err != nil {
			t.Errorf("%s: %v", id, err)
		}
		if *record {
			keep(t, id, h)
		}
	}
}

func history(t *testing.T, c client.Client, w *commonpb.WorkflowExecution) *historypb.History {
	t.Helper()
	h := &historypb.History{}
	for events := c.GetWorkflowHistory(t.Context(), w.WorkflowId, w.RunId, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		e, err := events.Next()
		if err != nil {
			t.Fatal(err)
		}
		h.Events = append(h.Events, e)
	}
	return h
}

// decoded gives a history with readable payloads.
func decoded(t *testing.T, codec converter.PayloadCodec, h *historypb.History) *historypb.History {
	t.Helper()
	err := proxy.VisitPayloads(t.Context(), h, proxy.VisitPayloadsOptions{
		SkipSearchAttributes: true,
		Visitor: func(_ *proxy.VisitPayloadsContext, p []*commonpb.Payload) ([]*commonpb.Payload, error) {
			return codec.Decode(p)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func keep(t *testing.T, id string, h *historypb.History) {
	t.Helper()
	raw, err := temporalproto.CustomJSONMarshalOptions{Indent: " "}.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	kind, _, _ := strings.Cut(id, "/")
	folder := filepath.Join("..", "..", "workflows", "testdata", "histories")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	// Those that were recorded from earlier code stay: they have to replay too.
	for n := 1; ; n++ {
		file := filepath.Join(folder, fmt.Sprintf("%s-%d.json", kind, n))
		if _, err := os.Stat(file); err == nil {
			continue
		}
		if err := os.WriteFile(file, append(raw, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
}

func readKeyset(t *testing.T, path string) tink.AEAD {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(content)))
	if err != nil {
		t.Fatal(err)
	}
	primitive, err := aead.New(handle)
	if err != nil {
		t.Fatal(err)
	}
	return primitive
}
