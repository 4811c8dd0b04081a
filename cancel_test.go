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
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// kind is a way to have commands run.
type kind struct {
	name string
	// run returns the error of the whole, which for an Auto is that of its one command.
	run  func(ctx context.Context, db *rueidistx.DB, key string) (futures []settled, err error)
	want string // traces where it was applied
}

var kinds = []kind{
	{"Tx", func(ctx context.Context, db *rueidistx.DB, key string) ([]settled, error) {
		tx := db.Atomic()
		futures := four(tx.Commands, key)
		return futures, tx.Exec(ctx)
	}, "111"},
	{"Batch", func(ctx context.Context, db *rueidistx.DB, key string) ([]settled, error) {
		b := db.Batch()
		futures := four(b.Commands, key)
		return futures, b.Exec(ctx)
	}, "111"},
	{"Auto", func(ctx context.Context, db *rueidistx.DB, key string) ([]settled, error) {
		n := db.Auto(ctx).Incr(key + "1")
		return []settled{n}, n.Err()
	}, "1--"},
}

func TestEndedContextSendsNothing(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	expired, cancel := context.WithDeadline(context.Background(), time.Now())
	defer cancel()
	for _, w := range wires {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			p, key := w.through(t, redistest.Shared(t)).warm(t), redistest.Key(t, "k")
			for _, k := range kinds {
				for _, ctx := range []context.Context{cancelled, expired} {
					futures, err := k.run(ctx, p.DB, key)
					for _, err := range append(errorsOf(futures), err) {
						requireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrNotSent, ctx.Err())
					}
				}
			}
			require.Zero(t, p.proxy.BytesSent())
			requireUsable(t, p.DB)
		})
	}
}

func errorsOf(futures []settled) []error {
	errs := make([]error, len(futures))
	for i, f := range futures {
		errs[i] = f.Err()
	}
	return errs
}

// ending is a way in which a context can end while something waits for an answer.
type ending struct {
	name  string
	start func(p *proxied) (context.Context, context.CancelFunc)
	err   error
}

var endings = []ending{
	{"deadline", func(*proxied) (context.Context, context.CancelFunc) {
		return context.WithTimeout(context.Background(), 60*time.Millisecond)
	}, context.DeadlineExceeded},
	{"cancel", func(p *proxied) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			for p.proxy.BytesSent() == 0 && ctx.Err() == nil {
				time.Sleep(time.Millisecond)
			}
			cancel()
		}()
		return ctx, cancel
	}, context.Canceled},
}

// waiter is something that waits for an answer when its context ends.
type waiter struct {
	*proxied
	kind
	ending  ending
	held    bool
	key     string
	futures []settled
	err     error
}

