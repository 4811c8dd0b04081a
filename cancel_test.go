package rueidistx_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
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

// runFour runs the commands of [outcometest.Four] in the given way, and the second of them alone where commands run at
// once. It returns the error of the whole, which there is that of the one.
func runFour(ctx context.Context, w ways.Way, db *rueidistx.DB, key string) (futures []outcometest.Settled, err error) {
	err = w.Run(ctx, db, func(c *rueidistx.Commands) {
		if w.Now {
			futures = []outcometest.Settled{c.Incr(key + "1")}
			return
		}
		futures = outcometest.Four(c, key)
	})
	if w.Now {
		err = futures[0].Err()
	}
	return futures, err
}

// tracesOf are the traces of runFour where all was applied.
func tracesOf(w ways.Way) string {
	if w.Now {
		return "1--"
	}
	return "111"
}

func TestEndedContextSendsNothing(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	expired, cancel := context.WithDeadline(context.Background(), time.Now())
	defer cancel()
	for _, w := range outcometest.Wires {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			p, key := through(t, w, redistest.Shared(t)).Warm(t), redistest.Key(t, "k")
			for _, way := range ways.All {
				for _, ctx := range []context.Context{cancelled, expired} {
					futures, err := runFour(ctx, way, p.DB, key)
					for _, err := range append(errorsOf(futures), err) {
						outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrNotSent, ctx.Err())
					}
				}
			}
			require.Zero(t, p.Proxy.BytesSent())
			outcometest.RequireUsable(t, p.DB)
		})
	}
}

func errorsOf(futures []outcometest.Settled) []error {
	errs := make([]error, len(futures))
	for i, f := range futures {
		errs[i] = f.Err()
	}
	return errs
}

// ending is a way in which a context can end while something waits for an answer.
type ending struct {
	name  string
	start func(p *outcometest.Proxied) (context.Context, context.CancelFunc)
	err   error
}

var endings = []ending{
	{"deadline", func(*outcometest.Proxied) (context.Context, context.CancelFunc) {
		return context.WithTimeout(context.Background(), 60*time.Millisecond)
	}, context.DeadlineExceeded},
	{"cancel", func(p *outcometest.Proxied) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			for p.Proxy.BytesSent() == 0 && ctx.Err() == nil {
				time.Sleep(time.Millisecond)
			}
			cancel()
		}()
		return ctx, cancel
	}, context.Canceled},
}

// waiter is something that waits for an answer when its context ends.
type waiter struct {
	*outcometest.Proxied
	way     ways.Way
	ending  ending
	held    bool
	key     string
	futures []outcometest.Settled
	err     error
}

func TestContextThatEndsBeforeTheAnswerIsUnknown(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	all := map[string]*waiter{}
	prepare := func(why string, held bool) (prepared []*waiter) {
		for _, w := range outcometest.Wires {
			for _, e := range endings {
				for _, way := range ways.All {
					name := strings.Join([]string{why, w.Name, e.name, way.Name}, ", ")
					wait := &waiter{Proxied: through(t, w, s).Warm(t), way: way, ending: e, held: held, key: redistest.Key(t, name)}
					if held {
						wait.Proxy.Arm(faultproxy.Fault{Phase: faultproxy.AfterCommand, Action: faultproxy.Hold})
					}
					all[name] = wait
					prepared = append(prepared, wait)
				}
			}
		}
		return prepared
	}
	together(prepare("reply held", true))
	stopped := prepare("server stopped", false)
	s.Pause()
	together(stopped)
	s.Resume()

	for name, wait := range all {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(wait.err), "%v", wait.err)
			for _, err := range errorsOf(wait.futures) {
				outcometest.RequireVerdict(t, err, rueidistx.Unknown, wait.ending.err)
			}
			if wait.held {
				wait.Release(t)
			}
			redistest.Eventually(t, "applied all the same", func() bool { return outcometest.Traces(t, s, wait.key) == tracesOf(wait.way) })
			outcometest.RequireUsable(t, wait.DB)
			require.Equal(t, tracesOf(wait.way), outcometest.Traces(t, s, wait.key))
		})
	}
}

// together runs all at the same time until their contexts have ended.
func together(waiters []*waiter) {
	var running sync.WaitGroup
	for _, w := range waiters {
		running.Go(func() {
			ctx, cancel := w.ending.start(w.Proxied)
			defer cancel()
			w.futures, w.err = runFour(ctx, w.way, w.DB, w.key)
		})
	}
	running.Wait()
}

