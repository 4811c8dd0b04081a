package main

import (
	"math"
	"testing"
)

func TestQuartiles(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   spread
	}{
		{[]float64{7}, spread{7, 7, 7}},
		{[]float64{3, 1}, spread{1.5, 2, 2.5}},
		{[]float64{5, 1, 4, 2, 3}, spread{2, 3, 4}},
		{[]float64{1, 2, 3, 1000}, spread{1.75, 2.5, 252.25}},
	} {
		given := append([]float64(nil), c.values...)
		if got := quartiles(c.values); got != c.want {
			t.Errorf("quartiles(%v) = %v, not %v", c.values, got, c.want)
		}
		for i := range given {
			if c.values[i] != given[i] {
				t.Errorf("quartiles changed %v to %v", given, c.values)
			}
		}
	}
	if got := quartiles(nil); !math.IsNaN(got.low) || !math.IsNaN(got.mid) || !math.IsNaN(got.high) {
		t.Errorf("quartiles of nothing are %v", got)
	}
}

func TestPaired(t *testing.T) {
	// The second round took ten times as long for both, and the third a hundred times.
	a, b := []float64{2, 20, 300}, []float64{1, 10, 100}
	if got, want := paired(a, b), (spread{2, 2, 2.5}); got != want {
		t.Errorf("paired(%v, %v) = %v, not %v", a, b, got, want)
	}
	if got, want := paired(b, b), (spread{1, 1, 1}); got != want {
		t.Errorf("paired with itself: %v, not %v", got, want)
	}
}

func TestJudge(t *testing.T) {
	type try struct {
		ratio  float64
		steady bool
	}
	for _, c := range []struct {
		name        string
		tries       []try // of which all must be used
		over, doubt bool
	}{
		{"within", []try{{1.1, true}}, false, false},
		{"within, whatever the control", []try{{1.0, false}}, false, false},
		{"within in the end", []try{{1.2, true}, {1.3, true}, {1.1, false}}, false, false},
		{"over", []try{{1.2, true}, {1.3, true}, {1.2, true}}, true, false},
		{"over, once for sure", []try{{1.2, false}, {1.3, true}, {1.2, false}}, true, false},
		{"over, never for sure", []try{{1.2, false}, {1.3, false}, {1.2, false}}, false, true},
	} {
		tries := c.tries
		v, err := judge(1.1, func() (float64, bool, error) {
			next := tries[0]
			tries = tries[1:]
			return next.ratio, next.steady, nil
		})
		if err != nil || v.over != c.over || v.doubt != c.doubt || len(tries) > 0 {
			t.Errorf("%s: %+v, %v, %d tries left", c.name, v, err, len(tries))
		}
	}
}

func TestGuardHasLimits(t *testing.T) {
	for _, w := range cannedWorkloads() {
		if limits[w.task.Shape][w.task.N] <= 1 {
			t.Errorf("%v has no limit", w)
		}
	}
}
