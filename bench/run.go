package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/rueidistx/rueidistx/internal/parity"
)

// entrant is a contender in a workload: its operations, one for each goroutine.
type entrant struct {
	client string
	do     []func() error
}

// measure runs one workload.
func measure(stop context.Context, w workload, l *lab, p pace) (r *result, err error) {
	if w.pinned && !l.pinned {
		undo, failed := l.pin()
		if failed != nil {
			return nil, fmt.Errorf("%v: %w", w, failed)
		}
		defer func() { err = errors.Join(err, undo()) }()
	}
	f, err := l.open(w)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", w, err)
	}
	defer func() {
		if err = errors.Join(err, f.close()); err != nil {
			err = fmt.Errorf("%v: %w", w, err)
		}
	}()
	entrants, err := enter(w, l, f)
	if err != nil {
		return nil, err
	}
	runtime.GC()
	logs := make([][]served, len(entrants))
	samplers, err := prepare(w, entrants, p, logs)
	if err != nil {
		return nil, err
	}
	samples, err := inRounds(stop, samplers, func(rounds int, since time.Duration) bool {
		switch {
		case w.rate > 0:
			return rounds >= min(p.slices, openRounds)
		case w.goroutines > 0:
			return rounds >= p.slices
		}
		least := p.rounds
		if w.task.Shape == bulk { // of which a round takes seconds
			least = min(least, bulkRounds)
		}
		return rounds >= p.maxRounds || rounds >= least && since >= p.budget
	})
	if err != nil {
		return nil, err
	}
	r = &result{workload: w}
	for i, e := range entrants {
		row := row{client: e.client, times: samples[i], served: logs[i]}
		if w.rate > 0 { // what it costs is in the workloads of many goroutines
			r.rows = append(r.rows, row)
			continue
		}
		count := counted(w, e, quartiles(samples[i]).mid, p)
		row.allocs, row.bytes, err = allocations(count)
		if err == nil && w.costs() {
			row.cost, err = l.servers[w.venue].costOf(count)
		}
		if err == nil && w.task.Shape == bulk {
			row.peak, err = peakHeap(e.do[0])
		}
		if err != nil {
			return nil, err
		}
		r.rows = append(r.rows, row)
	}
	return r, nil
}

// enter makes the workers of each contender, and makes sure that what they do is right: who is fast but wrong is out.
func enter(w workload, l *lab, f *field) ([]entrant, error) {
	var entrants []entrant
	for _, c := range f.contenders {
		named := func(err error) error {
			if err != nil {
				err = fmt.Errorf("%s: %w", c.client, err)
			}
			return err
		}
		e := entrant{client: c.client}
		for g := range max(w.goroutines, 1) {
			t := w.task
			t.First = g * t.N % max(parity.Max-t.N, 1)
			worker, err := c.worker(t)
			if err != nil {
				return nil, named(err)
			}
			if g == 0 {
				if err := l.verify(w, worker); err != nil {
					return nil, named(err)
				}
			}
			e.do = append(e.do, func() error { return named(worker.Do()) })
		}
		entrants = append(entrants, e)
	}
	return entrants, l.seed(w)
}

// leastSample is how long a sample takes at least, so that reading the clock does not count. A goroutine that is compared
// with several does its operations in a row, as those do: what one leaves running can speed up the next.
func leastSample(w workload) time.Duration {
	if w.axis == "goroutines" {
		return time.Millisecond
	}
	return 10 * time.Microsecond
}

// prepare warms everything up and returns how to sample it. With a rate, what became of it goes into logs.
func prepare(w workload, entrants []entrant, p pace, logs [][]served) ([]sampler, error) {
	samplers := make([]sampler, len(entrants))
	seed := rand.Uint64()
	if w.goroutines > 0 {
		for i, e := range entrants {
			if _, _, err := runSlice(e.do, p.warmup); err != nil {
				return nil, err
			}
			samplers[i] = inParallel(e.do, p.slice)
			if w.rate > 0 {
				samplers[i] = openLoop(e.do, w.rate, p.openSlice, seed, &logs[i])
			}
		}
		return samplers, nil
	}
	fastest := time.Hour
	for _, e := range entrants {
		took, err := warm(e.do[0], p.warmup)
		if err != nil {
			return nil, err
		}
		fastest = min(fastest, took)
	}
	times := max(int(leastSample(w)/fastest), 1)
	for i, e := range entrants {
		samplers[i] = repeated(e.do[0], times)
	}
	return samplers, nil
}

// counted does operations of which one takes so many nanoseconds, and says how many it did.
func counted(w workload, e entrant, each float64, p pace) func() (int, error) {
	return func() (int, error) {
		if w.goroutines > 0 {
			_, ops, err := runSlice(e.do, p.counting)
			return ops, err
		}
		times := min(max(int(float64(p.counting)/each), 1), 2000)
		_, err := repeated(e.do[0], times)()
		return times, err
	}
}
