package integration_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/integration"
	"github.com/rueidistx/rueidistx/internal/outcometest"
)

// TestConnectionsExpireWhileTheServerIsStopped is about rueidis's ConnLifetime: on a shared connection it sends again what
// was on its way when the connection expired. Open refuses that; transactions on connections of their own bear it.
func TestConnectionsExpireWhileTheServerIsStopped(t *testing.T) {
	integration.NeedDocker(t)
	for _, version := range integration.Versions() {
		t.Run(string(version), func(t *testing.T) {
			t.Parallel()
			const lifetime, workers, stalls = 150 * time.Millisecond, 4, 2
			servers := integration.Start(t, integration.Want{Version: version})
			option := servers.Option()
			option.ConnLifetime = lifetime
			_, err := rueidistx.Open(option)
			outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrInvalid)

			db, err := rueidistx.Open(option, rueidistx.DedicatedTransactions(workers))
			require.NoError(t, err)
			t.Cleanup(db.Close)
			ledger, ctx, stop := outcometest.NewLedger("{ledger}"), outcometest.Bounded(t), make(chan struct{})
			var working sync.WaitGroup
			for worker := range workers {
				working.Go(func() {
					for i := 0; ; i++ {
						select {
						case <-stop:
							return
						default:
							_ = ledger.Transact(ctx, db, fmt.Sprint(worker, ".", i))
						}
					}
				})
			}
			for range stalls {
				n := ledger.Count(rueidistx.Applied) + 20
				outcometest.Until(t, "transactions run", func() bool { return ledger.Count(rueidistx.Applied) >= n })
				servers.Nodes[0].Pause()
				<-time.After(lifetime + 1500*time.Millisecond) // an expired connection gets one second for its last answers
				servers.Nodes[0].Unpause()
			}
			close(stop)
			working.Wait()
			db.Close() // and so nothing is on its way any more
			seen := ledger.Audit(t, servers.Nodes[0])
			assert.GreaterOrEqual(t, seen["applied/true"], 20*stalls)
			fmt.Printf("%s, connections expired in %d stalls: said/really applied: %s\n", servers.Name, stalls, tally(seen))
		})
	}
}
