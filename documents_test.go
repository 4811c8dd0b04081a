package rueidistx_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx/internal/snippets"
)

// TestDocuments compiles the Go code in the documents. What needs dockertest or the test kit is compiled in the modules
// integration and rueidistxtest.
func TestDocuments(t *testing.T) {
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
	t.Parallel()
	snippets.Tables(t, "docs/migrating.md", map[string]map[string]string{"rueidistx": nil})
}
