package rueidistx_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// entity returns an entity that belongs to the test.
func entity(t *testing.T) rueidistx.Entity { return rueidistx.TagOf(redistest.Key(t, "")) }

const markTTL = time.Hour

func TestOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, e := redistest.Context(t), entity(t)
		n, mark := e.Key("n"), e.Mark("pay", "42:x")
		var f rueidistx.Future[int64]
		pay := func() error {
			return db.Transact(ctx, func(tx *rueidistx.Tx) error { f = tx.Incr(n); return nil }, rueidistx.Once(mark, markTTL))
		}
		require.NoError(t, pay())
		require.EqualValues(t, 1, f.Must())
		err := pay()
		require.ErrorIs(t, err, rueidistx.ErrAlreadyApplied)
		require.NotErrorIs(t, err, rueidistx.ErrRepliesLost)
		require.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
		require.ErrorIs(t, f.Err(), rueidistx.ErrAlreadyApplied)

		err = db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
			_ = r.Get(n).Or("")
			tx.Incr(n)
			return nil
		}, rueidistx.Once(mark, markTTL))
		require.ErrorIs(t, err, rueidistx.ErrAlreadyApplied)
		require.Equal(t, "1", db.Auto(ctx).Get(n).Must())

		require.Equal(t, e.Key("once:pay:42%3Ax"), mark.Key())
		ttl := db.Auto(ctx).PTTL(mark.Key()).Must()
		require.InDelta(t, markTTL.Seconds(), ttl.Seconds(), 60)
		require.NoError(t, db.Auto(ctx).Del(mark.Key()).Err())
		require.NoError(t, pay())
		require.EqualValues(t, 2, f.Must())
	})
}

// TestOnceWithRace has callers with the same mark at the same time: one of them does it.
func TestOnceWithRace(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, e := redistest.Context(t), entity(t)
		for round := range 5 {
			n, mark := e.Key("n", fmt.Sprint(round)), e.Mark("pay", fmt.Sprint(round))
			var done, repeated atomic.Int32
			var working sync.WaitGroup
			for range 8 {
				working.Go(func() {
					err := db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Incr(n); return nil }, rueidistx.Once(mark, markTTL))
					switch {
					case err == nil:
						done.Add(1)
					case errors.Is(err, rueidistx.ErrAlreadyApplied):
						repeated.Add(1)
					default:
						assert.NoError(t, err)
					}
				})
			}
			working.Wait()
			require.EqualValues(t, 1, done.Load())
			require.EqualValues(t, 7, repeated.Load())
			require.Equal(t, "1", db.Auto(ctx).Get(n).Must())
		}
	})
}

type receipt struct{ Balance int64 }

// OnceValue has one mark.
func TestOnceValueWithAnotherMark(t *testing.T) {
	t.Parallel()
	db := rueidistx.New(redistest.Shared(t).Client(t))
	e := entity(t)
	_, _, err := rueidistx.OnceValue(redistest.Context(t), db, e.Mark("pay", "1"), markTTL, func(*rueidistx.Reader, *rueidistx.Tx) (int, error) {
		t.Error("the closure runs")
		return 0, nil
	}, rueidistx.Once(e.Mark("pay", "2"), markTTL))
	require.ErrorIs(t, err, rueidistx.ErrInvalid)
}

// A call that has lost its replies returns what its closure returned, not what JSON has kept of it.
func TestOnceValueOfLostReplies(t *testing.T) {
	t.Parallel()
	type rich struct {
		Shown  any
		hidden string
	}
	for _, w := range outcometest.Modes() {
		p, want := through(t, w, redistest.Shared(t)).Warm(t), rich{42, "hidden"}
		e := rueidistx.Tag("bank", redistest.Key(t, w.Name))
		pay := func() (rich, bool, error) {
			return rueidistx.OnceValue(redistest.Context(t), p.DB, e.Mark("pay", "1"), markTTL, func(r *rueidistx.Reader, tx *rueidistx.Tx) (rich, error) {
				tx.Append(e.Key("runs"), r.Get(e.Key("none")).Or("1"))
				return want, nil
			})
		}
		lost := p.Proxy.Arm(faultproxy.Fault{Command: "EXEC", Phase: faultproxy.AfterCommand, DropReplies: true})
		got, repeated, err := pay()
		require.NoError(t, err, w.Name)
		require.Equal(t, 1, lost.Fired(), w.Name)
		require.False(t, repeated, w.Name)
		require.Equal(t, want, got, w.Name)
		got, repeated, err = pay()
		require.NoError(t, err, w.Name)
		require.True(t, repeated, w.Name)
		require.Equal(t, rich{42.0, ""}, got, w.Name)
		require.Equal(t, "1", p.Auto(redistest.Context(t)).Get(e.Key("runs")).Must(), w.Name)
	}
}

