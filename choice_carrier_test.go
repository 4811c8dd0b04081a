package rueidistx_test

import (
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// trips are the commands that a client sent, a string for each round trip.
type trips struct {
	mu   sync.Mutex
	sent []string
}

// wrap counts what is sent through the client, except what cleans a connection that goes back to the pool.
func (r *trips) wrap(client rueidis.Client) rueidis.Client {
	w := wrap(client)
	w.before = func(_ int, commands []rueidis.Completed) {
		r.mu.Lock()
		defer r.mu.Unlock()
		var names []string
		for _, c := range commands {
			names = append(names, c.Commands()[0])
		}
		if trip := strings.Join(names, " "); trip != "PING" && trip != "UNWATCH" && trip != "PING UNWATCH" {
			r.sent = append(r.sent, trip)
		}
	}
	return w
}

// take returns what was sent since the last call.
func (r *trips) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	sent := r.sent
	r.sent = nil
	return sent
}

// TestIfChoosesItsCarrier has branches for a script, and branches that a script cannot run as a transaction would.
func TestIfChoosesItsCarrier(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	learn(t, s)
	script := rueidistx.NewScript("return 1", rueidistx.AsInt64)
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			var wire trips
			db := w.Open(t, s.Addr, rueidistx.Wrap(wire.wrap))
			ctx, e := redistest.Context(t), entity(t)
			require.NoError(t, db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Ping(); return nil }))
			times := func(n int) func(c *rueidistx.Commands) {
				return func(c *rueidistx.Commands) {
					for range n {
						c.Incr(e.Key("n"))
					}
				}
			}
			words := func(n int) func(c *rueidistx.Commands) {
				return func(c *rueidistx.Commands) { c.RPush(e.Key("list"), make([]string, n-2)...) }
			}
			for name, c := range map[string]struct {
				queue  func(c *rueidistx.Commands)
				script bool
			}{
				"nothing":     {func(*rueidistx.Commands) {}, true},
				"30 commands": {times(30), true},
				"31 commands": {times(31), false},
				"1,000 words": {words(1000), true},
				"1,001 words": {words(1001), false},
				"a Script":    {func(c *rueidistx.Commands) { script.Queue(c, []string{e.Key("n")}) }, false},
				"BITFIELD":    {func(c *rueidistx.Commands) { c.BitField(e.Key("bits"), rueidistx.BitGet(rueidistx.Unsigned(8), 0)) }, false},
				"XPENDING":    {func(c *rueidistx.Commands) { c.XPending(e.Key("stream"), "g") }, false},
				"CONFIG GET":  {func(c *rueidistx.Commands) { c.ConfigGet("maxmemory") }, false},
				"Queue": {func(c *rueidistx.Commands) {
					rueidistx.Queue(c, c.B().Arbitrary("OBJECT", "HELP").Build(), rueidistx.AsStrings)
				}, false},
				"Queue of a method": {func(c *rueidistx.Commands) {
					rueidistx.Queue(c, c.B().Get().Key(e.Key("n")).Build(), rueidistx.AsString)
				}, true},
			} {
				for _, branch := range []bool{true, false} {
					queue := func() *rueidistx.Choice {
						choice := db.If(rueidistx.Missing(e.Key("none")))
						if branch {
							c.queue(choice.Then)
						} else {
							c.queue(choice.Else)
						}
						return choice
					}
					wire.take()
					held, err := queue().Exec(ctx)
					require.True(t, held || err != nil && rueidistx.OutcomeOf(err) == rueidistx.Applied, "%s: %v", name, err)
					sent := wire.take()
					switch {
					case c.script:
						require.Equal(t, []string{"EVALSHA"}, sent, name)
					case branch:
						require.Len(t, sent, 2, "%s: %s", name, sent)
						require.True(t, strings.HasPrefix(sent[0], "WATCH EVAL"), sent[0])
						require.True(t, strings.HasPrefix(sent[1], "MULTI ") && strings.HasSuffix(sent[1], " EXEC"), sent[1])
					default:
						require.Len(t, sent, 1, "%s: %s", name, sent)
					}
					if strings.HasPrefix(name, "31") {
						continue
					}
					choice := queue()
					_, err = choice.Exec(ctx, rueidistx.ByWatch(), rueidistx.ByScript()) // the last one counts
					if c.script {
						require.Equal(t, []string{"EVALSHA"}, wire.take(), name)
						continue
					}
					require.ErrorIs(t, err, rueidistx.ErrForbidden, name)
					require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
					require.Empty(t, wire.take(), name)
				}
			}
			many := db.If(rueidistx.Missing(e.Key("none")))
			times(31)(many.Then)
			_, err := many.Exec(ctx, rueidistx.ByScript())
			require.NoError(t, err)
			require.Equal(t, []string{"EVALSHA"}, wire.take())
		})
	}
}

