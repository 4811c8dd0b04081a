package rueidistx_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// A blocking command that its owner has marked so is told to stop when its context ends, and its connection is kept.
func TestBlockingCommandIsUnblockedOnCancel(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	for _, w := range outcometest.Modes() {
		for _, marked := range []bool{true, false} {
			client, err := rueidis.NewClient(w.Option(s.Addr))
			require.NoError(t, err)
			t.Cleanup(client.Close)
			wrapper := wrap(client)
			var mu sync.Mutex
			var seen []bool
			wrapper.before = func(_ int, commands []rueidis.Completed) {
				mu.Lock()
				defer mu.Unlock()
				for _, c := range commands {
					if c.Commands()[0] == "BLPOP" {
						require.True(t, c.IsBlock())
						seen = append(seen, c.IsUnblockOnCancel())
					}
				}
			}
			db := rueidistx.New(wrapper)
			pop := client.B().Blpop().Key(redistest.Key(t, "list")).Timeout(0).Build()
			if marked {
				pop = pop.UnblockOnCancel()
			}
			ctx, cancel := context.WithCancel(context.Background()) // with a deadline, rueidis waits for that
			defer cancel()
			ended := make(chan error, 1)
			go func() { ended <- rueidistx.Queue(db.Auto(ctx), pop, rueidistx.AsStrings).Err() }()
			blocked := func() bool {
				info, err := s.Do(t, "INFO", "clients").ToString()
				return err == nil && !strings.Contains(info, "blocked_clients:0")
			}
			redistest.Eventually(t, "it waits", blocked)
			cancel()
			require.Equal(t, rueidistx.Unknown, requireOneOutcome(t, <-ended))
			redistest.Eventually(t, "it waits no more", func() bool { return !blocked() })
			require.Equal(t, []bool{marked}, seen)
		}
	}
}

// Words mean what they say only where they stand: a stream may have any name.
func TestStreamsNamedLikeOptionsDoNotBlock(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	db := outcometest.ClientModes[0].Open(t, s.Addr)
	for _, name := range []string{"block", "BLOCK", "streams", "group", "count", "noack"} {
		s.Do(t, "XADD", name, "1-1", "f", "v")
		s.Do(t, "XGROUP", "CREATE", name, "block", "0")
		for _, argv := range [][]string{
			{"XREAD", "STREAMS", name, "0"},
			{"xread", "count", "1", "streams", name, "0"},
			{"XREAD", "STREAMS", name, name, "0", "0"},
			{"XREADGROUP", "GROUP", "block", "block", "STREAMS", name, ">"},
			{"XREADGROUP", "GROUP", "block", "streams", "COUNT", "1", "NOACK", "STREAMS", name, "0"},
			{"XREADGROUP", "COUNT", "1", "GROUP", "block", "block", "STREAMS", name, name, "0", "0"},
		} {
			b, tx := db.Batch(), db.Atomic()
			inBatch, inTx := raw(b.Commands, argv...), raw(tx.Commands, argv...)
			require.NoError(t, b.Exec(redistest.Context(t)), "%q", argv)
			require.NoError(t, tx.Exec(redistest.Context(t)), "%q", argv)
			for _, f := range []outcometest.Settled{inBatch, inTx} {
				if !errors.Is(f.Err(), rueidistx.ErrNil) {
					require.NoError(t, f.Err(), "%q", argv)
				}
			}
		}
	}
	incomplete := raw(db.Auto(redistest.Context(t)).Commands, "XREAD", "COUNT", "1")
	require.ErrorIs(t, incomplete.Err(), rueidistx.ErrService)
	b := db.Batch()
	incomplete = raw(b.Commands, "XREAD", "COUNT", "1")
	require.NotErrorIs(t, b.Exec(redistest.Context(t)), rueidistx.ErrForbidden, "the server says what is missing")
	require.ErrorIs(t, incomplete.Err(), rueidistx.ErrService)
	for _, argv := range [][]string{ // and these do block
		{"XREAD", "BLOCK", "1", "STREAMS", "block", "$"},
		{"XREADGROUP", "GROUP", "block", "c", "block", "1", "STREAMS", "s", ">"},
		{"XREAD", "COUNT", "1", "BLOCK", "1", "STREAMS", "block", "$"},
	} {
		b := db.Batch()
		raw(b.Commands, argv...)
		require.ErrorIs(t, b.Exec(redistest.Context(t)), rueidistx.ErrForbidden, "%q", argv)
	}
}
