package main

import (
	"strings"
	"testing"

	"github.com/rueidistx/rueidistx/internal/parity"
)

func measured(goroutines int, times map[string][]float64) *result {
	f := &family{name: "server/batch/SET", title: "A batch", axis: "commands", venue: onServer}
	r := &result{workload: workload{family: f, number: 10, goroutines: goroutines, task: parity.Task{Shape: parity.Batch, Kind: parity.Set, N: 10}}}
	for _, client := range []string{typed, hand, control} {
		r.rows = append(r.rows, row{client: client, times: times[client]})
	}
	return r
}

func TestSteady(t *testing.T) {
	hands := []float64{100, 100, 100, 100}
	for _, c := range []struct {
		goroutines int
		control    []float64
		want       bool
	}{
		{0, []float64{101, 101, 102, 102}, true},
		{0, []float64{103, 103, 103, 103}, false},
		{0, []float64{97, 97, 97, 97}, false},
		{8, []float64{96, 98, 104, 110}, true},
		{8, []float64{101, 102, 103, 104}, false}, // 1 is not between the quartiles
		{8, []float64{90, 110, 110, 110}, false},
	} {
		r := measured(c.goroutines, map[string][]float64{hand: hands, control: c.control, typed: hands})
		if got := r.steady(); got != c.want {
			t.Errorf("%d goroutines, control %v: steady is %v", c.goroutines, c.control, got)
		}
		if said := !strings.Contains(caption([]*result{r}), "off at 10 commands"); said != c.want {
			t.Errorf("%d goroutines, control %v: %s", c.goroutines, c.control, caption([]*result{r}))
		}
	}
}

func TestGoal(t *testing.T) {
	hands := []float64{100, 100, 100}
	at := func(ratio float64) *result {
		return measured(0, map[string][]float64{hand: hands, control: hands, typed: {ratio * 100, ratio * 100, ratio * 100}})
	}
	for _, c := range []struct {
		goal
		measured, verdict string
	}{
		{goal{most: true, limit: 1, of: []*result{at(1.004)}, wanted: 1}, "1.00", "met"},
		{goal{most: true, limit: 1, of: []*result{at(1.006)}, wanted: 1}, "1.01", "**not met**"},
		{goal{limit: 1.1, of: []*result{at(1.2), at(1.05)}, wanted: 2}, "1.05 (worst: server/batch/SET/10)", "**not met**"},
		{goal{limit: 1.1, of: []*result{at(1.2), at(1.05)}, wanted: 2, sum: mean}, "1.12", "met"},
		{goal{limit: 1.1, of: []*result{at(1.2)}, wanted: 2}, "", "not measured"},
	} {
		c.measure = against(typed, hand)
		if measured, verdict := c.judged(); measured != c.measured || verdict != c.verdict {
			t.Errorf("%q, %q instead of %q, %q", measured, verdict, c.measured, c.verdict)
		}
	}
}

// TestGoalsAreMeasured finds names of workloads that there are no more.
func TestGoalsAreMeasured(t *testing.T) {
	var results []*result
	for _, w := range workloads(false) {
		results = append(results, &result{workload: w})
	}
	for _, g := range goals(results) {
		if len(g.of) != g.wanted {
			t.Errorf("%s: %d workloads instead of %d", g.what, len(g.of), g.wanted)
		}
	}
}

func TestNumbers(t *testing.T) {
	for got, want := range map[string]string{
		duration(84.53):     "84.5 ns",
		duration(999_499):   "999 µs",
		duration(1_234_567): "1.23 ms",
		duration(2.5e9):     "2.50 s",
		thousands(999):      "999",
		thousands(1234567):  "1,234,567",
		count(4.04):         "4.04",
		count(1004.2):       "1,004",
	} {
		if got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}
