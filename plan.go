package rueidistx

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/redis/rueidis"
)

// plan is what a unit has to send. It owns its memory, which is used again for other units: whoever executes or discards
// the unit takes the plan away from it first, and gives the plan to the pool only if rueidis has certainly finished with
// the commands.
type plan struct {
	commands []rueidis.Completed
	scripts  []scriptCall // those among the commands that need a second look, by index
	strings  []string     // their keys and arguments
	loaded   []loaded     // scripts that a Tx has sent in full
	flushed  int          // how many of them a server may have forgotten again
	texts    int          // EVALs among the commands
	held     bool         // a connection that has broken may still be reading the commands

	owned atomic.Int32 // 0 in the pool, 1 in use: for assertions
}

var plans = sync.Pool{New: func() any { return new(plan) }}

// maxPooled bounds the memory that the pool keeps for each plan, in commands and in strings.
const maxPooled = 1 << 16

func newPlan() *plan {
	p := plans.Get().(*plan)
	if invariants {
		assertf(p.owned.CompareAndSwap(0, 1), "a plan in the pool has an owner")
		assertf(len(p.commands) == 0 && len(p.scripts) == 0 && len(p.strings) == 0, "a plan in the pool holds something")
	}
	return p
}

// calls returns the scripts among the commands from one to another.
func (p *plan) calls(from, to int) []scriptCall {
	at := func(index int) int {
		i, _ := slices.BinarySearchFunc(p.scripts, index, func(c scriptCall, index int) int { return cmp.Compare(c.index, index) })
		return i
	}
	return p.scripts[at(from):at(to)]
}

// release gives the plan to the pool. Nobody may have it any more, rueidis included.
func (p *plan) release() {
	if max(cap(p.commands), cap(p.scripts), cap(p.strings)) > maxPooled {
		return
	}
	clear(p.commands)
	clear(p.scripts)
	clear(p.strings)
	clear(p.loaded)
	p.commands, p.scripts, p.strings, p.loaded = p.commands[:0], p.scripts[:0], p.strings[:0], p.loaded[:0]
	p.texts, p.flushed = 0, 0
	if invariants {
		assertf(p.owned.CompareAndSwap(1, 0), "a plan is released twice")
	}
	plans.Put(p)
}
