package rueidistx_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// Where MULTI is refused, the commands behind it would run one by one.
func TestServerThatForbidsMultiGetsNoTransaction(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	for _, w := range outcometest.Modes() {
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
	for _, w := range outcometest.Modes() {
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
			require.ErrorIs(t, futures[0].Err(), rueidistx.ErrNil)
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
	p := through(t, outcometest.ClientModes[0], s).Warm(t)
	s.Do(t, "ACL", "SETUSER", "default", "-multi")
	tx := p.Atomic()
	outcometest.Four(tx.Commands, "first")
	require.ErrorIs(t, tx.Exec(redistest.Context(t)), rueidistx.ErrNotAtomic)
	tx = p.Atomic()
	outcometest.Four(tx.Commands, "second")
	outcometest.RequireVerdict(t, tx.Exec(redistest.Context(t)), rueidistx.NotApplied, rueidistx.ErrAborted, rueidistx.ErrService)
	require.Equal(t, "---", outcometest.Traces(t, s, "second"))
}
