package rueidistx_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// onEach runs test on a server in each protocol, on a cluster and on the embedded server.
func onEach(t *testing.T, test func(t *testing.T, db *rueidistx.DB), options ...rueidistx.Option) {
	t.Helper()
	open := func(t *testing.T, db *rueidistx.DB, err error) {
		require.NoError(t, err)
		t.Cleanup(db.Close)
		test(t, db)
	}
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			db, err := rueidistx.Open(w.Option(redistest.Shared(t).Addr), options...)
			open(t, db, err)
		})
	}
	t.Run("cluster", func(t *testing.T) {
		t.Parallel()
		db, err := rueidistx.Open(redistest.SharedCluster(t).Option(), options...)
		open(t, db, err)
	})
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		db, err := rueidistx.Open(redistest.EmbeddedOption(redistest.StartEmbedded(t)), options...)
		open(t, db, err)
	})
}

var errInsufficient = errors.New("insufficient")

// transfer moves an amount, unless there is too little.
func transfer(ctx context.Context, db *rueidistx.DB, from, to string, amount int64) error {
	return db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
		balance, err := rueidistx.Int(r.Get(from)).Value()
		if err != nil {
			return err
		}
		if balance < amount {
			return errInsufficient
		}
		tx.DecrBy(from, amount)
		tx.IncrBy(to, amount)
		return nil
	})
}

func TestWatch(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, from, to := redistest.Context(t), redistest.Key(t, "from"), redistest.Key(t, "to")
		auto := db.Auto(ctx)
		require.NoError(t, auto.Set(from, "10").Err())
		require.NoError(t, transfer(ctx, db, from, to, 7))
		require.Equal(t, "3", auto.Get(from).Must())
		require.Equal(t, "7", auto.Get(to).Must())

		err := transfer(ctx, db, from, to, 7)
		require.ErrorIs(t, err, errInsufficient)
		require.ErrorIs(t, err, rueidistx.ErrDiscarded)
		require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
		require.Equal(t, "3", auto.Get(from).Must())
	})
}

// TestWatchRunsAgain has a key changed between the read and the commit, once.
func TestWatchRunsAgain(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, key := redistest.Context(t), redistest.Key(t, "k")
		var read []rueidistx.Future[string]
		var queued []rueidistx.Future[bool]
		var attempts []int
		require.NoError(t, db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
			f := r.Get(key).Default("")
			read, attempts = append(read, f), append(attempts, r.Attempt())
			v, err := f.Value()
			if err != nil {
				return err
			}
			if len(attempts) == 1 {
				require.NoError(t, db.Auto(ctx).Set(key, "other").Err())
			}
			queued = append(queued, tx.Set(key, v+"!"))
			return nil
		}))
		require.Equal(t, []int{1, 2}, attempts)
		require.Equal(t, "other!", db.Auto(ctx).Get(key).Must())
		require.ErrorIs(t, read[0].Err(), rueidistx.ErrConflict)
		require.ErrorIs(t, queued[0].Err(), rueidistx.ErrConflict)
		require.Equal(t, "other", read[1].Must())
		require.True(t, queued[1].Must())
	})
}

func TestWatchCountsExactly(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, key := redistest.Context(t), redistest.Key(t, "k")
		const workers, each = 8, 25
		var working sync.WaitGroup
		for range workers {
			working.Go(func() {
				for range each {
					assert.NoError(t, db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
						n, err := rueidistx.Int(r.Get(key).Default("0")).Value()
						if err != nil {
							return err
						}
						tx.Set(key, strconv.FormatInt(n+1, 10))
						return nil
					}, rueidistx.Attempts(100_000)))
				}
			})
		}
		working.Wait()
		require.Equal(t, strconv.Itoa(workers*each), db.Auto(ctx).Get(key).Must())
	})
}

func TestWatchReturnsConflict(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, key := redistest.Context(t), redistest.Key(t, "k")
		always := func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
			_ = r.Get(key).Err()
			require.NoError(t, db.Auto(ctx).Incr(key).Err())
			tx.Incr(key)
			return nil
		}
		err := db.Watch(ctx, always, rueidistx.Attempts(3), rueidistx.Backoff(0, 0))
		var conflict *rueidistx.ConflictError
		require.ErrorAs(t, err, &conflict)
		require.Equal(t, 3, conflict.Attempts)
		require.ErrorIs(t, err, rueidistx.ErrConflict)
		require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
		require.Equal(t, "3", db.Auto(ctx).Get(key).Must())

		bounded, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		err = db.Watch(bounded, always, rueidistx.Attempts(1_000_000), rueidistx.Backoff(time.Millisecond, time.Millisecond))
		require.NotEqual(t, rueidistx.Applied, rueidistx.OutcomeOf(err), err) // Unknown if ctx ended during EXEC
	})
}