// TestIfByWatchLosesRaces has the key of the condition changed between the script and EXEC, once and each time.
func TestIfByWatchLosesRaces(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	s := redistest.Shared(t)
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			ctx, e := redistest.Context(t), entity(t)
			meanwhile, times := w.Open(t, s.Addr), 0
			db := w.Open(t, s.Addr, rueidistx.Wrap(func(client rueidis.Client) rueidis.Client {
				w := wrap(client)
				w.before = func(_ int, commands []rueidis.Completed) {
					if last := commands[len(commands)-1].Commands()[0]; last == "EXEC" && len(commands) == 3 && times > 0 {
						times--
						_ = meanwhile.Auto(ctx).Incr(e.Key("n")).Err()
					}
				}
				return w
			}))
			race := func(n int) (*rueidistx.Choice, rueidistx.Future[int64], rueidistx.Future[int64], error) {
				require.NoError(t, meanwhile.Auto(ctx).Set(e.Key("n"), "0").Err())
				times = n
				c := db.If(rueidistx.IntAt(e.Key("n")).Is(0))
				then, other := c.Then.IncrBy(e.Key("n"), 100), c.Else.IncrBy(e.Key("n"), 1000)
				_, err := c.Exec(ctx, rueidistx.ByWatch())
				return c, then, other, err
			}
			c, then, other, err := race(1)
			require.NoError(t, err)
			require.Equal(t, []bool{false}, c.Held())
			require.ErrorIs(t, then.Err(), rueidistx.ErrNotTaken)
			require.EqualValues(t, 1001, other.Must())

			c, then, other, err = race(1000)
			var lost *rueidistx.ConflictError
			require.ErrorAs(t, err, &lost)
			require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
			require.Nil(t, c.Held())
			require.ErrorIs(t, then.Err(), rueidistx.ErrConflict)
			require.ErrorIs(t, other.Err(), rueidistx.ErrConflict)
			require.Equal(t, strconv.Itoa(lost.Attempts), meanwhile.Auto(ctx).Get(e.Key("n")).Must())
		})
	}
}

// TestIfOfKeysThatTheUserMayOnlyRead has such keys in a condition and in a branch.
func TestIfOfKeysThatTheUserMayOnlyRead(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	if !s.Since("7.0.0") {
		t.Skip("permissions to read a key are of Redis 7.0")
	}
	s.Do(t, "ACL", "SETUSER", "reader", "on", ">secret", "%R~readonly*", "~own*", "&*", "+@all")
	option := s.Option()
	option.Username, option.Password = "reader", "secret"
	db, err := rueidistx.Open(option)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	for name, by := range carriers {
		for _, key := range []string{"readonly", "own"} {
			c := db.If(rueidistx.Missing(key))
			f := c.Then.Get("readonly").Default("")
			_, err := c.Exec(redistest.Context(t), by...)
			if name == "by WATCH" && key == "own" {
				require.NoError(t, err)
				require.NoError(t, f.Err())
				continue
			}
			require.Equal(t, "NOPERM", rueidistx.Code(err), "%s, %s", name, key)
			require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
			require.ErrorIs(t, f.Err(), rueidistx.ErrNotApplied)
		}
	}
}
