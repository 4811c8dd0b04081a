package rueidistx_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// TestWatchedKeysStayWatched has keys that are watched in ways that are easily forgotten, each changed once.
func TestWatchedKeysStayWatched(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, key := redistest.Context(t), redistest.Key(t, "k")
		b := db.Client().B()
		for name, read := range map[string]func(r *rueidistx.Reader){
			"watched, then a read without a key": func(r *rueidistx.Reader) {
				r.Watch(key)
				_ = r.Unwatched().Time().Err()
			},
			"a read without a key, then one with a key": func(r *rueidistx.Reader) {
				_ = r.Time().Err()
				_ = r.Get(key).Err()
			},
			"a command whose key is not marked": func(r *rueidistx.Reader) {
				_ = rueidistx.Query(r, b.Arbitrary("GET", key).Build(), rueidistx.AsString).Err()
			},
		} {
			runs := 0
			require.NoError(t, db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
				runs++
				read(r)
				if runs == 1 {
					require.NoError(t, db.Auto(ctx).Incr(key).Err())
				}
				tx.Incr(key)
				return nil
			}), name)
			require.Equal(t, 2, runs, name)
		}
	})
}

// TestRawReadsAreRefusedNotPanics has commands for a Reader that are not complete, or whose keys are in different slots.
func TestRawReadsAreRefusedNotPanics(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, b := redistest.Context(t), db.Client().B()
		for _, argv := range [][]string{
			{"GET"}, {"EVALSHA_RO"}, {"EVAL_RO", "return 1"}, {"SINTERCARD"}, {"ZDIFF"}, {"MGET", "a", "b"}, {"EVAL_RO", "return 1", "2", "a", "b"},
		} {
			require.NotPanics(t, func() {
				err := db.Watch(ctx, func(r *rueidistx.Reader, _ *rueidistx.Tx) error {
					return rueidistx.Query(r, b.Arbitrary(argv...).Build(), rueidistx.AsAny).Err()
				})
				require.ErrorIs(t, err, rueidistx.ErrNotApplied, argv)
			}, argv)
		}
		require.NotPanics(t, func() {
			err := db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
				r.Watch("{a}x")
				tx.Set("{b}y", "1")
				return nil
			})
			require.ErrorIs(t, err, rueidistx.ErrCrossSlot)
		})
	}, rueidistx.CheckSlots())
}

// TestEveryReadIsSettled has reads that nobody has asked for, in runs that end before they could be sent.
func TestEveryReadIsSettled(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		key := redistest.Key(t, "k")
		for name, end := range map[string]func(tx *rueidistx.Tx, cancel func()) error{
			"another slot":                  func(tx *rueidistx.Tx, _ func()) error { tx.Set("{other}", "1"); return nil },
			"context ended":                 func(tx *rueidistx.Tx, cancel func()) error { cancel(); tx.Incr(key); return nil },
			"nothing queued, context ended": func(_ *rueidistx.Tx, cancel func()) error { cancel(); return nil },
			"error":                         func(*rueidistx.Tx, func()) error { return errInsufficient },
			"early":                         func(tx *rueidistx.Tx, _ func()) error { return tx.Get(key).Err() },
		} {
			ctx, cancel := context.WithCancel(redistest.Context(t))
			var f, g rueidistx.Future[string]
			err := db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
				f, g = r.Get(key), r.Unwatched().Get(key)
				return end(tx, cancel)
			})
			cancel()
			require.Error(t, err, name)
			require.NotEqual(t, "pending", f.String(), name)
			require.NotEqual(t, "pending", g.String(), name)
		}
	}, rueidistx.CheckSlots())
}

