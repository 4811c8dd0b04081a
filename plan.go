package rueidistx

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/redis/rueidis"
)

// plan is what a unit sends. It owns its memory, which is reused for other units. Whoever executes or discards the unit
// takes the plan from it first, and returns the plan to the pool only if rueidis has certainly finished with the
// commands.
type plan struct {
	commands []rueidis.Completed
	scripts  []scriptCall           // scripts among the commands that may be resent or explained, by index
	strings  []string               // their keys and arguments
	loaded   []loaded               // scripts whose text a Tx has sent
	flushed  int                    // how many of these a server may have forgotten again
	loads    []load                 // of the libraries whose functions are in a Tx
	removed  int                    // how many of these may have been undone
	examined int                    // up to which command that is known
	texts    int                    // number of EVALs among the commands
	asked    *source                // the script that the DB's beliefs were last asked for
	known    slotSet                // the slots whose servers know that
	bytes    int                    // of the commands' names and arguments
	lessons  map[*source]*lesson    // scripts whose text a Batch sends, as their servers may not know them
	words    []string               // of commands that are only recorded: see record
	ends     []int                  // by command, where their words end
	reads    []rueidis.CacheableTTL // what is read through the cache
	result   [1]rueidis.RedisResult // of a chunk of one command, until it is copied
	held     bool                   // a broken connection may still be reading the commands

	owned atomic.Int32 // 0 in the pool, 1 in use: for assertions
}

var plans = sync.Pool{New: func() any { return new(plan) }}

// maxPooled bounds the memory that the pool keeps for each plan, in commands and in strings.
const maxPooled = 1 << 16

func newPlan() *plan {
	p := plans.Get().(*plan)
	if invariants {
		assertf(p.owned.CompareAndSwap(0, 1), "a plan in the pool has an owner")
		assertf(len(p.commands)+p.bytes+p.flushed+p.removed+p.examined == 0 && !p.hasMore() && !p.held && p.lessons == nil &&
			p.asked == nil && p.known == nil && p.result[0] == rueidis.RedisResult{}, "a plan in the pool holds something")
	}
	return p
}

// calls returns the scripts among the commands in [from, to).
func (p *plan) calls(from, to int) []scriptCall {
	at := func(index int) int {
		i, _ := slices.BinarySearchFunc(p.scripts, index, func(c scriptCall, index int) int { return cmp.Compare(c.index, index) })
		return i
	}
	return p.scripts[at(from):at(to)]
}

// wordsOf returns the words of a command of a transaction, from 0 on.
func (p *plan) wordsOf(i int) []string {
	if command := &p.commands[1+i]; !command.IsEmpty() {
		return command.Commands()
	}
	return p.recorded(i)
}

// recorded returns the words of a command that is only recorded.
func (p *plan) recorded(i int) []string {
	from := 0
	if i > 0 {
		from = p.ends[i-1]
	}
	return p.words[from:p.ends[i]]
}

// forget lets the garbage collector have what the plan refers to.
func (p *plan) forget() {
	clear(p.commands)
	p.result[0] = rueidis.RedisResult{}
	if p.hasMore() {
		clear(p.scripts)
		clear(p.strings)
		clear(p.loaded)
		clear(p.words)
		clear(p.loads)
		clear(p.reads)
	}
}

// hasMore reports whether the plan may hold anything but commands, the number of their bytes, and the result of one.
func (p *plan) hasMore() bool {
	return len(p.scripts)+len(p.strings)+len(p.loaded)+len(p.words)+len(p.ends)+len(p.loads)+len(p.reads)+p.texts != 0
}

// release returns the plan to the pool. Nothing may use it any more, including rueidis.
func (p *plan) release() {
	if max(cap(p.commands), cap(p.scripts), cap(p.strings), cap(p.words), cap(p.reads)) > maxPooled {
		return
	}
	p.forget()
	p.commands, p.bytes = p.commands[:0], 0
	if p.hasMore() {
		p.scripts, p.strings, p.loaded = p.scripts[:0], p.strings[:0], p.loaded[:0]
		p.words, p.ends, p.loads, p.reads = p.words[:0], p.ends[:0], p.loads[:0], p.reads[:0]
		p.texts, p.flushed, p.removed, p.examined = 0, 0, 0, 0
		p.lessons, p.asked, p.known = nil, nil, nil
	}
	if invariants {
		assertf(p.owned.CompareAndSwap(1, 0), "a plan is released twice")
	}
	plans.Put(p)
}
