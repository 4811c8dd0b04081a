package rueidistx_test

import (
	"context"
	"errors"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// A server may know the commands that end a MULTI by other names, which nobody here can know. A Tx with one of them is not
// one transaction any more: what came before is lost or done, and what comes after runs on its own.
func TestCommandThatEndsTheMultiIsUnknownAndNotRunAgain(t *testing.T) {
	t.Parallel()
	for _, renamed := range []string{"DISCARD", "RESET"} {
		t.Run(renamed, func(t *testing.T) {
			t.Parallel()
			if renamed == "RESET" && !redistest.Shared(t).Since("6.2") {
				t.Skip("RESET is of Redis 6.2")
			}
			s := redistest.Start(t, "--rename-command", renamed, "ENDTX")
			for _, w := range outcometest.Modes() {
				t.Run(w.Name, func(t *testing.T) {
					s.Do(t, "DEL", "n", "r")
					db := w.Open(t, s.Addr)
					runs := 0
					err := db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
						runs++
						tx.Incr("n")
						rueidistx.Queue(tx, tx.B().Arbitrary("ENDTX").Build(), rueidistx.AsAny)
						tx.Incr("r")
						return nil
					})
					outcometest.RequireVerdict(t, err, rueidistx.Unknown, rueidistx.ErrProtocol, rueidistx.ErrService)
					require.Equal(t, 1, runs)
					require.True(t, s.Do(t, "GET", "n").IsNil())
					r, err := s.Do(t, "GET", "r").AsInt64()
					require.NoError(t, err)
					require.EqualValues(t, 1, r)
				})
			}
		})
	}
}

// leave makes other code leave a MULTI on the connection that everybody shares.
func leave(t *testing.T, client rueidis.Client, commands ...string) {
	t.Helper()
	ctx := redistest.Context(t)
	require.NoError(t, client.Do(ctx, client.B().Multi().Build()).Error())
	for _, c := range commands {
		client.Do(ctx, client.B().Arbitrary(c).Build())
	}
}

func end(t *testing.T, client rueidis.Client) {
	t.Helper()
	require.NoError(t, client.Do(redistest.Context(t), client.B().Discard().Build()).Error())
}

func TestTxInAFailedMultiOfOtherCodeIsNotApplied(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			db, key := w.Open(t, s.Addr), redistest.Key(t, "k")
			s.Do(t, "SET", key, "7")
			require.NoError(t, db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { tx.Exists(key); return nil }))

			leave(t, db.Client(), "NOSUCH")
			tx := db.Atomic()
			got, n := tx.Get(key), tx.Incr(key)
			err := tx.Exec(redistest.Context(t))
			outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrAborted, rueidistx.ErrService)
			require.Equal(t, err, got.Err())
			require.Equal(t, err, n.Err())
			require.Equal(t, "none", got.Or("none"))

			leave(t, db.Client(), "NOSUCH") // EXEC has cleared the first: now the next attempt gets through
			runs := 0
			require.NoError(t, db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
				runs++
				got, n = tx.Get(key), tx.Incr(key)
				return nil
			}))
			require.Equal(t, 2, runs)
			require.Equal(t, "7", got.Must())
			require.EqualValues(t, 8, n.Must())
		})
	}
}

// A MULTI that other code has left, and that is good: its commands and the transaction's run together.
func TestTxInAMultiOfOtherCode(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			db, key := w.Open(t, s.Addr), redistest.Key(t, "k")
			require.NoError(t, db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { tx.Exists(key); return nil }))
			for _, left := range [][]string{nil, {"PING"}} {
				s.Do(t, "SET", key, "7")
				leave(t, db.Client(), left...)
				tx := db.Atomic()
				got, n := tx.Get(key), tx.Incr(key)
				err := tx.Exec(redistest.Context(t))
				applied := s.Do(t, "GET", key).String() != s.Do(t, "ECHO", "7").String()
				require.True(t, outcometest.Agrees(err, applied), "applied %v, but: %v", applied, err)
				if err == nil {
					require.Equal(t, "7", got.Must())
					require.EqualValues(t, 8, n.Must())
				} else {
					require.Equal(t, err, got.Err())
					require.Equal(t, err, n.Err())
				}
				require.NoError(t, db.Auto(redistest.Context(t)).Exists(key).Err())
			}
		})
	}
}

