package coverage

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"multipaxos/checker/tlc"
)

var roles = []string{"Acceptor", "Replica", "Leader", "Scout", "Commander", "Requester", "Bootstrap", "Seed"}

// Function is a function or method of the role code.
type Function struct {
	Name      string // "Acceptor.HandlePrepare"; without a receiver "panicf"
	File      string // without its directory
	Line, End int
	Action    bool // the method of a role whose last parameter is an *Out: an action of the specification
}

// Operator is the name that the specification has for a method: delete the dot.
func (f *Function) Operator() string { return strings.ReplaceAll(f.Name, ".", "") }

// Functions lists what the Go files of a directory declare, but for tests, in the order of files and lines.
func Functions(dir string) ([]Function, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(paths) == 0 {
		return nil, fmt.Errorf("coverage: %s: want Go files, found none", dir)
	}
	var list []Function
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("coverage: %w", err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				list = append(list, functionOf(filepath.Base(path), files, f))
			}
		}
	}
	return list, nil
}

func functionOf(file string, files *token.FileSet, d *ast.FuncDecl) Function {
	f := Function{Name: d.Name.Name, File: file, Line: files.Position(d.Pos()).Line, End: files.Position(d.End()).Line}
	if d.Recv != nil {
		receiver := typeName(d.Recv.List[0].Type)
		f.Name = receiver + "." + f.Name
		f.Action = slices.Contains(roles, receiver) && d.Name.IsExported() && lastIsOut(d)
	}
	return f
}

func lastIsOut(d *ast.FuncDecl) bool {
	params := d.Type.Params.List
	return len(params) > 0 && typeName(params[len(params)-1].Type) == "Out"
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.IndexExpr:
		return typeName(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// Spec is what a module defines.
type Spec struct {
	Lines      map[string]int      // of each operator
	uses       map[string][]string // the words in its definition
	Unmodelled map[string]string   // methods that it leaves out, with the reason
}

// handler matches the operators that bear a role's name and a handler's verb.
var handler = regexp.MustCompile(`^(?:` + strings.Join(roles, "|") + `)(?:Handle|Send|Ask|Write|Follow)\w*$`)

// helpers bear a handler's verb in the specification: what they do is part of several handlers.
var helpers = []string{"ReplicaFollow", "ReplicaSendPropose", "ReplicaSendWelcome", "ReplicaHandleDecisions"}

// Handlers lists the handlers that the specification defines.
func (s *Spec) Handlers() (names []string) {
	for name := range s.Lines {
		if handler.MatchString(name) && !slices.Contains(helpers, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// ReadSpec reads the definitions of a module.
func ReadSpec(path string) (*Spec, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("coverage: %w", err)
	}
	s := &Spec{Lines: map[string]int{}, uses: map[string][]string{}, Unmodelled: map[string]string{}}
	for _, match := range regexp.MustCompile(`(?m)^\\\* Unmodelled: (\w+) - (\S.*)$`).FindAllStringSubmatch(string(text), -1) {
		s.Unmodelled[match[1]] = match[2]
	}
	tokens, name := tlc.Tokens(string(text)), ""
	for i, t := range tokens {
		switch {
		case tlc.Defines(tokens[i:]):
			name = t.Text
			s.Lines[name] = t.Line
		case t.Column == 1: // another declaration
			name = ""
		case name != "":
			s.uses[name] = append(s.uses[name], t.Text)
		}
	}
	return s, nil
}

// Reaches lists the steps in which an operator is used: in the definition of the step, or in that of an operator that
// is used there. A message goes to its handlers alone, of all that NodeReceive knows.
func (s *Spec) Reaches() map[string][]string {
	reached := map[string][]string{}
	for step := range s.Lines {
		var from []string
		switch kind, isReceive := strings.CutPrefix(step, "Receive"); {
		case isReceive:
			for _, role := range roles {
				from = append(from, role+"Handle"+kind)
			}
		case step == "CrashRestart" || step == "WipeRestart" || step == "Invoke" || strings.HasPrefix(step, "Fire"):
			from = s.uses[step]
		default:
			continue
		}
		for _, operator := range s.closure(from) {
			reached[operator] = append(reached[operator], step)
		}
	}
	for _, steps := range reached {
		slices.Sort(steps)
	}
	return reached
}

// closure lists the operators among names, and those that they use.
func (s *Spec) closure(names []string) (all []string) {
	for todo := slices.Clone(names); len(todo) > 0; todo = todo[1:] {
		if _, ok := s.Lines[todo[0]]; ok && !slices.Contains(all, todo[0]) {
			all = append(all, todo[0])
			todo = append(todo, s.uses[todo[0]]...)
		}
	}
	return all
}
