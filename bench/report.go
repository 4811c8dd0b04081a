package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	resultsFile = "RESULTS.md"
	chartsDir   = "charts"
)

// report is what a run found.
type report struct {
	stamp   stamp
	took    time.Duration
	results []*result
}

// write puts the results and charts into dir.
func (rep *report) write(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, chartsDir), 0o755); err != nil {
		return err
	}
	drawn, err := drawCharts(rep.results, filepath.Join(dir, chartsDir))
	if err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "<!-- Written by: go -C bench run . -->\n\n# What rueidistx costs, next to other clients\n\n")
	for _, line := range rep.stamp.lines() {
		fmt.Fprintf(&text, "- %s\n", line)
	}
	fmt.Fprintf(&text, "- Duration: %v\n\n", rep.took.Round(time.Second))
	text.WriteString(howToRead)
	for _, c := range drawn {
		fmt.Fprintf(&text, "![%s](%s/%s)\n\n", c.title, chartsDir, c.file)
	}
	if err := rep.tables(&text); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, resultsFile), []byte(text.String()), 0o644)
}

const howToRead = `All of this file is written by ` + "`go -C bench run .`" + `, charts included.

**Method.** Every client does the same work on the same server, with the same number of round trips, in one process.
In each round each client has its turn, in an order that is random anew each time, and its time is divided by that of
the hand-written code **in the same round**. "× hand" is the median of these ratios, and the quartiles say where half of
them were. What slows the machine down for a while hits both sides of a ratio; times and rates do change from run to
run, so compare ratios. A machine in use for other things widens the quartiles. Each sample is taken with the stack at
another place, as that alone can make several percent.

**Control.** The hand-written code runs a second time under the name "control". It does the same as "hand", so whatever
it is off from 1.00 is noise, and no smaller difference means anything. It has to be within ±0.01 with the client alone
(±0.02 at 1,000 commands), ±0.02 on a server and ±0.05 with many goroutines, where 1.00 also has to be between its
quartiles. A table says so where it is not. What the control cannot show is where the linker happened to put the code:
with the client alone, two builds of the same code can differ by 0.02.

**Clients.** "hand" is rueidis as well as it allows: a slice of the right size, one DoMulti, every reply decoded and
checked; for single commands Do. rueidistx, hand, control, rueidiscompat and rueidis.Lua share one rueidis client with
its default options (RESP3, auto-pipelined). go-redis speaks RESP3 and redigo RESP2, which is all it has; each has a
pool of a connection for each goroutine, but at least 10 for each processor (go-redis's default) and at most 64, as more
make neither of them faster. "go-redis auto" is go-redis's AutoPipeline, experimental there, with its default options.
"rueidis.Lua" is Lua.Exec and Lua.ExecMulti. "floor" is no client: a socket, one write of a prepared pipeline, and
replies that are counted and not decoded. All contexts are context.Background(). Before anything is measured, each
client's answers, and what it left in the server, are compared with what they must be.

**Client only.** These have no server: rueidis reads prepared replies from memory. That leaves the client's own cost,
which is a small part of a real round trip, and shows differences of 1 %.

**Goroutines.** Each client has 50 ms of real time in each of 15 rounds, and all goroutines go on for that long. There
is no floor: a socket for each goroutine would be none. The goroutines use different keys.

**Allocations** are the process's, over a loop of that client alone. **Peak heap** is by how much the heap's objects
(runtime/metrics) exceeded what there was before: the median of three runs apart from the timed ones, looked at about
every half millisecond, with GOGC=10, so that there is little garbage among them.

`

// tables writes the goals and all tables.
func (rep *report) tables(out io.Writer) error {
	var text strings.Builder
	if rep.stamp.partial != "" {
		fmt.Fprintf(&text, "**%s**\n\n", rep.stamp.partial)
	}
	text.WriteString("## Goals\n\n")
	text.WriteString("Measured values count as rounded here. Where a control was off, a close verdict is open.\n\n")
	goalTable(rep.results).write(&text)
	text.WriteString("## At a glance\n\nTime relative to hand-written rueidis, medians. Less is better.\n\n")
	overview(rep.results).write(&text)
	for rest := rep.results; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].family == rest[0].family {
			n++
		}
		writeFamily(&text, rest[:n])
		rest = rest[n:]
	}
	_, err := io.WriteString(out, text.String())
	return err
}

// overview has a line for each workload and a column for each client.
func overview(results []*result) *table {
	clients := []string{typed, control, compat, goRedis, autoPipeline, redigoName, lua, oneDoMulti, floor}
	t := newTable(append([]string{"workload"}, clients...)...)
	for _, r := range results {
		cells := []string{r.String()}
		for _, c := range clients {
			cells = append(cells, ratioText(r.ratio(c, hand).mid))
		}
		t.add(cells...)
	}
	return t
}

func writeFamily(text *strings.Builder, results []*result) {
	f := results[0].family
	fmt.Fprintf(text, "## %s\n\n%s\n\n", f.title, caption(results))
	parallel, heap := results[0].goroutines > 0, results[0].task.Shape == bulk
	columns := []string{f.axis, "client", "× hand", "quartiles", "time", "each command"}
	if parallel {
		columns = []string{f.axis, "client", "× hand", "quartiles", "operations/s", "commands/s"}
	}
	columns = append(columns, "allocations", "each command", "bytes", "each command")
	if heap {
		columns = append(columns, "peak heap")
	}
	t := newTable(columns...)
	for _, r := range results {
		for _, row := range r.rows {
			n, x := float64(r.task.N), r.ratio(row.client, hand)
			each := quartiles(row.times).mid
			cells := []string{thousands(float64(r.number)), row.client, ratioText(x.mid), ratioText(x.low) + "–" + ratioText(x.high)}
			if parallel {
				cells = append(cells, thousands(1e9/each), thousands(n*1e9/each))
			} else {
				cells = append(cells, duration(each), duration(each/n))
			}
			cells = append(cells, count(row.allocs), count(row.allocs/n), thousands(row.bytes), thousands(row.bytes/n))
			if heap {
				cells = append(cells, fmt.Sprintf("%.1f MB", row.peak/1e6))
			}
			t.add(cells...)
		}
	}
	t.write(text)
}

// caption says what the control said.
func caption(results []*result) string {
	var off []string
	for _, r := range results {
		if !r.steady() {
			off = append(off, fmt.Sprintf("%s %s (%s)", thousands(float64(r.number)), r.axis, ratioText(r.ratio(control, hand).mid)))
		}
	}
	if off == nil {
		return "The control is within its band."
	}
	return fmt.Sprintf("**The control is off at %s: differences of that size mean nothing there.**", strings.Join(off, ", "))
}

func ratioText(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return fmt.Sprintf("%.3f", x)
}

// duration has three digits that count.
func duration(ns float64) string {
	switch {
	case ns < 1e3:
		return fmt.Sprintf("%.3g ns", ns)
	case ns < 999.5e3:
		return fmt.Sprintf("%.3g µs", ns/1e3)
	case ns < 999.5e6:
		return fmt.Sprintf("%.3g ms", ns/1e6)
	default:
		return fmt.Sprintf("%.2f s", ns/1e9)
	}
}

// count shows small numbers with their fraction.
func count(x float64) string {
	if x < 99.95 {
		return fmt.Sprintf("%.2f", x)
	}
	return thousands(x)
}

func thousands(x float64) string {
	digits := fmt.Sprintf("%.0f", x)
	var text strings.Builder
	for i, c := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			text.WriteByte(',')
		}
		text.WriteRune(c)
	}
	return text.String()
}
