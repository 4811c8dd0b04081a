package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/rueidistx/rueidistx/internal/parity"
)

// goals are the promises there are. What no client can do is none: a single command without a server cannot take 1.02 of
// hand-written code's time, as its future outlives the call and so is an allocation.
func goals(results []*result) []goal {
	// of returns the workloads of the families that are called so or that are below the name.
	of := func(name string, numbers ...int) []*result {
		return slices.DeleteFunc(slices.Clone(results), func(r *result) bool {
			below := r.name == name || strings.HasPrefix(r.name, name+"/")
			return !below || len(numbers) > 0 && !slices.Contains(numbers, r.number)
		})
	}
	var all []goal
	most := func(limit float64, wanted int, of []*result, measure func(*result) float64, what string, args ...any) {
		all = append(all, goal{what: fmt.Sprintf(what, args...), most: true, limit: limit, of: of, wanted: wanted, measure: measure})
	}
	least := func(limit float64, of []*result, measure func(*result) float64, what string, args ...any) {
		all = append(all, goal{what: fmt.Sprintf(what, args...), limit: limit, of: of, wanted: 1, measure: measure})
	}
	const noise = "less the control's error"

	// What a client costs without a server differs between processors, so that goal names this one.
	alone := "client only on " + processor()
	for _, shape := range []parity.Shape{parity.Batch, parity.Tx} {
		family := fmt.Sprintf("%s/%s", onCanned, shape)
		for _, size := range []struct {
			n     int
			limit float64
		}{{1, 1.05}, {10, 1.02}, {100, 1}, {1000, 1}} {
			most(size.limit, 3, of(family, size.n), against(typed, hand), "%s, %s of %s: time to hand", alone, shape, thousands(float64(size.n)))
		}
		// what else the process allocates in between adds fractions
		most(0, 9, of(family, 10, 100, 1000), func(r *result) float64 { return math.Round(r.row(typed).allocs - r.row(hand).allocs) },
			"client only, %s of 10 to 1,000: allocations beyond hand", shape)
	}
	most(1, 18, append(of("server/batch"), of("server/tx")...), withinControl(typed, hand), "server, batch and tx: time to hand, %s (at least 0.02)", noise)
	most(1.02, 2, of("server/auto"), withinControl(typed, hand), "server, auto: time to a bare Do, %s (at least 0.02)", noise)

	hundred := of("server/batch", 100)
	for _, peer := range []struct {
		client string
		limit  float64
	}{{compat, 1.08}, {goRedis, 1.12}} {
		all = append(all, goal{
			what: fmt.Sprintf("server, batch of 100: %s's time to ours, mean", peer.client), limit: peer.limit,
			of: hundred, wanted: 3, measure: against(peer.client, typed), sum: mean,
		})
	}
	least(1.8, of("goroutines/tx", 64), against(goRedis, typed), "transactions of 4 from 64 goroutines: go-redis's time to ours")
	least(2.5, of("goroutines/tx", 256), against(goRedis, typed), "transactions of 4 from 256 goroutines: go-redis's time to ours")

	for _, many := range []struct {
		goroutines int
		limit      float64
	}{{1, 1.05}, {8, 0.85}, {64, 0.5}, {256, 0.5}} {
		most(many.limit, 2, of("goroutines/auto", many.goroutines), against(coalesced, hand),
			"Coalesce, single commands from %s: time to hand", plural(many.goroutines, "goroutine"))
	}
	most(1, 6, of("goroutines/auto", 8, 64, 256), withinControl(coalesced, autoPipeline),
		"Coalesce, single commands from 8 to 256 goroutines: time to go-redis's AutoPipeline, %s (at least 0.05)", noise)
	cancelled := of("context/cancel/auto")
	most(1.2, 3, cancelled, against(coalesced, background), "Coalesce, context that can be cancelled: time to hand with Background")
	most(0.8, 3, cancelled, against(coalesced, hand), "Coalesce, context that can be cancelled: time to hand with such a context")

	const split = "a core for the server, Open's defaults"
	most(0.92, 1, of("pinned/batch/SET", 1000), against(defaults, hand), "%s, batch of 1,000 SETs: time to hand", split)
	most(0.9, 1, of("pinned/batch/SET", 10_000), against(defaults, hand), "%s, batch of 10,000 SETs: time to hand", split)
	most(0.9, 1, of("pinned/batch/GET", 10_000), against(defaults, hand), "%s, batch of 10,000 GETs: time to hand", split)

	scripts := of("server/script", 100)
	most(0.75, 1, scripts, against(typed, lua), "100 scripts in a batch: time to Lua.ExecMulti")
	most(5, 1, scripts, func(r *result) float64 { return math.Round(r.row(typed).allocs) }, "100 scripts in a batch: allocations")
	most(1.02, 6, of("cluster/batch"), withinControl(typed, hand), "cluster, batches of 100 and 1,000: time to hand, %s (at least 0.02)", noise)
	small := of("server/bulk", 100_000)
	most(1.5, 1, of("server/bulk", 1_000_000), func(r *result) float64 {
		if len(small) == 0 {
			return math.NaN()
		}
		return r.row(typed).peak / small[0].row(typed).peak
	}, "a load of 1,000,000: peak heap to that of 100,000")
	return all
}
