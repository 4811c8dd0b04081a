package proof

import (
	"os"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestMain(m *testing.M) { os.Exit(redistest.Suite{M: m}.Run()) }

// TestCommandTable compares the table with the server that there is.
func TestCommandTable(t *testing.T) {
	s := redistest.Shared(t)
	if !s.Since("7.0") {
		t.Skip("COMMAND DOCS needs Redis 7.0")
	}
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{s.Addr}, ForceSingleClient: true, DisableCache: true})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	t.Logf("%s: %s", s.Name(), Run(t, client))
}