// queuedOnly are ways of running single commands. The status QUEUED is no reply of theirs.
var queuedOnly = map[string]func(ctx context.Context, db *rueidistx.DB, queue func(q rueidistx.Queuer)) error{
	"Auto": func(ctx context.Context, db *rueidistx.DB, queue func(q rueidistx.Queuer)) error {
		queue(db.Auto(ctx))
		return rueidistx.ErrUnknown
	},
	"Batch": func(ctx context.Context, db *rueidistx.DB, queue func(q rueidistx.Queuer)) error {
		b := db.Batch()
		queue(b)
		return b.Exec(ctx)
	},
	"Batch with Chunk": func(ctx context.Context, db *rueidistx.DB, queue func(q rueidistx.Queuer)) error {
		b := db.Batch(rueidistx.Chunk(1))
		queue(b)
		return b.Exec(ctx)
	},
	"Execute with Chunk": func(ctx context.Context, db *rueidistx.DB, queue func(q rueidistx.Queuer)) error {
		return db.Execute(ctx, func(b *rueidistx.Batch) error { queue(b); return nil }, rueidistx.Chunk(1))
	},
}

func TestQueuedInAMultiOfOtherCodeIsNoValue(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	plain := rueidistx.NewScript("return redis.call('GET', KEYS[1])", rueidistx.AsString)
	for _, w := range outcometest.Modes() {
		for name, run := range queuedOnly {
			t.Run(name+", "+w.Name, func(t *testing.T) {
				t.Parallel()
				db, key := w.Open(t, s.Addr), redistest.Key(t, "k")
				s.Do(t, "SET", key, "QUEUED")
				var futures []outcometest.Settled
				fill := func(q rueidistx.Queuer) {
					b := db.Client().B()
					futures = []outcometest.Settled{
						rueidistx.Queue(q, b.Get().Key(key).Build(), rueidistx.AsString),
						rueidistx.Queue(q, b.Incr().Key(key+"n").Build(), rueidistx.AsInt64),
						rueidistx.Queue(q, b.Set().Key(key+"s").Value("x").Build(), rueidistx.AsString),
						rueidistx.Queue(q, b.Arbitrary("OBJECT", "HELP").Build(), rueidistx.AsAny),
						plain.Queue(q, []string{key}),
					}
				}
				leave(t, db.Client())
				err := run(redistest.Context(t), db, fill)
				require.ErrorIs(t, err, rueidistx.ErrUnknown)
				for i, f := range futures {
					if i == 0 || name != "Execute with Chunk" {
						outcometest.RequireVerdict(t, f.Err(), rueidistx.Unknown, rueidistx.ErrProtocol)
					}
				}
				end(t, db.Client())

				// A string that reads so, and a script's own status, are values.
				says := rueidistx.NewScript("return redis.status_reply('QUEUED')", rueidistx.AsString)
				var values []rueidistx.Future[string]
				_ = run(redistest.Context(t), db, func(q rueidistx.Queuer) {
					values = []rueidistx.Future[string]{
						rueidistx.Queue(q, db.Client().B().Get().Key(key).Build(), rueidistx.AsString),
						rueidistx.Queue(q, db.Client().B().Echo().Message("QUEUED").Build(), rueidistx.AsString),
						plain.Queue(q, []string{key}),
						says.Queue(q, nil),
					}
				})
				for _, f := range values {
					v, err := f.Value()
					require.NoError(t, err)
					require.Equal(t, "QUEUED", v)
				}
				require.ErrorIs(t, db.Auto(redistest.Context(t)).Get(key+"n").Err(), rueidistx.ErrNil)
			})
		}
	}
}

// In a transaction of the library's own, too.
func TestQueuedIsAValueInATransaction(t *testing.T) {
	t.Parallel()
	says := rueidistx.NewScript("return redis.status_reply('QUEUED')", rueidistx.AsString)
	for _, w := range outcometest.Modes() {
		db, key := w.Open(t, redistest.Shared(t).Addr), redistest.Key(t, w.Name)
		tx := db.Atomic()
		tx.Set(key, "QUEUED")
		values := []rueidistx.Future[string]{tx.Get(key), tx.Echo("QUEUED"), says.Queue(tx, nil)}
		require.NoError(t, tx.Exec(redistest.Context(t)))
		for _, f := range values {
			require.Equal(t, "QUEUED", f.Must())
		}
		require.False(t, errors.Is(values[0].Err(), rueidistx.ErrProtocol))
	}
}

// A server that knows MULTI and not EXEC: the question whether MULTI is allowed leaves a MULTI on the shared connection.
func TestQuestionLeavesNoMultiWhereExecIsUnknown(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t, "--rename-command", "EXEC", "")
	db := outcometest.ClientModes[0].Open(t, s.Addr)
	err := db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { tx.Incr("n"); return nil })
	require.ErrorIs(t, err, rueidistx.ErrAborted)
	require.NoError(t, db.Auto(redistest.Context(t)).Set("x", "1").Err())
}
