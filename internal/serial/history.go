package serial

import (
	"fmt"
	"sort"
	"strings"
)

// Fate is what is known of a transaction, according to whoever ran it.
type Fate int

const (
	// Unknown is a transaction that happened or did not. What it read counts if one of its appends is found.
	Unknown Fate = iota
	// Committed is a transaction that happened.
	Committed
	// Aborted is a transaction that did not happen.
	Aborted
)

// Op is an append to a list, or a read of all of it.
type Op struct {
	Key    string
	Append string   // the value, which nothing else appends anywhere; "" for a read
	Read   []string // what a read found
}

// Txn is one transaction.
type Txn struct {
	Ops  []Op
	Fate Fate

	// Began and Ended are times of any clock that only goes forward. Ended is 0 if the transaction may happen at any time
	// after Began, as one whose fate is not known may.
	Began, Ended int64
}

// History is what transactions did, and the lists as they were after all of them.
type History struct {
	Txns  []Txn
	Lists map[string][]string
}

// Report is what is wrong with a history. All of it is bad, apart from Counted and Unknown.
type Report struct {
	Counted int // transactions that happened
	Unknown int // those of unknown fate, whether they happened or not

	Cycles     []string // groups of transactions that have no order, each with one of its cycles
	Aborted    []string // appends that are there or were read, though their transaction did not happen
	Lost       []string // appends that are not there, though their transaction happened
	Doubled    []string // appends that are there more than once
	Halves     []string // transactions of unknown fate that happened in part
	Disordered []string // reads that are not the beginning of the list as it became
	Strange    []string // values that nobody has appended
}

// Problems returns all that is wrong, one line each.
func (r *Report) Problems() (all []string) {
	for _, kind := range []struct {
		name string
		list []string
	}{
		{"cycle", r.Cycles}, {"aborted", r.Aborted}, {"lost", r.Lost}, {"doubled", r.Doubled}, {"half", r.Halves},
		{"disordered", r.Disordered}, {"strange", r.Strange},
	} {
		for _, text := range kind.list {
			all = append(all, kind.name+": "+text)
		}
	}
	return all
}

// check is a history with what is found out about it.
type check struct {
	*History
	Report
	writers map[string]int // transaction of an append
	found   map[string]int // how often an append is in the lists
	happens []bool         // transactions that happened
	graph   graph
}

// Check looks for all that is wrong.
func (h *History) Check() *Report {
	c := &check{History: h, writers: map[string]int{}, found: map[string]int{}, happens: make([]bool, len(h.Txns))}
	c.index()
	c.compare()
	c.graph.edges = make([][]edge, len(h.Txns))
	for _, key := range c.keys() {
		c.writes(h.Lists[key])
	}
	for i := range h.Txns {
		if c.happens[i] {
			c.Counted++
			c.reads(i)
		}
	}
	c.time()
	c.cycles()
	return &c.Report
}

