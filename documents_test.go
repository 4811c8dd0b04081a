package rueidistx_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/snippets"
)

// TestDocuments compiles the Go code in the documents. What needs dockertest or the test kit is compiled in the modules
// integration and rueidistxtest.
func TestDocuments(t *testing.T) {
	redistest.Long(t)
	notRaced(t, "a compiler runs, which the race detector does not see")
	t.Parallel()
	documents, err := filepath.Glob("*.md")
	require.NoError(t, err)
	for _, pattern := range []string{"docs/*.md", "docs/*/*.md", "bench/*.md"} {
		more, err := filepath.Glob(pattern)
		require.NoError(t, err)
		documents = append(documents, more...)
	}
	snippets.Check(t, []string{"ory/dockertest", "rueidistxtest."}, documents...)
}

// TestDocumentsMigrating compiles our column of the tables. The others are compiled in the module bench, which has those clients.
func TestDocumentsMigrating(t *testing.T) {
	redistest.Long(t)
	notRaced(t, "a compiler runs, which the race detector does not see")
	t.Parallel()
	snippets.Tables(t, "docs/migrating.md", map[string]map[string]string{"rueidistx": nil})
}

// The commands of the track record, and those that show hazards, run tests and programs that are there.
func TestTrackRecordNamesWhatIsThere(t *testing.T) {
	t.Parallel()
	var documents, tests strings.Builder
	for _, name := range []string{"docs/track-record.md", "docs/hazards.md"} {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		documents.Write(text)
	}
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		tests.Write(text)
	}
	names := regexp.MustCompile(`\bTest[A-Z]\w+`).FindAllString(documents.String(), -1)
	require.Greater(t, len(names), 30)
	for _, name := range names {
		require.Contains(t, tests.String(), "func "+name+"(t *testing.T)")
	}
	programs := regexp.MustCompile(`\./docs/upstream/[a-z-]+`).FindAllString(documents.String(), -1)
	require.NotEmpty(t, programs)
	for _, program := range programs {
		require.FileExists(t, filepath.Join(program, "main.go"))
	}
}
