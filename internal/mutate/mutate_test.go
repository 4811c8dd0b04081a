package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const sample = `package p

import "errors"

type t struct{ n int }

func (x *t) set(n int) (bool, error) {
	if n < 2 {
		return false, errors.New("small")
	}
	x.n = n
	note()
	switch {
	case n == 7 && x.n > 3:
		x.n++
	}
	return true, nil
}

func note() {}
`

func TestMutations(t *testing.T) {
	list, err := mutations("p.go", []byte(sample))
	require.NoError(t, err)
	var got []string
	for _, m := range list {
		got = append(got, m.String())
		_, err := parser.ParseFile(token.NewFileSet(), "p.go", m.apply(), 0)
		require.NoError(t, err, "%v", m)
		require.NotEqual(t, sample, string(m.apply()))
	}
	require.Equal(t, []string{
		"p.go:8  negated: n < 2 → !(n < 2)",
		"p.go:8  operator: < → <=",
		"p.go:8  constant: 2 → 3",
		"p.go:9  constant: false → true",
		`p.go:9  return nil: errors.New("small") → nil`,
		"p.go:11  left out: x.n = n",
		"p.go:12  left out: note()",
		"p.go:14  negated: n == 7 && x.n > 3 → !(n == 7 && x.n > 3)",
		"p.go:14  operator: == → !=",
		"p.go:14  constant: 7 → 8",
		"p.go:14  operator: && → ||",
		"p.go:14  operator: > → >=",
		"p.go:14  constant: 3 → 4",
		"p.go:15  left out: x.n++",
		"p.go:17  constant: true → false",
	}, got)
}

// Mutants of a little module: one that its test kills, one that survives, one that does not compile, one that never ends.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles: run without -short")
	}
	dir := t.TempDir()
	source := "package p\n\nfunc twice(n int) int {\n\tsum := 0\n\tfor i := 0; i < 2; i++ {\n\t\tsum = sum + n\n\t}\n\treturn sum\n}\n\nfunc unused(a, b string) bool { return a+b < b }\n"
	for name, text := range map[string]string{
		"go.mod":    "module p\n\ngo 1.25\n",
		"p.go":      source,
		"p_test.go": "package p\n\nimport \"testing\"\n\nfunc TestTwice(t *testing.T) {\n\tif twice(2) != 4 {\n\t\tt.Fatal()\n\t}\n}\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	t.Chdir(dir)
	t.Setenv("GOFLAGS", "")
	t.Setenv("GOWORK", "off")
	list, err := mutations("p.go", []byte(source))
	require.NoError(t, err)
	var lines []string
	r := runner{command: "go test -count=1 .", timeout: time.Minute}
	_, ok := r.try(nil)
	require.True(t, ok)
	got := r.run(list, len(list), 2, func(line string) { lines = append(lines, line) })
	all := strings.Join(lines, "\n")
	require.Equal(t, len(list), got.killed+got.survived+got.stillborn, all)
	require.Equal(t, 1, got.stillborn, "a difference of strings:\n%s", all)
	require.Equal(t, 1, got.survived, "what nothing tests:\n%s", all)
	require.Contains(t, all, "survived p.go:11  operator: < → <=")
	require.Regexp(t, `killed   p.go:6  operator: \+ → -  \(\d+s\) TestTwice`, all)
	after, err := os.ReadFile("p.go")
	require.NoError(t, err)
	require.Equal(t, source, string(after), "the code stays as it is")
	require.Equal(t, totals{killed: 1}, r.run(list[:1], 5, 2, func(string) {}))
	require.Equal(t, totals{killed: 1}, r.run(list, 1, 1, func(string) {}))

	t.Setenv(foreverKey, "1")
	forever := runner{command: os.Args[0] + " -test.run=^TestForever$", timeout: 50 * time.Millisecond}
	out, ok := forever.try(nil)
	require.False(t, ok)
	require.Contains(t, fmt.Sprint(out), "too long")
}

const foreverKey = "MUTATE_TEST_FOREVER"

// TestForever is what TestRun runs as a command that takes too long.
func TestForever(*testing.T) {
	if os.Getenv(foreverKey) != "" {
		time.Sleep(time.Minute)
	}
}
