package chromium

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// patience is how long a window waits for a condition. It is a limit for what
// hangs: nothing that a slow machine does takes so long.
const patience = 2 * time.Minute

// Browser is a running Chromium.
type Browser struct {
	ctx context.Context
}

// Find gives the path of Chromium on this machine. Without one the test is
// skipped and says what to install; where CI runs that fails it.
func Find(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome-stable", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const missing = "the tests in a browser need Chromium: apt-get install chromium (as root)"
	if os.Getenv("CI") != "" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}

// Start starts Chromium and ends it with the test.
func Start(t testing.TB) *Browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(Find(t)),
		// Containers have little shared memory.
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.WSURLReadTimeout(patience))
	if os.Geteuid() == 0 {
		// Chromium refuses to run as root within its sandbox.
		options = append(options, chromedp.NoSandbox)
	}
	all, end := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(end)
	ctx, leave := chromedp.NewContext(all)
	t.Cleanup(leave)
	if err := chromedp.Run(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return &Browser{ctx: ctx}
}

// Shape is the screen of a window.
type Shape struct {
	// Width and Height are in CSS pixels.
	Width, Height int64
	// Phone says that it is touched, not pointed at.
	Phone bool
}

// Desktop and Phone are the two screens on which pages are tried. Magnified is what
// is left of a desktop at 400 %, as somebody with poor sight uses it.
var (
	Desktop   = Shape{Width: 1280, Height: 800}
	Phone     = Shape{Width: 390, Height: 844, Phone: true}
	Magnified = Shape{Width: 320, Height: 256}
)
