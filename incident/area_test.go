package incident

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// eventTypes are the types of events that the source of this package names.
func eventTypes(t *testing.T) []string {
	t.Helper()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || !strings.HasPrefix(spec.Names[0].Name, "Ev") || len(spec.Values) != 1 {
				return true
			}
			if value, ok := spec.Values[0].(*ast.BasicLit); ok {
				text, err := strconv.Unquote(value.Value)
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, text)
			}
			return true
		})
	}
	return list
}

func TestEveryTypeOfEventIsReadAndHasAnArea(t *testing.T) {
	list := eventTypes(t)
	if len(list) < 50 {
		t.Fatalf("only %d types of events were found", len(list))
	}
	for _, kind := range list {
		data, err := DecodeData(kind, []byte(`{}`))
		if err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if _, unknown := data.(Unknown); unknown {
			t.Errorf("%s is written and cannot be read", kind)
		}
		if !slices.ContainsFunc(Areas(), func(area string) bool { return InArea(area, kind) }) {
			t.Errorf("%s belongs to no area: a reader of the record who chooses one never meets it", kind)
		}
	}
}

func TestAnAreaThatNobodyKnowsHoldsNothing(t *testing.T) {
	if InArea("", EvOpened) || InArea("moon", EvOpened) || InArea(AreaReads, EvOpened) {
		t.Error("an opened incident stands in an area that is not its own")
	}
}
