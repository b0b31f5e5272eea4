package paxos

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// maxLines is the length of the longest function that fits a screen.
const maxLines = 40

// allowedImports are those that cannot make the protocol depend on anything but its input.
var allowedImports = []string{"bytes", "cmp", "encoding/json", "fmt", "iter", "maps", "math/bits", "slices", "sort", "strconv", "strings", "time"}

// banned are the functions of those packages that depend on the clock or on the order of a map.
var banned = []string{
	"time.Now", "time.Since", "time.Until", "time.Sleep", "time.After", "time.AfterFunc", "time.NewTimer", "time.NewTicker",
	"maps.All", "maps.Keys", "maps.Values",
}

// sortedRanges are the only functions that may range over a map: each sorts what it collects.
var sortedRanges = []string{"Replica.state"}

// TestTidy holds the protocol's own rules: handlers are pure, functions fit a screen, and each action names the
// action of the specification that it is.
func TestTidy(t *testing.T) {
	files := parseFiles(t, func(name string) bool { return !strings.HasSuffix(name, "_test.go") })
	require.Equal(t, []string(nil), faults(files))
	tests := parseFiles(t, func(name string) bool { return strings.HasSuffix(name, "_test.go") })
	require.Equal(t, []string(nil), longFunctions(tests))
}

// TestTidyFindsFaults is the other half: the same check on a file with every fault.
func TestTidyFindsFaults(t *testing.T) {
	const source = `package paxos
import ("math/rand"; "os"; "time")
type Scribe struct { pages map[string]int }
// HandlePage does it.
func (s *Scribe) HandlePage(from Address, m Message, out *Out) {
	go rand.Int()
	_, _ = time.Now(), maps.Keys(s.pages)
	for range s.pages {}
	ages := map[int]int{}
	for range ages {}
	names := make(map[string]bool)
	for name := range names { os.Exit(len(name)) }
}
// Spec: ScribeWrite.
func (s *Scribe) Send(out *Out) {}
// Spec: ScribeShelve.
func (s *Scribe) Shelve(out *Out) {}
func (s *Scribe) helper(out *Out, n int) {}
func (s *Scribe) found(out *Out) {}
func (n *Node) Receive(out *Out) {}
`
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "scribe.go", source+"func long() {"+strings.Repeat("\n", maxLines)+"}", parser.ParseComments)
	require.NoError(t, err)
	require.Equal(t, []string{
		`scribe.go:2:9: import "math/rand"`,
		`scribe.go:2:22: import "os"`,
		`scribe.go:6:2: go statement`,
		`scribe.go:7:9: time.Now`,
		`scribe.go:7:21: maps.Keys`,
		`scribe.go:8:2: range over a map in Scribe.HandlePage`,
		`scribe.go:10:2: range over a map in Scribe.HandlePage`,
		`scribe.go:12:2: range over a map in Scribe.HandlePage`,
		`scribe.go:5:1: want the doc comment of an action to say "Spec: ScribeHandlePage."`,
		`scribe.go:15:1: want the doc comment of an action to say "Spec: ScribeSend."`,
		`scribe.go:21:1: function long has 41 lines, want at most 40`,
	}, faults(parsed{files, []*ast.File{file}}))
}

// parsed is a part of the package's source.
type parsed struct {
	set   *token.FileSet
	files []*ast.File
}

func parseFiles(t *testing.T, keep func(name string) bool) parsed {
	p := parsed{set: token.NewFileSet()}
	names, err := fs.Glob(os.DirFS("."), "*.go")
	require.NoError(t, err)
	for _, name := range names {
		if keep(name) {
			file, err := parser.ParseFile(p.set, name, nil, parser.ParseComments)
			require.NoError(t, err)
			p.files = append(p.files, file)
		}
	}
	require.NotEmpty(t, p.files)
	return p
}

func faults(p parsed) []string {
	found := badImports(p)
	known := typesOf(p)
	for _, f := range functions(p) {
		found = append(found, impurities(p, f, known)...)
	}
	for _, f := range functions(p) {
		want := "Spec: " + strings.Replace(functionName(f), ".", "", 1) + "."
		if isAction(f) && !strings.Contains(f.Doc.Text(), want) {
			found = append(found, p.at(f)+`want the doc comment of an action to say "`+want+`"`)
		}
	}
	return append(found, longFunctions(p)...)
}

func (p parsed) at(n ast.Node) string { return p.set.Position(n.Pos()).String() + ": " }

func badImports(p parsed) (found []string) {
	for _, file := range p.files {
		for _, i := range file.Imports {
			if path, _ := strconv.Unquote(i.Path.Value); !slices.Contains(allowedImports, path) {
				found = append(found, p.at(i)+"import "+i.Path.Value)
			}
		}
	}
	return found
}

// impurities finds what makes a run depend on more than its input: goroutines, the clock, the order of a map.
func impurities(p parsed, f *ast.FuncDecl, known map[ast.Expr]types.TypeAndValue) (found []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = append(found, p.at(n)+"go statement")
		case *ast.SelectorExpr:
			if name := lastName(n.X) + "." + n.Sel.Name; slices.Contains(banned, name) {
				found = append(found, p.at(n)+name)
			}
		case *ast.RangeStmt:
			if isMap(known[n.X].Type) && !slices.Contains(sortedRanges, functionName(f)) {
				found = append(found, p.at(n)+"range over a map in "+functionName(f))
			}
		}
		return true
	})
	return found
}

// typesOf resolves the types of the package's own expressions. What it imports is left unknown: no map comes from
// there.
func typesOf(p parsed) map[ast.Expr]types.TypeAndValue {
	info := types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	config := types.Config{Importer: nothing{}, Error: func(error) {}}
	_, _ = config.Check("paxos", p.set, p.files, &info) // errors are about imports
	return info.Types
}

// nothing imports nothing.
type nothing struct{}

func (nothing) Import(path string) (*types.Package, error) {
	return nil, fmt.Errorf("import %q: not needed", path)
}

func isMap(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Map)
	return ok
}

// lastName is the last identifier of an expression such as r.Sessions.
func lastName(n ast.Expr) string {
	switch n := n.(type) {
	case *ast.Ident:
		return n.Name
	case *ast.SelectorExpr:
		return n.Sel.Name
	}
	return ""
}

func longFunctions(p parsed) (found []string) {
	for _, f := range functions(p) {
		lines := p.set.Position(f.End()).Line - p.set.Position(f.Pos()).Line + 1
		if lines > maxLines {
			found = append(found, p.at(f)+"function "+functionName(f)+" has "+strconv.Itoa(lines)+" lines, want at most "+strconv.Itoa(maxLines))
		}
	}
	return found
}

func functions(p parsed) (all []*ast.FuncDecl) {
	for _, file := range p.files {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				all = append(all, f)
			}
		}
	}
	return all
}

// isAction says whether f is an exported method of a role whose last parameter is an *Out. A Node is no role: it runs
// them.
func isAction(f *ast.FuncDecl) bool {
	params := f.Type.Params.List
	if f.Recv == nil || len(params) == 0 || !f.Name.IsExported() || strings.HasPrefix(functionName(f), "Node.") {
		return false
	}
	star, ok := params[len(params)-1].Type.(*ast.StarExpr)
	return ok && lastName(star.X) == "Out"
}

// functionName is "Role.Method", or the name of a plain function.
func functionName(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	receiver := f.Recv.List[0].Type
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver = star.X
	}
	if generic, ok := receiver.(*ast.IndexExpr); ok {
		receiver = generic.X
	}
	return lastName(receiver) + "." + f.Name.Name
}