// TestReadThatFailsWithTheCommit has reads that nobody has asked for, and that fail. They keep a Watch that queues nothing
// from succeeding; they come too late to stop a commit.
func TestReadThatFailsWithTheCommit(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, key, list := redistest.Context(t), redistest.Key(t, "k"), redistest.Key(t, "list")
		require.NoError(t, db.Auto(ctx).RPush(list, "x").Err())
		var f rueidistx.Future[string]
		require.NoError(t, db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
			f = r.Get(list)
			tx.Set(key, "1")
			return nil
		}))
		require.ErrorIs(t, f.Err(), rueidistx.ErrService)
		for name, read := range map[string]func(r *rueidistx.Reader){
			"alone":         func(r *rueidistx.Reader) { r.Get(list) },
			"in the second": func(r *rueidistx.Reader) { _ = r.Get(key).Err(); r.Get(list) },
			"unwatched":     func(r *rueidistx.Reader) { r.Unwatched().Get(list) },
		} {
			err := db.Watch(ctx, func(r *rueidistx.Reader, _ *rueidistx.Tx) error { read(r); return nil })
			require.ErrorIs(t, err, rueidistx.ErrService, name)
			require.ErrorIs(t, err, rueidistx.ErrNotApplied, name)
		}
	})
}

// TestConflictOfAnotherWatch has a closure return the error of another Watch: what it has read itself remains.
func TestConflictOfAnotherWatch(t *testing.T) {
	t.Parallel()
	db, key := outcometest.ClientModes[0].Open(t, redistest.Shared(t).Addr), redistest.Key(t, "k")
	var f rueidistx.Future[string]
	err := db.Watch(redistest.Context(t), func(r *rueidistx.Reader, _ *rueidistx.Tx) error {
		f = r.Get(key).Default("none")
		_ = f.Err()
		return &rueidistx.ConflictError{Attempts: 1}
	})
	require.ErrorIs(t, err, rueidistx.ErrConflict)
	require.Equal(t, "none", f.Must())
}

// reading is a value that reads while it is encoded.
type readingValue struct{ f rueidistx.Future[string] }

func (v readingValue) MarshalJSON() ([]byte, error) {
	s, err := v.f.Default("none").Value()
	if err != nil {
		return nil, err
	}
	return json.Marshal(s)
}

func (v *readingValue) UnmarshalJSON([]byte) error { return nil }

func TestOnceValueReadsWhileItIsEncoded(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, e := redistest.Context(t), entity(t)
		_, _, err := rueidistx.OnceValue(ctx, db, e.Mark("x"), markTTL, func(r *rueidistx.Reader, _ *rueidistx.Tx) (readingValue, error) {
			_ = r.Get(e.Key("k")).Err()
			return readingValue{r.Get(e.Key("other"))}, nil
		})
		require.NoError(t, err)
	})
}

// TestOnceOwnError has closures that return an error of their own, though the mark is used.
func TestOnceOwnError(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, e := redistest.Context(t), entity(t)
		once := func(mark string, err error) (int, bool, error) {
			return rueidistx.OnceValue(ctx, db, e.Mark(mark), markTTL, func(*rueidistx.Reader, *rueidistx.Tx) (int, error) { return 7, err })
		}
		_, _, err := once("unused", rueidistx.ErrAlreadyApplied)
		require.ErrorIs(t, err, rueidistx.ErrAlreadyApplied)
		require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
		n, repeated, err := once("used", nil)
		require.NoError(t, err)
		require.False(t, repeated)
		require.Equal(t, 7, n)
		n, repeated, err = once("used", errInsufficient)
		require.NoError(t, err)
		require.True(t, repeated)
		require.Equal(t, 7, n)
	})
}

// TestRepeatedOnceKeepsItsConnection does not dial for each call, but a few times, as a connection is not back at once.
func TestRepeatedOnceKeepsItsConnection(t *testing.T) {
	t.Parallel()
	p, e := through(t, outcometest.ClientModes[0], redistest.Shared(t)).Warm(t), entity(t)
	for i := range 20 {
		err := p.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { tx.Incr(e.Key("n")); return nil }, rueidistx.Once(e.Mark("x"), markTTL))
		if i > 0 {
			require.ErrorIs(t, err, rueidistx.ErrAlreadyApplied)
		}
	}
	require.Less(t, p.Proxy.Conns(), 10)
}

