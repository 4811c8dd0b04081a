package outcometest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// Stoppable is a server that can be stopped as it is, and go on.
type Stoppable struct {
	Server
	Pause, Resume func()
}

// RunExpiry lets connections of a client with rueidis's ConnLifetime expire while the server is stopped. On its shared
// connection rueidis sends again what was on its way then, so Open refuses that; transactions on connections of their own
// must bear it. It returns what the audit has seen.
func RunExpiry(t *testing.T, s Stoppable, option rueidis.ClientOption) map[string]int {
	t.Helper()
	const lifetime, workers, stalls = 150 * time.Millisecond, 4, 2
	option.ConnLifetime, option.ClientName = lifetime, "expiring"
	_, err := rueidistx.Open(option)
	RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrInvalid)

	db, err := rueidistx.Open(option, rueidistx.DedicatedTransactions(workers))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	ledger, ctx, stop := NewLedger(redistest.Key(t, "")), redistest.Context(t), make(chan struct{})
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
		redistest.Eventually(t, "transactions run", func() bool { return ledger.Count(rueidistx.Applied) >= n })
		s.Pause()
		<-time.After(lifetime + 1500*time.Millisecond) // an expired connection gets one second for its last answers
		s.Resume()
	}
	close(stop)
	working.Wait()
	db.Close()
	redistest.Eventually(t, "the server has seen the end of all connections", func() bool {
		list, err := s.Do(t, "CLIENT", "LIST").ToString()
		return err == nil && !strings.Contains(list, " name="+option.ClientName+" ")
	})
	seen := ledger.Audit(t, s)
	require.GreaterOrEqual(t, seen["applied/true"], 20*stalls)
	return seen
}
