package rueidistx

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBackoffDoublesUpToItsCap(t *testing.T) {
	for _, c := range []struct {
		attempt         int
		low, high, most time.Duration
	}{
		{1, 8, 1000, 8}, {2, 8, 1000, 16}, {3, 8, 1000, 32}, {7, 8, 1000, 512}, {8, 8, 1000, 1000}, {9, 8, 1000, 1000}, {31, 8, 1000, 1000},
		{1, 50, 20, 20}, {40, 50, 60, 60},
		{32, 8, 1000, 1000}, {33, 8, 1000, 1000}, {64, 8, 1000, 1000}, {1000, 8, 1000, 1000}, // a shift too far
		{60, math.MaxInt64 / 2, 1000, 1000}, {3, math.MaxInt64 / 2, math.MaxInt64, math.MaxInt64}, // an overflow
		{1, 0, 1000, 0}, {5, 0, 1000, 0}, {1, 8, 0, 0}, {1, -8, 1000, 0}, {1, 8, -1, 0}, {40, 0, 1000, 0}, {1000, -8, 1000, 0},
	} {
		var longest time.Duration
		for range 300 {
			p := retryPolicy{low: c.low, high: c.high}
			d := p.backoff(c.attempt)
			p.spread = true
			wide := p.backoff(c.attempt)
			require.LessOrEqual(t, wide, c.most, "%+v", c)
			require.GreaterOrEqual(t, wide, time.Duration(0), "%+v", c)
			require.LessOrEqual(t, d, c.most, "%+v", c)
			require.GreaterOrEqual(t, d, min(c.most, 1), "%+v", c)
			longest = max(longest, d)
		}
		require.GreaterOrEqual(t, longest, c.most/2, "%+v", c)
	}
}

// A topology refresh may take a second.
func TestDefaultBudgetOutlastsATopologyRefresh(t *testing.T) {
	for range 1000 {
		var all time.Duration
		for attempt := 1; attempt < defaultTxOptions.refusals.attempts; attempt++ {
			all += defaultTxOptions.refusals.backoff(attempt)
		}
		require.Greater(t, all, 1500*time.Millisecond)
	}
}
