package rueidistx_test

import (
	"strings"
	"testing"
	"time"

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
			var wire trips
			db := w.Open(t, s.Addr, rueidistx.Wrap(wire.wrap))
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
					wire.take()
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
					sent := strings.Join(wire.take(), " ")
					require.Equal(t, c.left, auto.Get(key).Or(""), "%s, %s", c.name, name)
					if name == "by itself" {
						require.True(t, strings.HasPrefix(sent, "EVALSHA") || c.natively == "SET" && strings.HasPrefix(sent, "SET") ||
							c.natively == "DEL" && strings.HasPrefix(sent, "DEL"), "%s: %s", c.name, sent)
					}
				}
			}
			require.NoError(t, auto.Del(key).Err())
			// What the server does not have it is not asked for again.
			for range 2 {
				wire.take()
				c := db.If(is)
				c.Then.Set(key, "b")
				_, err := c.Exec(ctx)
				require.NoError(t, err)
				sent := wire.take()
				require.Len(t, sent, 1)
				require.Equal(t, strings.HasPrefix(s.Name(), "valkey"), sent[0] == "SET")
			}
		})
	}
}
