package rueidistx_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/canned"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

func TestNilReplyNamesItsCommand(t *testing.T) {
	t.Parallel()
	for _, mode := range outcometest.Modes() {
		db, key := mode.Open(t, redistest.Shared(t).Addr), redistest.Key(t, "")
		for _, w := range ways.All {
			t.Run(mode.Name+", "+w.Name, func(t *testing.T) {
				var there rueidistx.Future[bool]
				var gone, popped rueidistx.Future[string]
				require.NoError(t, w.Run(redistest.Context(t), db, func(c *rueidistx.Commands) {
					there, gone, popped = c.Set(key+"k", "v"), c.Get(key+"gone"), c.LPop(key+"gone")
				}))
				require.True(t, there.Must())
				requireNil(t, gone, w, 1, "GET")
				requireNil(t, popped, w, 2, "LPOP")
				requireNil(t, rueidistx.Int(gone), w, 1, "GET")
				requireNil(t, rueidistx.Zip(there, gone), w, 1, "GET")
				requireNil(t, rueidistx.All(popped, gone), w, 2, "LPOP")
				requireNil(t, rueidistx.Map(rueidistx.All(popped, gone), func([]string) (int, error) { return 1, nil }), w, 2, "LPOP")

				require.Equal(t, "else", gone.Or("else"))
				require.Equal(t, "else", gone.Default("else").Must())
				require.EqualValues(t, 7, rueidistx.Int(gone).Default(7).Must())
				require.Equal(t, []string{"x"}, rueidistx.All(popped, gone).Default([]string{"x"}).Must())
				require.Equal(t, []string{"x", "y"}, rueidistx.All(popped.Default("x"), gone.Default("y")).Must())
				require.PanicsWithError(t, gone.Err().Error(), func() { gone.Must() })
			})
		}
	}
}

func requireNil[T any](t *testing.T, f rueidistx.Future[T], w ways.Way, index int, name string) {
	t.Helper()
	if w.Now {
		index = 0
	}
	v, err := f.Value()
	require.Zero(t, v)
	require.EqualError(t, err, fmt.Sprintf("rueidistx: command %d (%s): nil reply", index, name))
	require.ErrorIs(t, err, rueidistx.ErrNil)
	require.ErrorIs(t, err, rueidis.Nil)
	require.NotErrorIs(t, err, rueidistx.ErrDecode)
	require.NotErrorIs(t, err, rueidistx.ErrService)
	require.Equal(t, rueidistx.Applied, requireOneOutcome(t, err))
	var command *rueidistx.CommandError
	require.ErrorAs(t, err, &command)
	require.Equal(t, []any{index, name}, []any{command.Index, command.Name})
	require.Empty(t, rueidistx.Code(err))
	require.Equal(t, err, f.Err())
}

// In a Batch that is sent while it is filled, the index is that of the whole.
func TestNilReplyOfALaterChunkNamesItsIndex(t *testing.T) {
	t.Parallel()
	db, key := outcometest.ClientModes[0].Open(t, redistest.Shared(t).Addr), redistest.Key(t, "gone")
	var futures []rueidistx.Future[string]
	require.NoError(t, db.Execute(redistest.Context(t), func(b *rueidistx.Batch) error {
		for range 7 {
			futures = append(futures, b.Get(key))
		}
		return nil
	}, rueidistx.Chunk(3)))
	for i, f := range futures {
		require.EqualError(t, f.Err(), fmt.Sprintf("rueidistx: command %d (GET): nil reply", i))
	}
}

func TestResultOfANilReplyHasNoError(t *testing.T) {
	t.Parallel()
	db, key := outcometest.ClientModes[0].Open(t, redistest.Shared(t).Addr), redistest.Key(t, "gone")
	for _, kind := range ways.Kinds {
		u := kind.Unit(db)
		ways.CommandsOf(u).Get(key)
		require.NoError(t, u.Exec(redistest.Context(t)))
		require.Equal(t, []rueidistx.Result{{Index: 0, Name: "GET"}}, u.Results())
	}
}

// A decoder that wraps ErrNil has failed: only ErrNil itself is nil.
func TestWrappedErrNilOfADecoderIsErrDecode(t *testing.T) {
	t.Parallel()
	db := outcometest.ClientModes[0].Open(t, redistest.Shared(t).Addr)
	f := rueidistx.Queue(db.Auto(redistest.Context(t)), db.Client().B().Ping().Build(), func(rueidis.RedisMessage) (int, error) {
		return 0, fmt.Errorf("no\x1b[2J\nreply\u2028 %w", rueidistx.ErrNil)
	})
	require.ErrorIs(t, f.Err(), rueidistx.ErrDecode)
	require.EqualError(t, f.Err(), `rueidistx: command 0 (PING): reply cannot be decoded: no\x1b[2J\nreply\u2028 nil reply`)
	require.Equal(t, 5, f.Default(5).Must())
}

func TestNilReplyAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates too: run without -race")
	}
	client, conn, err := canned.New()
	require.NoError(t, err)
	t.Cleanup(client.Close)
	conn.Serve(strings.Repeat("_\r\n", 2))
	b := rueidistx.New(client).Batch()
	f, _ := b.Get("k"), b.Get("k")
	require.NoError(t, b.Exec(redistest.Context(t)))
	conn.Serve("+PONG\r\n")
	filled := f.Default("x")
	require.Zero(t, testing.AllocsPerRun(100, func() { _, _ = f.Value() }))
	require.Zero(t, testing.AllocsPerRun(100, func() { _ = f.Err() }))
	require.Zero(t, testing.AllocsPerRun(100, func() { _ = f.Or("x") }))
	require.Zero(t, testing.AllocsPerRun(100, func() { _, _ = filled.Value() }))
	require.True(t, errors.Is(f.Err(), rueidistx.ErrNil))
}

// TestNilRepliesOfManyCommands names each command of a Batch that is larger than what is kept of such errors, from several
// goroutines.
func TestNilRepliesOfManyCommands(t *testing.T) {
	t.Parallel()
	db, err := rueidistx.Open(redistest.EmbeddedOption(redistest.StartEmbedded(t)))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	var futures []rueidistx.Future[string]
	require.NoError(t, db.Execute(redistest.Context(t), func(b *rueidistx.Batch) error {
		for range 300 {
			futures = append(futures, b.Get("gone"), b.HGet("gone", "f"))
		}
		return nil
	}))
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for i, f := range futures {
				assert.EqualError(t, f.Err(), fmt.Sprintf("rueidistx: command %d (%s): nil reply", i, [2]string{"GET", "HGET"}[i%2]))
			}
		})
	}
	readers.Wait()
}

// TestErrorOfANilReplyIsNobodyElses changes what errors.As returns.
func TestErrorOfANilReplyIsNobodyElses(t *testing.T) {
	t.Parallel()
	db, err := rueidistx.Open(redistest.EmbeddedOption(redistest.StartEmbedded(t)))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	ctx := redistest.Context(t)
	var command *rueidistx.CommandError
	require.ErrorAs(t, db.Auto(ctx).Get("gone").Err(), &command)
	command.Index, command.Name = 41, "MINE"
	require.EqualError(t, db.Auto(ctx).Get("gone").Err(), "rueidistx: command 0 (GET): nil reply")
}
