package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"
)

// contestant does one piece of work in its own way, for one of several goroutines.
type contestant struct {
	name string
	do   func(goroutine int) error
}

// takeTurns lets all take turns, each with some goroutines, in an order that is random in each round, and reports the medians
// of ratios.
func takeTurns(b *testing.B, goroutines int, all []contestant, ratios [][2]string) {
	b.Helper()
	const rounds, pieces = 60, 100
	each := max(pieces/goroutines, 10)
	for b.Loop() { // as it forgets the metrics that were reported before
	}
	took := map[string][]time.Duration{}
	for range rounds {
		for _, i := range rand.Perm(len(all)) {
			c := all[i]
			start := time.Now()
			var working sync.WaitGroup
			for g := range goroutines {
				working.Go(func() {
					for range each {
						if err := c.do(g); err != nil {
							b.Error(c.name, err)
							return
						}
					}
				})
			}
			working.Wait()
			took[c.name] = append(took[c.name], time.Since(start))
		}
	}
	for _, r := range ratios {
		var of []float64
		for i := range rounds {
			of = append(of, float64(took[r[0]][i])/float64(took[r[1]][i]))
		}
		slices.Sort(of)
		b.ReportMetric(of[rounds/2], fmt.Sprintf("%s/%s", r[0], r[1]))
	}
	b.ReportMetric(0, "ns/op")
}
