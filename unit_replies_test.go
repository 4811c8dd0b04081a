package rueidistx_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestRepliesSplitAtEveryByteAreTheSame(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			p, key := through(t, w, redistest.Shared(t)).Warm(t), redistest.Key(t, "k")
			answers := func() []rueidistx.Result {
				p.Server.Do(t, "DEL", key+"1", key+"2", key+"3", key+"4")
				queue := func(c *rueidistx.Commands) {
					outcometest.Four(c, key)
					c.HSet(key+"4", "field", "with\r\nlines", "other", "")
					c.HGetAll(key + "4")
					c.LPush(key+"1", "x") // a counter
					rueidistx.Queue(c, c.B().Arbitrary("ZADD", key+"4").Build(), rueidistx.AsAny)
				}
				b := p.Batch()
				queue(b.Commands)
				require.Error(t, b.Exec(redistest.Context(t)))
				tx := p.Atomic()
				queue(tx.Commands)
				require.ErrorIs(t, tx.Exec(redistest.Context(t)), rueidistx.ErrAborted)
				applied := p.Atomic()
				outcometest.Four(applied.Commands, key)
				applied.HGetAll(key + "4")
				applied.LPush(key+"1", "x")
				outcometest.RequireVerdict(t, applied.Exec(redistest.Context(t)), rueidistx.Applied, rueidistx.ErrService)
				return slices.Concat(b.Results(), tx.Results(), applied.Results())
			}
			whole := answers()
			p.Proxy.ByteByByte(true)
			require.Equal(t, whole, answers())
		})
	}
}
