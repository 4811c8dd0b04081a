package rueidistx_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx/internal/parity"
)

// allocations returns how often t allocates, done by hand with rueidis and with this package.
func allocations(t *testing.T, task parity.Task) (hand, typed float64) {
	c, err := parity.NewCanned()
	require.NoError(t, err)
	defer c.Close()
	measure := func(w *parity.Worker) float64 {
		w = c.Serve(task, w)
		defer func() { require.NoError(t, task.Check(w.Answers, 1)) }()
		return testing.AllocsPerRun(100, func() {
			if err := w.Do(); err != nil {
				t.Error(err)
			}
		})
	}
	return measure(task.Hand(c.Client)), measure(task.Typed(c.DB))
}

func TestAutoAllocatesOnceMore(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates too: run without -race")
	}
	for _, kind := range []parity.Kind{parity.Set, parity.Get, parity.IncrBy} {
		task := parity.Task{Shape: parity.Auto, Kind: kind, N: 1}
		t.Run(task.String(), func(t *testing.T) {
			hand, typed := allocations(t, task)
			require.LessOrEqual(t, typed, 1+hand)
		})
	}
}

func TestNoExtraAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates too: run without -race")
	}
	for _, shape := range []parity.Shape{parity.Batch, parity.Tx} {
		for _, kind := range []parity.Kind{parity.Set, parity.Get, parity.IncrBy, parity.Mix} {
			for _, n := range []int{1, 10, 100, 1000} {
				if testing.Short() && n == 1000 {
					continue
				}
				task := parity.Task{Shape: shape, Kind: kind, N: n}
				t.Run(task.String(), func(t *testing.T) {
					hand, typed := allocations(t, task)
					require.LessOrEqual(t, typed, hand)
				})
			}
		}
	}
}