// TestWatchWithoutCommands has closures that queue nothing, or return an error: what they saw must have been one state.
func TestWatchWithoutCommands(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, a, b := redistest.Context(t), redistest.Key(t, "a"), redistest.Key(t, "b")
		for _, own := range []error{nil, errInsufficient} {
			runs := 0
			err := db.Watch(ctx, func(r *rueidistx.Reader, _ *rueidistx.Tx) error {
				runs++
				_ = r.Get(a).Err()
				if runs == 1 {
					require.NoError(t, db.Auto(ctx).Incr(a).Err())
				}
				_ = r.Get(b).Err()
				return own
			})
			require.Equal(t, 2, runs)
			if own == nil {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, own)
			}
		}

		var f, g rueidistx.Future[string]
		require.NoError(t, db.Watch(ctx, func(r *rueidistx.Reader, _ *rueidistx.Tx) error {
			f, g = r.Get(a), r.Unwatched().Get(a)
			return nil
		}))
		require.Equal(t, "2", f.Must())
		require.Equal(t, "2", g.Must())
		require.NoError(t, db.Watch(ctx, func(*rueidistx.Reader, *rueidistx.Tx) error { return nil }))
	})
}

// TestReadsNobodyAskedFor are settled by the commit, and consistent with it.
func TestReadsNobodyAskedFor(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, a, b := redistest.Context(t), redistest.Key(t, "a"), redistest.Key(t, "b")
		require.NoError(t, db.Auto(ctx).Set(a, "1").Err())
		f, err := rueidistx.WatchValue(ctx, db, func(r *rueidistx.Reader, tx *rueidistx.Tx) (rueidistx.Future[string], error) {
			tx.Set(b, "2")
			return r.Get(a), nil
		})
		require.NoError(t, err)
		require.Equal(t, "1", f.Must())
		f, err = rueidistx.WatchValue(ctx, db, func(r *rueidistx.Reader, tx *rueidistx.Tx) (rueidistx.Future[string], error) {
			_ = r.Get(a).Err()
			tx.Set(b, "3")
			return r.Get(b), nil
		})
		require.NoError(t, err)
		require.Equal(t, "2", f.Must())
		require.Equal(t, "3", db.Auto(ctx).Get(b).Must())
	})
}

func TestWatchUnwatched(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, a, b := redistest.Context(t), redistest.Key(t, "a"), redistest.Key(t, "b")
		runs := 0
		require.NoError(t, db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
			runs++
			f := r.Get(b)
			_ = r.Unwatched().Get(a).Err()
			require.NoError(t, db.Auto(ctx).Incr(a).Err())
			_ = f.Err()
			tx.Set(b, "x")
			return nil
		}))
		require.Equal(t, 1, runs)

		runs = 0
		require.NoError(t, db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
			runs++
			r.Watch(a)
			_ = r.Get(b).Err()
			if runs == 1 {
				require.NoError(t, db.Auto(ctx).Incr(a).Err())
			}
			tx.Set(b, "x")
			return nil
		}))
		require.Equal(t, 2, runs)
	})
}

// TestBrokenReadIsNotBelieved has closures that go on although a read has failed.
func TestBrokenReadIsNotBelieved(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, list, key := redistest.Context(t), redistest.Key(t, "list"), redistest.Key(t, "k")
		require.NoError(t, db.Auto(ctx).RPush(list, "x").Err())
		for _, own := range []error{nil, errInsufficient} {
			runs := 0
			err := db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
				runs++
				tx.Set(key, r.Get(list).Or("sold out"))
				return own
			})
			require.Equal(t, 1, runs)
			require.ErrorIs(t, err, rueidistx.ErrService)
			require.ErrorIs(t, err, rueidistx.ErrNotApplied)
			require.NotErrorIs(t, err, errInsufficient)
			require.ErrorContains(t, err, "WRONGTYPE")
			require.Zero(t, db.Auto(ctx).Exists(key).Must())
		}
	})
}

