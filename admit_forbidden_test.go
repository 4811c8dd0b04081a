package rueidistx_test

import (
	"context"
	"errors"
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
	p := through(t, outcometest.ClientModes[0], redistest.Shared(t)).Warm(t)
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
		for _, w := range outcometest.Modes() {
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
					require.ErrorIs(t, err, rueidistx.ErrNil)
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
	for _, w := range outcometest.Modes() {
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
