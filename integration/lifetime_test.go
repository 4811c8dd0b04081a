package integration_test

import (
	"fmt"
	"testing"

	"github.com/rueidistx/rueidistx/integration"
	"github.com/rueidistx/rueidistx/internal/outcometest"
)

func TestConnectionsExpireWhileTheServerIsStopped(t *testing.T) {
	integration.NeedDocker(t)
	for _, version := range integration.Versions() {
		t.Run(string(version), func(t *testing.T) {
			t.Parallel()
			servers := integration.Start(t, integration.Want{Version: version})
			node := servers.Nodes[0]
			seen := outcometest.RunExpiry(t, outcometest.Stoppable{Server: node, Pause: node.Pause, Resume: node.Unpause}, servers.Option())
			fmt.Printf("%s, connections expired: said/really applied: %s\n", servers.Name, tally(seen))
		})
	}
}
