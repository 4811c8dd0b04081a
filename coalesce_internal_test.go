package rueidistx

import (
	"context"
	"slices"
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
		{[]time.Duration{20 * time.Microsecond}, leastInFlight},
		{[]time.Duration{300 * time.Microsecond}, leastInFlight},
		{[]time.Duration{410 * time.Microsecond}, 4},
		{[]time.Duration{1010 * time.Microsecond}, 25},
		{[]time.Duration{time.Second}, 256},
		{[]time.Duration{time.Second, 20 * time.Microsecond}, leastInFlight},
		{[]time.Duration{100 * time.Microsecond, 10 * time.Millisecond}, leastInFlight}, // one that was slow
	} {
		l := lane{limit: leastInFlight}
		for _, d := range of.trips {
			l.took(d, 1)
		}
		require.Equal(t, of.want, l.limit, "%v", of.trips)
	}
	for n, of := range map[int]struct {
		trip time.Duration
		want int
	}{
		1:   {1010 * time.Microsecond, 25},
		32:  {1072 * time.Microsecond, 25},           // the network is as slow as before
		256: {600 * time.Microsecond, leastInFlight}, // many commands take longer on any network
	} {
		l := lane{limit: leastInFlight}
		l.took(20*time.Microsecond, 1)
		for range 500 {
			l.took(of.trip, n)
		}
		require.InDelta(t, of.want, l.limit, 1, "%d commands", n)
	}
}

// As the doc of Coalesce says, a command goes at once if at most two others are on their way.
func TestLaneLetsThreeDepart(t *testing.T) {
	l := &newCoalesced(nil, new(shared), 0).lanes[0]
	for range 3 {
		require.True(t, l.depart(context.Background()))
	}
	require.False(t, l.depart(context.Background()))
}

// waitingGroups returns groups without commands, which wait in the lane.
func (l *lane) waitingGroups(n int) []*group {
	for range n {
		l.waiting = append(l.waiting, &group{done: make(chan struct{})})
	}
	return slices.Clone(l.waiting)
}

// A limit that grows lets groups go that wait.
func TestLaneLimitGrows(t *testing.T) {
	l := lane{limit: leastInFlight, inFlight: leastInFlight, wake: make(chan bool, mostInFlight)}
	groups := l.waitingGroups(3)
	l.mu.Lock()
	l.took(time.Second, 1)
	l.mu.Unlock()
	for _, g := range groups {
		<-g.done
	}
}

// A limit that shrinks is kept: what waits goes when as much has arrived.
func TestLaneLimitShrinks(t *testing.T) {
	l := lane{limit: leastInFlight, inFlight: leastInFlight + 2, wake: make(chan bool, mostInFlight)}
	g := l.waitingGroups(1)[0]
	for _, left := range []int{leastInFlight + 1, leastInFlight} {
		l.arrive(time.Now(), false)
		require.Equal(t, left, l.inFlight, "no sender has taken the place")
		require.False(t, g.sent)
	}
	l.arrive(time.Now(), false)
	<-g.done
}
