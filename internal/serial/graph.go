package serial

import (
	"fmt"
	"strings"
)

// edge says that the node which has it comes before another one.
type edge struct {
	to   int
	kind string
}

// graph has nodes from 0 on.
type graph struct {
	edges [][]edge
}

// add adds an edge, unless a node would come before itself: a transaction may read what it appends to.
func (g *graph) add(from, to int, kind string) {
	if from != to {
		g.edges[from] = append(g.edges[from], edge{to, kind})
	}
}

// groups returns the strongly connected components of more than one node. It is Tarjan's algorithm, with a stack of its own
// because histories are longer than goroutines' stacks should be deep.
func (g *graph) groups() (groups [][]int) {
	n := len(g.edges)
	index, low, on := make([]int, n), make([]int, n), make([]bool, n)
	next := 1
	var path []int
	type frame struct{ node, edge int }
	for root := range n {
		if index[root] != 0 {
			continue
		}
		calls := []frame{{node: root}}
		for len(calls) > 0 {
			f := &calls[len(calls)-1]
			v := f.node
			if f.edge == 0 {
				index[v], low[v] = next, next
				next++
				path, on[v] = append(path, v), true
			}
			if f.edge < len(g.edges[v]) {
				w := g.edges[v][f.edge].to
				f.edge++
				switch {
				case index[w] == 0:
					calls = append(calls, frame{node: w})
				case on[w]:
					low[v] = min(low[v], index[w])
				}
				continue
			}
			calls = calls[:len(calls)-1]
			if len(calls) > 0 {
				parent := calls[len(calls)-1].node
				low[parent] = min(low[parent], low[v])
			}
			if low[v] != index[v] {
				continue
			}
			at := len(path) - 1
			for path[at] != v {
				at--
			}
			for _, w := range path[at:] {
				on[w] = false
			}
			if len(path)-at > 1 {
				groups = append(groups, append([]int(nil), path[at:]...))
			}
			path = path[:at]
		}
	}
	return groups
}

// cycle returns a shortest cycle through the first transaction of a group. Nodes from txns on are moments.
func (g *graph) cycle(group []int, txns int) string {
	in := map[int]bool{}
	start := group[0]
	for _, v := range group {
		in[v] = true
		if v < txns && (start >= txns || v < start) {
			start = v
		}
	}
	type step struct {
		from int
		kind string
	}
	via := map[int]step{}
	for line := []int{start}; len(line) > 0; line = line[1:] {
		for _, e := range g.edges[line[0]] {
			if _, seen := via[e.to]; seen || !in[e.to] {
				continue
			}
			via[e.to] = step{line[0], e.kind}
			line = append(line, e.to)
		}
	}
	text := name(start, txns)
	for v := start; ; {
		s := via[v]
		if s.from < txns || s.kind != "time" {
			text = fmt.Sprintf("%s -%s-> %s", name(s.from, txns), s.kind, text)
		}
		if v = s.from; v == start {
			return strings.TrimSpace(text)
		}
	}
}

func name(v, txns int) string {
	if v < txns {
		return fmt.Sprintf("T%d", v)
	}
	return "later"
}
