package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx/internal/generate"
)

// What the packages export is a decision: a change of it changes api/*.txt too.
func TestCommittedListsAreUpToDate(t *testing.T) {
	files, err := lists("../..")
	require.NoError(t, err)
	require.NoError(t, generate.Files("../..", files, true))
}

func TestListHasWhatIsExported(t *testing.T) {
	dir := t.TempDir()
	const source = `package some

// T has a comment.
type T[K any] struct {
	Shown  int // also commented
	hidden int
}

func (t *T[K]) Method(n int) error { return nil }
func (t *T[K]) method()            {}
func Of[K any](of K) *T[K]         { return nil }

type secret struct{}

func (secret) Method() {}

const A, b = 1, 2

var V = 5
`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "some.go"), []byte(source), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "some_test.go"), []byte("package some\n\nfunc InTest() {}\n"), 0o600))
	name, text, err := list(dir)
	require.NoError(t, err)
	require.Equal(t, "some", name)
	require.Equal(t, `package some

const A, _ = 1, 2

func (t *T[K]) Method(n int) error

func Of[K any](of K) *T[K]

type T[K any] struct {
	Shown int
	// contains filtered or unexported fields
}

var V = 5
`, string(text))
	_, _, err = list(filepath.Join(dir, "missing"))
	require.Error(t, err)
}
