package rueidistx_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

func TestEndedContextSendsNothing(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	expired, cancel := context.WithDeadline(context.Background(), time.Now())
	defer cancel()
	for _, w := range outcometest.Modes() {
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

// ending is a way in which a context can end while something waits for an answer.
type ending struct {
	name  string
	start func(p *outcometest.Proxied) (context.Context, context.CancelFunc)
	err   error
}

var endings = []ending{
	{"deadline", func(*outcometest.Proxied) (context.Context, context.CancelFunc) {
		return context.WithTimeout(context.Background(), 200*time.Millisecond) // long enough to send, on a busy machine
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
		for _, w := range outcometest.Modes() {
			for _, e := range endings {
				for _, way := range ways.Direct {
					if way.Name == ways.Watch.Name {
						continue // it may have to dial first: see TestOnceStaysUnknown
					}
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
