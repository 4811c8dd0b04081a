package integration_test

import (
	"fmt"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx/integration"
	"github.com/rueidistx/rueidistx/internal/conformance"
	"github.com/rueidistx/rueidistx/internal/proof"
)

// TestConformance runs the suite that every server has to pass on every version and topology, in both protocols. The
// topologies of a version start at the same time, and are tested one by one: the suite itself is parallel, and measures
// memory.
func TestConformance(t *testing.T) {
	integration.NeedDocker(t)
	for _, version := range integration.Versions() {
		t.Run(string(version), func(t *testing.T) {
			var wants []integration.Want
			for _, topology := range integration.Topologies() {
				wants = append(wants, integration.Want{Version: version, Topology: topology})
			}
			for _, servers := range integration.StartAll(t, wants...) {
				t.Run(string(servers.Topology), func(t *testing.T) { testConformance(t, servers) })
			}
		})
	}
}

func testConformance(t *testing.T, servers *integration.Servers) {
	t.Run("RESP3", func(t *testing.T) {
		conformance.Run(t, conformance.Target{Option: servers.Option(), Thorough: servers.Topology == integration.Single})
	})
	t.Run("RESP2", func(t *testing.T) {
		option := servers.Option()
		option.AlwaysRESP2 = true
		option.DisableCache = true // it needs RESP3
		conformance.Run(t, conformance.Target{Option: option})
	})
	if servers.Topology == integration.Single && servers.Version != integration.Redis60 { // which has no COMMAND DOCS
		t.Run("table", func(t *testing.T) {
			client, err := rueidis.NewClient(servers.Option())
			require.NoError(t, err)
			defer client.Close()
			fmt.Printf("%s: %s\n", servers.Name, proof.Run(t, client))
		})
	}
	if servers.Topology != integration.Replicas {
		return
	}
	t.Run("reads went to the replicas", func(t *testing.T) {
		for _, replica := range servers.Nodes[1:] {
			assert.Contains(t, text(t, replica.Do(t, "INFO", "commandstats")), "cmdstat_hgetall:")
		}
	})
}
