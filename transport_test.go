package rueidistx_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestRefusedDialIsNotSent(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			p, key := through(t, w, redistest.Shared(t)).Warm(t), redistest.Key(t, "k")
			unreachable(t, p)

			tx := p.Atomic()
			futures := outcometest.Four(tx.Commands, key)
			outcometest.RequireVerdict(t, tx.Exec(redistest.Context(t)), rueidistx.NotApplied, rueidistx.ErrNotSent, rueidistx.ErrConnection)
			b := p.Batch()
			futures = append(futures, outcometest.Four(b.Commands, key)...)
			require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(b.Exec(redistest.Context(t))))
			futures = append(futures, p.Auto(redistest.Context(t)).Incr(key+"1"))
			for _, f := range futures {
				outcometest.RequireVerdict(t, f.Err(), rueidistx.NotApplied, rueidistx.ErrNotSent, rueidistx.ErrConnection)
			}
			require.Equal(t, "---", outcometest.Traces(t, p.Server, key))

			p.Proxy.Refuse(false)
			outcometest.RequireUsable(t, p.DB)
		})
	}
}
