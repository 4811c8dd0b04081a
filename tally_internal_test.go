package rueidistx

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTallyOfNothingHasNoError(t *testing.T) {
	var all tally
	all.failAll(0, ErrNotSent)
	require.Empty(t, all.errs)
	require.Zero(t, all.total)
	all.failAll(1, ErrNotSent)
	require.Equal(t, []error{ErrNotSent}, all.errs)
	require.Equal(t, NotApplied, OutcomeOf(all.summary()))
}
