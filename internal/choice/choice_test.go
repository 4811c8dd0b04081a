package choice

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(redistest.Suite{M: m}) }

func TestEquivalence(t *testing.T) {
	s := redistest.Shared(t)
	figures := Compare(t, s.Option(), redistest.Times(rounds, 2))
	t.Logf("%s: %v", s.Name(), figures)
	if !testing.Short() && rounds > 20 {
		require.Greater(t, figures.Commands, 20_000)
	}
}
