package rueidistx

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// A goroutine that queues too late must not take away what another has just recorded of the unit, such as its error: then
// its futures would have neither a value nor an error.
func TestOddIsMadeOnce(t *testing.T) {
	for range 2000 {
		a := &answers{rare: new(rare)}
		var made [2]*odd
		var working sync.WaitGroup
		for i := range made {
			working.Go(func() { made[i] = a.needOdd() })
		}
		working.Wait()
		require.Same(t, made[0], made[1])
		require.Same(t, made[0], a.odd())
	}
}

// The index of the command whose value was asked for is above the state, which the index must not change.
func TestAskedKeepsTheIndex(t *testing.T) {
	for _, i := range []int{0, 1, 15, 16, 1 << 16, 1<<27 + 5} {
		for _, before := range []uint32{pending, onDemand} {
			a := &answers{state: before, rare: new(rare)}
			a.ask(i)
			a.ask(i + 1) // the first one counts
			require.Equal(t, asked, a.load())
			require.False(t, a.done())
			var e *CommandError
			require.ErrorAs(t, a.askedTooEarly(txRules), &e)
			require.Equal(t, i, e.Index)
		}
	}
	a := &answers{state: settled, rare: new(rare)}
	a.ask(1)
	require.Equal(t, settled, a.load())
}
