package snippets

import (
	"fmt"
	"go/ast"
	"go/parser"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Tables fails the test if code in some columns of a document's tables does not compile. The columns are found by their
// headers. Every table needs one of them, and every row needs code there, so that none is left out unnoticed.
//
// Each `code span` of a cell is compiled on its own, as an expression or as statements, with what HTML comments of the
// document declare for the column:
//
//	<!-- prelude of column, another
//	var ctx context.Context
//	-->
//
// The code of a column may use the packages of Check and those that columns has for it, by their names. Variables and
// results that it does not use are forgiven. A | in code is written as \|.
func Tables(t *testing.T, document string, columns map[string]map[string]string) {
	t.Helper()
	text := read(t, document)
	found := spans(t, text, slices.Sorted(maps.Keys(columns)))
	for column, more := range columns {
		packages := maps.Clone(packages)
		maps.Copy(packages, more)
		c := newCompiler(t, packages)
		declared, none := preludeOf(text, column), true
		for _, span := range found {
			if span.column != column {
				continue
			}
			none = false
			t.Run(fmt.Sprintf("%s:%d", path.Base(document), span.line), func(t *testing.T) {
				c.check(t, span.code, func(code string) (*ast.File, error) { return c.parseSpan(declared, code) })
			})
		}
		if none {
			t.Errorf("%s: no table has a column %q", document, column)
		}
	}
}

// parseSpan reads code as an expression, if it is one whose value Go does not allow to ignore, or as statements.
func (c *compiler) parseSpan(declared, code string) (*ast.File, error) {
	if x, err := parser.ParseExpr(code); err == nil {
		if _, call := x.(*ast.CallExpr); !call {
			code = "_ = " + code
		}
	}
	head := "package document\n" + c.imports(declared+code)
	return parser.ParseFile(c.files, "document.go", head+declared+"\nfunc _() {\n"+code+"\n}\n", 0)
}

var comment = regexp.MustCompile(`(?ms)^<!-- prelude of ([^\n]*)\n(.*?)^-->`)

func preludeOf(text, column string) string {
	var declared strings.Builder
	for _, m := range comment.FindAllStringSubmatch(text, -1) {
		if slices.Contains(strings.Split(m[1], ", "), column) {
			declared.WriteString(m[2])
		}
	}
	return declared.String()
}

type span struct {
	column, code string
	line         int
}

var (
	divider = regexp.MustCompile(`^\|[-:| ]+\|$`)
	pipe    = regexp.MustCompile(`(\\\|)|\|`)
	inline  = regexp.MustCompile("``\\s?(.+?)\\s?``|`([^`]+)`")
)

// spans returns the code spans in the columns of all tables.
func spans(t *testing.T, text string, columns []string) []span {
	t.Helper()
	var found []span
	var header []string // of the table that the line is in
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		switch {
		case !strings.HasPrefix(line, "|"):
			header = nil
		case divider.MatchString(line):
			header = cells(lines[max(i-1, 0)])
			if !slices.ContainsFunc(header, func(cell string) bool { return slices.Contains(columns, cell) }) {
				t.Errorf("line %d: the table has none of the columns %q", i, columns)
			}
		case header != nil:
			row := cells(line)
			if len(row) != len(header) {
				t.Errorf("line %d: the row has %d cells, its table %d: write | in code as \\|", i+1, len(row), len(header))
				continue
			}
			for at, cell := range row {
				if !slices.Contains(columns, header[at]) {
					continue
				}
				codes := inline.FindAllStringSubmatch(cell, -1)
				if len(codes) == 0 {
					t.Errorf("line %d: no code in the column %q", i+1, header[at])
				}
				for _, code := range codes {
					found = append(found, span{column: header[at], code: code[1] + code[2], line: i + 1})
				}
			}
		}
	}
	return found
}

// cells splits a row of a table.
func cells(row string) []string {
	row = pipe.ReplaceAllStringFunc(row, func(s string) string {
		if s == "|" {
			return "\x00"
		}
		return "|"
	})
	split := strings.Split(strings.Trim(strings.TrimSpace(row), "\x00"), "\x00")
	for i := range split {
		split[i] = strings.TrimSpace(split[i])
	}
	return split
}
