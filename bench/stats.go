package main

import (
	"math"
	"slices"
)

// spread is a median between its quartiles.
type spread struct{ low, mid, high float64 }

// quartiles returns the spread of values, or NaNs of none.
func quartiles(values []float64) spread {
	sorted := slices.Sorted(slices.Values(values))
	return spread{quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75)}
}

// quantile interpolates between the two values next to q.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := q * float64(len(sorted)-1)
	below := int(at)
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (at-float64(below))*(sorted[above]-sorted[below])
}

// paired returns the spread of a's values relative to those of b from the same round. What slows down a whole round,
// such as another process, cancels out in it.
func paired(a, b []float64) spread {
	ratios := make([]float64, min(len(a), len(b)))
	for i := range ratios {
		ratios[i] = a[i] / b[i]
	}
	return quartiles(ratios)
}
