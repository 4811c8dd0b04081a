// Package snippets compiles the Go code in Markdown documents.
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

	"github.com/stretchr/testify/require"
)

// prelude is what the code in a document may use without declaring it. The rest it has to declare.
const prelude = `
var (
	ctx       context.Context
	db        *rueidistx.DB
	b         *rueidistx.Batch
	client    rueidis.Client
	option    rueidis.ClientOption
	published map[string]string
)
`

// packages are the ones that a block without an import declaration may use, by their names.
var packages = map[string]string{
	"context": "context", "errors": "errors", "fmt": "fmt", "log": "log", "net": "net", "time": "time", "tls": "crypto/tls",
	"rueidis": "github.com/redis/rueidis", "rueidistx": "github.com/rueidistx/rueidistx",
}

var block = regexp.MustCompile("(?ms)^```go\n(.*?)^```")

// Check fails the test if a Go block of a document does not compile. Variables that it does not use are forgiven. Blocks
// that contain the text of elsewhere are compiled by another test.
func Check(t *testing.T, elsewhere string, documents ...string) {
	t.Helper()
	exports := exportData(t)
	for _, document := range documents {
		text, err := os.ReadFile(document)
		require.NoError(t, err)
		for _, at := range block.FindAllSubmatchIndex(text, -1) {
			if strings.Contains(string(text[at[2]:at[3]]), elsewhere) {
				continue
			}
			line := 1 + strings.Count(string(text[:at[2]]), "\n")
			t.Run(fmt.Sprintf("%s:%d", path.Base(document), line), func(t *testing.T) {
				check(t, string(text[at[2]:at[3]]), exports)
			})
		}
	}
}

func check(t *testing.T, code string, exports map[string]string) {
	files := token.NewFileSet()
	file, err := parse(files, code)
	require.NoError(t, err, code)
	gc := importer.ForCompiler(files, "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, errors.New("add it to packages")
		}
		return os.Open(exports[path])
	})
	var wrong []error
	config := types.Config{Importer: gc, Error: func(err error) {
		if soft := (types.Error{}); !errors.As(err, &soft) || !soft.Soft {
			wrong = append(wrong, err)
		}
	}}
	_, _ = config.Check("document", files, []*ast.File{file}, nil)
	require.Empty(t, wrong, code)
}

// parse reads a block as a file, as declarations, or as statements.
func parse(files *token.FileSet, code string) (*ast.File, error) {
	if strings.Contains(code, "package ") {
		return parser.ParseFile(files, "document.go", code, 0)
	}
	if strings.Contains(code, "import ") {
		return parser.ParseFile(files, "document.go", "package document\n"+code, 0)
	}
	head := "package document\n" + imports(prelude+code) + prelude
	if file, err := parser.ParseFile(files, "document.go", head+code, 0); err == nil {
		return file, nil
	}
	return parser.ParseFile(files, "document.go", head+"func _() {\n"+code+"}\n", 0)
}

// imports declares the packages that code uses.
func imports(code string) string {
	var list strings.Builder
	for name, path := range packages {
		if regexp.MustCompile(`\b` + name + `\.[A-Z]`).MatchString(code) {
			fmt.Fprintf(&list, "import %s %q\n", name, path)
		}
	}
	return list.String()
}

// exportData returns the files with what each package exports that the module of the test depends on.
func exportData(t *testing.T) map[string]string {
	t.Helper()
	arguments := slices.Concat([]string{"list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}"}, slices.Sorted(maps.Values(packages)))
	command := exec.Command("go", arguments...)
	command.Stderr = os.Stderr
	out, err := command.Output()
	require.NoError(t, err)
	exports := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if path, file, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			exports[path] = file
		}
	}
	return exports
}
