package fuzz

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var roles = []string{"Acceptor", "Replica", "Leader", "Scout", "Commander", "Requester", "Bootstrap", "Seed"}

// The Go method (*Acceptor).HandlePrepare is the operator AcceptorHandlePrepare of the specification: delete the dot.
// A method is an action exactly when its last parameter is an *Out; an operator is one when it bears a role's name and
// a handler's verb. The specification lists, with the reason, the methods that it leaves out.
func TestActionsAndHandlersHaveTheSameNames(t *testing.T) {
	spec, err := os.ReadFile("../spec/MultiPaxos.tla")
	require.NoError(t, err)
	defined, unmodelled := operators(string(spec)), unmodelled(string(spec))
	methods := actions(t)
	assert.Greater(t, len(methods), 25)
	for _, name := range methods {
		isDefined, isUnmodelled := slices.Contains(defined, name), slices.Contains(unmodelled, name)
		assert.True(t, isDefined != isUnmodelled, "%s: want an operator in MultiPaxos.tla or a line there that says why not, found defined=%v unmodelled=%v",
			name, isDefined, isUnmodelled)
	}
	for _, name := range slices.Concat(defined, unmodelled) {
		if name != "NodeFire" { // takes its *Out last, but is no role's
			assert.Contains(t, methods, name, "MultiPaxos.tla has an action without a handler")
		}
	}
}

// operators lists the handlers that the specification defines.
func operators(spec string) (names []string) {
	handler := regexp.MustCompile(`(?m)^((?:` + strings.Join(roles, "|") + `)(?:Handle|Send[A-Z]\w*$|Send|Ask|Write|Follow)\w*)\(x(?:, \w+)?\) ==`)
	for _, match := range handler.FindAllStringSubmatch(spec, -1) {
		if name := match[1]; !slices.Contains(helpers, name) {
			names = append(names, name)
		}
	}
	return names
}

// helpers of the specification that bear a handler's verb: what they do is part of several handlers.
var helpers = []string{"ReplicaFollow", "ReplicaSendPropose", "ReplicaSendWelcome", "ReplicaHandleDecisions"}

func unmodelled(spec string) (names []string) {
	for _, match := range regexp.MustCompile(`(?m)^\\\* Unmodelled: (\w+) - \S`).FindAllStringSubmatch(spec, -1) {
		names = append(names, match[1])
	}
	return names
}

// actions lists the methods of the roles whose last parameter is an *Out.
func actions(t *testing.T) (names []string) {
	paths, err := filepath.Glob("../impl/paxos/*.go")
	require.NoError(t, err)
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && f.Name.IsExported() && lastIsOut(f) {
				if role := typeName(f.Recv.List[0].Type); slices.Contains(roles, role) {
					names = append(names, role+f.Name.Name)
				}
			}
		}
	}
	return names
}

func lastIsOut(f *ast.FuncDecl) bool {
	params := f.Type.Params.List
	return len(params) > 0 && typeName(params[len(params)-1].Type) == "Out"
}

func typeName(e ast.Expr) string {
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	if name, ok := e.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}
