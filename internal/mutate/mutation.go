package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
)

// mutation is one change of a file.
type mutation struct {
	file     string
	line     int
	what     string
	source   []byte
	from, to int // bytes of source
	with     string
}

func (m *mutation) String() string { return fmt.Sprintf("%s:%d  %s", m.file, m.line, m.describe()) }

func (m *mutation) describe() string {
	old := string(bytes.Join(bytes.Fields(m.source[m.from:m.to]), []byte(" ")))
	if len(old) > 70 {
		old = old[:70] + "…"
	}
	if m.with == "" {
		return fmt.Sprintf("%s: %s", m.what, old)
	}
	with := m.with
	if len(with) > 74 {
		with = with[:74] + "…"
	}
	return fmt.Sprintf("%s: %s → %s", m.what, old, string(bytes.Join(bytes.Fields([]byte(with)), []byte(" "))))
}

// apply returns the file with the change.
func (m *mutation) apply() []byte {
	return slices.Concat(m.source[:m.from], []byte(m.with), m.source[m.to:])
}

// swaps are what operators are exchanged for.
var swaps = map[token.Token]token.Token{
	token.EQL: token.NEQ, token.NEQ: token.EQL,
	token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
	token.LAND: token.LOR, token.LOR: token.LAND,
	token.ADD: token.SUB, token.SUB: token.ADD,
}

// finder collects the mutations of a file.
type finder struct {
	fset   *token.FileSet
	file   string
	source []byte
	list   []mutation
}

// mutations returns those of a file, in its order. Some may not compile.
func mutations(file string, source []byte) ([]mutation, error) {
	f := &finder{token.NewFileSet(), file, source, nil}
	parsed, err := parser.ParseFile(f.fset, file, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, d := range parsed.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Body != nil {
				f.function(d.Type, d.Body)
			}
		case *ast.GenDecl:
			if d.Tok != token.IMPORT {
				ast.Inspect(d, f.visit)
			}
		}
	}
	slices.SortStableFunc(f.list, func(a, b mutation) int { return a.from - b.from })
	return f.list, nil
}

// function looks at the body of a function, whose results say what may be returned.
func (f *finder) function(t *ast.FuncType, body *ast.BlockStmt) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			f.function(n.Type, n.Body)
			return false
		case *ast.ReturnStmt:
			f.returned(t, n)
		}
		return f.visit(n)
	})
}

// returned replaces errors by nil.
func (f *finder) returned(t *ast.FuncType, r *ast.ReturnStmt) {
	i := 0
	for _, field := range fields(t.Results) {
		for range max(len(field.Names), 1) {
			if i < len(r.Results) && len(r.Results) > 0 && isError(field.Type) && !isNil(r.Results[i]) {
				f.replace("return nil", r.Results[i], "nil")
			}
			i++
		}
	}
}

func fields(l *ast.FieldList) []*ast.Field {
	if l == nil {
		return nil
	}
	return l.List
}

// isError reports whether a result is an error: the interface, or a pointer, which may be nil as well.
func isError(t ast.Expr) bool {
	if p, ok := t.(*ast.StarExpr); ok {
		t = p.X
		id, ok := t.(*ast.Ident)
		return ok && (id.Name == "failure" || id.Name == "BatchError" || id.Name == "CommandError")
	}
	id, ok := t.(*ast.Ident)
	return ok && id.Name == "error"
}

func isNil(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "nil"
}

// visit finds what does not depend on the function around it.
func (f *finder) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.FuncLit: // of a declaration
		f.function(n.Type, n.Body)
		return false
	case *ast.IfStmt:
		f.negate(n.Cond)
	case *ast.ForStmt:
		if n.Cond != nil {
			f.negate(n.Cond)
		}
	case *ast.CommClause:
		f.statements(n.Body)
	case *ast.CaseClause:
		f.statements(n.Body)
		for _, e := range n.List {
			if isCondition(e) {
				f.negate(e)
			}
		}
	case *ast.BinaryExpr:
		if with, ok := swaps[n.Op]; ok {
			from := f.offset(n.OpPos)
			f.add("operator", n.OpPos, from, from+len(n.Op.String()), with.String())
		}
	case *ast.BlockStmt:
		f.statements(n.List)
	case *ast.BasicLit:
		if v, err := strconv.Atoi(n.Value); err == nil && n.Kind == token.INT {
			f.replace("constant", n, strconv.Itoa(v+1))
		}
	case *ast.Ident:
		switch n.Name {
		case "true":
			f.replace("constant", n, "false")
		case "false":
			f.replace("constant", n, "true")
		}
	}
	return true
}

// statements leaves out calls, and assignments to what outlives the function.
func (f *finder) statements(list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.ExprStmt:
			if _, ok := s.X.(*ast.CallExpr); ok {
				f.replace("left out", s, "")
			}
		case *ast.DeferStmt:
			f.replace("left out", s, "")
		case *ast.AssignStmt:
			if s.Tok != token.DEFINE && slices.ContainsFunc(s.Lhs, outlives) {
				f.replace("left out", s, "")
			}
		case *ast.IncDecStmt:
			if outlives(s.X) {
				f.replace("left out", s, "")
			}
		}
	}
}

// outlives reports whether an assignment is to a field or an element.
func outlives(e ast.Expr) bool {
	switch e.(type) {
	case *ast.SelectorExpr, *ast.IndexExpr, *ast.StarExpr:
		return true
	}
	return false
}

// isCondition reports whether a case is one of a switch without a tag, as far as its looks tell.
func isCondition(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		switch e.Op {
		case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ, token.LAND, token.LOR:
			return true
		}
	case *ast.UnaryExpr:
		return e.Op == token.NOT
	}
	return false
}

func (f *finder) negate(cond ast.Expr) {
	f.replace("negated", cond, "!("+string(f.source[f.offset(cond.Pos()):f.offset(cond.End())])+")")
}

func (f *finder) replace(what string, n ast.Node, with string) {
	f.add(what, n.Pos(), f.offset(n.Pos()), f.offset(n.End()), with)
}

func (f *finder) add(what string, pos token.Pos, from, to int, with string) {
	f.list = append(f.list, mutation{f.file, f.fset.Position(pos).Line, what, f.source, from, to, with})
}

func (f *finder) offset(p token.Pos) int { return f.fset.Position(p).Offset }