func TestOnceValue(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, e := redistest.Context(t), entity(t)
		balance, mark := e.Key("balance"), e.Mark("pay", "1")
		require.NoError(t, db.Auto(ctx).Set(balance, "10").Err())
		runs := 0
		pay := func(amount int64) (receipt, bool, error) {
			return rueidistx.OnceValue(ctx, db, mark, markTTL, func(r *rueidistx.Reader, tx *rueidistx.Tx) (receipt, error) {
				runs++
				left, err := rueidistx.Int(r.Get(balance)).Value()
				if err != nil {
					return receipt{}, err
				}
				if left -= amount; left < 0 {
					return receipt{left}, errInsufficient
				}
				tx.DecrBy(balance, amount)
				return receipt{left}, nil
			})
		}
		r, repeated, err := pay(11)
		require.ErrorIs(t, err, errInsufficient)
		require.False(t, repeated)
		require.Zero(t, r)
		r, repeated, err = pay(7)
		require.NoError(t, err)
		require.False(t, repeated)
		require.Equal(t, receipt{3}, r)
		r, repeated, err = pay(7)
		require.NoError(t, err)
		require.True(t, repeated)
		require.Equal(t, receipt{3}, r)
		require.Equal(t, "3", db.Auto(ctx).Get(balance).Must())

		_, repeated, err = rueidistx.OnceValue(ctx, db, mark, markTTL, func(*rueidistx.Reader, *rueidistx.Tx) ([]int, error) { return nil, nil })
		require.True(t, repeated)
		require.ErrorIs(t, err, rueidistx.ErrDecode)
		require.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))

		_, _, err = rueidistx.OnceValue(ctx, db, e.Mark("future"), markTTL, func(_ *rueidistx.Reader, tx *rueidistx.Tx) (rueidistx.Future[int64], error) {
			return tx.Incr(balance), nil
		})
		require.ErrorIs(t, err, rueidistx.ErrInvalid)
		require.Equal(t, "3", db.Auto(ctx).Get(balance).Must())
	})
}

func TestOnceMisuse(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, e := context.Background(), entity(t)
		n := e.Key("n")
		try := func(ctx context.Context, mark rueidistx.Mark, ttl time.Duration) error {
			return db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Incr(n); return nil }, rueidistx.Once(mark, ttl))
		}
		bounded, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		for name, err := range map[string]error{
			"empty word":        try(ctx, e.Mark("pay", ""), markTTL),
			"no word":           try(ctx, e.Mark(), markTTL),
			"no entity":         try(ctx, rueidistx.Entity{}.Mark("x"), markTTL),
			"no ttl":            try(ctx, e.Mark("x"), 0),
			"short ttl":         try(ctx, e.Mark("x"), time.Second-1),
			"ttl before ctx":    try(bounded, e.Mark("x"), time.Minute/2),
			"no mark of no one": db.Auto(ctx).Get(rueidistx.Mark{}.Key()).Err(),
		} {
			require.ErrorIs(t, err, rueidistx.ErrInvalid, name)
		}
		mark := e.Mark("x")
		for _, foreign := range []string{"", "1", "1 x 1 ", "2 00000000000000000000000000000000 1 ", "1 00000000000000000000000000000000 0 "} {
			require.NoError(t, db.Auto(ctx).Set(mark.Key(), foreign).Err())
			require.ErrorIs(t, try(ctx, mark, markTTL), rueidistx.ErrInvalid, foreign)
		}
		require.NoError(t, db.Auto(ctx).Del(mark.Key()).Err())
		require.NoError(t, db.Auto(ctx).RPush(mark.Key(), "x").Err())
		err := try(ctx, mark, markTTL)
		require.ErrorIs(t, err, rueidistx.ErrInvalid)
		require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
		require.Zero(t, db.Auto(ctx).Exists(n).Must())
		once := rueidistx.Once(rueidistx.Tag("other", 1).Mark("x"), markTTL)
		for name, err := range map[string]error{
			"by script": db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Incr(n); return nil }, once),
			"by WATCH": db.Transact(ctx, func(tx *rueidistx.Tx) error {
				for range 31 {
					tx.Incr(n)
				}
				return nil
			}, once),
			"Watch": db.Watch(ctx, func(_ *rueidistx.Reader, tx *rueidistx.Tx) error { tx.Incr(n); return nil }, once),
			"OnceValue": func() error {
				_, _, err := rueidistx.OnceValue(ctx, db, rueidistx.Tag("other", 1).Mark("x"), markTTL,
					func(_ *rueidistx.Reader, tx *rueidistx.Tx) (int, error) { tx.Incr(n); return 0, nil })
				return err
			}(),
		} {
			require.ErrorIs(t, err, rueidistx.ErrCrossSlot, name)
			if of := (*rueidistx.CommandError)(nil); errors.As(err, &of) { // of the package's, not the caller's
				require.Equal(t, -1, of.Index, "%s: %v", name, err)
			}
		}
		require.ErrorIs(t, db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Incr(n); return nil },
			rueidistx.Once(mark, markTTL), rueidistx.Once(e.Mark("y"), markTTL)), rueidistx.ErrInvalid)
		require.Zero(t, db.Auto(ctx).Exists(n).Must())
	}, rueidistx.CheckSlots())
}

