package rueidistx_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// Redis compares words up to a NUL. For a command's name it does so when the rest falls into the same bucket of its table,
// which one in some hundred names does: "MULTI\x00275" may well be MULTI.
func TestForbiddenCommandsCannotHideBehindNUL(t *testing.T) {
	t.Parallel()
	p := through(t, outcometest.Wires[0], redistest.Shared(t)).Warm(t)
	for command, inAuto := range map[string]bool{
		"\x00": false, "\x00EXEC": false, "GET\x00 k": false, "MULTI\x00": false, "exec\x00275": false, "Watch\x00x k": false, "QUIT\x00x": false, "SELECT\x00 1": false,
		"CLIENT\x00 REPLY OFF": false, "SCRIPT DEBUG\x00 YES": false,
		"BLPOP\x00x k 0": true, "XREAD BLOCK\x00x 0 STREAMS k $": true, "xread count\x00 1 block\x00 0 STREAMS k $": true,
	} {
		for _, w := range ways.All {
			if w.Now && inAuto {
				continue
			}
			var f rueidistx.Future[any]
			err := w.Run(redistest.Context(t), p.DB, func(c *rueidistx.Commands) {
				f = rueidistx.Queue(c, c.B().Arbitrary(strings.Split(command, " ")...).Build(), rueidistx.AsAny)
			})
			if w.Now {
				err = f.Err()
			}
			require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err), "%q: %v", command, err)
			require.True(t, errors.Is(err, rueidistx.ErrForbidden) || errors.Is(err, rueidistx.ErrInvalid), "%q: %v", command, err)
			require.Zero(t, p.Proxy.BytesSent(), "%q", command)
		}
	}
	outcometest.RequireUsable(t, p.DB)
}

func TestBlockingCommandsInAutoDoNotHoldUpOthers(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	for _, group := range []string{"g", "streams"} {
		for _, w := range outcometest.Wires {
			t.Run(w.Name+", group "+group, func(t *testing.T) {
				db, key := w.Open(t, s.Addr), redistest.Key(t, "stream")
				s.Do(t, "XGROUP", "CREATE", key, group, "$", "MKSTREAM")
				ctx := redistest.Context(t)
				read := db.Client().B().Arbitrary("xreadgroup", "group", group, "c", "block", "0", "streams").Keys(key).Args(">").Build()
				answered := make(chan error, 1)
				go func() { answered <- rueidistx.Queue(db.Auto(ctx), read, rueidistx.AsAny).Err() }()
				redistest.Eventually(t, "it waits", func() bool {
					clients, err := s.Do(t, "CLIENT", "LIST").ToString()
					return err == nil && strings.Contains(clients, "flags=b")
				})
				meanwhile := make(chan error, 1)
				go func() { meanwhile <- db.Auto(ctx).Get(key + "other").Err() }()
				select {
				case err := <-meanwhile:
					require.Equal(t, rueidistx.ErrNil, err)
				case <-time.After(3 * time.Second):
					t.Error("another command waits behind the one that blocks")
				}
				s.Do(t, "XADD", key, "*", "f", "v")
				require.NoError(t, <-answered)
			})
		}
	}
}

func TestOddCommandsLeaveTheConnectionUsable(t *testing.T) {
	t.Parallel()
	names := []string{
		" ", " GET", "GET ", "GE T", "\r\n", "GET\r\nDEL canary", "*1\r\n$8\r\nFLUSHALL\r\n", " EXEC",
		"MULTI\r\n", "SUBSCRIBE ", "\xff\xfe", "%s%n", "-ERR", "$-1\r\n", "'", "`MULTI`", strings.Repeat("x", 100_000),
	}
	for _, w := range outcometest.Wires {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			p, canary := through(t, w, redistest.Shared(t)).Warm(t), redistest.Key(t, "canary")
			p.Server.Do(t, "SET", canary, "alive")
			for _, name := range names {
				odd := func() rueidis.Completed { return p.Client().B().Arbitrary(name, canary).Build() }
				err := rueidistx.Queue(p.Auto(redistest.Context(t)), odd(), rueidistx.AsAny).Err()
				outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrRejected, rueidistx.ErrService)
				b := p.Batch()
				f, alive := rueidistx.Queue(b, odd(), rueidistx.AsAny), b.Get(canary)
				require.Error(t, b.Exec(redistest.Context(t)))
				outcometest.RequireVerdict(t, f.Err(), rueidistx.NotApplied, rueidistx.ErrRejected, rueidistx.ErrService)
				require.Equal(t, "alive", alive.Or("")) // and not QUEUED
				tx := p.Atomic()
				rueidistx.Queue(tx, odd(), rueidistx.AsAny)
				tx.Del(canary)
				outcometest.RequireVerdict(t, tx.Exec(redistest.Context(t)), rueidistx.NotApplied, rueidistx.ErrAborted, rueidistx.ErrService)
				require.Equal(t, "alive", p.Auto(redistest.Context(t)).Get(canary).Or(""))
			}
			p.Proxy.Reset()
			outcometest.RequireVerdict(t, rueidistx.Queue(p.Auto(redistest.Context(t)), rueidis.Completed{}, rueidistx.AsAny).Err(), rueidistx.NotApplied, rueidistx.ErrInvalid)
			for _, k := range []rueidistx.Queuer{p.Batch(), p.Atomic()} {
				f := rueidistx.Queue(k, rueidis.Completed{}, rueidistx.AsAny)
				executed, ok := k.(interface{ Exec(context.Context) error })
				require.True(t, ok)
				err := executed.Exec(redistest.Context(t))
				outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrInvalid)
				require.Equal(t, err, f.Err())
			}
			require.Zero(t, p.Proxy.BytesSent())
			outcometest.RequireUsable(t, p.DB)
		})
	}
}

