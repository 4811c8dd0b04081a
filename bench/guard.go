package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/rueidistx/rueidistx/internal/parity"
)

// limits are what the work of a client with no server behind it may take, relative to hand-written code. They leave room
// for the noise of a machine that does something else too, and for what code that moves within the program makes of a
// ratio, which is most where a unit has one command (0.2 between processors; the same Batch of 100 took 1.07 on one day and
// 1.13 on another). Allocations are counted by tests.
var limits = map[parity.Shape]map[int]float64{
	parity.Auto:  {1: 1.60},
	parity.Batch: {1: 1.70, 10: 1.25, 100: 1.18, 1000: 1.18},
	parity.Tx:    {1: 1.70, 10: 1.25, 100: 1.18, 1000: 1.18},
}

// guardBudget is for each workload. Limits that wide need no more.
const guardBudget = 300 * time.Millisecond

// guardTries is how often a workload must be over its limit to count as over it.
const guardTries = 3

// verdict is what came of a workload's tries.
type verdict struct {
	over   bool
	doubt  bool // over each time, but so was the control each time: nothing can be said
	lowest float64
}

// judge measures until a ratio is within the limit, or it was over it often enough.
func judge(limit float64, try func() (ratio float64, steady bool, err error)) (verdict, error) {
	v := verdict{lowest: math.Inf(1)}
	steadyOnce := false
	for range guardTries {
		ratio, steady, err := try()
		if err != nil {
			return v, err
		}
		v.lowest = min(v.lowest, ratio)
		if ratio <= limit {
			return v, nil
		}
		steadyOnce = steadyOnce || steady
	}
	v.over, v.doubt = steadyOnce, !steadyOnce
	return v, nil
}

// guard measures the client alone and returns an error if it has become slower than its limits.
func guard(stop context.Context, stdout, stderr io.Writer) error {
	over := 0
	all := cannedWorkloads()
	p := full
	p.budget = guardBudget
	err := interruptible(stop, func() error {
		for i, w := range all {
			fmt.Fprintf(stderr, "%3d/%d %v\n", i+1, len(all), w)
			limit := limits[w.task.Shape][w.task.N]
			v, err := judge(limit, func() (float64, bool, error) {
				r, err := measure(stop, w, new(lab), p)
				if err != nil {
					return 0, false, err
				}
				return r.ratio(typed, hand).mid, r.steady(), nil
			})
			if err != nil {
				return err
			}
			switch {
			case v.over:
				over++
				fmt.Fprintf(stdout, "OVER  %-22v %.3f of hand-written, the best of %d, where %.2f is the limit\n", w, v.lowest, guardTries, limit)
			case v.doubt:
				fmt.Fprintf(stdout, "DOUBT %-22v %.3f of hand-written, but the control was never in its band\n", w, v.lowest)
			default:
				fmt.Fprintf(stdout, "ok    %-22v %.3f of hand-written (limit %.2f)\n", w, v.lowest, limit)
			}
		}
		return nil
	})
	if err == nil && over > 0 {
		err = errors.New(plural(over, "workload") + " over the limit")
	}
	return err
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