func TestContextThatEndsBeforeTheAnswerIsUnknown(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	all := map[string]*waiter{}
	prepare := func(why string, held bool) (prepared []*waiter) {
		for _, w := range wires {
			for _, e := range endings {
				for _, k := range kinds {
					name := strings.Join([]string{why, w.name, e.name, k.name}, ", ")
					wait := &waiter{proxied: w.through(t, s).warm(t), kind: k, ending: e, held: held, key: redistest.Key(t, name)}
					if held {
						wait.proxy.Arm(faultproxy.Fault{Phase: faultproxy.AfterCommand, Action: faultproxy.Hold})
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
				requireVerdict(t, err, rueidistx.Unknown, wait.ending.err)
			}
			if wait.held {
				wait.proxied.release(t)
			}
			until(t, "applied all the same", func() bool { return traces(t, s, wait.key) == wait.want })
			requireUsable(t, wait.DB)
			require.Equal(t, wait.want, traces(t, s, wait.key))
		})
	}
}

// together runs all at the same time until their contexts have ended.
func together(waiters []*waiter) {
	var running sync.WaitGroup
	for _, w := range waiters {
		running.Go(func() {
			ctx, cancel := w.ending.start(w.proxied)
			defer cancel()
			w.futures, w.err = w.run(ctx, w.DB, w.key)
		})
	}
	running.Wait()
}

// release lets go of what the proxy holds, once it does.
func (p *proxied) release(t *testing.T) {
	t.Helper()
	until(t, "the proxy holds something", func() bool { return p.proxy.Held() == 1 })
	p.proxy.Release()
}

// The question whether MULTI is allowed has its own round trip, after which nothing of the transaction has been sent.
func TestContextThatEndsBeforeTheTransactionIsNotApplied(t *testing.T) {
	t.Parallel()
	for _, w := range wires {
		for _, e := range endings {
			t.Run(w.name+", "+e.name, func(t *testing.T) {
				t.Parallel()
				p, key := w.through(t, redistest.Shared(t)), redistest.Key(t, "k")
				p.proxy.Arm(faultproxy.Fault{Command: "MULTI", Phase: faultproxy.AfterCommand, Action: faultproxy.Hold})
				p.proxy.Reset()
				ctx, cancel := e.start(p)
				defer cancel()
				futures, err := kinds[0].run(ctx, p.DB, key)
				for _, err := range append(errorsOf(futures), err) {
					requireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrNotSent, e.err)
				}
				p.release(t)
				requireUsable(t, p.DB)
				require.Equal(t, "---", traces(t, p.server, key))
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
		wire    wire
		workers int
		cancel  bool // otherwise it is a deadline
	}{
		{"sync, deadline", wires[0], 1, false},
		{"sync, cancel", wires[0], 1, true},
		{"pipelined, deadline", wires[2], 4, false},
		{"pipelined, cancel", wires[2], 4, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			option := c.wire.option(s.Addr)
			option.ClientName = fmt.Sprintf("cancelled-%x", rand.Uint64())
			db, err := rueidistx.Open(option)
			require.NoError(t, err)
			defer db.Close()
			l := newLedger(t)
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
						_ = l.transact(ctx, db, fmt.Sprint(i))
						late[i] = time.Since(end)
						cancel()
					}
				})
			}
			workers.Wait()
			db.Close()
			until(t, "the server has seen the end of all connections", func() bool {
				all, _ := connections(t, s, option.ClientName)
				return all == 0
			})
			seen := l.audit(t, s)
			t.Logf("outcome/really applied: %v; last return %v after the end", seen, slices.Max(late))
			require.Positive(t, seen["applied/true"])
			require.Positive(t, seen["unknown/true"]+seen["unknown/false"])
		})
	}
	goleak.VerifyNone(t, before)
}

// passing are the refusals that end by themselves.
var passing = []string{"READONLY", "MASTERDOWN", "NOREPLICAS", "BUSY", "LOADING"}

func TestTransactRunsAgainOnceTheReasonHasPassed(t *testing.T) {
	t.Parallel()
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var args []string
			if c.args != nil {
				args = c.args(t)
			}
			s := redistest.Start(t, args...)
			for _, w := range []wire{wires[0], wires[2]} {
				t.Run(w.name, func(t *testing.T) {
					p, key := w.through(t, s).warm(t), redistest.Key(t, "k")
					if c.begin != nil {
						c.begin(t, s)
					}
					runs := 0
					err := p.Transact(bounded(t), func(tx *rueidistx.Tx) error {
						if runs++; runs == 2 {
							c.end(t, s)
						}
						four(tx.Commands, key, c.third...)
						return nil
					})
					if slices.Contains(passing, c.name) {
						require.NoError(t, err)
						require.Equal(t, 2, runs)
						require.Equal(t, "111", traces(t, s, key))
						return
					}
					if c.end != nil {
						c.end(t, s)
					}
					requireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrAborted, rueidistx.ErrService)
					require.Equal(t, 1, runs)
				})
			}
		})
	}
}

