package zoo

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Switch is the environment variable that names the bug that is switched on, of many in one program.
const Switch = "ZOO_BUG"

// errMore is why an edit cannot be merged with others.
var errMore = errors.New("changes more than what functions do")

// Merge returns a Go file that does what each of some edited copies of it does, by ID, one at a time. A function that an
// edit changes begins by asking whether that edit is switched on; the changed function stands at the end of the file,
// under a name that ends in the ID. An edit that changes anything but what stands between a function's braces is an error.
func Merge(file, text string, edited map[string]string) (string, error) {
	original, err := parseSource(file, text)
	if err != nil {
		return "", err
	}
	asks, copies := map[int]string{}, ""
	for _, id := range slices.Sorted(maps.Keys(edited)) {
		edit, err := parseSource(file, edited[id])
		if err == nil && !slices.Equal(original.outline, edit.outline) {
			err = errMore
		}
		if err != nil {
			return "", fmt.Errorf("zoo: %s with %s: %w", file, id, err)
		}
		for i, f := range edit.functions {
			was := original.functions[i]
			if edit.of(f) == original.of(was) {
				continue
			}
			name := f.Name.Name + "_" + notInNames.ReplaceAllString(id, "_")
			asks[int(was.Body.Lbrace)] += fmt.Sprintf(" if zooBug == %q { %s };", id, original.call(was, name))
			copies += "\n" + strings.Replace(edit.of(f), f.Name.Name+"(", name+"(", 1) + "\n"
		}
	}
	for _, at := range slices.Backward(slices.Sorted(maps.Keys(asks))) {
		text = text[:at] + asks[at] + text[at:]
	}
	return text + copies, nil
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9]`)

// SwitchFile is what a package with merged files needs besides. A bug that is not there ends the program: else it would pass
// for one that nobody finds.
func SwitchFile(pkg string, ids []string) string {
	return fmt.Sprintf(`package %s

import "os"

var zooBug = os.Getenv(%[2]q)

func init() {
	for _, id := range %#[3]v {
		if id == zooBug {
			return
		}
	}
	panic("%[2]s: want one of %[3]v, found " + zooBug)
}
`, pkg, Switch, ids)
}

// source is a parsed Go file.
type source struct {
	text      string
	functions []*ast.FuncDecl
	outline   []string // all but comments, and what stands between the braces of functions
}

func parseSource(file, text string) (source, error) {
	s := source{text: text}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.SkipObjectResolution)
	if err != nil {
		return s, err
	}
	for _, d := range parsed.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			s.functions = append(s.functions, f)
			s.outline = append(s.outline, text[f.Pos()-1:f.Body.Lbrace])
		} else {
			s.outline = append(s.outline, s.of(d))
		}
	}
	return s, nil
}

func (s source) of(n ast.Node) string { return s.text[n.Pos()-1 : n.End()-1] }

// call returns what a function like f, under another name, does with f's own arguments.
func (s source) call(f *ast.FuncDecl, name string) string {
	var arguments []string
	for _, p := range f.Type.Params.List {
		for _, n := range p.Names {
			if n.Name == "_" {
				arguments = append(arguments, "*new("+s.of(p.Type)+")") // nobody reads it
			} else {
				arguments = append(arguments, n.Name)
			}
		}
	}
	if f.Recv != nil {
		name = f.Recv.List[0].Names[0].Name + "." + name
	}
	call := name + "(" + strings.Join(arguments, ", ") + ")"
	if f.Type.Results == nil {
		return call + "; return"
	}
	return "return " + call
}
