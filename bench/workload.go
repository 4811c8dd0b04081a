package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rueidistx/rueidistx/internal/parity"
)

// venue is what the clients of a workload talk to.
type venue string

const (
	onCanned  venue = "canned"
	onServer  venue = "server"
	onTLS     venue = "tls"
	onCluster venue = "cluster"
)

// family is workloads that differ in one number, and become one table.
type family struct {
	name    string
	title   string
	axis    string // what the number counts
	venue   venue
	clients []string
	bound   bound
	budget  time.Duration // the most for the rounds of a workload; 0: the pace's
	pinned  bool          // with a core for this process and another for the servers
}

// workload is one piece of work for several clients.
type workload struct {
	*family
	number     int // on the axis
	task       parity.Task
	goroutines int // 0: one, measured operation by operation
	rate       int // of the requests that come in a second; 0: the next comes when the one before is done
}

// parallel is how many goroutines a workload for n has: one is measured operation by operation, which is far more exact.
func parallel(n int) int {
	if n == 1 {
		return 0
	}
	return n
}

// costs reports whether it is measured what the operations of w take of the processors.
func (w workload) costs() bool { return w.axis == "goroutines" }

// group is what the family's name begins with.
func (f *family) group() string {
	group, _, _ := strings.Cut(f.name, "/")
	return group
}

func (w workload) String() string { return w.name + "/" + strconv.Itoa(w.number) }

// workloads returns all there are. A quick run does not take the largest.
func workloads(quick bool) []workload {
	var all []workload
	kinds := []parity.Kind{parity.Set, parity.Get, parity.Mix}
	alone := []string{typed, defaults, hand, control, compat, goRedis, redigoName, floor}
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
	all = append(all, goroutineWorkloads()...)
	all = append(all, contextWorkloads()...)
	all = append(all, openWorkloads()...)
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
	all = append(all, bufferWorkloads(quick)...)
	all = append(all, pinnedWorkloads(quick)...)
	return append(all, cannedWorkloads()...)
}

// goroutineWorkloads are many goroutines at once.
func goroutineWorkloads() []workload {
	var all []workload
	add := func(name, title string, shape parity.Shape, kind parity.Kind, n int, clients ...string) {
		f := &family{name: "goroutines/" + name, title: title, axis: "goroutines", venue: onServer, clients: clients}
		for _, g := range []int{1, 8, 64, 256} {
			all = append(all, workload{family: f, number: g, task: parity.Task{Shape: shape, Kind: kind, N: n}, goroutines: parallel(g)})
		}
	}
	for _, kind := range []parity.Kind{parity.Get, parity.Set} {
		add("auto/"+string(kind), fmt.Sprintf("Single %ss from many goroutines", kind), parity.Auto, kind, 1,
			typed, defaults, coalesced, hand, control, tuned, compat, goRedis, autoPipeline, redigoName)
	}
	add("batch", "Batches of 10 commands from many goroutines", parity.Batch, parity.Mix, 10, typed, hand, control, compat, goRedis, redigoName)
	add("tx", "Transactions of 4 INCRBYs from many goroutines", parity.Tx, parity.IncrBy, 4, typed, hand, control, compat, goRedis, redigoName)
	return all
}

// pinnedWorkloads are large batches where the server has a core for itself, and so works while the client still sends: as
// it is with a server elsewhere. A quick run leaves out the largest.
func pinnedWorkloads(quick bool) []workload {
	var all []workload
	for _, kind := range []parity.Kind{parity.Set, parity.Get} {
		f := &family{
			name:  fmt.Sprintf("pinned/batch/%s", kind),
			title: fmt.Sprintf("A batch of %s, client and server on a core each", named(kind)), axis: "commands", venue: onServer,
			clients: []string{typed, defaults, hand, control, redigoName, floor}, pinned: true,
		}
		for _, n := range []int{1000, 10_000} {
			if n <= 1000 || !quick {
				all = append(all, workload{family: f, number: n, task: parity.Task{Shape: parity.Batch, Kind: kind, N: n}})
			}
		}
	}
	return all
}

// cannedBudget is enough for a client without a server.
const cannedBudget = time.Second

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
				title: title, axis: "commands", venue: onCanned, clients: clients, budget: cannedBudget,
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
	cost          cost      // of one operation, where that was measured
	served        []served  // with a rate only, by round
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
	case w.rate > 0:
		return openBands[0]
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
	if r.goroutines > 0 && r.rate == 0 && (c.low > 1 || c.high < 1) {
		return false
	}
	return math.Abs(c.mid-1) <= r.band()
}
