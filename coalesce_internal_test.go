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
		{[]time.Duration{300 * time.Microsecond}, 2},
		{[]time.Duration{400 * time.Microsecond}, 4},
		{[]time.Duration{time.Millisecond}, 25},
		{[]time.Duration{time.Second}, 256},
		{[]time.Duration{time.Second, 20 * time.Microsecond}, 2},
		{[]time.Duration{100 * time.Microsecond, 10 * time.Millisecond}, 2}, // one that was slow
	} {
		l := lane{limit: leastInFlight}
		for _, d := range of.trips {
			l.took(d, 1)
		}
		require.Equal(t, of.want, l.limit, "%v", of.trips)
	}
	l := lane{limit: leastInFlight}
	l.took(20*time.Microsecond, fewCommands)
	for range 200 {
		l.took(time.Millisecond, 256)
	}
	require.Equal(t, 2, l.limit, "many commands take longer on any network")
	for range 200 {
		l.took(time.Millisecond, fewCommands)
	}
	require.Greater(t, l.limit, 15, "the network has become slower for good")
	l.took(500*time.Microsecond, 256)
	require.Equal(t, 6, l.limit, "many commands took less: so does the network")
	l = lane{limit: leastInFlight}
	l.took(time.Millisecond, 256)
	require.Equal(t, 2, l.limit, "nothing is known yet")
}
