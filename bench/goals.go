package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/rueidistx/rueidistx/internal/parity"
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
func withinControl(r *result) float64 {
	off := math.Abs(r.ratio(control, hand).mid - 1)
	return r.ratio(typed, hand).mid - max(off, r.band())
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

func goals(results []*result) []goal {
	find := func(keep func(r *result) bool) []*result {
		return slices.DeleteFunc(slices.Clone(results), func(r *result) bool { return !keep(r) })
	}
	at := func(v venue, shape parity.Shape, goroutines int, sizes ...int) []*result {
		return find(func(r *result) bool {
			return r.venue == v && r.task.Shape == shape && r.goroutines == goroutines &&
				(len(sizes) == 0 || slices.Contains(sizes, r.task.N))
		})
	}
	var all []goal
	add := func(g goal) { all = append(all, g) }
	offline := func(shape parity.Shape) []*result { return at(onCanned, shape, 0, 10, 100, 1000) }
	for _, shape := range []parity.Shape{parity.Batch, parity.Tx} {
		for _, n := range []int{10, 100, 1000} {
			add(goal{
				what: fmt.Sprintf("client only, %s of %s commands: time to hand", shape, thousands(float64(n))), most: true, limit: 1,
				of: at(onCanned, shape, 0, n), wanted: 3, measure: against(typed, hand),
			})
		}
		add(goal{
			what: fmt.Sprintf("client only, %s of 10 to 1,000: allocations beyond hand", shape), most: true, limit: 0,
			of: offline(shape), wanted: 9,
			// what else the process allocates in between adds fractions
			measure: func(r *result) float64 { return math.Round(r.row(typed).allocs - r.row(hand).allocs) },
		})
	}
	onReal := append(at(onServer, parity.Batch, 0), at(onServer, parity.Tx, 0)...)
	add(goal{
		what: "server, batch and tx: time to hand, less the control's error (at least 0.02)", most: true, limit: 1,
		of: onReal, wanted: 18, measure: withinControl,
	})
	add(goal{
		what: "client only, auto: time to a bare Do", most: true, limit: 1.02,
		of: at(onCanned, parity.Auto, 0), wanted: 3, measure: against(typed, hand),
	})
	add(goal{
		what: "server, auto: time to a bare Do", most: true, limit: 1.02,
		of: at(onServer, parity.Auto, 0), wanted: 2, measure: against(typed, hand),
	})
	hundred := at(onServer, parity.Batch, 0, 100)
	add(goal{what: "server, batch of 100: rueidiscompat's time to ours, mean", limit: 1.08, of: hundred, wanted: 3, measure: against(compat, typed), sum: mean})
	add(goal{what: "server, batch of 100: go-redis's time to ours, mean", limit: 1.12, of: hundred, wanted: 3, measure: against(goRedis, typed), sum: mean})
	for _, g := range []struct {
		goroutines int
		limit      float64
	}{{64, 1.8}, {256, 2.5}} {
		add(goal{
			what: fmt.Sprintf("transactions of 4 from %d goroutines: go-redis's time to ours", g.goroutines), limit: g.limit,
			of: at(onServer, parity.Tx, g.goroutines, 4), wanted: 1, measure: against(goRedis, typed),
		})
	}
	scripts := at(onServer, parity.Script, 0, 100)
	add(goal{what: "100 scripts in a batch: time to Lua.ExecMulti", most: true, limit: 0.75, of: scripts, wanted: 1, measure: against(typed, lua)})
	add(goal{
		what: "100 scripts in a batch: allocations", most: true, limit: 5, of: scripts, wanted: 1,
		measure: func(r *result) float64 { return math.Round(r.row(typed).allocs) },
	})
	add(goal{
		what: "cluster, batches of 100 and 1,000: time to hand", most: true, limit: 1.02,
		of: at(onCluster, parity.Batch, 0), wanted: 6, measure: against(typed, hand),
	})
	million := at(onServer, bulk, 0, 1_000_000)
	add(goal{
		what: "a load of 1,000,000: peak heap to that of 100,000", most: true, limit: 1.5,
		of: million, wanted: 1,
		measure: func(r *result) float64 {
			small := at(onServer, bulk, 0, 100_000)
			if len(small) == 0 {
				return math.NaN()
			}
			return r.row(typed).peak / small[0].row(typed).peak
		},
	})
	return all
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
