package main

import (
	"fmt"
	"math"
	"strings"
)

// summary is what to make of the results: lines of which each is there if what it says was measured.
func (rep *report) summary() []string {
	var lines []string
	add := func(text string) {
		if text != "" {
			lines = append(lines, text)
		}
	}
	add(rep.alone())
	add(rep.peers())
	add(rep.shared())
	add(rep.tuning())
	add(rep.ending())
	add(rep.latency())
	add(rep.processors())
	add(rep.smallBuffers())
	add(rep.memory())
	add(rep.clusters())
	add(rep.loads())
	return lines
}

// find returns the workload of that name and number, or nil if it was not measured.
func (rep *report) find(family string, number int) *result {
	for _, r := range rep.results {
		if r.name == family && r.number == number {
			return r
		}
	}
	return nil
}

// found returns the workloads of one family, if all were measured.
func (rep *report) found(family string, numbers ...int) []*result {
	var found []*result
	for _, n := range numbers {
		r := rep.find(family, n)
		if r == nil {
			return nil
		}
		found = append(found, r)
	}
	return found
}

// times is a ratio as summaries have it.
func (r *result) times(client, base string) string {
	return fmt.Sprintf("%.2f", r.ratio(client, base).mid)
}

// doubts is the end of a line that is about these results, if the control was off in some.
func doubts(of ...*result) string {
	var off []string
	for _, r := range of {
		if !r.steady() {
			off = append(off, fmt.Sprintf("%v %.2f", r, r.ratio(control, hand).mid))
		}
	}
	if off == nil {
		return ""
	}
	return " *The control was off: " + strings.Join(off, ", ") + ".*"
}

// alone is what the package costs where nothing is concurrent.
func (rep *report) alone() string {
	single, batch, tx := rep.find("server/auto/GET", 1), rep.find("server/batch/MIX", 100), rep.find("server/tx/INCRBY", 10)
	if single == nil || batch == nil || tx == nil {
		return ""
	}
	return fmt.Sprintf("From one goroutine, rueidistx takes **%s** of the time of hand-written rueidis for a single GET, "+
		"%s for a batch of 100, %s for a transaction of 10.",
		single.times(typed, hand), batch.times(typed, hand), tx.times(typed, hand)) + doubts(single, batch, tx)
}

func (rep *report) peers() string {
	r := rep.find("server/batch/MIX", 100)
	if r == nil {
		return ""
	}
	return fmt.Sprintf("For a batch of 100, rueidiscompat takes %s of hand's time, go-redis %s, redigo %s.",
		r.times(compat, hand), r.times(goRedis, hand), r.times(redigoName, hand)) + doubts(r)
}

// shared is what Coalesce gives.
func (rep *report) shared() string {
	all := rep.found("goroutines/auto/GET", 1, 8, 64, 256)
	if all == nil {
		return ""
	}
	many := all[2]
	return fmt.Sprintf("64 goroutines with single GETs: `Coalesce()` takes **%s** of the time of hand (from 1, 8, 256 goroutines: %s, %s, %s). "+
		"Without it rueidistx takes %s, go-redis's AutoPipeline %s, go-redis %s, redigo %s.",
		many.times(coalesced, hand), all[0].times(coalesced, hand), all[1].times(coalesced, hand), all[3].times(coalesced, hand),
		many.times(typed, hand), many.times(autoPipeline, hand), many.times(goRedis, hand), many.times(redigoName, hand)) + doubts(all...)
}

func (rep *report) tuning() string {
	all := rep.found("goroutines/auto/GET", 1, 8, 64)
	if all == nil {
		return ""
	}
	return fmt.Sprintf("rueidis's options `PipelineMultiplex: -1` and `MaxFlushDelay: 20 * time.Microsecond` take %s of the time from 64 goroutines, %s from 8, %s from 1.",
		all[2].times(tuned, hand), all[1].times(tuned, hand), all[0].times(tuned, hand)) + doubts(all...)
}

// ending is about contexts that may end.
func (rep *report) ending() string {
	all := rep.found("context/cancel/auto/GET", 1, 8, 64)
	if all == nil {
		return ""
	}
	one, many := all[0], all[2]
	return fmt.Sprintf("A context that can be cancelled, as each HTTP request has one, makes a single GET from one goroutine take %s of "+
		"the time with Background by hand, %s with rueidistx, **%s** with `Coalesce()`; from 64 goroutines %s, %s, %s.",
		one.times(hand, background), one.times(typed, background), one.times(coalesced, background),
		many.times(hand, background), many.times(typed, background), many.times(coalesced, background)) + doubts(one, many)
}

