package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/rueidistx/rueidistx/internal/parity"
)

// venue is what the clients of a workload talk to.
type venue string

const (
	onCanned  venue = "canned"
	onServer  venue = "server"
	onCluster venue = "cluster"
)

// family is workloads that differ in one number, and become one table.
type family struct {
	name    string
	title   string
	axis    string // what the number counts
	venue   venue
	clients []string
}

// workload is one piece of work for several clients.
type workload struct {
	*family
	number     int // on the axis
	task       parity.Task
	goroutines int // 0: one, measured operation by operation
}

func (w workload) String() string { return w.name + "/" + strconv.Itoa(w.number) }

// workloads returns all there are. A quick run does not take the largest.
func workloads(quick bool) []workload {
	var all []workload
	kinds := []parity.Kind{parity.Set, parity.Get, parity.Mix}
	alone := []string{typed, hand, control, compat, goRedis, redigoName, floor}
	clustered := []string{typed, hand, control, compat, goRedis}
	batches := func(title string, v venue, clients []string, shape parity.Shape, kind parity.Kind, sizes ...int) {
		f := &family{
			name:  fmt.Sprintf("%s/%s/%s", v, shape, kind),
			title: title, axis: "commands", venue: v, clients: clients,
		}
		for _, n := range sizes {
			all = append(all, workload{family: f, number: n, task: parity.Task{Shape: shape, Kind: kind, N: n}})
		}
	}
	for _, kind := range []parity.Kind{parity.Set, parity.Get} {
		batches(fmt.Sprintf("A single %s", kind), onServer, alone, parity.Auto, kind, 1)
	}
	for _, kind := range kinds {
		batches(fmt.Sprintf("A batch of %s", named(kind)), onServer, alone, parity.Batch, kind, 1, 10, 100, 1000, 10_000)
	}
	batches("A transaction of INCRBYs", onServer, alone, parity.Tx, parity.IncrBy, 2, 10, 100)
	batches("A script, alone and 100 in a batch", onServer, []string{typed, hand, control, lua, compat, goRedis, redigoName, floor},
		parity.Script, parity.IncrBy, 1, 100)
	parallel := func(title string, shape parity.Shape, kind parity.Kind, n int, clients ...string) {
		f := &family{
			name:  fmt.Sprintf("goroutines/%s", shape),
			title: title, axis: "goroutines", venue: onServer, clients: clients,
		}
		for _, g := range []int{1, 8, 64, 256} {
			all = append(all, workload{family: f, number: g, task: parity.Task{Shape: shape, Kind: kind, N: n}, goroutines: g})
		}
	}
	parallel("Single GETs from many goroutines", parity.Auto, parity.Get, 1, typed, hand, control, compat, goRedis, autoPipeline, redigoName)
	parallel("Batches of 10 commands from many goroutines", parity.Batch, parity.Mix, 10, typed, hand, control, compat, goRedis, redigoName)
	parallel("Transactions of 4 INCRBYs from many goroutines", parity.Tx, parity.IncrBy, 4, typed, hand, control, compat, goRedis, redigoName)
	for _, kind := range kinds {
		batches(fmt.Sprintf("A batch of %s on a cluster of three nodes", named(kind)), onCluster, clustered, parity.Batch, kind, 100, 1000)
	}
	load := &family{
		name: "server/bulk/SET", title: "A load of SETs, 10,000 at a time", axis: "commands", venue: onServer,
		clients: []string{typed, hand, control, oneDoMulti, goRedis},
	}
	for _, n := range []int{100_000, 1_000_000} {
		if n <= 100_000 || !quick {
			all = append(all, workload{family: load, number: n, task: parity.Task{Shape: bulk, Kind: parity.Set, N: n}})
		}
	}
	return append(all, cannedWorkloads()...)
}

// cannedWorkloads are those of the client alone. Nobody else takes part: here, what another client leaves to the garbage
// collector and in the caches costs more than what is to be measured.
func cannedWorkloads() []workload {
	var all []workload
	clients := []string{typed, hand, control}
	for _, shape := range []parity.Shape{parity.Auto, parity.Batch, parity.Tx} {
		for _, kind := range []parity.Kind{parity.Set, parity.Get, parity.IncrBy} {
			title := fmt.Sprintf("Client only: a %s of %s", map[parity.Shape]string{parity.Batch: "batch", parity.Tx: "transaction"}[shape], named(kind))
			sizes := []int{1, 10, 100, 1000}
			if shape == parity.Auto {
				title, sizes = fmt.Sprintf("Client only: a single %s", kind), []int{1}
			}
			f := &family{
				name:  fmt.Sprintf("%s/%s/%s", onCanned, shape, kind),
				title: title, axis: "commands", venue: onCanned, clients: clients,
			}
			for _, n := range sizes {
				all = append(all, workload{family: f, number: n, task: parity.Task{Shape: shape, Kind: kind, N: n}})
			}
		}
	}
	return all
}

func named(kind parity.Kind) string {
	if kind == parity.Mix {
		return "SET, GET and INCRBY in turns"
	}
	return string(kind) + "s"
}

// result is a workload that was measured.
type result struct {
	workload
	rows []row
}

// row is one client's part of it.
type row struct {
	client        string
	times         []float64 // nanoseconds of one operation, by round
	allocs, bytes float64   // of one operation
	peak          float64   // bytes of heap, where that was measured
}

func (r *result) row(client string) *row {
	if i := slices.IndexFunc(r.rows, func(row row) bool { return row.client == client }); i >= 0 {
		return &r.rows[i]
	}
	return nil
}

// ratio is how long client takes relative to base.
func (r *result) ratio(client, base string) spread {
	a, b := r.row(client), r.row(base)
	if a == nil || b == nil {
		return spread{math.NaN(), math.NaN(), math.NaN()}
	}
	return paired(a.times, b.times)
}

// band is how far the control may be off.
func (w workload) band() float64 {
	switch {
	case w.goroutines > 0:
		return 0.05
	case w.venue == onCanned && w.task.N <= 100:
		return 0.01
	default:
		return 0.02
	}
}

// steady reports whether the control, the same code once more, came out as it must.
func (r *result) steady() bool {
	c := r.ratio(control, hand)
	if r.goroutines > 0 && (c.low > 1 || c.high < 1) {
		return false
	}
	return math.Abs(c.mid-1) <= r.band()
}
