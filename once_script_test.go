package rueidistx_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// learn has the server know the script that commits a Transact with Once.
func learn(t *testing.T, s *redistest.Server) {
	t.Helper()
	db, err := rueidistx.Open(s.Option())
	require.NoError(t, err)
	defer db.Close()
	_, err = db.If(rueidistx.Missing("ways:none")).Exec(redistest.Context(t))
	require.NoError(t, err)
}

// TestOnceByScriptAfterLostConnection cuts the connection around the script that does the work: it is done once, the closure
// runs once, and Once says so.
func TestOnceByScriptAfterLostConnection(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	learn(t, s)
	for _, c := range []struct {
		name  string
		fault faultproxy.Fault
		is    error // nil: none
	}{
		{"before", faultproxy.Fault{}, nil},
		{"in the middle", faultproxy.Fault{Phase: faultproxy.MidCommand}, nil},
		{"after", faultproxy.Fault{Phase: faultproxy.AfterCommand, DropReplies: true}, rueidistx.ErrRepliesLost},
		{"after, reset", faultproxy.Fault{Phase: faultproxy.AfterCommand, Action: faultproxy.Reset}, rueidistx.ErrRepliesLost},
	} {
		for _, w := range outcometest.Modes() {
			t.Run(c.name+", "+w.Name, func(t *testing.T) {
				t.Parallel()
				p, e := through(t, w, s).Warm(t), entity(t)
				fault := c.fault
				fault.Command = "EVALSHA"
				p.Proxy.Arm(fault)
				runs := 0
				f, err := rueidistx.TransactValue(redistest.Context(t), p.DB, func(tx *rueidistx.Tx) (rueidistx.Future[int64], error) {
					runs++
					return tx.Incr(e.Key("n")), nil
				}, rueidistx.Once(e.Mark("x"), markTTL))
				require.Equal(t, 1, runs)
				require.Equal(t, 1, p.Proxy.Fired())
				require.Equal(t, "1", p.Auto(redistest.Context(t)).Get(e.Key("n")).Must())
				require.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
				if c.is == nil {
					require.NoError(t, err)
					require.EqualValues(t, 1, f.Must())
				} else {
					require.ErrorIs(t, err, c.is)
					require.ErrorIs(t, f.Err(), c.is)
				}
				outcometest.RequireUsable(t, p.DB)
			})
		}
	}
}

// TestOnceByScriptStaysUnknown has the script held back until the context has ended.
func TestOnceByScriptStaysUnknown(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	learn(t, s)
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			p, e := through(t, w, s).Warm(t), entity(t)
			p.Proxy.Arm(faultproxy.Fault{Command: "EVALSHA", Action: faultproxy.CutHold, Every: true})
			ctx, cancel := context.WithTimeout(redistest.Context(t), 300*time.Millisecond)
			defer cancel()
			var f rueidistx.Future[int64]
			err := p.Transact(ctx, func(tx *rueidistx.Tx) error {
				f = tx.Incr(e.Key("n"))
				return nil
			}, rueidistx.Once(e.Mark("x"), markTTL))
			require.ErrorIs(t, err, rueidistx.ErrUnknown)
			require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(err))
			require.ErrorIs(t, f.Err(), rueidistx.ErrUnknown)
			require.Positive(t, p.Proxy.Fired())
			p.Proxy.Disarm()
			p.Proxy.Release()
			n, err := p.Server.Do(t, "GET", e.Key("n")).ToString()
			require.NoError(t, err)
			require.Equal(t, "1", n) // late, and once
		})
	}
}

// TestOnceByScriptIsRefused has a server that refuses what the marker needs: nothing is applied.
func TestOnceByScriptIsRefused(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	s.Do(t, "CONFIG", "SET", "maxmemory", "1")
	db := outcometest.Modes()[0].Open(t, s.Addr)
	ctx, e := redistest.Context(t), entity(t)
	var f rueidistx.Future[int64]
	err := db.Transact(ctx, func(tx *rueidistx.Tx) error { f = tx.Incr(e.Key("n")); return nil }, rueidistx.Once(e.Mark("x"), markTTL))
	require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err), "%v", err)
	require.ErrorIs(t, f.Err(), rueidistx.ErrNotApplied)
	s.Do(t, "CONFIG", "SET", "maxmemory", "0")
	require.Zero(t, db.Auto(ctx).Exists(e.Key("n")).Must()+db.Auto(ctx).Exists(e.Mark("x").Key()).Must())
}