func TestWatchMisuse(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, key := redistest.Context(t), redistest.Key(t, "k")
		var kept *rueidistx.Reader
		var late *rueidistx.Tx
		require.NoError(t, db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
			kept, late = r, tx
			require.ErrorIs(t, tx.Exec(ctx), rueidistx.ErrDone)
			tx.Discard()
			tx.Set(key, "1")
			return nil
		}))
		require.ErrorIs(t, kept.Get(key).Err(), rueidistx.ErrDone)
		require.ErrorIs(t, kept.Unwatched().Get(key).Err(), rueidistx.ErrDone)
		require.ErrorIs(t, late.Get(key).Err(), rueidistx.ErrDone)
		kept.Watch(key)
		require.Equal(t, "1", db.Auto(ctx).Get(key).Must())

		err := db.Watch(ctx, func(_ *rueidistx.Reader, tx *rueidistx.Tx) error {
			if tx.Get(key).Or("") == "" {
				tx.Set(key, "sold out")
			}
			return nil
		})
		require.ErrorIs(t, err, rueidistx.ErrPending)
		require.ErrorIs(t, err, rueidistx.ErrNotApplied)
		require.ErrorContains(t, err, "read through r")
		require.Equal(t, "1", db.Auto(ctx).Get(key).Must())

		require.ErrorIs(t, db.Watch(ctx, nil), rueidistx.ErrInvalid)
		var zero rueidistx.Reader
		require.ErrorIs(t, zero.Get(key).Err(), rueidistx.ErrInvalid)
		require.ErrorIs(t, zero.Unwatched().Get(key).Err(), rueidistx.ErrInvalid)
		require.Zero(t, zero.Attempt())
		zero.Watch(key)
		none := (*rueidistx.Reader)(nil)
		none.Watch(key)
		require.Nil(t, none.Unwatched())
		require.ErrorIs(t, rueidistx.Query(none, db.Client().B().Get().Key(key).Build(), rueidistx.AsString).Err(), rueidistx.ErrInvalid)
	})
}

func TestWatchAcrossSlots(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, key := redistest.Context(t), redistest.Key(t, "k")
		other := key + "{other}" // the first tag counts
		other = "{other}" + other
		for name, fn := range map[string]func(r *rueidistx.Reader, tx *rueidistx.Tx) error{
			"two reads": func(r *rueidistx.Reader, _ *rueidistx.Tx) error { _ = r.Get(key).Err(); return r.Get(other).Err() },
			"read and command": func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
				_ = r.Get(key).Err()
				tx.Set(other, "1")
				return nil
			},
			"unasked read": func(r *rueidistx.Reader, tx *rueidistx.Tx) error { r.Get(key); tx.Set(other, "1"); return nil },
			"unwatched read": func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
				r.Unwatched().Get(key)
				tx.Set(other, "1")
				return nil
			},
			"watched key":  func(r *rueidistx.Reader, tx *rueidistx.Tx) error { r.Watch(key); r.Get(other); return nil },
			"watched keys": func(r *rueidistx.Reader, tx *rueidistx.Tx) error { r.Watch(key, other); tx.Set(key, "1"); return nil },
		} {
			err := db.Watch(ctx, fn)
			require.ErrorIs(t, err, rueidistx.ErrCrossSlot, name)
			require.ErrorIs(t, err, rueidistx.ErrNotApplied, name)
			require.Zero(t, db.Auto(ctx).Exists(key).Must())
			require.Zero(t, db.Auto(ctx).Exists(other).Must())
		}
	}, rueidistx.CheckSlots())
}

func TestWatchWithScripts(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, key := redistest.Context(t), redistest.Key(t, "k")
		require.NoError(t, db.Auto(ctx).Set(key, "1").Err())
		runs := 0
		err := db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
			runs++
			a, b := peeking.Queue(r, []string{key}), peeking.Queue(r, []string{key})
			if _, err := rueidistx.Zip(a, b).Value(); err != nil {
				return err
			}
			if runs == 1 {
				require.NoError(t, db.Auto(ctx).Incr(key).Err())
			}
			_ = peeking.Queue(r, []string{key}).Must()
			counting.Queue(tx, []string{key})
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, 2, runs)
		require.Equal(t, "3", db.Auto(ctx).Get(key).Must())

		b := db.Client().B()
		require.NoError(t, db.Watch(ctx, func(r *rueidistx.Reader, _ *rueidistx.Tx) error {
			if v := rueidistx.Query(r, b.Get().Key(key).Build(), rueidistx.AsString).Must(); v != "3" {
				return errors.New(v)
			}
			return nil
		}))
		err = db.Watch(ctx, func(r *rueidistx.Reader, _ *rueidistx.Tx) error {
			return rueidistx.Query(r.Unwatched(), b.Set().Key(key).Value("x").Build(), rueidistx.AsString).Err()
		})
		require.ErrorIs(t, err, rueidistx.ErrForbidden)
		err = db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
			return rueidistx.Query(r, b.Arbitrary("MY.READ").Keys(key).ReadOnly(), rueidistx.AsString).Err()
		})
		require.ErrorIs(t, err, rueidistx.ErrInvalid)
	})
}