// TestOnceAfterLostConnection cuts the connection at each step of the protocol: the work is done once, and Once says so.
func TestOnceAfterLostConnection(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for _, c := range []struct {
		name  string
		fault faultproxy.Fault
		is    error // nil: none
		runs  int   // of the closure
	}{
		{"before WATCH", faultproxy.Fault{Command: "WATCH"}, nil, 2},
		{"after GET", faultproxy.Fault{Command: "GET", Phase: faultproxy.AfterCommand, DropReplies: true}, nil, 2},
		{"before MULTI", faultproxy.Fault{Command: "MULTI"}, nil, 2},
		{"before EXEC", faultproxy.Fault{Command: "EXEC"}, nil, 2},
		{"in the middle of EXEC", faultproxy.Fault{Command: "EXEC", Phase: faultproxy.MidCommand}, nil, 2},
		{"after EXEC", faultproxy.Fault{Command: "EXEC", Phase: faultproxy.AfterCommand, DropReplies: true}, rueidistx.ErrRepliesLost, 1},
		{"after EXEC, reset", faultproxy.Fault{Command: "EXEC", Phase: faultproxy.AfterCommand, Action: faultproxy.Reset}, rueidistx.ErrRepliesLost, 1},
	} {
		for _, w := range outcometest.Modes() {
			t.Run(c.name+", "+w.Name, func(t *testing.T) {
				t.Parallel()
				p, e := through(t, w, s).Warm(t), entity(t)
				n := e.Key("n")
				p.Proxy.Arm(c.fault)
				runs := 0
				var futures []rueidistx.Future[int64]
				err := p.Watch(redistest.Context(t), func(_ *rueidistx.Reader, tx *rueidistx.Tx) error {
					runs++
					futures = append(futures, tx.Incr(n))
					return nil
				}, rueidistx.Once(e.Mark("x"), markTTL))
				require.Equal(t, c.runs, runs)
				applied, err2 := p.Server.Do(t, "GET", n).ToString()
				require.NoError(t, err2)
				require.Equal(t, "1", applied)
				if c.is == nil {
					require.NoError(t, err)
					require.EqualValues(t, 1, futures[len(futures)-1].Must())
				} else {
					require.ErrorIs(t, err, c.is)
					require.ErrorIs(t, futures[0].Err(), c.is)
				}
				if runs > 1 {
					require.ErrorIs(t, futures[0].Err(), rueidistx.ErrNotApplied)
				}
				outcometest.RequireUsable(t, p.DB)
			})
		}
	}
}

// TestOnceStaysUnknown has EXEC held back until the context has ended: nobody knows whether it will be executed.
func TestOnceStaysUnknown(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			p, e := through(t, w, redistest.Shared(t)).Warm(t), entity(t)
			p.Proxy.Arm(faultproxy.Fault{Command: "EXEC", Action: faultproxy.CutHold, Every: true})
			ctx, cancel := context.WithCancel(redistest.Context(t))
			var waiting sync.WaitGroup
			waiting.Go(func() {
				defer cancel()
				_ = redistest.Poll(func() error {
					if p.Proxy.Held() == 0 {
						return errors.New("EXEC has not come")
					}
					return nil
				})
			})
			defer waiting.Wait()
			var futures []rueidistx.Future[int64]
			err := p.Watch(ctx, func(_ *rueidistx.Reader, tx *rueidistx.Tx) error {
				futures = append(futures, tx.Incr(e.Key("n")))
				return nil
			}, rueidistx.Once(e.Mark("x"), markTTL))
			require.ErrorIs(t, err, rueidistx.ErrUnknown)
			require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(err))
			for _, f := range futures {
				require.ErrorIs(t, f.Err(), rueidistx.ErrUnknown)
			}
			p.Proxy.Disarm()
			p.Proxy.Release()
			n, err := p.Server.Do(t, "GET", e.Key("n")).ToString()
			require.NoError(t, err)
			require.Equal(t, "1", n) // late, and once
		})
	}
}

