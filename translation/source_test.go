package translation

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
)

// sentence is an English sentence or format that the source can say to a
// person, and where.
type sentence struct {
	text string
	at   string
}

// source reads one room for what it says: what is given to the constructors of
// errors and phrases, and what stands in literals of errors.
type source struct {
	files  *token.FileSet
	consts map[string]ast.Expr // the room's constants
	said   []sentence
	fields []sentence // what refusals name
	form   bool       // whether this is the authority's form
	// unclear are texts that are put together at run time.
	unclear []string
}

// constructors are the functions that take sentences, with the places of those
// among their arguments.
var constructors = map[string][]int{
	"InvalidField": {2, 3}, "FieldError": {3, 4},
	"Say": {0}, "Refused": {1}, "conflict": {0}, "forbidden": {0}, "notFound": {0},
	"add":    {2}, // of the next actions
	"refuse": {1}, // of a field of the authority's form
}

// naming are the constructors that name a field, with its place among their arguments.
var naming = map[string]int{"InvalidField": 0, "FieldError": 1}

// formats are the constructors whose sentence is a format: it has to be a
// constant itself.
var formats = map[string]bool{"Say": true, "Refused": true, "conflict": true, "forbidden": true, "notFound": true}

// literals are the types of errors, with their fields that people read. A field
// that is another room's is said by its own.
var literals = map[string][]string{
	"Error": {"Message", "Expected"}, "Action": {"Text"}, "InputError": {"Expected"}, "ContradictionError": {"Expected"}, "InvalidError": {"Expected"}, "FieldError": {"Expected"},
}

func readRoom(folder string) (*source, error) {
	s := &source{files: token.NewFileSet(), consts: map[string]ast.Expr{}, form: filepath.Base(folder) == "form"}
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	var parsed []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(s.files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, file)
		for _, d := range file.Decls {
			s.declare(d)
		}
	}
	for _, file := range parsed {
		for _, d := range file.Decls {
			ast.Inspect(d, func(n ast.Node) bool { s.visit(n, d); return true })
			s.spoken(d)
		}
	}
	return s, nil
}

// speaking are the functions all of whose texts are read by people: those that
// explain a time limit, and those that say what a field takes.
var speaking = map[string]bool{"reason": true, "reasons": true, "Reasons": true, "takes": true, "spokenType": true}

// spoken takes the texts of a speaking function.
func (s *source) spoken(d ast.Decl) {
	f, ok := d.(*ast.FuncDecl)
	if !ok || !speaking[f.Name.Name] || s.form && f.Name.Name == "reason" {
		return
	}
	ast.Inspect(f, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		if text, ok := s.constant(e, nil); ok && strings.Count(strings.Trim(text, " "), " ") > 0 {
			s.said = append(s.said, sentence{text, s.files.Position(e.Pos()).String()})
			return false
		}
		return true
	})
}

// declare keeps the constants of a declaration.
func (s *source) declare(d ast.Decl) {
	general, ok := d.(*ast.GenDecl)
	if !ok || general.Tok != token.CONST {
		return
	}
	for _, spec := range general.Specs {
		if values, ok := spec.(*ast.ValueSpec); ok {
			for i, name := range values.Names {
				if i < len(values.Values) {
					s.consts[name.Name] = values.Values[i]
				}
			}
		}
	}
}

func (s *source) visit(n ast.Node, within ast.Decl) {
	switch n := n.(type) {
	case *ast.CallExpr:
		name := called(n)
		if name == "Refused" && len(n.Args) > 0 && called(n.Args[0]) == "Internal" {
			return
		}
		if i, names := naming[name]; names && i < len(n.Args) {
			s.name(n.Args[i], within)
		}
		for _, i := range constructors[name] {
			switch {
			case name == "add" && s.form: // of a contradiction between answers
				i = 0
			case name == "add" && (len(n.Args) < 3 || !strings.HasPrefix(called(n.Args[0]), "Cmd")), name == "refuse" && !s.form:
				continue
			}
			if i < len(n.Args) {
				s.take(n.Args[i], within, formats[name])
			}
		}
	case *ast.CompositeLit:
		s.visitLiteral(n, within)
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			if field, ok := left.(*ast.SelectorExpr); ok && field.Sel.Name == "Expected" && i < len(n.Rhs) {
				s.take(n.Rhs[i], within, false)
			}
		}
	}
}

