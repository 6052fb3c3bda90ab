package recovery_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"tocsin/workflows"
)

// needsNone are the workflows that a recovery does not start, and why.
var needsNone = map[string]string{
	"Recovery": "it is the recovery; every worker sees that it runs",
}

// registry takes the names of workflows.
type registry struct{ names []string }

func (r *registry) RegisterWorkflow(function any) {
	full := runtime.FuncForPC(reflect.ValueOf(function).Pointer()).Name()
	r.names = append(r.names, full[strings.LastIndex(full, ".")+1:])
}

// TestEveryWorkflowIsRecoveredOrNeedsNone fails when a workflow is added that nobody
// would start again after Temporal's database is lost.
func TestEveryWorkflowIsRecoveredOrNeedsNone(t *testing.T) {
	var all registry
	workflows.Register(&all)
	if len(all.names) < 9 {
		t.Fatalf("the workflows are %v", all.names)
	}
	recovered := processes(t)
	for _, name := range all.names {
		if reason, none := needsNone[name]; none {
			if recovered[name] {
				t.Errorf("%s is recovered and is said to need none: %s", name, reason)
			}
			continue
		}
		if !recovered[name] {
			t.Errorf("%s is not recovered: name it in what the record calls for (wanted.go), or here with the reason why it needs none", name)
		}
		delete(recovered, name)
	}
	for name := range recovered {
		t.Errorf("%s is recovered and is no workflow", name)
	}
}

// processes are the workflows whose processes this package calls for, as its source
// has it.
func processes(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if of, ok := n.(*ast.SelectorExpr); ok {
				if room, ok := of.X.(*ast.Ident); ok && room.Name == "workflows" {
					if name, is := strings.CutSuffix(of.Sel.Name, "Process"); is && name != "" {
						found[name] = true
					}
				}
			}
			return true
		})
	}
	return found
}