// keys are sorted, so that a history has one report.
func (c *check) keys() []string {
	keys := make([]string, 0, len(c.Lists))
	for key := range c.Lists {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// index finds out who appends what, and what is in the lists.
func (c *check) index() {
	for i, t := range c.Txns {
		for _, o := range t.Ops {
			if o.Append != "" {
				c.writers[o.Append] = i
			}
		}
	}
	for _, key := range c.keys() {
		for _, v := range c.Lists[key] {
			if c.found[v]++; c.found[v] == 2 {
				c.Doubled = append(c.Doubled, fmt.Sprintf("%s in %s", v, key))
			}
			c.known(v, key)
		}
	}
}

// known complains about a value in a list that cannot be there.
func (c *check) known(v, where string) {
	switch i, ok := c.writers[v]; {
	case !ok:
		c.Strange = append(c.Strange, fmt.Sprintf("%s in %s", v, where))
	case c.Txns[i].Fate == Aborted:
		c.Aborted = append(c.Aborted, fmt.Sprintf("%s of T%d in %s", v, i, where))
	}
}

// compare finds out which transactions happened, and whether all of each did.
func (c *check) compare() {
	for i, t := range c.Txns {
		appends, there := 0, 0
		for _, o := range t.Ops {
			if o.Append != "" {
				appends++
				there += min(c.found[o.Append], 1)
			}
		}
		switch t.Fate {
		case Committed:
			c.happens[i] = true
			if there < appends {
				c.Lost = append(c.Lost, fmt.Sprintf("T%d: %d of %d appends are there", i, there, appends))
			}
		case Unknown:
			c.Unknown++
			c.happens[i] = there > 0
			if there > 0 && there < appends {
				c.Halves = append(c.Halves, fmt.Sprintf("T%d: %d of %d appends are there", i, there, appends))
			}
		}
	}
}

// writes adds what follows from the order of a list.
func (c *check) writes(list []string) {
	for n := 1; n < len(list); n++ {
		c.link(list[n-1], list[n], "ww")
	}
}

// link adds a dependency between the transactions of two appends.
func (c *check) link(from, to, kind string) {
	i, ok := c.writers[from]
	j, known := c.writers[to]
	if ok && known {
		c.graph.add(i, j, kind)
	}
}

// reads adds what follows from the reads of a transaction. What it has appended before it read is not news to it.
func (c *check) reads(i int) {
	own := map[string][]string{}
	for _, o := range c.Txns[i].Ops {
		if o.Append != "" {
			own[o.Key] = append(own[o.Key], o.Append)
			continue
		}
		list, read, mine := c.Lists[o.Key], o.Read, own[o.Key]
		if len(read) > len(list) || strings.Join(read, "\x00") != strings.Join(list[:len(read)], "\x00") ||
			len(read) < len(mine) || strings.Join(read[len(read)-len(mine):], "\x00") != strings.Join(mine, "\x00") {
			c.Disordered = append(c.Disordered, fmt.Sprintf("T%d read %d values of %s, having appended %d", i, len(read), o.Key, len(mine)))
			for _, v := range read {
				if c.found[v] == 0 {
					c.known(v, fmt.Sprintf("what T%d read of %s", i, o.Key))
				}
			}
			continue
		}
		if n := len(read) - len(mine); n > 0 {
			if w, ok := c.writers[read[n-1]]; ok {
				c.graph.add(w, i, "wr")
			}
		}
		if n := len(read); n < len(list) {
			if w, ok := c.writers[list[n]]; ok {
				c.graph.add(i, w, "rw")
			}
		}
	}
}

// time adds that a transaction which ended before another began comes before it. Each end is a node of its own that leads
// to the next end, so that there are not as many edges as pairs.
func (c *check) time() {
	var ends []int
	for i, t := range c.Txns {
		if c.happens[i] && t.Fate == Committed && t.Ended != 0 {
			ends = append(ends, i)
		}
	}
	sort.SliceStable(ends, func(a, b int) bool { return c.Txns[ends[a]].Ended < c.Txns[ends[b]].Ended })
	first := len(c.Txns)
	c.graph.edges = append(c.graph.edges, make([][]edge, len(ends))...)
	for n, i := range ends {
		c.graph.add(i, first+n, "time")
		if n > 0 {
			c.graph.add(first+n-1, first+n, "time")
		}
	}
	for i, t := range c.Txns {
		if !c.happens[i] {
			continue
		}
		before := sort.Search(len(ends), func(n int) bool { return c.Txns[ends[n]].Ended >= t.Began })
		if before > 0 {
			c.graph.add(first+before-1, i, "time")
		}
	}
}

// cycles finds the groups of transactions that have no order.
func (c *check) cycles() {
	for _, group := range c.graph.groups() {
		c.Cycles = append(c.Cycles, fmt.Sprintf("%d nodes: %s", len(group), c.graph.cycle(group, len(c.Txns))))
	}
}
