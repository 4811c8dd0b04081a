package rueidistx_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestDedicatedTransactionsTakeNoMoreConnectionsThanAllowed(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	const most, workers, each = 3, 10, 50
	s := redistest.Shared(t)
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			option := w.Option(s.Addr)
			option.ClientName = fmt.Sprintf("dedicated-%x", rand.Uint64())
			db, err := rueidistx.Open(option, rueidistx.DedicatedTransactions(most))
			require.NoError(t, err)
			t.Cleanup(db.Close)
			l, ctx := outcometest.NewLedger(redistest.Key(t, "")), redistest.Context(t)
			var working sync.WaitGroup
			for worker := range workers {
				working.Go(func() {
					for i := range each {
						assert.NoError(t, l.Transact(ctx, db, fmt.Sprintf("%d.%d", worker, i)))
					}
				})
			}
			done := make(chan struct{})
			go func() { working.Wait(); close(done) }()
			highest := 0
			for running := true; running; {
				all, _ := connections(t, s, option.ClientName)
				highest = max(highest, all)
				select {
				case <-done:
					running = false
				default:
				}
			}
			bound := 1 + most
			if w.RESP2 {
				bound += most // rueidis makes each of them a second connection, for subscriptions
			}
			require.LessOrEqual(t, highest, bound)
			require.Greater(t, highest, 1)
			require.Equal(t, map[string]int{"applied/true": workers * each}, l.Audit(t, s))
			_, busy := connections(t, s, option.ClientName)
			require.Zero(t, busy)
		})
	}
}

func TestDedicatedTransactionWaitsForItsTurnWithinItsContext(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			p := through(t, w, redistest.Shared(t), rueidistx.DedicatedTransactions(1)).Warm(t)
			p.Proxy.Arm(faultproxy.Fault{Command: "EXEC", Action: faultproxy.Hold})
			l, ctx := outcometest.NewLedger(redistest.Key(t, "")), redistest.Context(t)
			first := make(chan error)
			go func() { first <- l.Transact(ctx, p.DB, "first") }()
			redistest.Eventually(t, "the first transaction is under way", func() bool { return p.Proxy.Held() == 1 })
			p.Proxy.Reset()

			short, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
			defer cancel()
			outcometest.RequireVerdict(t, l.Transact(short, p.DB, "short"), rueidistx.NotApplied, rueidistx.ErrNotSent, context.DeadlineExceeded)
			cancelled, cancel := context.WithCancel(context.Background())
			time.AfterFunc(30*time.Millisecond, cancel)
			outcometest.RequireVerdict(t, l.Transact(cancelled, p.DB, "cancelled"), rueidistx.NotApplied, rueidistx.ErrNotSent, context.Canceled)
			require.Zero(t, p.Proxy.BytesSent())
			require.NoError(t, p.Auto(ctx).Exists("x").Err()) // the shared connection is free

			third := make(chan error)
			go func() { third <- l.Transact(ctx, p.DB, "third") }()
			p.Proxy.Release()
			require.NoError(t, <-first)
			require.NoError(t, <-third)
			require.Equal(t, map[string]int{"applied/true": 2, "not applied/false": 2}, l.Audit(t, p.Server))
		})
	}
}

// connection is the server's number for the connection that a transaction runs on.
func connection(t *testing.T, db *rueidistx.DB) int64 {
	t.Helper()
	tx := db.Atomic()
	id := rueidistx.Queue(tx, tx.B().Arbitrary("CLIENT", "ID").Build(), rueidistx.AsInt64)
	require.NoError(t, tx.Exec(redistest.Context(t)))
	return id.Must()
}

func TestDedicatedConnectionIsReusedOnlyAfterAnAnswer(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	s := redistest.Start(t)
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			p, key := through(t, w, s, rueidistx.DedicatedTransactions(1)).Warm(t), redistest.Key(t, "k")
			id := connection(t, p.DB)

			// answered: the connection is as good as before
			for _, third := range [][]string{{"SET", key + "2", "1"}, {"LPUSH", key + "1", "x"}, {"NOSUCH"}} {
				tx := p.Atomic()
				outcometest.Four(tx.Commands, key, third...)
				_ = tx.Exec(redistest.Context(t))
				require.Equal(t, id, connection(t, p.DB), "%v", third)
			}

			// the context ends while the connection is in MULTI
			p.Proxy.Arm(faultproxy.Fault{Command: "EXEC", Action: faultproxy.Hold})
			short, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
			defer cancel()
			tx := p.Atomic()
			tx.Incr(key + "4")
			outcometest.RequireVerdict(t, tx.Exec(short), rueidistx.Unknown, context.DeadlineExceeded)
			next := connection(t, p.DB)
			require.NotEqual(t, id, next)
			p.Release(t)

			// the connection is lost
			id = next
			p.Proxy.Arm(faultproxy.Fault{Command: "EXEC", Phase: faultproxy.AfterCommand})
			tx = p.Atomic()
			tx.Incr(key + "4")
			outcometest.RequireVerdict(t, tx.Exec(redistest.Context(t)), rueidistx.Unknown, rueidistx.ErrConnection)
			next = connection(t, p.DB)
			require.NotEqual(t, id, next)

			// MULTI is refused
			id = next
			s.Do(t, "ACL", "SETUSER", "default", "-multi")
			tx = p.Atomic()
			tx.Incr(key + "4")
			err := tx.Exec(redistest.Context(t))
			s.Do(t, "ACL", "SETUSER", "default", "+multi")
			outcometest.RequireVerdict(t, err, rueidistx.Applied, rueidistx.ErrNotAtomic, rueidistx.ErrService)
			require.NotEqual(t, id, connection(t, p.DB))
			outcometest.RequireUsable(t, p.DB)
		})
	}
}

// On its shared connection rueidis sends a transaction again whose connection expires before the answer.
func TestDedicatedTransactionsAreNotDoubledWhenConnectionsExpire(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	for _, w := range []outcometest.ClientMode{outcometest.ClientModes[0], outcometest.ClientModes[2]} {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			s := redistest.Start(t)
			seen := outcometest.RunExpiry(t, outcometest.Stoppable{Server: s, Pause: s.Pause, Resume: s.Resume}, w.Option(s.Addr))
			t.Logf("outcome/really applied: %v", seen)
		})
	}
}

// strange hands out connections as no client of rueidis does.
type strange struct {
	rueidis.Client
	nothing bool
}

func (s strange) Dedicate() (rueidis.DedicatedClient, func()) {
	if s.nothing {
		return nil, nil
	}
	client, _ := s.Client.Dedicate()
	return client, nil
}

func TestDedicateOfAWrapperReturnsNothing(t *testing.T) {
	t.Parallel()
	s, key := redistest.Shared(t), redistest.Key(t, "")
	for _, nothing := range []bool{true, false} {
		option := s.Option()
		option.BlockingPoolSize = 2
		db, err := rueidistx.Open(option, rueidistx.DedicatedTransactions(1),
			rueidistx.Wrap(func(c rueidis.Client) rueidis.Client { return strange{c, nothing} }))
		require.NoError(t, err)
		t.Cleanup(db.Close)
		for range 5 {
			tx := db.Atomic()
			n := tx.Incr(key)
			err := tx.Exec(redistest.Context(t))
			require.Equal(t, err, n.Err())
			if nothing {
				outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrNotSent)
			} else {
				require.NoError(t, err)
			}
		}
	}
}