// latency is who keeps up with the highest rate.
func (rep *report) latency() string {
	r := rep.find("open/GET", 100_000)
	if r == nil {
		return ""
	}
	var keepUp, behind []string
	for i := range r.rows {
		row := &r.rows[i]
		switch {
		case row.client == control:
		case row.saturated():
			behind = append(behind, fmt.Sprintf("%s (%s)", row.client, thousands(row.reached()*float64(r.rate))))
		default:
			name := row.client
			if ratio, _ := r.percentileText(row.client, 0); row.client != hand && ratio != "open" {
				name += " (p50 × " + ratio + ")"
			}
			keepUp = append(keepUp, name)
		}
	}
	if keepUp == nil {
		keepUp = []string{"none"}
	}
	text := fmt.Sprintf("At %s GETs a second that come at random, these keep up: %s.", thousands(float64(r.rate)), strings.Join(keepUp, ", "))
	if behind != nil {
		text += fmt.Sprintf(" These are saturated: %s a second.", strings.Join(behind, ", "))
	}
	return text
}

// processors is what a command takes of the client's and the server's.
func (rep *report) processors() string {
	r := rep.find("goroutines/auto/GET", 64)
	if r == nil || r.row(hand).cost.client == 0 {
		return ""
	}
	cost := func(client string) string {
		c := r.row(client).cost
		return fmt.Sprintf("%s (%s + %s)", client, duration(c.client), duration(c.server))
	}
	return fmt.Sprintf("CPU of a GET from 64 goroutines, client + server: %s. The server gets %.1f commands with one read from hand, %.1f with `Coalesce()`.",
		strings.Join([]string{cost(hand), cost(typed), cost(coalesced), cost(goRedis)}, ", "), r.row(hand).cost.perRead, r.row(coalesced).cost.perRead)
}

// smallBuffers is what Open's sizes give and what smaller ones take.
func (rep *report) smallBuffers() string {
	sets, gets := rep.found("pinned/batch/SET", 1000, 10_000), rep.find("pinned/batch/GET", 10_000)
	if sets == nil || gets == nil {
		return ""
	}
	text := fmt.Sprintf("With a core for the server, Open's defaults take %s of the time of rueidis's for a batch of 1,000 SETs, %s for 10,000, %s for 10,000 GETs.",
		sets[0].times(defaults, hand), sets[1].times(defaults, hand), gets.times(defaults, hand)) + doubts(append(sets, gets)...)
	if value := rep.find("buffers/server/value/SET", 1<<20); value != nil {
		text += fmt.Sprintf(" Smaller buffers cost large values: a SET of 1 MiB takes %s with 8 KiB, %s with 32 KiB.", value.times("8K", hand), value.times("32K", hand)) + doubts(value)
	}
	return text
}

func (rep *report) memory() string {
	sizes := map[string]float64{}
	for _, f := range rep.footprints {
		if bytes, ok := f.bytes[onServer]; ok {
			sizes[f.client] = bytes
		}
	}
	if sizes[hand] == 0 {
		return ""
	}
	return fmt.Sprintf("A connection takes %s KiB of the heap with rueidis's buffers, %s KiB with those of 32 KiB, %s KiB with Open's defaults.",
		thousands(sizes[hand]/1024), thousands(sizes["32K"]/1024), thousands(sizes[defaults]/1024))
}

func (rep *report) clusters() string {
	all := rep.found("cluster/batch/MIX", 100, 1000)
	if all == nil {
		return ""
	}
	return fmt.Sprintf("On a cluster of three nodes, a batch of 100 takes %s of hand's time, of 1,000 %s; with go-redis %s and %s.",
		all[0].times(typed, hand), all[1].times(typed, hand), all[0].times(goRedis, hand), all[1].times(goRedis, hand)) + doubts(all...)
}

func (rep *report) loads() string {
	r := rep.find("server/bulk/SET", 1_000_000)
	if r == nil {
		return ""
	}
	return fmt.Sprintf("1,000,000 SETs in chunks of %s take %.0f MB of heap, by hand in one DoMulti %.0f MB.",
		thousands(chunk), math.Ceil(r.row(typed).peak/1e6), r.row(oneDoMulti).peak/1e6)
}
