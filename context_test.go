package rueidistx_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// ownContext is a context of the caller's own making.
type ownContext struct {
	context.Context
	done  chan struct{}
	ended atomic.Bool
	err   error        // once it has ended
	calls atomic.Int32 // of Done
	limit int32        // of them, if positive: then it panics
}

func (c *ownContext) Done() <-chan struct{} {
	if n := c.calls.Add(1); c.limit > 0 && n > c.limit {
		panic("mine")
	}
	return c.done
}

func (c *ownContext) Err() error {
	if c.ended.Load() {
		return c.err
	}
	return nil
}

func (c *ownContext) end() {
	c.ended.Store(true)
	close(c.done)
}

// uncomparable is an error that == panics on.
type uncomparable struct{ error }

type listError []string

func (listError) Error() string { return "a list" }

func TestContextThatEndsWithAnyErrorIsUnknown(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for name, err := range map[string]error{
		"none": nil, "nil reply": rueidis.Nil, "no slot": rueidis.ErrNoSlot, "not sent": rueidistx.ErrNotSent,
		"a server's": serverErrorOf(t), "uncomparable": uncomparable{listError{"a"}}, "own": errors.New("own"),
	} {
		for _, inside := range []bool{false, true} { // of a standard one
			if inside && err == nil {
				continue // package context itself panics then
			}
			t.Run(fmt.Sprint(name, inside), func(t *testing.T) {
				t.Parallel()
				p := through(t, outcometest.ClientModes[2], s).Warm(t)
				for _, w := range ways.OfEachKind {
					own := &ownContext{Context: context.Background(), done: make(chan struct{}), err: err}
					var ctx context.Context = own
					if inside {
						ctx = context.WithValue(own, t, nil)
					}
					p.Proxy.Arm(faultproxy.Fault{Command: "INCR", Phase: faultproxy.AfterCommand, Action: faultproxy.Hold})
					go func() {
						_ = redistest.Poll(func() error {
							if p.Proxy.Held() != 1 {
								return errors.New("it has not run")
							}
							return nil
						})
						own.end()
					}()
					var futures []outcometest.Settled
					got := w.Run(ctx, p.DB, func(c *rueidistx.Commands) {
						futures = append(futures, c.Incr(redistest.Key(t, name)))
						if !w.Now {
							futures = append(futures, c.Incr(redistest.Key(t, name)))
						}
					})
					if !w.Now {
						require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(got), "%s, %s: %v", name, w.Name, got)
					}
					for _, f := range futures {
						require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(f.Err()), "%s, %s: %v", name, w.Name, f.Err())
					}
					p.Release(t)
				}
				outcometest.RequireUsable(t, p.DB)
			})
		}
	}
}

func TestContextThatPanicsSendsNothingOrIsAskedNoMore(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]rueidistx.Option{"shared": nil, "dedicated": {rueidistx.DedicatedTransactions(1)}} {
		t.Run(name, func(t *testing.T) {
			p := through(t, outcometest.ClientModes[2], redistest.Shared(t), options...).Warm(t)
			var none *ownContext
			for _, w := range ways.All {
				var f rueidistx.Future[int64]
				err := w.Run(none, p.DB, func(c *rueidistx.Commands) { f = c.Incr("n") })
				require.ErrorIs(t, f.Err(), rueidistx.ErrInvalid, w.Name)
				if !w.Now {
					require.ErrorIs(t, err, rueidistx.ErrInvalid, w.Name)
				}
				// One that panics later is asked no more.
				once := &ownContext{Context: context.Background(), done: make(chan struct{}), limit: 1}
				require.NotPanics(t, func() {
					_ = w.Run(once, p.DB, func(c *rueidistx.Commands) { f = c.Incr(redistest.Key(t, "n")) })
				}, w.Name)
				require.NoError(t, f.Err(), w.Name)
			}
			outcometest.RequireUsable(t, p.DB)
		})
	}
}

func TestDecodersErrorHasOneOutcome(t *testing.T) {
	t.Parallel()
	p := through(t, outcometest.ClientModes[0], redistest.Shared(t))
	for _, own := range []error{
		rueidistx.ErrNotSent, rueidistx.ErrUnknown, rueidistx.ErrDecode, errors.Join(rueidistx.ErrDecode, rueidistx.ErrUnknown),
		errors.Join(rueidistx.ErrDecode, rueidistx.ErrNotSent),
	} {
		c := p.Auto(redistest.Context(t))
		err := rueidistx.Queue(c, c.B().Arbitrary("INCR", redistest.Key(t, "n")).Build(), func(rueidis.RedisMessage) (int, error) {
			return 0, own
		}).Err()
		require.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
		require.ErrorIs(t, err, rueidistx.ErrDecode)
		require.ErrorIs(t, err, rueidistx.ErrApplied)
		require.NotErrorIs(t, err, rueidistx.ErrNotApplied)
		require.False(t, errors.Is(err, rueidistx.ErrUnknown))
	}
}
