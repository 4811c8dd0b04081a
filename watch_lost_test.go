package rueidistx_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

var repliesLost = faultproxy.Fault{Command: "EXEC", Phase: faultproxy.AfterCommand, DropReplies: true}

// TestReadsOfACommittedRun has a run that turns out to have been committed: what it has read remains.
func TestReadsOfACommittedRun(t *testing.T) {
	t.Parallel()
	type pair struct {
		old rueidistx.Future[string]
		new rueidistx.Future[int64]
	}
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			p, e := through(t, w, redistest.Shared(t)).Warm(t), entity(t)
			n := e.Key("n")
			require.NoError(t, p.Auto(redistest.Context(t)).Set(n, "5").Err())
			p.Proxy.Arm(repliesLost)
			v, err := rueidistx.WatchValue(redistest.Context(t), p.DB, func(r *rueidistx.Reader, tx *rueidistx.Tx) (pair, error) {
				f := r.Get(n)
				return pair{f, tx.Incr(n)}, f.Err()
			}, rueidistx.Once(e.Mark("x"), markTTL))
			outcometest.RequireVerdict(t, err, rueidistx.Applied, rueidistx.ErrRepliesLost, rueidistx.ErrConnection)
			require.Equal(t, "5", v.old.Must())
			require.ErrorIs(t, v.new.Err(), rueidistx.ErrRepliesLost)
		})
	}
}

// TestReadsOfAnUnknownRun has a run of which it stays unknown whether it was committed.
func TestReadsOfAnUnknownRun(t *testing.T) {
	t.Parallel()
	for _, once := range []bool{false, true} {
		p, e := through(t, outcometest.ClientModes[0], redistest.Shared(t)).Warm(t), entity(t)
		n := e.Key("n")
		require.NoError(t, p.Auto(redistest.Context(t)).Set(n, "5").Err())
		p.Proxy.Arm(faultproxy.Fault{Command: "EXEC", Phase: faultproxy.AfterCommand, Action: faultproxy.Hold, Every: true})
		var options []rueidistx.TxOption
		if once {
			options = append(options, rueidistx.Once(e.Mark("x"), markTTL))
		}
		ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		var read rueidistx.Future[string]
		var written rueidistx.Future[int64]
		err := p.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
			read, written = r.Get(n), tx.Incr(n)
			return read.Err()
		}, options...)
		cancel()
		require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(err))
		require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(written.Err()))
		require.Equal(t, "5", read.Must())
		p.Proxy.Release()
	}
}

// TestReadThatIsLostWithTheCommit has a read that nobody has asked for, and that is sent with a commit whose replies are lost:
// it does not say that nothing was applied.
func TestReadThatIsLostWithTheCommit(t *testing.T) {
	t.Parallel()
	p, key := through(t, outcometest.ClientModes[0], redistest.Shared(t)).Warm(t), redistest.Key(t, "k")
	p.Proxy.Arm(repliesLost)
	var read rueidistx.Future[string]
	err := p.Watch(redistest.Context(t), func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
		read = r.Get(key)
		tx.Incr(key)
		return nil
	})
	require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(err))
	require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(read.Err()))
	require.NotErrorIs(t, read.Err(), rueidistx.ErrNotApplied)
	require.Equal(t, "1", p.Auto(redistest.Context(t)).Get(key).Must())
}

// TestOnceForEver has the longest ttl that there is.
func TestOnceForEver(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			db, ctx, e := w.Open(t, redistest.Shared(t).Addr), context.Background(), entity(t)
			try := func() error {
				return db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Incr(e.Key("n")); return nil }, rueidistx.Once(e.Mark("x"), math.MaxInt64))
			}
			require.NoError(t, try())
			require.ErrorIs(t, try(), rueidistx.ErrAlreadyApplied)
			require.Equal(t, "1", db.Auto(ctx).Get(e.Key("n")).Must())
		})
	}
}

