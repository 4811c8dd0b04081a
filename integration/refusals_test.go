package integration_test

import (
	"testing"

	"github.com/rueidistx/rueidistx/integration"
	"github.com/rueidistx/rueidistx/internal/outcometest"
)

// TestRefusals runs what the root's test of that name does on every version: out of memory, read-only, out of replicas,
// no rights, unable to save, busy, loading; when commands are queued and, with rights or memory that end in between, at EXEC.
func TestRefusals(t *testing.T) {
	integration.NeedDocker(t)
	for _, version := range integration.Versions() {
		t.Run(string(version), func(t *testing.T) {
			t.Parallel()
			outcometest.RunRefusals(t, func(t *testing.T, args ...string) (outcometest.Server, string) {
				node := integration.Start(t, integration.Want{Version: version, Args: args}).Nodes[0]
				return node, node.Addr()
			}, version == integration.Redis60)
		})
	}
}
