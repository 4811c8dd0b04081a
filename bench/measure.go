package main

import (
	"context"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"
)

// pace is how much time a measurement may take.
type pace struct {
	rounds, maxRounds int
	budget            time.Duration // for the rounds of a workload, as far as their number allows
	slices            int           // rounds of a workload with many goroutines
	slice             time.Duration // each client's share of such a round, in real time
	openSlice         time.Duration // the same, where requests come at a rate
	warmup            time.Duration // of each client
	counting          time.Duration // of each client's allocations
	connections       int           // of which the memory is measured
}

// sampler does the work for a while, and returns how many nanoseconds an operation took.
type sampler func() (float64, error)

// inRounds takes one sample of each client in each round, in an order that is random anew each time. It returns the
// samples of each client, by round.
func inRounds(stop context.Context, samplers []sampler, enough func(rounds int, since time.Duration) bool) ([][]float64, error) {
	samples := make([][]float64, len(samplers))
	order := make([]int, len(samplers))
	for i := range order {
		order[i] = i
	}
	start := time.Now()
	for round := 0; !enough(round, time.Since(start)); round++ {
		if err := stop.Err(); err != nil {
			return nil, err
		}
		rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			sample, err := samplers[i]()
			if err != nil {
				return nil, err
			}
			samples[i] = append(samples[i], sample)
		}
	}
	return samples, nil
}

// repeated samples a given number of operations in a row.
func repeated(do func() error, times int) sampler {
	return func() (took float64, err error) {
		somewhere(func() {
			start := time.Now()
			for range times {
				if err = do(); err != nil {
					return
				}
			}
			took = float64(time.Since(start)) / float64(times)
		})
		return took, err
	}
}

// somewhere calls do with its stack at a random place within a page. Where the stack happens to lie can cost one of two
// nearly equal pieces of code several percent, and without this it lay there for a whole run: a ratio came out as 0.92 or
// as 0.99, each steadily, depending on what the caller's frame held.
func somewhere(do func()) { deeper(rand.IntN(4096/deeperFrame), do) }

// deeperFrame is what a call of deeper takes of the stack, in bytes.
const deeperFrame = 32

//go:noinline
func deeper(frames int, do func()) {
	if frames > 0 {
		deeper(frames-1, do)
		return
	}
	do()
}

// inParallel samples a slice of real time in which each worker does its work again and again, on a goroutine of its own.
func inParallel(workers []func() error, slice time.Duration) sampler {
	return func() (float64, error) {
		elapsed, ops, err := runSlice(workers, slice)
		return float64(elapsed) / float64(ops), err
	}
}

func runSlice(workers []func() error, slice time.Duration) (time.Duration, int, error) {
	var (
		over  atomic.Bool
		ops   atomic.Int64
		first atomic.Pointer[error]
		all   sync.WaitGroup
	)
	start := time.Now()
	for _, do := range workers {
		all.Go(func() {
			somewhere(func() {
				n := 0
				for !over.Load() {
					if err := do(); err != nil {
						first.CompareAndSwap(nil, &err)
						return
					}
					n++
				}
				ops.Add(int64(n))
			})
		})
	}
	time.Sleep(slice)
	over.Store(true)
	all.Wait()
	elapsed := time.Since(start)
	if err := first.Load(); err != nil {
		return 0, 0, *err
	}
	return elapsed, max(int(ops.Load()), 1), nil
}

// warm runs do until its time is over, at least once, and returns how long it took then.
func warm(do func() error, atLeast time.Duration) (time.Duration, error) {
	var last time.Duration
	for start := time.Now(); last == 0 || time.Since(start) < atLeast; {
		began := time.Now()
		if err := do(); err != nil {
			return 0, err
		}
		last = max(time.Since(began), 1)
	}
	return last, nil
}

// allocations returns the allocations and bytes of one of the operations that run does and counts. Whatever else the
// process allocates meanwhile is in them, so run should do many.
func allocations(run func() (ops int, err error)) (count, bytes float64, err error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	ops, err := run()
	runtime.ReadMemStats(&after)
	if err != nil {
		return 0, 0, err
	}
	return float64(after.Mallocs-before.Mallocs) / float64(ops), float64(after.TotalAlloc-before.TotalAlloc) / float64(ops), nil
}

// peakHeap returns by how many bytes the heap's objects exceed at worst what there was before do, looking about every half
// millisecond: the median of three times. Garbage is collected as soon as it is a tenth of the heap meanwhile: what there
// is of it otherwise depends on the heap's size, and not on what do needs.
func peakHeap(do func() error) (float64, error) {
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	peaks := make([]float64, 3)
	for i := range peaks {
		peak, err := onePeak(do)
		if err != nil {
			return 0, err
		}
		peaks[i] = peak
	}
	return quartiles(peaks).mid, nil
}

func onePeak(do func() error) (float64, error) {
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	size := func() uint64 {
		metrics.Read(heap)
		return heap[0].Value.Uint64()
	}
	runtime.GC()
	runtime.GC() // what sync.Pools hold goes in the second
	before := size()
	peak := before
	over, looked := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(looked)
		tick := time.NewTicker(500 * time.Microsecond)
		defer tick.Stop()
		for {
			peak = max(peak, size())
			select {
			case <-over:
				return
			case <-tick.C:
			}
		}
	}()
	err := do()
	close(over)
	<-looked
	return float64(peak - before), err
}