// TestServerHangsDuringWait has a server that does not answer WAIT, also behind its timeout.
func TestServerHangsDuringWait(t *testing.T) {
	redistest.Long(t) // 5 seconds more than the timeout
	t.Parallel()
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			p, key := through(t, w, redistest.Shared(t)).Warm(t), redistest.Key(t, "k")
			p.Proxy.Arm(faultproxy.Fault{Command: "WAIT", Action: faultproxy.Hold})
			err := p.Transact(context.Background(), func(tx *rueidistx.Tx) error { tx.Incr(key); return nil }, rueidistx.Durable(1, 50*time.Millisecond))
			requireNotDurable(t, err, -1)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			p.Release(t)
			outcometest.RequireUsable(t, p.DB)
		})
	}
}

// TestRepeatedOnceValueSaysOnlyThatItWasApplied has a first call whose command fails, and that is not durable.
func TestRepeatedOnceValueSaysOnlyThatItWasApplied(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, e := redistest.Context(t), entity(t)
		require.NoError(t, db.Auto(ctx).RPush(e.Key("list"), "x").Err())
		pay := func() (int, bool, error) {
			return rueidistx.OnceValue(ctx, db, e.Mark("x"), markTTL, func(_ *rueidistx.Reader, tx *rueidistx.Tx) (int, error) {
				tx.Incr(e.Key("list"))
				return 7, nil
			})
		}
		n, repeated, err := pay()
		require.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
		require.ErrorIs(t, err, rueidistx.ErrService)
		require.Equal(t, 7, n)
		require.False(t, repeated)
		n, repeated, err = pay()
		require.NoError(t, err)
		require.Equal(t, 7, n)
		require.True(t, repeated)

		require.NoError(t, db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Ping(); return nil }, rueidistx.Once(e.Mark("bare"), markTTL)))
		_, repeated, err = rueidistx.OnceValue(ctx, db, e.Mark("bare"), markTTL, func(*rueidistx.Reader, *rueidistx.Tx) (int, error) { return 1, nil })
		require.True(t, repeated)
		require.ErrorIs(t, err, rueidistx.ErrDecode)
		require.ErrorContains(t, err, "used without a value")
	})
}

// TestFutureIsAskedTooEarlyInTransact has no Reader that could be asked instead.
func TestFutureIsAskedTooEarlyInTransact(t *testing.T) {
	t.Parallel()
	db, e := outcometest.ClientModes[0].Open(t, redistest.Shared(t).Addr), entity(t)
	err := db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { return tx.Get(e.Key("n")).Err() }, rueidistx.Once(e.Mark("x"), markTTL))
	require.ErrorIs(t, err, rueidistx.ErrPending)
	require.NotContains(t, err.Error(), "through r")
}

// TestMarkInAnotherSlot has a closure that reads in another slot than that of the mark: its own error is not what counts.
func TestMarkInAnotherSlot(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		err := db.Watch(redistest.Context(t), func(r *rueidistx.Reader, _ *rueidistx.Tx) error {
			_ = r.Get(entity(t).Key("n")).Err()
			return errInsufficient
		}, rueidistx.Once(rueidistx.Tag("other", 1).Mark("x"), markTTL))
		require.ErrorIs(t, err, rueidistx.ErrCrossSlot)
		require.NotErrorIs(t, err, errInsufficient)
	}, rueidistx.CheckSlots())
}

// TestWatchLimits has closures that run as often as they may.
func TestWatchLimits(t *testing.T) {
	t.Parallel()
	p, key := through(t, outcometest.ClientModes[0], redistest.Shared(t)).Warm(t), redistest.Key(t, "k")
	ctx := redistest.Context(t)
	runs := 0
	conflicting := func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
		runs++
		_ = r.Get(key).Err()
		p.Server.Do(t, "INCR", key)
		tx.Set(key, "")
		return nil
	}
	var conflict *rueidistx.ConflictError
	require.ErrorAs(t, p.Watch(ctx, conflicting, rueidistx.Backoff(0, 0)), &conflict)
	require.Equal(t, []int{64, 64}, []int{runs, conflict.Attempts})

	runs = 0
	err := p.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
		if runs == 1 {
			p.Proxy.Arm(faultproxy.Fault{Command: "GET"})
		}
		return conflicting(r, tx)
	}, rueidistx.Attempts(2))
	require.Equal(t, 2, runs, "whatever makes it run again")
	require.ErrorIs(t, err, rueidistx.ErrConnection)

	// The context ends while it pauses.
	bounded, cancel := context.WithCancel(context.Background())
	defer cancel()
	err = p.Watch(bounded, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
		defer time.AfterFunc(300*time.Millisecond, cancel)
		return conflicting(r, tx)
	}, rueidistx.Backoff(time.Hour, time.Hour))
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, rueidistx.ErrConflict)
	require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
}