// TestOnceEndsBeforeItsMarker notices a lost commit only when the marker has expired: it must not run again.
func TestOnceEndsBeforeItsMarker(t *testing.T) {
	redistest.Long(t) // it waits for a ttl
	t.Parallel()
	proxy, e := faultproxy.Start(t, redistest.Shared(t).Addr), entity(t)
	db, err := rueidistx.Open(rueidis.ClientOption{InitAddress: []string{proxy.Addr()}, ForceSingleClient: true, ConnWriteTimeout: 2 * time.Second})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	require.NoError(t, db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { tx.Ping(); return nil }))
	learn(t, redistest.Shared(t))
	for by, run := range map[string]func(fn func(tx *rueidistx.Tx) error, options ...rueidistx.TxOption) error{
		"EXEC": func(fn func(tx *rueidistx.Tx) error, options ...rueidistx.TxOption) error {
			return db.Watch(context.Background(), func(_ *rueidistx.Reader, tx *rueidistx.Tx) error { return fn(tx) }, options...)
		},
		"EVALSHA": func(fn func(tx *rueidistx.Tx) error, options ...rueidistx.TxOption) error {
			return db.Transact(context.Background(), fn, options...)
		},
	} {
		proxy.Arm(faultproxy.Fault{Command: by, Phase: faultproxy.AfterCommand, Action: faultproxy.Hold})
		err = run(func(tx *rueidistx.Tx) error { tx.Incr(e.Key(by)); return nil }, rueidistx.Once(e.Mark(by), time.Second))
		require.ErrorIs(t, err, rueidistx.ErrUnknown)
		require.Positive(t, proxy.Release())
		n, err := redistest.Shared(t).Do(t, "GET", e.Key(by)).ToString()
		require.NoError(t, err)
		require.Equal(t, "1", n)
	}
}

// TestOnceDoesNotTrustAMarkerThatExpired has a late EXEC executed, and its marker expire, while the closure runs again: what
// is not there any more does not prove that nothing was applied.
func TestOnceDoesNotTrustAMarkerThatExpired(t *testing.T) {
	redistest.Long(t) // it waits for a ttl
	t.Parallel()
	for i, c := range []struct {
		own     error
		another bool // call uses the mark afterwards
	}{{nil, false}, {errInsufficient, false}, {errInsufficient, true}} {
		p, e := through(t, outcometest.ClientModes[0], redistest.Shared(t), rueidistx.DedicatedTransactions(0)).Warm(t), entity(t)
		p.Proxy.Arm(faultproxy.Fault{Command: "EXEC", Action: faultproxy.CutHold})
		runs, n, mark := 0, e.Key("n", fmt.Sprint(i)), e.Mark("x", fmt.Sprint(i))
		err := p.Watch(context.Background(), func(_ *rueidistx.Reader, tx *rueidistx.Tx) error {
			if runs++; runs == 2 {
				p.Release(t)
				redistest.Eventually(t, "EXEC is executed", func() bool {
					there, err := p.Server.Do(t, "EXISTS", n).AsInt64()
					return err == nil && there == 1
				})
				redistest.Eventually(t, "the marker has expired", func() bool {
					there, err := p.Server.Do(t, "EXISTS", mark.Key()).AsInt64()
					return err == nil && there == 0
				})
				if c.another {
					require.NoError(t, p.Transact(context.Background(), func(tx *rueidistx.Tx) error { tx.Ping(); return nil }, rueidistx.Once(mark, markTTL)))
				}
			}
			tx.Incr(n)
			if runs == 2 {
				return c.own
			}
			return nil
		}, rueidistx.Once(mark, time.Second), rueidistx.Backoff(0, 0))
		require.ErrorIs(t, err, rueidistx.ErrUnknown)
		applied, err := p.Server.Do(t, "GET", n).ToString()
		require.NoError(t, err)
		require.Equal(t, "1", applied)
	}
}

// TestReadsAfterARefusedOne: each read that follows has the reason of the one that was refused.
func TestReadsAfterARefusedOne(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		none := rueidistx.Entity{}.Key("x")
		err := db.Watch(redistest.Context(t), func(r *rueidistx.Reader, _ *rueidistx.Tx) error {
			_, first := r.Get(none).Value()
			_, second := r.Get(redistest.Key(t, "k")).Value()
			require.ErrorContains(t, first, "kind or id is empty")
			require.ErrorContains(t, second, "kind or id is empty")
			return nil
		})
		require.ErrorContains(t, err, "kind or id is empty")
	})
}
