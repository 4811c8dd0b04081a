package parity

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTasksAllocateNoMore asserts what TestAllocations does for a Batch of 100, for a Tx and for other sizes, and that the
// Auto of a single command costs nothing itself.
func TestTasksAllocateNoMore(t *testing.T) {
	needCounts(t)
	for _, kind := range []Kind{Set, Get, IncrBy, Mix} {
		if kind != Mix {
			compareAllocations(t, Task{Shape: Auto, Kind: kind, N: 1}, 1)
		}
		for _, n := range []int{1, 10, 100, 1000} {
			compareAllocations(t, Task{Shape: Batch, Kind: kind, N: n}, 0)
			compareAllocations(t, Task{Shape: Tx, Kind: kind, N: n}, 0)
		}
	}
}

// compareAllocations asserts that a task costs no more than by hand but for a number of allocations.
func compareAllocations(t *testing.T, task Task, more float64) {
	t.Run(task.String(), func(t *testing.T) {
		c, err := NewCanned()
		require.NoError(t, err)
		defer c.Close()
		measure := func(w *Worker) float64 {
			w = c.Serve(task, w)
			defer func() { require.NoError(t, task.Check(w.Answers, 1)) }()
			return allocated(t, w.Do)
		}
		require.LessOrEqual(t, measure(task.Typed(c.DB)), measure(task.Hand(c.Client))+more)
	})
}