// The question whether MULTI is allowed has its own round trip, after which nothing of the transaction has been sent.
func TestContextThatEndsBeforeTheTransactionIsNotApplied(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Wires {
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
	s := redistest.Shared(t)
	before := goleak.IgnoreCurrent()
	const each = 500
	for _, c := range []struct {
		name    string
		wire    outcometest.Wire
		workers int
		cancel  bool // otherwise it is a deadline
	}{
		{"sync, deadline", outcometest.Wires[0], 1, false},
		{"sync, cancel", outcometest.Wires[0], 1, true},
		{"pipelined, deadline", outcometest.Wires[2], 4, false},
		{"pipelined, cancel", outcometest.Wires[2], 4, true},
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

func TestTransactRunsAgainAfterRefusedExec(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	p, key := through(t, outcometest.Wires[0], s).Warm(t), redistest.Key(t, "k")
	p.Proxy.Arm(faultproxy.Fault{Command: "EXEC", Action: faultproxy.Hold})
	ended := make(chan error)
	runs := 0
	go func(ctx context.Context) {
		ended <- p.Transact(ctx, func(tx *rueidistx.Tx) error {
			if runs++; runs == 2 {
				s.Do(t, "REPLICAOF", "NO", "ONE")
			}
			outcometest.Four(tx.Commands, key)
			return nil
		})
	}(redistest.Context(t))
	redistest.Eventually(t, "EXEC is held", func() bool { return p.Proxy.Held() == 1 })
	s.Do(t, "REPLICAOF", "127.0.0.1", "1")
	p.Proxy.Release()
	require.NoError(t, <-ended)
	require.Equal(t, 2, runs)
	require.Equal(t, "111", outcometest.Traces(t, s, key))
}

func TestTransactRunsAgainAfterRefusedDial(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Wires {
		p, key := through(t, w, redistest.Shared(t)).Warm(t), redistest.Key(t, w.Name)
		unreachable(t, p)
		runs := 0
		require.NoError(t, p.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
			if runs++; runs == 2 {
				p.Proxy.Refuse(false)
			}
			outcometest.Four(tx.Commands, key)
			return nil
		}))
		require.Equal(t, 2, runs)
		require.Equal(t, "111", outcometest.Traces(t, p.Server, key))
	}
}

func TestTransactDoesNotRunAgainWhatWasApplied(t *testing.T) {
	t.Parallel()
	p, key := through(t, outcometest.Wires[0], redistest.Shared(t)).Warm(t), redistest.Key(t, "k")
	runs := 0
	err := p.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
		runs++
		outcometest.Four(tx.Commands, key, "LPUSH", key+"1", "x")
		return nil
	})
	outcometest.RequireVerdict(t, err, rueidistx.Applied, rueidistx.ErrService)
	require.Equal(t, 1, runs)
	require.Equal(t, "1-1", outcometest.Traces(t, p.Server, key))
}

func TestTransactEndsWithItsAttemptsOrItsContext(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	p := through(t, outcometest.Wires[0], s).Warm(t)
	s.Do(t, "REPLICAOF", "127.0.0.1", "1")
	runs := 0
	write := func(tx *rueidistx.Tx) error {
		runs++
		tx.Incr("n")
		return nil
	}
	for want, options := range map[int][]rueidistx.TxOption{
		9: {rueidistx.Attempts(9), rueidistx.Backoff(time.Microsecond, time.Millisecond)},
		3: {rueidistx.Attempts(3), nil},
		1: {rueidistx.Attempts(-1), rueidistx.Backoff(-1, -1)},
	} {
		runs = 0
		err := p.Transact(redistest.Context(t), write, options...)
		outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrAborted, rueidistx.ErrService)
		require.Equal(t, want, runs)
	}

	forever := rueidistx.Backoff(1000*time.Hour, 1000*time.Hour)
	runs = 0
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour) // too near for the pause
	defer cancel()
	outcometest.RequireVerdict(t, p.Transact(ctx, write, forever), rueidistx.NotApplied, rueidistx.ErrAborted, rueidistx.ErrService)
	require.Equal(t, 1, runs)

	runs = 0
	p.Proxy.Arm(faultproxy.Fault{Command: "EXEC", Phase: faultproxy.AfterReply, Action: faultproxy.Hold})
	ctx, cancel = context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error)
	go func() { ended <- p.Transact(ctx, write, forever) }()
	p.Release(t) // the answer is there
	redistest.Eventually(t, "it pauses", func() bool { return pausing() })
	cancel()
	outcometest.RequireVerdict(t, <-ended, rueidistx.NotApplied, rueidistx.ErrAborted, rueidistx.ErrService)
	require.Equal(t, 1, runs)
}

// pausing reports whether a Transact waits before its next attempt.
func pausing() bool {
	stacks := make([]byte, 1<<20)
	return strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "rueidistx.pause(")
}

func TestTransactReturnsTheClosuresErrorAsItIs(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	p := through(t, outcometest.Wires[0], s).Warm(t)
	s.Do(t, "REPLICAOF", "127.0.0.1", "1")
	tx := p.Atomic()
	tx.Incr("n")
	aborted := tx.Exec(redistest.Context(t)) // would pass
	unreachable(t, p)
	unsent := p.Auto(redistest.Context(t)).Incr("n").Err()
	p.Proxy.Refuse(false)
	require.Equal(t, rueidistx.ErrNil, p.Auto(redistest.Context(t)).Get("n").Err())
	p.Proxy.Reset()
	for _, own := range []error{aborted, unsent, rueidistx.ErrNotSent, rueidistx.ErrForeignWatch, fmt.Errorf("mine: %w", unsent)} {
		runs := 0
		err := p.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
			runs++
			tx.Incr("n")
			return own
		})
		require.EqualError(t, err, own.Error())
		require.ErrorIs(t, err, own)
		require.ErrorIs(t, err, rueidistx.ErrDiscarded)
		require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
		require.Equal(t, 1, runs)
	}
	require.Zero(t, p.Proxy.BytesSent())
}
