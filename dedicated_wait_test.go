package rueidistx_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// stalls are ways in which a transaction's context ends while the server stands still.
var stalls = map[error]func() (context.Context, context.CancelFunc){
	context.DeadlineExceeded: func() (context.Context, context.CancelFunc) {
		return context.WithTimeout(context.Background(), shortly)
	},
	context.Canceled: func() (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(shortly, cancel)
		return ctx, cancel
	},
}

// standStill lets transactions wait for a server that stands still. All of them must end with their contexts, although
// rueidis takes a second to close a connection that nobody answers on; and when the server goes on, so do they, over as
// many connections as before.
func standStill(t *testing.T, option rueidis.ClientOption, servers []*redistest.Server, ends ...error) {
	t.Helper()
	const most = 2
	db, err := rueidistx.Open(option, rueidistx.DedicatedTransactions(most))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	key := redistest.Key(t, fmt.Sprint(option.AlwaysPipelining, option.AlwaysRESP2))
	count := func(ctx context.Context) (time.Duration, error) {
		start := time.Now()
		tx := db.Atomic()
		tx.Incr(key)
		err := tx.Exec(ctx)
		return time.Since(start), err
	}
	_, err = count(redistest.Context(t))
	require.NoError(t, err)
	for _, s := range servers {
		s.Pause()
	}
	for _, end := range ends {
		for range most + 1 { // the last finds that the others still hold their connections
			ctx, cancel := stalls[end]()
			took, err := count(ctx)
			require.Less(t, took, shortly+700*time.Millisecond, end)
			require.ErrorIs(t, err, end)
			require.NotEqual(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
			cancel()
		}
	}
	for _, s := range servers {
		s.Resume()
	}
	for range 2 * most {
		outcomes := make(chan error, most)
		for range most {
			go func(ctx context.Context) {
				_, err := count(ctx)
				outcomes <- err
			}(redistest.Context(t))
		}
		for range most {
			require.NoError(t, <-outcomes)
		}
	}
}

func TestDedicatedTransactionEndsWithItsContextWhereTheServerStandsStill(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			s := redistest.Start(t)
			standStill(t, w.Option(s.Addr), []*redistest.Server{s}, context.DeadlineExceeded, context.Canceled)
		})
	}
	t.Run("cluster", func(t *testing.T) {
		t.Parallel()
		c := redistest.StartCluster(t, 3, 0)
		standStill(t, c.Option(), c.Nodes, context.DeadlineExceeded) // a new connection to a node is bounded by Dialer.Timeout: see Open
	})
}
