package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	resultsFile = "RESULTS.md"
	chartsDir   = "charts"
)

// report is what a run found.
type report struct {
	stamp      stamp
	took       time.Duration
	results    []*result
	footprints []footprint
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
	text.WriteString("**In short**\n\n")
	for _, line := range rep.summary() {
		fmt.Fprintf(&text, "- %s\n", line)
	}
	text.WriteString("\n**This run**\n\n")
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

// tables writes the goals and all tables.
func (rep *report) tables(out io.Writer) error {
	var text strings.Builder
	if rep.stamp.partial != "" {
		fmt.Fprintf(&text, "**%s**\n\n", rep.stamp.partial)
	}
	if rep.stamp.pinned {
		text.WriteString("**The client had one core and the servers the others (`-pin`).**\n\n")
	}
	text.WriteString("## Goals\n\n")
	text.WriteString("Measured values count as rounded here. Where a control was off, a close verdict is open.\n\n")
	goalTable(rep.results).write(&text)
	text.WriteString("## At a glance\n\nTime relative to hand-written rueidis, medians. Less is better.\n\n")
	for rest := rep.results; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].group() == rest[0].group() {
			n++
		}
		overview(rest[:n]).write(&text)
		rest = rest[n:]
	}
	for rest := rep.results; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].family == rest[0].family {
			n++
		}
		writeFamily(&text, rest[:n])
		rest = rest[n:]
	}
	if len(rep.footprints) > 0 {
		text.WriteString("## Buffers: what a connection takes of the client's heap\n\n")
		footprintTable(rep.footprints).write(&text)
	}
	_, err := io.WriteString(out, text.String())
	return err
}

// overview has a line for each workload and a column for each client.
func overview(results []*result) *table {
	clients := append([]string{
		typed, defaults, coalesced, control, background, tuned, compat, goRedis, autoPipeline, redigoName, lua, oneDoMulti, floor,
	}, buffers...)
	t := newTable(append([]string{"workload"}, clients...)...)
	for _, r := range results {
		cells := []string{r.String()}
		for _, c := range clients {
			cell := ratioText(r.ratio(c, hand).mid)
			if r.rate > 0 && cell != "" {
				cell, _ = r.percentileText(c, 0)
			}
			cells = append(cells, cell)
		}
		t.add(cells...)
	}
	return t
}

func writeFamily(text *strings.Builder, results []*result) {
	f := results[0].family
	fmt.Fprintf(text, "## %s\n\n", f.title)
	if results[0].rate > 0 {
		fmt.Fprintf(text, "%s\n\n", openCaption(results))
		openTable(results).write(text)
		return
	}
	fmt.Fprintf(text, "%s\n\n", caption(results))
	times := []string{"time", "each command"}
	if f.axis == "goroutines" {
		times = []string{"operations/s", "commands/s"}
	}
	t := newTable(slices.Concat([]string{f.axis, "client", "× hand", "quartiles", "× " + background}, times,
		[]string{"allocations", "each command", "bytes", "each command", "client CPU", "server CPU", "commands/read", "peak heap"})...)
	for _, r := range results {
		for _, row := range r.rows {
			t.add(r.cells(row)...)
		}
	}
	t.write(text)
}

// cells are a row of a family's table. A column of which all are empty is left out.
func (r *result) cells(row row) []string {
	n, x := float64(r.task.N), r.ratio(row.client, hand)
	time, each := quartiles(row.times).mid, func(string) string { return "" }
	if n > 1 || r.family.axis == "commands" {
		each = func(cell string) string { return cell }
	}
	cells := []string{
		thousands(float64(r.number)), row.client, ratioText(x.mid), ratioText(x.low) + "–" + ratioText(x.high),
		ratioText(r.ratio(row.client, background).mid),
	}
	if r.axis == "goroutines" {
		cells = append(cells, thousands(1e9/time), each(thousands(n*1e9/time)))
	} else {
		cells = append(cells, duration(time), each(duration(time/n)))
	}
	cells = append(cells, count(row.allocs), each(count(row.allocs/n)), thousands(row.bytes), each(thousands(row.bytes/n)))
	return append(cells,
		known(row.cost.client/n, duration), known(row.cost.server/n, duration), known(row.cost.perRead, count),
		known(row.peak/1e6, func(x float64) string { return fmt.Sprintf("%.1f MB", x) }))
}

// known leaves out what was not measured.
func known(x float64, text func(float64) string) string {
	if x == 0 {
		return ""
	}
	return text(x)
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
