package rueidistx_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// TestCompareAndSet compares a string and changes its key, which some servers have commands for. They are asked once whether
// they do, and all give the same answers.
func TestCompareAndSet(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	learn(t, s)
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var sent []string
			db := w.Open(t, s.Addr, rueidistx.Wrap(func(client rueidis.Client) rueidis.Client {
				counting := wrap(client)
				counting.before = func(_ int, commands []rueidis.Completed) {
					mu.Lock()
					defer mu.Unlock()
					for _, c := range commands {
						if name := c.Commands()[0]; name != "PING" && name != "UNWATCH" { // of a connection that goes back to the pool
							sent = append(sent, name)
						}
					}
				}
				return counting
			}))
			ctx, e := redistest.Context(t), entity(t)
			key, auto := e.Key("k"), db.Auto(ctx)
			at := rueidistx.TextAt(key)
			is, isNot := at.Is("a"), at.IsNot("a")
			for _, c := range []struct {
				name      string
				condition rueidistx.Condition
				present   string // "": nothing; "list": a list
				then      func(c *rueidistx.Commands) outcometest.Settled
				held      bool
				left      string
				natively  string // the server's command, if it has one
			}{
				{"set if equal", is, "a", func(c *rueidistx.Commands) outcometest.Settled { return c.Set(key, "b") }, true, "b", "SET"},
				{"set if equal, but it is not", is, "c", func(c *rueidistx.Commands) outcometest.Settled { return c.Set(key, "b") }, false, "c", "SET"},
				{"set if equal, but there is none", is, "", func(c *rueidistx.Commands) outcometest.Settled { return c.Set(key, "b") }, false, "", "SET"},
				{"set for some time if equal", is, "a", func(c *rueidistx.Commands) outcometest.Settled { return c.Set(key, "b", rueidistx.EX(time.Hour)) }, true, "b", "SET"},
				{"set and keep the TTL if equal", is, "a", func(c *rueidistx.Commands) outcometest.Settled { return c.Set(key, "b", rueidistx.KeepTTL) }, true, "b", "SET"},
				{"set if not equal", isNot, "c", func(c *rueidistx.Commands) outcometest.Settled { return c.Set(key, "b") }, true, "b", "SET"},
				{"set if not equal, but it is", isNot, "a", func(c *rueidistx.Commands) outcometest.Settled { return c.Set(key, "b") }, false, "a", "SET"},
				{"set if not equal, as there is none", isNot, "", func(c *rueidistx.Commands) outcometest.Settled { return c.Set(key, "b") }, true, "b", "SET"},
				{"delete if equal", is, "a", func(c *rueidistx.Commands) outcometest.Settled { return c.Del(key) }, true, "", "DEL"},
				{"delete if equal, but it is not", is, "c", func(c *rueidistx.Commands) outcometest.Settled { return c.Del(key) }, false, "c", "DEL"},
				{"delete if equal, but there is none", is, "", func(c *rueidistx.Commands) outcometest.Settled { return c.Del(key) }, false, "", "DEL"},
				{"delete if not equal", isNot, "", func(c *rueidistx.Commands) outcometest.Settled { return c.Del(key) }, true, "", ""},
				{"set with a condition", is, "a", func(c *rueidistx.Commands) outcometest.Settled { return c.Set(key, "b", rueidistx.NX) }, true, "a", ""},
				{"set of another key", is, "a", func(c *rueidistx.Commands) outcometest.Settled { return c.Set(e.Key("l"), "b") }, true, "a", ""},
				{"a list", is, "list", func(c *rueidistx.Commands) outcometest.Settled { return c.Set(key, "b") }, false, "", "SET"},
			} {
				for name, by := range carriers {
					require.NoError(t, auto.Del(key).Err())
					switch c.present {
					case "":
					case "list":
						require.NoError(t, auto.RPush(key, "x").Err())
					default:
						require.NoError(t, auto.Set(key, c.present).Err())
					}
					mu.Lock()
					sent = nil
					mu.Unlock()
					choice := db.If(c.condition)
					f := c.then(choice.Then)
					held, err := choice.Exec(ctx, by...)
					require.Equal(t, c.held, held, "%s, %s", c.name, name)
					if c.present == "list" {
						require.ErrorIs(t, err, rueidistx.ErrCondition, "%s, %s", c.name, name)
						require.ErrorIs(t, f.Err(), rueidistx.ErrCondition, "%s, %s", c.name, name)
						continue
					}
					require.NoError(t, err, "%s, %s", c.name, name)
					require.Equal(t, []bool{held}, choice.Held(), "%s, %s", c.name, name)
					if held {
						require.NoError(t, f.Err(), "%s, %s", c.name, name)
					} else {
						require.ErrorIs(t, f.Err(), rueidistx.ErrNotTaken, "%s, %s", c.name, name)
					}
					mu.Lock()
					wire := strings.Join(sent, " ")
					mu.Unlock()
					require.Equal(t, c.left, auto.Get(key).Or(""), "%s, %s", c.name, name)
					if name == "by itself" {
						require.True(t, strings.HasPrefix(wire, "EVALSHA") || c.natively == "SET" && strings.HasPrefix(wire, "SET") ||
							c.natively == "DEL" && strings.HasPrefix(wire, "DEL"), "%s: %s", c.name, wire)
					}
				}
			}
			require.NoError(t, auto.Del(key).Err())
			// What the server does not have it is not asked for again.
			for _, c := range []*rueidistx.Choice{db.If(is), db.If(is)} {
				mu.Lock()
				sent = nil
				mu.Unlock()
				c.Then.Set(key, "b")
				_, err := c.Exec(ctx)
				require.NoError(t, err)
				mu.Lock()
				require.Len(t, sent, 1)
				mu.Unlock()
			}
			if strings.HasPrefix(s.Name(), "valkey") {
				require.Equal(t, []string{"SET"}, sent)
			}
		})
	}
}
