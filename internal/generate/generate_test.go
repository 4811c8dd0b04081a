package generate

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	files := map[string][]byte{"a": []byte("1"), "b": []byte("2")}
	require.Error(t, Files(dir, files, true), "none is there")
	require.NoError(t, Files(dir, files, false))
	require.NoError(t, Files(dir, files, true))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "b"), []byte("3"), 0o600))
	require.ErrorContains(t, Files(dir, files, true), "b is not what is generated now")
	require.Error(t, Files(filepath.Join(dir, "missing"), files, false))
}