func TestTransactRunsAgainAfterRefusedExec(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	p, key := wires[0].through(t, s).warm(t), redistest.Key(t, "k")
	p.proxy.Arm(faultproxy.Fault{Command: "EXEC", Action: faultproxy.Hold})
	ended := make(chan error)
	runs := 0
	go func(ctx context.Context) {
		ended <- p.Transact(ctx, func(tx *rueidistx.Tx) error {
			if runs++; runs == 2 {
				s.Do(t, "REPLICAOF", "NO", "ONE")
			}
			four(tx.Commands, key)
			return nil
		})
	}(bounded(t))
	until(t, "EXEC is held", func() bool { return p.proxy.Held() == 1 })
	s.Do(t, "REPLICAOF", "127.0.0.1", "1")
	p.proxy.Release()
	require.NoError(t, <-ended)
	require.Equal(t, 2, runs)
	require.Equal(t, "111", traces(t, s, key))
}

func TestTransactRunsAgainAfterRefusedDial(t *testing.T) {
	t.Parallel()
	for _, w := range wires {
		p, key := w.through(t, redistest.Shared(t)).warm(t), redistest.Key(t, w.name)
		p.unreachable(t)
		runs := 0
		require.NoError(t, p.Transact(bounded(t), func(tx *rueidistx.Tx) error {
			if runs++; runs == 2 {
				p.proxy.Refuse(false)
			}
			four(tx.Commands, key)
			return nil
		}))
		require.Equal(t, 2, runs)
		require.Equal(t, "111", traces(t, p.server, key))
	}
}

func TestTransactDoesNotRunAgainWhatWasApplied(t *testing.T) {
	t.Parallel()
	p, key := wires[0].through(t, redistest.Shared(t)).warm(t), redistest.Key(t, "k")
	runs := 0
	err := p.Transact(bounded(t), func(tx *rueidistx.Tx) error {
		runs++
		four(tx.Commands, key, "LPUSH", key+"1", "x")
		return nil
	})
	requireVerdict(t, err, rueidistx.Applied, rueidistx.ErrService)
	require.Equal(t, 1, runs)
	require.Equal(t, "1-1", traces(t, p.server, key))
}

func TestTransactEndsWithItsAttemptsOrItsContext(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	p := wires[0].through(t, s).warm(t)
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
		err := p.Transact(bounded(t), write, options...)
		requireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrAborted, rueidistx.ErrService)
		require.Equal(t, want, runs)
	}

	forever := rueidistx.Backoff(1000*time.Hour, 1000*time.Hour)
	runs = 0
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour) // too near for the pause
	defer cancel()
	requireVerdict(t, p.Transact(ctx, write, forever), rueidistx.NotApplied, rueidistx.ErrAborted, rueidistx.ErrService)
	require.Equal(t, 1, runs)

	runs = 0
	p.proxy.Arm(faultproxy.Fault{Command: "EXEC", Phase: faultproxy.AfterReply, Action: faultproxy.Hold})
	ctx, cancel = context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error)
	go func() { ended <- p.Transact(ctx, write, forever) }()
	p.release(t) // the answer is there
	until(t, "it pauses", func() bool { return pausing() })
	cancel()
	requireVerdict(t, <-ended, rueidistx.NotApplied, rueidistx.ErrAborted, rueidistx.ErrService)
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
	p := wires[0].through(t, s).warm(t)
	s.Do(t, "REPLICAOF", "127.0.0.1", "1")
	tx := p.Atomic()
	tx.Incr("n")
	aborted := tx.Exec(bounded(t)) // would pass
	p.unreachable(t)
	unsent := p.Auto(bounded(t)).Incr("n").Err()
	p.proxy.Refuse(false)
	require.Equal(t, rueidistx.ErrNil, p.Auto(bounded(t)).Get("n").Err())
	p.proxy.Reset()
	for _, own := range []error{aborted, unsent, rueidistx.ErrNotSent, rueidistx.ErrForeignWatch, fmt.Errorf("mine: %w", unsent)} {
		runs := 0
		require.Equal(t, own, p.Transact(bounded(t), func(tx *rueidistx.Tx) error {
			runs++
			tx.Incr("n")
			return own
		}))
		require.Equal(t, 1, runs)
	}
	require.Zero(t, p.proxy.BytesSent())
}