// TestOnceOfAUserWithoutScripts is a user who may not run scripts, or whom the server does not tell the time: Once goes by
// WATCH, and so does each later one.
func TestOnceOfAUserWithoutScripts(t *testing.T) {
	t.Parallel()
	for _, without := range []string{"-@scripting", "-time"} {
		s := redistest.Start(t)
		s.Do(t, "ACL", "SETUSER", "limited", "on", ">secret", "~*", "+@all", without)
		option := s.Option()
		option.Username, option.Password = "limited", "secret"
		db, err := rueidistx.Open(option)
		require.NoError(t, err)
		t.Cleanup(db.Close)
		ctx, e := redistest.Context(t), entity(t)
		runs := 0
		pay := func(word string) error {
			return db.Transact(ctx, func(tx *rueidistx.Tx) error { runs++; tx.Incr(e.Key("n")); return nil }, rueidistx.Once(e.Mark(word), markTTL), rueidistx.Attempts(1))
		}
		require.NoError(t, pay("a"), without)
		require.Equal(t, 2, runs, without)
		require.ErrorIs(t, pay("a"), rueidistx.ErrAlreadyApplied)
		require.NoError(t, pay("b"), without)
		require.Equal(t, 4, runs, without)
		require.Equal(t, "2", db.Auto(ctx).Get(e.Key("n")).Must())
	}
}

// TestOnceByScriptOfForbiddenKeys is a user who may only read a key: a transaction that reads it goes by WATCH, because a script
// would be refused, and others go on by the script.
func TestOnceByScriptOfForbiddenKeys(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	if !s.Since("7.0.0") {
		t.Skip("permissions to read a key are of Redis 7.0")
	}
	learn(t, s)
	e := entity(t)
	s.Do(t, "ACL", "SETUSER", "reader", "on", ">secret", "%R~readonly*", "~"+e.Key()+"*", "&*", "+@all")
	option := s.Option()
	option.Username, option.Password = "reader", "secret"
	var scripts, watches atomic.Int32
	db, err := rueidistx.Open(option, rueidistx.Wrap(func(client rueidis.Client) rueidis.Client {
		w := wrap(client)
		w.before = func(_ int, commands []rueidis.Completed) {
			switch commands[0].Commands()[0] {
			case "EVALSHA":
				scripts.Add(1)
			case "WATCH":
				watches.Add(1)
			}
		}
		return w
	}))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	ctx := redistest.Context(t)
	for i, c := range []struct {
		key              string
		scripts, watches int32
		is               error
	}{
		{e.Key("n"), 1, 0, nil},
		{"readonly", 2, 1, nil},
		{e.Key("n"), 3, 1, nil},
		{"forbidden", 4, 2, rueidistx.ErrAborted},
		{e.Key("n"), 5, 2, nil},
	} {
		var f rueidistx.Future[string]
		err := db.Transact(ctx, func(tx *rueidistx.Tx) error {
			f = tx.Get(c.key).Default("")
			return nil
		}, rueidistx.Once(e.Mark(string(rune('a'+i))), markTTL))
		require.ErrorIs(t, err, c.is, c.key)
		require.ErrorIs(t, f.Err(), c.is, c.key)
		require.Equal(t, []int32{c.scripts, c.watches}, []int32{scripts.Load(), watches.Load()}, c.key)
	}
}

// TestOnceByScriptWithRace has callers with the same mark at the same time: one of them does it.
func TestOnceByScriptWithRace(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, e := redistest.Context(t), entity(t)
		var working sync.WaitGroup
		errs := make([]error, 16)
		for i := range errs {
			working.Go(func() {
				errs[i] = db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Incr(e.Key("n")); return nil }, rueidistx.Once(e.Mark("x"), markTTL))
			})
		}
		working.Wait()
		done := 0
		for _, err := range errs {
			if err == nil {
				done++
				continue
			}
			require.ErrorIs(t, err, rueidistx.ErrAlreadyApplied)
		}
		require.Equal(t, 1, done)
		require.Equal(t, "1", db.Auto(ctx).Get(e.Key("n")).Must())
	})
}