// TestOnceStaysUnknownForItsLastRun loses a commit, and has the context end in the next run of the closure, or that run panic.
// The futures of that run are those that the caller has, and the first one may be committed late.
func TestOnceStaysUnknownForItsLastRun(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func() error{
		"commit":    func() error { return nil },
		"own error": func() error { return errInsufficient },
		"panic":     func() error { panic(errInsufficient) },
	} {
		for _, w := range outcometest.Modes() {
			t.Run(w.Name+", "+name, func(t *testing.T) {
				t.Parallel()
				p, e := through(t, w, redistest.Shared(t)).Warm(t), entity(t)
				p.Proxy.Arm(faultproxy.Fault{Command: "EXEC", Action: faultproxy.CutHold})
				ctx, cancel := context.WithCancel(redistest.Context(t))
				defer cancel()
				var f rueidistx.Future[int64]
				runs := 0
				watch := func() error {
					return p.Watch(ctx, func(_ *rueidistx.Reader, tx *rueidistx.Tx) error {
						f = tx.Incr(e.Key("n"))
						if runs++; runs == 1 {
							return nil
						}
						cancel()
						return end()
					}, rueidistx.Once(e.Mark("x"), markTTL))
				}
				if name == "panic" {
					require.PanicsWithValue(t, errInsufficient, func() { _ = watch() })
				} else {
					require.ErrorIs(t, watch(), rueidistx.ErrUnknown)
				}
				require.Equal(t, 2, runs)
				require.ErrorIs(t, f.Err(), rueidistx.ErrUnknown)
				require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(f.Err()))
				p.Proxy.Release()
			})
		}
	}
}

// TestOnceRetractsAgain loses a commit, has the closure return an error when it runs again, and loses the commit that makes
// sure of the first one's end, too.
func TestOnceRetractsAgain(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			p, e := through(t, w, redistest.Shared(t)).Warm(t), entity(t)
			p.Proxy.Arm(faultproxy.Fault{Command: "EXEC", Action: faultproxy.CutHold})
			p.Proxy.Arm(faultproxy.Fault{Command: "EXEC", Phase: faultproxy.AfterCommand, DropReplies: true, Nth: 1})
			runs := 0
			err := p.Watch(redistest.Context(t), func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
				if runs++; runs > 1 {
					return errInsufficient
				}
				tx.Incr(e.Key("n"))
				return nil
			}, rueidistx.Once(e.Mark("x"), markTTL))
			require.ErrorIs(t, err, errInsufficient)
			require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
			require.Equal(t, 2, p.Proxy.Fired())
			p.Proxy.Release()
			require.True(t, p.Server.Do(t, "GET", e.Key("n")).IsNil())
		})
	}
}

// TestOnceFindsWhatItWouldRetract loses a commit and has the closure return an error when it runs again, while its mark is
// used: by the lost commit, which arrives, or by another call.
func TestOnceFindsWhatItWouldRetract(t *testing.T) {
	t.Parallel()
	for _, own := range []bool{true, false} {
		for _, w := range outcometest.Modes() {
			t.Run(fmt.Sprintf("%s, by itself %v", w.Name, own), func(t *testing.T) {
				t.Parallel()
				p, e := through(t, w, redistest.Shared(t)).Warm(t), entity(t)
				once := rueidistx.Once(e.Mark("x"), markTTL)
				ctx, cancel := context.WithTimeout(redistest.Context(t), 5*time.Second)
				defer cancel()
				p.Proxy.Arm(faultproxy.Fault{Command: "EXEC", Action: faultproxy.CutHold})
				var f rueidistx.Future[int64]
				runs := 0
				err := p.Watch(ctx, func(_ *rueidistx.Reader, tx *rueidistx.Tx) error {
					if runs++; runs == 1 {
						f = tx.Incr(e.Key("n"))
						return nil
					}
					if own {
						p.Proxy.Release()
					} else {
						require.NoError(t, p.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Incr(e.Key("n")); return nil }, once))
					}
					return errInsufficient
				}, once)
				require.NoError(t, ctx.Err())
				require.ErrorIs(t, err, rueidistx.ErrAlreadyApplied)
				require.Equal(t, own, errors.Is(err, rueidistx.ErrRepliesLost))
				require.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
				require.NotErrorIs(t, err, rueidistx.ErrDiscarded)
				require.Equal(t, own, errors.Is(f.Err(), rueidistx.ErrRepliesLost))
				require.Equal(t, !own, errors.Is(f.Err(), rueidistx.ErrNotApplied))
				p.Proxy.Release()
				n, err := p.Server.Do(t, "GET", e.Key("n")).ToString()
				require.NoError(t, err)
				require.Equal(t, "1", n)
			})
		}
	}
}