// TestUnwatchedReadsAreNotAskedAgain has a closure with one watched and one unwatched read return an error: that is about one
// state of the data without asking the server again.
func TestUnwatchedReadsAreNotAskedAgain(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, key, runs := redistest.Context(t), redistest.Key(t, "k"), 0
		err := db.Watch(ctx, func(r *rueidistx.Reader, _ *rueidistx.Tx) error {
			runs++
			_, _ = r.Get(key).Err(), r.Unwatched().Get(key).Err()
			require.NoError(t, db.Auto(ctx).Incr(key).Err())
			return errInsufficient
		})
		require.ErrorIs(t, err, errInsufficient)
		require.Equal(t, 1, runs)
	})
}

// TestConnectionGoesBackToThePool has Watches with pauses between them: they use one connection, and nothing is watched when
// it goes back.
func TestConnectionGoesBackToThePool(t *testing.T) {
	t.Parallel()
	proxy := faultproxy.Start(t, redistest.Shared(t).Addr)
	option := outcometest.ClientModes[0].Option(proxy.Addr())
	option.BlockingPoolSize = 1
	db, err := rueidistx.Open(option)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	key := redistest.Key(t, "k")
	proxy.Record(true)
	var ids []int64
	for range 3 {
		client, release := db.Client().Dedicate() // waits until it is back
		release()
		require.NotNil(t, client)
		var id rueidistx.Future[int64]
		require.NoError(t, db.Watch(context.Background(), func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
			_ = r.Get(key).Err()
			id = rueidistx.Queue(tx, tx.B().ClientId().Build(), rueidistx.AsInt64)
			return nil
		}))
		ids = append(ids, id.Must())
	}
	require.Equal(t, []int64{ids[0], ids[0], ids[0]}, ids)
	require.NotContains(t, proxy.Commands(), "UNWATCH")
}

// TestClientPanicsInTheCommit has a wrapper that panics when it gets EXEC.
func TestClientPanicsInTheCommit(t *testing.T) {
	t.Parallel()
	for _, once := range []bool{false, true} {
		db := outcometest.ClientModes[0].Open(t, redistest.Shared(t).Addr, rueidistx.Wrap(func(client rueidis.Client) rueidis.Client {
			w := wrap(client)
			w.before = func(_ int, commands []rueidis.Completed) {
				for _, c := range commands {
					if c.Commands()[0] == "INCR" {
						panic("wrapper")
					}
				}
			}
			return w
		}))
		e := entity(t)
		var options []rueidistx.TxOption
		if once {
			options = append(options, rueidistx.Once(e.Mark("x"), markTTL))
		}
		var read rueidistx.Future[string]
		var written rueidistx.Future[int64]
		require.Panics(t, func() {
			_ = db.Watch(redistest.Context(t), func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
				read, written = r.Get(e.Key("n")), tx.Incr(e.Key("n"))
				_ = read.Err()
				return nil
			}, options...)
		})
		require.ErrorIs(t, read.Err(), rueidistx.ErrNil)
		require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(written.Err()))
	}
}

// TestDurabilityErrorText joins the errors of commands with the reason why there is no answer.
func TestDurabilityErrorText(t *testing.T) {
	t.Parallel()
	err := &rueidistx.DurabilityError{Acknowledged: -1, Wanted: 1, Err: errors.Join(rueidistx.ErrApplied, context.DeadlineExceeded)}
	require.NotContains(t, err.Error(), "\n")
	require.Contains(t, err.Error(), "; context deadline exceeded")
	require.Equal(t, rueidistx.ErrNotDurable.Error()+": the primary has not synced its file", (&rueidistx.DurabilityError{WantedLocal: true}).Error())
	require.Contains(t, (&rueidistx.DurabilityError{Wanted: 1, WantedLocal: true}).Error(), "0 of 1 replicas have acknowledged it, and the primary has not synced")
}
