package chromium

import (
	"fmt"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// watch keeps what a window does that no page of ours should do.
type watch struct {
	base string

	mu       sync.Mutex
	requests int
	faults   []string
	// pages are the addresses of documents: one that was refused, as a test may
	// mean it to be, is no fault of the page that asked.
	pages map[string]bool
}

func newWatch(base string) *watch { return &watch{base: base, pages: map[string]bool{}} }

// see takes an event of the browser.
func (w *watch) see(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		w.requests++
		address := e.Request.URL
		if e.Type == network.ResourceTypeDocument {
			w.pages[address] = true
		}
		if address != w.base && !strings.HasPrefix(address, w.base+"/") && !strings.HasPrefix(address, "data:") && address != "about:blank" {
			w.fault("a request to another host: %s", address)
		}
	case *runtime.EventExceptionThrown:
		w.fault("a script failed: %s", e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning || e.Type == runtime.APITypeAssert {
			w.fault("the console says: %s", spoken(e.Args))
		}
	case *log.EventEntryAdded:
		if e.Entry.Source == log.SourceNetwork && w.pages[e.Entry.URL] {
			return
		}
		if e.Entry.Level == log.LevelError || e.Entry.Source == log.SourceSecurity || e.Entry.Source == log.SourceViolation {
			w.fault("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	}
}

func (w *watch) fault(format string, a ...any) {
	w.faults = append(w.faults, fmt.Sprintf(format, a...))
}

// Faults gives what the window did since it was asked last: requests to another
// host, failed scripts, errors on the console, violations of the policy.
func (w *watch) Faults() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	faults := w.faults
	w.faults = nil
	return faults
}

// Requests gives the number of requests that were watched so far.
func (w *watch) Requests() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.requests
}

// spoken gives what was handed to the console.
func spoken(arguments []*runtime.RemoteObject) string {
	var said []string
	for _, a := range arguments {
		if a.Description != "" {
			said = append(said, a.Description)
		} else {
			said = append(said, string(a.Value))
		}
	}
	return strings.Join(said, " ")
}
