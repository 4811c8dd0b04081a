// Command api lists what the public packages export, one declaration after the other, so that a review sees what a change does to
// the API. Comments, bodies and unexported fields are left out.
//
//	go run ./internal/api DIR          writes DIR/api
//	go run ./internal/api -check DIR   compares it with what is there
package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/build"
	"go/doc"
	"go/format"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"

	"github.com/rueidistx/rueidistx/internal/generate"
)

// packages are the public ones, by their directories.
var packages = []string{".", "rueidistxtest", "rueidistxotel"}

func main() { generate.Main(lists) }

// lists returns what the packages of a module export, by the names of the files that say so.
func lists(root string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, dir := range packages {
		name, text, err := list(filepath.Join(root, dir))
		if err != nil {
			return nil, err
		}
		files["api/"+name+".txt"] = text
	}
	return files, nil
}

// list returns the name of the package in a directory, and what it exports.
func list(dir string) (name string, text []byte, err error) {
	in, err := build.ImportDir(dir, 0)
	if err != nil {
		return "", nil, err
	}
	set, files := token.NewFileSet(), []*ast.File(nil)
	for _, file := range in.GoFiles {
		f, err := parser.ParseFile(set, filepath.Join(dir, file), nil, parser.SkipObjectResolution)
		if err != nil {
			return "", nil, err
		}
		files = append(files, f)
	}
	p, err := doc.NewFromFiles(set, files, in.ImportPath)
	if err != nil {
		return "", nil, err
	}
	var declarations []string
	add := func(decl ast.Node) {
		var b bytes.Buffer
		if err == nil {
			err = format.Node(&b, set, decl)
		}
		declarations = append(declarations, b.String())
	}
	addValues := func(values []*doc.Value) {
		for _, v := range values {
			add(v.Decl)
		}
	}
	addFuncs := func(funcs []*doc.Func) {
		for _, f := range funcs {
			add(f.Decl)
		}
	}
	addValues(p.Consts)
	addValues(p.Vars)
	addFuncs(p.Funcs)
	for _, t := range p.Types {
		add(t.Decl)
		addValues(t.Consts)
		addValues(t.Vars)
		addFuncs(t.Funcs)
		addFuncs(t.Methods)
	}
	slices.Sort(declarations)
	var b bytes.Buffer
	fmt.Fprintf(&b, "package %s\n", in.Name)
	for _, d := range declarations {
		b.WriteString("\n" + d + "\n")
	}
	return in.Name, b.Bytes(), err
}
