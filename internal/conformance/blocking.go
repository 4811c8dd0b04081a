package conformance

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// testBlocking is about commands that wait on the server, which only an Auto runs.
func (s *suite) testBlocking(t *testing.T) {
	t.Parallel()
	pop := func(t *testing.T, k keys, timeout float64) rueidistx.Future[[]string] {
		c := s.db.Auto(redistest.Context(t))
		return rueidistx.Queue(c, c.B().Blpop().Key(k("list")).Timeout(timeout).Build(), rueidistx.AsStrings)
	}
	t.Run("a filled list answers at once", func(t *testing.T) {
		t.Parallel()
		k := s.keysOf(t)
		s.given(t, "RPUSH $list a b", k)
		is(pop(t, k, 0.05), []string{k("list"), "a"}).run(t)
	})
	t.Run("an empty list answers nil when time is up", func(t *testing.T) {
		t.Parallel()
		isNil(pop(t, s.keysOf(t), 0.05)).run(t)
	})
	t.Run("in any letter case, and not marked as blocking", func(t *testing.T) {
		t.Parallel()
		k := s.keysOf(t)
		s.given(t, "RPUSH $list a", k)
		c := s.db.Auto(redistest.Context(t))
		f := rueidistx.Queue(c, c.B().Arbitrary("bLpOp").Keys(k("list")).Args("0.05").Build(), rueidistx.AsStrings)
		is(f, []string{k("list"), "a"}).run(t)
	})
	t.Run("others go on in the meantime", func(t *testing.T) {
		t.Parallel()
		k := s.keysOf(t)
		list := k("list")
		got := make(chan rueidistx.Future[[]string])
		c := s.db.Auto(redistest.Context(t))
		go func() {
			got <- rueidistx.Queue(c, c.B().Arbitrary("BLPOP").Keys(list).Args("30").Build(), rueidistx.AsStrings)
		}()
		// Whichever comes first, the waiting one gets the element.
		for range 100 {
			require.NoError(t, c.Incr(k("n")).Err())
		}
		require.NoError(t, c.RPush(list, "x").Err())
		is(<-got, []string{list, "x"}).run(t)
	})
	t.Run("without a timeout it waits until the context ends", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(redistest.Context(t), 50*time.Millisecond)
		defer cancel()
		_, err := s.db.Auto(ctx).BLPop(0, s.keysOf(t)("list")).Value()
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(err))
	})
	t.Run("a wrong type is an error", func(t *testing.T) {
		t.Parallel()
		k := s.keysOf(t)
		s.given(t, "SET $list a", k)
		requireCommandError(t, pop(t, k, 0.05).Err(), 0, "BLPOP", "WRONGTYPE")
	})
	t.Run("reading a stream without blocking goes anywhere", func(t *testing.T) {
		t.Parallel()
		for _, w := range ways.Queueing {
			k := s.keysOf(t)
			s.given(t, "DEL $block; XADD $block 1-1 f v", k)
			var f rueidistx.Future[any]
			require.NoError(t, w.Run(redistest.Context(t), s.db, func(c *commands) {
				f = rueidistx.Queue(c, c.B().Arbitrary("XREAD", "STREAMS").Keys(k("block")).Args("0").Build(), rueidistx.AsAny)
			}))
			require.NoError(t, f.Err())
		}
	})
}
