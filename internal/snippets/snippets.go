// Package snippets compiles the Go code in Markdown documents. It has no dependencies, so that any module can use it.
package snippets

import (
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// prelude is what a block in a document may use without declaring it. The rest it has to declare.
const prelude = `
var (
	ctx       context.Context
	err       error
	db        *rueidistx.DB
	b         *rueidistx.Batch
	client    rueidis.Client
	option    rueidis.ClientOption
	published map[string]string
)
`

// packages are the ones that code without an import declaration may use, by their names.
var packages = map[string]string{
	"context": "context", "errors": "errors", "fmt": "fmt", "log": "log", "net": "net", "os": "os",
	"slices": "slices", "slog": "log/slog", "time": "time", "tls": "crypto/tls",
	"rueidis": "github.com/redis/rueidis", "rueidistx": "github.com/rueidistx/rueidistx",
}

var block = regexp.MustCompile("(?ms)^```go\n(.*?)^```")

// Check fails the test if a Go block of a document does not compile. Variables that it does not use are forgiven. Blocks
// that contain one of the texts of elsewhere are compiled by another test.
func Check(t *testing.T, elsewhere []string, documents ...string) {
	t.Helper()
	c := newCompiler(t, packages)
	for _, document := range documents {
		text := read(t, document)
		for _, at := range block.FindAllStringSubmatchIndex(text, -1) {
			code := text[at[2]:at[3]]
			if slices.ContainsFunc(elsewhere, func(text string) bool { return strings.Contains(code, text) }) {
				continue
			}
			t.Run(fmt.Sprintf("%s:%d", path.Base(document), lineOf(text, at[2])), func(t *testing.T) {
				c.check(t, code, c.parse)
			})
		}
	}
}

// compiler checks code that may use some packages, by their names.
type compiler struct {
	packages map[string]string
	files    *token.FileSet
	importer types.Importer
}

func newCompiler(t *testing.T, packages map[string]string) *compiler {
	t.Helper()
	exports := exportData(t, packages)
	c := &compiler{packages: packages, files: token.NewFileSet()}
	c.importer = importer.ForCompiler(c.files, "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, errors.New("add it to packages")
		}
		return os.Open(exports[path])
	})
	return c
}

// check fails the test if code cannot be parsed, or has errors.
func (c *compiler) check(t *testing.T, code string, parse func(code string) (*ast.File, error)) {
	t.Helper()
	file, err := parse(code)
	if err == nil {
		err = c.errors(file)
	}
	if err != nil {
		t.Fatalf("%v\n\n%s", err, code)
	}
}

// errors returns the errors of a file, except for what is declared and not used.
func (c *compiler) errors(file *ast.File) error {
	var wrong []error
	config := types.Config{Importer: c.importer, Error: func(err error) {
		if soft := (types.Error{}); !errors.As(err, &soft) || !soft.Soft {
			wrong = append(wrong, err)
		}
	}}
	_, _ = config.Check("document", c.files, []*ast.File{file}, nil)
	return errors.Join(wrong...)
}

// parse reads a block as a file, as declarations, or as statements.
func (c *compiler) parse(code string) (*ast.File, error) {
	if strings.Contains(code, "package ") {
		return parser.ParseFile(c.files, "document.go", code, 0)
	}
	if strings.Contains(code, "import ") {
		return parser.ParseFile(c.files, "document.go", "package document\n"+code, 0)
	}
	head := "package document\n" + c.imports(prelude+code) + prelude
	if file, err := parser.ParseFile(c.files, "document.go", head+code, 0); err == nil {
		return file, nil
	}
	return parser.ParseFile(c.files, "document.go", head+"func _() {\n"+code+"}\n", 0)
}

// imports declares the packages that code uses.
func (c *compiler) imports(code string) string {
	var list strings.Builder
	for _, name := range slices.Sorted(maps.Keys(c.packages)) {
		if regexp.MustCompile(`\b` + name + `\.[A-Z]`).MatchString(code) {
			fmt.Fprintf(&list, "import %s %q\n", name, c.packages[name])
		}
	}
	return list.String()
}

// exportData returns the files with what each package exports that the packages depend on.
func exportData(t *testing.T, packages map[string]string) map[string]string {
	t.Helper()
	arguments := slices.Concat([]string{"list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}"}, slices.Sorted(maps.Values(packages)))
	command := exec.Command("go", arguments...)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	exports := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if path, file, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			exports[path] = file
		}
	}
	return exports
}

func read(t *testing.T, document string) string {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// lineOf returns the number of the line that contains an offset.
func lineOf(text string, offset int) int {
	return 1 + strings.Count(text[:offset], "\n")
}