func (s *source) visitLiteral(n *ast.CompositeLit, within ast.Decl) {
	fields := literals[called(n.Type)]
	values := map[string]ast.Expr{}
	for i, element := range n.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			values[called(pair.Key)] = pair.Value
		} else if called(n.Type) == "ContradictionError" && i == 4 {
			values["Expected"] = element
		}
	}
	if called(values["Kind"]) == "Internal" {
		return // the log's, never shown
	}
	if value := values["Field"]; value != nil && called(n.Type) == "Error" {
		s.name(value, within)
	}
	for _, field := range fields {
		if value := values[field]; value != nil {
			s.take(value, within, false)
		}
	}
}

// name keeps the name of a field that a refusal begins with, where it is a constant.
func (s *source) name(e ast.Expr, within ast.Decl) {
	if text, ok := s.constant(e, within); ok && text != "" {
		at := s.files.Position(e.Pos())
		s.fields = append(s.fields, sentence{text, fmt.Sprintf("%s:%d", strings.TrimPrefix(at.Filename, "../"), at.Line)})
	}
}

// called is the last name of an expression: of a function, a type, a constant.
func called(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.CallExpr:
		return called(e.Fun)
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.Ident:
		return e.Name
	case *ast.IndexExpr:
		return called(e.X)
	case *ast.IndexListExpr:
		return called(e.X)
	}
	return ""
}

// take keeps the sentences that an expression can be. What it refers to is
// followed within its own function.
func (s *source) take(e ast.Expr, within ast.Decl, format bool) {
	at := s.files.Position(e.Pos())
	place := fmt.Sprintf("%s:%d", strings.TrimPrefix(at.Filename, "../"), at.Line)
	if text, ok := s.constant(e, within); ok {
		s.said = append(s.said, sentence{text, place})
		return
	}
	if call, ok := e.(*ast.CallExpr); ok {
		switch called(call) {
		case "Say":
			return // taken by itself
		case "takes", "spokenType": // read as a whole
			return
		case "T": // a page's own text, which stands beside it in both languages
			return
		case "Sprintf": // recognised by its format
			s.take(call.Args[0], within, true)
			return
		}
	}
	if name, ok := e.(*ast.Ident); ok && !format {
		found := false
		for _, value := range assigned(name.Name, within) {
			if value != e {
				s.take(value, within, false)
				found = true
			}
		}
		if found {
			return
		}
	}
	s.unclear = append(s.unclear, place)
}

// assigned are the values that a name gets within a function.
func assigned(name string, within ast.Decl) []ast.Expr {
	var list []ast.Expr
	ast.Inspect(within, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if to, ok := left.(*ast.Ident); ok && to.Name == name && len(n.Rhs) == len(n.Lhs) {
					list = append(list, n.Rhs[i])
				}
			}
		case *ast.ValueSpec:
			for i, to := range n.Names {
				if to.Name == name && i < len(n.Values) {
					list = append(list, n.Values[i])
				}
			}
		}
		return true
	})
	return list
}

// constant gives the text of a constant expression.
func (s *source) constant(e ast.Expr, within ast.Decl) (string, bool) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return s.constant(e.X, within)
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		left, ok := s.constant(e.X, within)
		right, too := s.constant(e.Y, within)
		return left + right, ok && too && e.Op == token.ADD
	case *ast.Ident:
		if value, ok := s.consts[e.Name]; ok {
			return s.constant(value, within)
		}
	}
	return "", false
}
