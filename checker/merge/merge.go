// Package merge puts many edits of the source into one program, which is told when it runs which of them to have. What
// tests do with an edit takes a fraction of the time that a build takes.
package merge

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Switch is the environment variable that names the edit that is switched on, of many in one program.
const Switch = "MERGED_EDIT"

// ErrMore is why an edit cannot be merged with others.
var ErrMore = errors.New("changes more than what functions do")

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
			err = ErrMore
		}
		if err != nil {
			return "", fmt.Errorf("merge: %s with %s: %w", file, id, err)
		}
		for i, f := range edit.functions {
			was := original.functions[i]
			if edit.of(f) == original.of(was) {
				continue
			}
			name := f.Name.Name + "_" + notInNames.ReplaceAllString(id, "_")
			asks[int(was.Body.Lbrace)] += fmt.Sprintf(" if mergedEdit == %q { %s };", id, original.call(was, name))
			copies += "\n" + strings.Replace(edit.of(f), f.Name.Name+"(", name+"(", 1) + "\n"
		}
	}
	for _, at := range slices.Backward(slices.Sorted(maps.Keys(asks))) {
		text = text[:at] + asks[at] + text[at:]
	}
	return text + copies, nil
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9]`)

// SwitchFile is what a package with merged files needs besides. An edit that is not there ends the program: else it would
// pass for one that nobody finds.
func SwitchFile(pkg string, ids []string) string {
	return fmt.Sprintf(`package %s

import "os"

var mergedEdit = os.Getenv(%[2]q)

func init() {
	for _, id := range %#[3]v {
		if id == mergedEdit {
			return
		}
	}
	panic("%[2]s: want one of %[3]v, found " + mergedEdit)
}
`, pkg, Switch, ids)
}

// Overlay writes files of the module, as they are to be, and the JSON that go build -overlay takes to lay them over what is
// there, into dir. It returns the path of the JSON.
func Overlay(moduleRoot, dir, name string, files map[string]string) (string, error) {
	root, err := filepath.Abs(moduleRoot)
	if err != nil {
		return "", err
	}
	var overlay struct{ Replace map[string]string }
	overlay.Replace = map[string]string{}
	for file, text := range files {
		copied := filepath.Join(dir, name+"-"+strings.ReplaceAll(file, "/", "-"))
		if err := os.WriteFile(copied, []byte(text), 0o644); err != nil {
			return "", err
		}
		overlay.Replace[filepath.Join(root, filepath.FromSlash(file))] = copied
	}
	text, err := json.MarshalIndent(overlay, "", "\t")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, name+"-overlay.json")
	return path, os.WriteFile(path, text, 0o644)
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
