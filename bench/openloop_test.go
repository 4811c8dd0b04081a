package main

import (
	"errors"
	"testing"
	"time"
)

// TestOpenLoop charges a request with the wait for a worker, and does not let a slow one pass for a fast one.
func TestOpenLoop(t *testing.T) {
	const each = 5 * time.Millisecond
	slow := func() error { time.Sleep(each); return nil }
	latencies, took, err := serve([]func() error{slow}, []time.Duration{0, 0, 0})
	if err != nil || took < 3*each {
		t.Fatalf("%v in all, %v", took, err)
	}
	for i, l := range latencies {
		if least := time.Duration(i+1) * each; time.Duration(l) < least {
			t.Errorf("request %d took %v of at least %v", i, time.Duration(l), least)
		}
	}

	var log []served
	sample := openLoop([]func() error{slow}, 1000, 50*time.Millisecond, 1, &log)
	median, err := sample()
	if err != nil || time.Duration(median) < each || log[0].p99 < median {
		t.Errorf("%v, %v, %v", time.Duration(median), log, err)
	}
	if row := (row{served: log}); !row.saturated() {
		t.Errorf("%.2f of the rate, and not saturated", row.reached())
	}

	failed := errors.New("failed")
	if _, _, err := serve([]func() error{func() error { return failed }}, []time.Duration{0}); !errors.Is(err, failed) {
		t.Error(err)
	}
}

func TestOpenLoopKeepsUp(t *testing.T) {
	var log []served
	fast := func() error { return nil }
	for range 5 {
		if _, err := openLoop([]func() error{fast, fast}, 1000, 200*time.Millisecond, 1, &log)(); err != nil {
			t.Fatal(err)
		}
	}
	if row := (row{served: log}); row.saturated() {
		t.Errorf("%.2f of a rate that takes nothing", row.reached())
	}
}

// TestPercentiles shows one only where the control has it within its band.
func TestPercentiles(t *testing.T) {
	r := measured(64, map[string][]float64{hand: {100, 100}, control: {105, 105}, typed: {80, 80}})
	r.rate = 1000
	for i, p99 := range []float64{300, 400, 600} { // typed, hand, control
		r.rows[i].served = []served{{p99, 1}, {p99, 1}}
	}
	for _, c := range []struct {
		client      string
		which       int
		ratio, time string
	}{
		{typed, 0, "0.800", "80 ns"},
		{typed, 1, "open", ""},
		{control, 1, "1.500", "600 ns"},
	} {
		if ratio, time := r.percentileText(c.client, c.which); ratio != c.ratio || time != c.time {
			t.Errorf("%s: %q, %q", c.client, ratio, time)
		}
	}
	r.rows[0].served = []served{{300, 0.5}, {300, 0.5}}
	if ratio, _ := r.percentileText(typed, 0); ratio != "saturated" {
		t.Error(ratio)
	}
}