var errOwn = errors.New("own")

// leaving are the ways in which a closure can end other than by success.
var leaving = map[string]func(t *testing.T, run func(end func() error) error){
	"error": func(t *testing.T, run func(func() error) error) {
		err := run(func() error { return errOwn })
		require.EqualError(t, err, errOwn.Error())
		require.ErrorIs(t, err, errOwn)
	},
	"panic": func(t *testing.T, run func(func() error) error) {
		require.PanicsWithValue(t, "own", func() { _ = run(func() error { panic("own") }) })
	},
	"panic with nil": func(t *testing.T, run func(func() error) error) {
		require.Panics(t, func() { _ = run(func() error { panic(nil) }) })
	},
	"Goexit": func(t *testing.T, run func(func() error) error) {
		returned, ended := false, make(chan struct{})
		go func() {
			defer close(ended)
			_ = run(func() error { runtime.Goexit(); return nil })
			returned = true
		}()
		<-ended
		require.False(t, returned)
	},
}

func TestClosureThatDoesNotSucceedSendsNothing(t *testing.T) {
	t.Parallel()
	for how, leave := range leaving {
		for _, w := range outcometest.Wires {
			for _, dedicated := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, %s, dedicated %v", how, w.Name, dedicated), func(t *testing.T) {
					t.Parallel()
					var options []rueidistx.Option
					if dedicated {
						options = append(options, rueidistx.DedicatedTransactions(1))
					}
					p, key := through(t, w, redistest.Shared(t), options...).Warm(t), redistest.Key(t, "k")
					var futures []outcometest.Settled
					for range 3 { // so that what one leaves behind would stop the next
						leave(t, func(end func() error) error {
							return p.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
								futures = append(futures, outcometest.Four(tx.Commands, key)...)
								require.ErrorIs(t, tx.Exec(redistest.Context(t)), rueidistx.ErrDone)
								return end()
							})
						})
						leave(t, func(end func() error) error {
							return p.Execute(redistest.Context(t), func(b *rueidistx.Batch) error {
								futures = append(futures, outcometest.Four(b.Commands, key)...)
								require.ErrorIs(t, b.Exec(redistest.Context(t)), rueidistx.ErrDone)
								return end()
							})
						})
						leave(t, func(end func() error) error {
							tx := p.Atomic()
							defer tx.Discard()
							futures = append(futures, outcometest.Four(tx.Commands, key)...)
							return end()
						})
					}
					for _, f := range futures {
						outcometest.RequireVerdict(t, f.Err(), rueidistx.NotApplied, rueidistx.ErrDiscarded)
					}
					require.Zero(t, p.Proxy.BytesSent())
					require.Equal(t, "---", outcometest.Traces(t, p.Server, key))
					outcometest.RequireUsable(t, p.DB)
				})
			}
		}
	}
}

// Where MULTI is refused, the commands behind it would run one by one.
func TestServerThatForbidsMultiGetsNoTransaction(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	for _, w := range outcometest.Wires {
		t.Run(w.Name, func(t *testing.T) {
			p, key := through(t, w, s), redistest.Key(t, "k")
			s.Do(t, "ACL", "SETUSER", "default", "-multi")
			runs := 0
			var futures []outcometest.Settled
			err := p.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
				runs++
				futures = outcometest.Four(tx.Commands, key)
				return nil
			})
			s.Do(t, "ACL", "SETUSER", "default", "+multi")
			outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrAborted, rueidistx.ErrService)
			outcometest.RequireFault(t, err, -1, "MULTI", "NOPERM")
			for _, f := range futures {
				require.Equal(t, err, f.Err())
			}
			require.Equal(t, 1, runs)
			require.NotContains(t, p.Proxy.Commands(), "INCR")
			require.Equal(t, "---", outcometest.Traces(t, s, key))
			outcometest.RequireUsable(t, p.DB)
		})
	}
}

func TestTransactionIsNotAtomicWhereMultiIsForbiddenLater(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	for _, w := range outcometest.Wires {
		t.Run(w.Name, func(t *testing.T) {
			p, key := through(t, w, s).Warm(t), redistest.Key(t, "k")
			s.Do(t, "ACL", "SETUSER", "default", "-multi")
			defer s.Do(t, "ACL", "SETUSER", "default", "+multi")
			runs := 0
			var futures []outcometest.Settled
			err := p.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
				runs++
				futures = outcometest.Four(tx.Commands, key)
				return nil
			})
			outcometest.RequireVerdict(t, err, rueidistx.Applied, rueidistx.ErrNotAtomic, rueidistx.ErrService)
			outcometest.RequireFault(t, err, -1, "MULTI", "NOPERM")
			require.Equal(t, rueidistx.ErrNil, futures[0].Err())
			for _, f := range futures[1:] {
				require.NoError(t, f.Err())
			}
			require.Equal(t, 1, runs)
			require.Equal(t, "111", outcometest.Traces(t, s, key))
		})
	}
}

// One transaction that was not atomic must not be followed by more of that kind.
func TestNextTransactionIsRefusedWhereMultiIsForbiddenLater(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	p := through(t, outcometest.Wires[0], s).Warm(t)
	s.Do(t, "ACL", "SETUSER", "default", "-multi")
	tx := p.Atomic()
	outcometest.Four(tx.Commands, "first")
	require.ErrorIs(t, tx.Exec(redistest.Context(t)), rueidistx.ErrNotAtomic)
	tx = p.Atomic()
	outcometest.Four(tx.Commands, "second")
	outcometest.RequireVerdict(t, tx.Exec(redistest.Context(t)), rueidistx.NotApplied, rueidistx.ErrAborted, rueidistx.ErrService)
	require.Equal(t, "---", outcometest.Traces(t, s, "second"))
}
