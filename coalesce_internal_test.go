package rueidistx

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestLaneLimit checks how many groups may be on their way, by the round trips so far: on a slow network, none waits long.
func TestLaneLimit(t *testing.T) {
	for _, of := range []struct {
		trips []time.Duration
		want  int
	}{
		{[]time.Duration{20 * time.Microsecond}, 2},
		{[]time.Duration{250 * time.Microsecond}, 2},
		{[]time.Duration{300 * time.Microsecond}, 4},
		{[]time.Duration{time.Millisecond}, 44},
		{[]time.Duration{time.Second}, 256},
		{[]time.Duration{time.Second, 20 * time.Microsecond}, 2},
		{[]time.Duration{100 * time.Microsecond, 10 * time.Millisecond}, 2}, // one that was slow
	} {
		l := lane{limit: leastInFlight}
		for _, d := range of.trips {
			l.took(d)
		}
		require.Equal(t, of.want, l.limit, "%v", of.trips)
	}
	l := lane{limit: leastInFlight}
	l.took(20 * time.Microsecond)
	for range 200 {
		l.took(time.Millisecond)
	}
	require.Greater(t, l.limit, 30, "the network has become slower for good")
}
