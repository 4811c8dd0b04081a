package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/rueidistx/rueidistx/internal/parity"
)

// openRounds are enough for a workload of the open loop, as a round is long: the 99th percentile needs some thousand
// requests in each.
const openRounds = 9

// leastServed is which part of the rate a client must reach. A client that does not is saturated: its latency is a matter of how
// long one looks, and no figure of it.
const leastServed = 0.95

// openBands are how far the control may be off, for the median and for the 99th percentile.
var openBands = [2]float64{0.10, 0.20}

// openWorkloads send requests when they come, and not when the one before is done, from 64 goroutines.
func openWorkloads() []workload {
	f := &family{
		name: "open/GET", title: "Latency: single GETs that come at a given rate", axis: "a second", venue: onServer,
		clients: []string{typed, coalesced, hand, control, tuned, goRedis, autoPipeline, redigoName},
	}
	var all []workload
	for _, rate := range []int{20_000, 50_000, 100_000} {
		all = append(all, workload{
			family: f, number: rate, task: parity.Task{Shape: parity.Auto, Kind: parity.Get, N: 1}, goroutines: 64, rate: rate,
		})
	}
	return all
}

// served is what became of one round's requests.
type served struct {
	p99  float64 // nanoseconds
	part float64 // of the rate
}

// openLoop samples a slice in which requests arrive as a Poisson process does. Whoever of the workers is free takes the
// next. A sample is the median of their latencies, each from the request's arrival on, though it may have started late;
// what else is known goes into log. The n-th round has the same arrivals for all samplers with the same seed.
func openLoop(workers []func() error, rate int, slice time.Duration, seed uint64, log *[]served) sampler {
	return func() (float64, error) {
		random := rand.New(rand.NewPCG(seed, uint64(len(*log))))
		var arrivals []time.Duration
		for at := time.Duration(0); at < slice || arrivals == nil; {
			at += time.Duration(random.ExpFloat64() / float64(rate) * float64(time.Second))
			arrivals = append(arrivals, at)
		}
		latencies, took, err := serve(workers, arrivals)
		if err != nil {
			return 0, err
		}
		slices.Sort(latencies)
		*log = append(*log, served{quantile(latencies, 0.99), float64(arrivals[len(arrivals)-1]) / float64(took)})
		return quantile(latencies, 0.5), nil
	}
}

// serve returns how long each request took from its arrival on, and all of them from the start.
func serve(workers []func() error, arrivals []time.Duration) (latencies []float64, took time.Duration, err error) {
	clock, err := newAlarm()
	if err != nil {
		return nil, 0, err
	}
	defer clock.close()
	waiting := make(chan int, len(arrivals)) // nobody holds up the arrivals
	latencies = make([]float64, len(arrivals))
	errs := make([]error, len(workers))
	var all sync.WaitGroup
	start := time.Now()
	for i, do := range workers {
		all.Go(func() {
			for request := range waiting {
				if err := do(); err != nil && errs[i] == nil {
					errs[i] = err
				}
				latencies[request] = float64(time.Since(start) - arrivals[request])
			}
		})
	}
	for next := 0; next < len(arrivals); {
		now := time.Since(start)
		for ; next < len(arrivals) && arrivals[next] <= now; next++ {
			waiting <- next
		}
		if next < len(arrivals) {
			if err = clock.sleep(arrivals[next] - now); err != nil {
				break
			}
		}
	}
	close(waiting)
	all.Wait()
	took = time.Since(start)
	for _, failed := range errs {
		if err == nil && failed != nil {
			err = failed
		}
	}
	return latencies, took, err
}

// percentileText is how a client's one compares with hand's, by round, and its time. It is known only where the control's
// is within its band.
func (r *result) percentileText(client string, which int) (ratio, time string) {
	row := r.row(client)
	off := r.percentiles(control, which).mid - 1
	switch {
	case row.saturated():
		return "saturated", ""
	case r.row(hand).saturated(), client != control && max(off, -off) > openBands[which]:
		return "open", ""
	}
	values := row.times
	if which == 1 {
		values = row.tails()
	}
	return ratioText(r.percentiles(client, which).mid), duration(quartiles(values).mid)
}

func (r *result) percentiles(client string, which int) spread {
	if which == 0 {
		return r.ratio(client, hand)
	}
	return paired(r.row(client).tails(), r.row(hand).tails())
}

// tails are the 99th percentiles, by round.
func (row *row) tails() []float64 {
	tails := make([]float64, len(row.served))
	for i, s := range row.served {
		tails[i] = s.p99
	}
	return tails
}

// reached is which part of the rate the client served in most rounds.
func (row *row) reached() float64 {
	parts := make([]float64, len(row.served))
	for i, s := range row.served {
		parts[i] = s.part
	}
	return quartiles(parts).mid
}

func (row *row) saturated() bool { return row.reached() < leastServed }

// openTable is for the workloads of one family.
func openTable(results []*result) *table {
	t := newTable("a second", "client", "served/s", "p50 × hand", "p50", "p99 × hand", "p99")
	for _, r := range results {
		for i := range r.rows {
			row := &r.rows[i]
			cells := []string{thousands(float64(r.rate)), row.client, thousands(min(row.reached(), 1) * float64(r.rate))}
			for which := range openBands {
				ratio, time := r.percentileText(row.client, which)
				cells = append(cells, ratio, time)
			}
			t.add(cells...)
		}
	}
	return t
}

// openCaption says which percentiles are known.
func openCaption(results []*result) string {
	text := fmt.Sprintf("The control's p50 has to be within ±%.2f and its p99 within ±%.2f: else what others had is open.", openBands[0], openBands[1])
	for _, r := range results {
		if r.row(hand).saturated() {
			text += fmt.Sprintf(" **Hand does not reach %s/s itself.**", thousands(float64(r.rate)))
		}
	}
	return text
}
