package main

import (
	"fmt"
	"math"
)

// goal is a promise, and what the run says of it.
type goal struct {
	what    string
	most    bool // else the limit is the least
	limit   float64
	of      []*result // what it was measured on
	wanted  int       // how many that should be
	measure func(r *result) float64
	sum     func(values []float64) float64 // of all measured values; nil: the worst
}

// withinControl leaves out of a ratio what the control says is noise.
func withinControl(client, base string) func(*result) float64 {
	return func(r *result) float64 {
		off := math.Abs(r.ratio(control, hand).mid - 1)
		return r.ratio(client, base).mid - max(off, r.band())
	}
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// against is the ratio of two clients.
func against(client, base string) func(*result) float64 {
	return func(r *result) float64 { return r.ratio(client, base).mid }
}

// judged returns the measured value, with the name of the workload where it is the worst of several, and the verdict.
func (g goal) judged() (measured, verdict string) {
	if len(g.of) < g.wanted {
		return "", "not measured"
	}
	values := make([]float64, len(g.of))
	worst := 0
	off := 0
	for i, r := range g.of {
		values[i] = g.measure(r)
		if g.most && values[i] > values[worst] || !g.most && values[i] < values[worst] {
			worst = i
		}
		if !r.steady() {
			off++
		}
	}
	value := values[worst]
	if g.sum != nil {
		value = g.sum(values)
	}
	if math.IsNaN(value) {
		return "", "not measured"
	}
	measured = fmt.Sprintf("%.2f", value)
	value = math.Round(value*100) / 100
	if g.sum == nil && len(g.of) > 1 {
		measured += fmt.Sprintf(" (worst: %v)", g.of[worst])
	}
	verdict = "**not met**"
	if g.most && value <= g.limit || !g.most && value >= g.limit {
		verdict = "met"
	}
	switch {
	case off > 0 && len(g.of) == 1:
		verdict += ", control off"
	case off > 0:
		verdict += fmt.Sprintf(", control off in %d of %d", off, len(g.of))
	}
	return measured, verdict
}

func goalTable(results []*result) *table {
	t := newTable("goal", "limit", "measured", "verdict")
	for _, g := range goals(results) {
		sign := "≥"
		if g.most {
			sign = "≤"
		}
		measured, verdict := g.judged()
		t.add(g.what, fmt.Sprintf("%s %.2f", sign, g.limit), measured, verdict)
	}
	return t
}
