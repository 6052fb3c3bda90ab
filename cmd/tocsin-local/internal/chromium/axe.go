package chromium

import (
	_ "embed" // axe-core
	"encoding/json"
	"strings"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// axe is axe-core 4.14.1 as its authors published it.
//
//go:embed axe-core/axe.min.js
var axe string

// Barrier is one thing that keeps people out.
type Barrier struct {
	// ID is the name of axe-core's rule, such as color-contrast.
	ID string `json:"id"`
	// Impact is minor, moderate, serious or critical.
	Impact string `json:"impact"`
	// Help says what should be so.
	Help string `json:"help"`
	// Nodes are where it is not so.
	Nodes []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// String says what and where, for the log of a test.
func (b Barrier) String() string {
	var text strings.Builder
	text.WriteString(b.Impact + " " + b.ID + ": " + b.Help)
	for i, node := range b.Nodes {
		if i == 5 {
			text.WriteString("\n  …")
			break
		}
		text.WriteString("\n  " + shortened(node.HTML) + "\n    " + strings.ReplaceAll(node.Summary, "\n", " "))
	}
	return text.String()
}

func shortened(html string) string {
	if len(html) > 300 {
		return html[:300] + " …"
	}
	return html
}

// Barriers gives all that axe-core finds on the page, of any weight, by the rules that
// it follows unasked and by the size of what is touched. The window must allow scripts:
// axe-core is one.
func (w *Window) Barriers() []Barrier {
	w.t.Helper()
	// It comes by the door of the developer's tools: no page has to let it in.
	const ask = `axe.run(document, {resultTypes: ["violations"], rules: {"target-size": {enabled: true}}}).then(function (found) {
		return JSON.stringify(found.violations.map(function (v) {
			return {id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.map(function (n) {
				return {html: n.html, failureSummary: n.failureSummary};
			})};
		}));
	})`
	if w.Ask("typeof axe") == "undefined" {
		w.do("bring axe-core", chromedp.Evaluate(axe, nil))
	}
	var answer string
	w.do("ask axe-core", chromedp.Evaluate(ask, &answer, func(p *runtime.EvaluateParams) *runtime.EvaluateParams {
		return p.WithAwaitPromise(true)
	}))
	var all []Barrier
	if err := json.Unmarshal([]byte(answer), &all); err != nil {
		w.t.Fatalf("the answer of axe-core: %v", err)
	}
	return all
}
