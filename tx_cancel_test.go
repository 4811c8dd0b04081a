package rueidistx_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// The question whether MULTI is allowed has its own round trip, after which nothing of the transaction has been sent.
func TestContextThatEndsBeforeTheTransactionIsNotApplied(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Modes() {
		for _, e := range endings {
			t.Run(w.Name+", "+e.name, func(t *testing.T) {
				t.Parallel()
				p, key := through(t, w, redistest.Shared(t)), redistest.Key(t, "k")
				p.Proxy.Arm(faultproxy.Fault{Command: "MULTI", Phase: faultproxy.AfterCommand, Action: faultproxy.Hold})
				p.Proxy.Reset()
				ctx, cancel := e.start(p)
				defer cancel()
				futures, err := runFour(ctx, ways.Atomic, p.DB, key)
				for _, err := range append(errorsOf(futures), err) {
					outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrNotSent, e.err)
				}
				p.Release(t)
				outcometest.RequireUsable(t, p.DB)
				require.Equal(t, "---", outcometest.Traces(t, p.Server, key))
			})
		}
	}
}

func TestTransactionsCancelledAtAnyInstant(t *testing.T) {
	redistest.Long(t)
	s := redistest.Shared(t)
	before := goleak.IgnoreCurrent()
	const each = 500
	for _, c := range []struct {
		name    string
		wire    outcometest.ClientMode
		workers int
		cancel  bool // otherwise it is a deadline
	}{
		{"sync, deadline", outcometest.ClientModes[0], 1, false},
		{"sync, cancel", outcometest.ClientModes[0], 1, true},
		{"pipelined, deadline", outcometest.ClientModes[2], 4, false},
		{"pipelined, cancel", outcometest.ClientModes[2], 4, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			option := c.wire.Option(s.Addr)
			option.ClientName = fmt.Sprintf("cancelled-%x", rand.Uint64())
			db, err := rueidistx.Open(option)
			require.NoError(t, err)
			defer db.Close()
			l := outcometest.NewLedger(redistest.Key(t, ""))
			late := make([]time.Duration, each)
			var workers sync.WaitGroup
			for worker := range c.workers {
				workers.Go(func() {
					for i := worker; i < each; i += c.workers {
						life := rand.N(1 + rand.N(2*time.Millisecond)) // more often early than late
						end := time.Now().Add(life)
						ctx, cancel := context.WithDeadline(context.Background(), end)
						if c.cancel {
							ctx, cancel = context.WithCancel(context.Background())
							time.AfterFunc(life, cancel)
						}
						_ = l.Transact(ctx, db, fmt.Sprint(i))
						late[i] = time.Since(end)
						cancel()
					}
				})
			}
			workers.Wait()
			db.Close()
			redistest.Eventually(t, "the server has seen the end of all connections", func() bool {
				all, _ := connections(t, s, option.ClientName)
				return all == 0
			})
			seen := l.Audit(t, s)
			t.Logf("outcome/really applied: %v; last return %v after the end", seen, slices.Max(late))
			require.Positive(t, seen["applied/true"])
			require.Positive(t, seen["unknown/true"]+seen["unknown/false"])
		})
	}
	goleak.VerifyNone(t, before)
}
