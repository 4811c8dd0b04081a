package serial

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func read(key, values string) Op { return Op{Key: key, Read: strings.Fields(values)} }

func add(key, value string) Op { return Op{Key: key, Append: value} }

func txn(fate Fate, ops ...Op) Txn { return Txn{Ops: ops, Fate: fate} }

func lists(texts ...string) map[string][]string {
	all := map[string][]string{}
	for i := 0; i < len(texts); i += 2 {
		all[texts[i]] = strings.Fields(texts[i+1])
	}
	return all
}

// kinds are those of what a report says, without repetition.
func kinds(r *Report) (all []string) {
	for _, text := range r.Problems() {
		kind, _, _ := strings.Cut(text, ":")
		all = append(all, kind)
	}
	return slices.Compact(all)
}

// A check that finds nothing would find nothing wrong.
func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name  string
		txns  []Txn
		lists map[string][]string
		want  []string
	}{
		{"nothing", nil, nil, nil},
		{"one after the other", []Txn{
			txn(Committed, read("x", ""), add("x", "1")),
			txn(Committed, read("x", "1"), add("x", "2")),
			txn(Committed, read("x", "1 2")),
		}, lists("x", "1 2"), nil},
		{"reads its own append", []Txn{
			txn(Committed, add("x", "1"), read("x", "1"), add("x", "2"), read("x", "1 2")),
		}, lists("x", "1 2"), nil},
		{"does not read its own append", []Txn{
			txn(Committed, add("x", "1"), read("x", "")),
		}, lists("x", "1"), []string{"disordered"}},
		{"lost update", []Txn{
			txn(Committed, read("x", ""), add("x", "1")),
			txn(Committed, read("x", ""), add("x", "2")),
		}, lists("x", "1 2"), []string{"cycle"}},
		{"write skew", []Txn{
			txn(Committed, read("x", ""), add("y", "1")),
			txn(Committed, read("y", ""), add("x", "2")),
		}, lists("x", "2", "y", "1"), []string{"cycle"}},
		{"read skew", []Txn{
			txn(Committed, read("x", ""), read("y", "2")),
			txn(Committed, add("x", "1"), add("y", "2")),
		}, lists("x", "1", "y", "2"), []string{"cycle"}},
		{"long fork", []Txn{
			txn(Committed, add("x", "1")),
			txn(Committed, add("y", "2")),
			txn(Committed, read("x", "1"), read("y", "")),
			txn(Committed, read("x", ""), read("y", "2")),
		}, lists("x", "1", "y", "2"), []string{"cycle"}},
		{"dirty write", []Txn{
			txn(Committed, add("x", "1"), add("y", "1y")),
			txn(Committed, add("x", "2"), add("y", "2y")),
		}, lists("x", "1 2", "y", "2y 1y"), []string{"cycle"}},
		{"torn appends", []Txn{
			txn(Committed, add("x", "1"), add("x", "2")),
			txn(Committed, add("x", "3")),
		}, lists("x", "1 3 2"), []string{"cycle"}},
		{"circular information", []Txn{
			txn(Committed, add("x", "1"), read("y", "2")),
			txn(Committed, add("y", "2"), read("x", "1")),
		}, lists("x", "1", "y", "2"), []string{"cycle"}},
		{"stale read", []Txn{
			{Ops: []Op{add("x", "1")}, Fate: Committed, Began: 1, Ended: 2},
			{Ops: []Op{read("x", "")}, Fate: Committed, Began: 3, Ended: 4},
		}, lists("x", "1"), []string{"cycle"}},
		{"read during an append", []Txn{
			{Ops: []Op{add("x", "1")}, Fate: Committed, Began: 1, Ended: 4},
			{Ops: []Op{read("x", "")}, Fate: Committed, Began: 3, Ended: 5},
		}, lists("x", "1"), nil},
		{"unknown, later than it ended", []Txn{
			{Ops: []Op{add("x", "1")}, Fate: Unknown, Began: 1, Ended: 2},
			{Ops: []Op{read("x", "")}, Fate: Committed, Began: 3, Ended: 4},
		}, lists("x", "1"), nil},
		{"unknown, earlier than it began", []Txn{
			{Ops: []Op{read("x", "1")}, Fate: Committed, Began: 1, Ended: 2},
			{Ops: []Op{add("x", "1")}, Fate: Unknown, Began: 3},
		}, lists("x", "1"), []string{"cycle"}},
		{"unknown, not there", []Txn{
			txn(Unknown, read("x", ""), add("x", "1")),
			txn(Committed, read("x", ""), add("x", "2")),
		}, lists("x", "2"), nil},
		{"unknown, there", []Txn{
			txn(Unknown, read("x", ""), add("x", "1")),
			txn(Committed, read("x", ""), add("x", "2")),
		}, lists("x", "1 2"), []string{"cycle"}},
		{"unknown, half", []Txn{
			txn(Unknown, add("x", "1"), add("y", "2")),
		}, lists("x", "1"), []string{"half"}},
		{"lost append", []Txn{
			txn(Committed, add("x", "1"), add("y", "2")),
		}, lists("x", "1"), []string{"lost"}},
		{"lost append that was read", []Txn{
			txn(Committed, add("x", "1")),
			txn(Committed, read("x", "1")),
		}, nil, []string{"lost", "disordered"}},
		{"aborted append", []Txn{
			txn(Aborted, add("x", "1")),
		}, lists("x", "1"), []string{"aborted"}},
		{"aborted read", []Txn{
			txn(Aborted, add("x", "1")),
			txn(Committed, read("x", "1")),
		}, nil, []string{"aborted", "disordered"}},
		{"reads of aborted transactions may be wrong", []Txn{
			txn(Aborted, read("x", "2"), add("x", "3")),
			txn(Committed, add("x", "1")),
		}, lists("x", "1"), nil},
		{"doubled append", []Txn{
			txn(Committed, add("x", "1")),
		}, lists("x", "1 1"), []string{"doubled"}},
		{"doubled append elsewhere", []Txn{
			txn(Committed, add("x", "1")),
		}, lists("x", "1", "y", "1"), []string{"doubled"}},
		{"value of nobody", nil, lists("x", "1"), []string{"strange"}},
		{"disordered read", []Txn{
			txn(Committed, add("x", "1")),
			txn(Committed, add("x", "2")),
			txn(Committed, read("x", "2 1")),
		}, lists("x", "1 2"), []string{"disordered"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &History{Txns: c.txns, Lists: c.lists}
			require.Equal(t, c.want, kinds(h.Check()), "%v", h.Check().Problems())
		})
	}
}

func TestCheckNamesACycle(t *testing.T) {
	h := &History{Txns: []Txn{
		txn(Committed, read("x", ""), add("y", "1")),
		txn(Committed, read("y", ""), add("x", "2")),
		txn(Committed, read("x", "2")),
	}, Lists: lists("x", "2", "y", "1")}
	require.Equal(t, []string{"2 nodes: T0 -rw-> T1 -rw-> T0"}, h.Check().Cycles)
	require.Equal(t, 3, h.Check().Counted)
}

// TestCheckOfRandomHistories executes transactions one after the other, which has no cycles, and then exchanges what two
// of them read.
func TestCheckOfRandomHistories(t *testing.T) {
	caught := 0
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 0))
		h := &History{Lists: map[string][]string{}}
		for i := range 200 {
			n := Txn{Fate: Fate(rng.IntN(3)), Began: int64(10*i + 1 - rng.IntN(50)), Ended: int64(10*i + 2 + rng.IntN(50))}
			happens := n.Fate == Committed || n.Fate == Unknown && rng.IntN(2) == 0
			for op := range 1 + rng.IntN(4) {
				key := fmt.Sprint("k", rng.IntN(3))
				if rng.IntN(2) == 0 && happens {
					n.Ops = append(n.Ops, Op{Key: key, Read: slices.Clone(h.Lists[key])})
					continue
				}
				value := fmt.Sprint(i, ".", op)
				n.Ops = append(n.Ops, add(key, value))
				if happens {
					h.Lists[key] = append(h.Lists[key], value)
				}
			}
			h.Txns = append(h.Txns, n)
		}
		require.Empty(t, h.Check().Problems(), "seed %d", seed)

		a, b := rng.IntN(100), 100+rng.IntN(100)
		h.Txns[a].Ops, h.Txns[b].Ops = swapReads(h.Txns[a].Ops, h.Txns[b].Ops)
		if len(h.Check().Problems()) > 0 {
			caught++
		}
	}
	require.Greater(t, caught, 5) // many have nothing to exchange
}

func swapReads(a, b []Op) (_, _ []Op) {
	a, b = slices.Clone(a), slices.Clone(b)
	for i := range a {
		for j := range b {
			if a[i].Append == "" && b[j].Append == "" && a[i].Key == b[j].Key {
				a[i].Read, b[j].Read = b[j].Read, a[i].Read
			}
		}
	}
	return a, b
}

// BenchmarkCheck has the length of a campaign's history.
func BenchmarkCheck(b *testing.B) {
	h := &History{Lists: map[string][]string{}}
	for i := range 10_000 {
		key, value := fmt.Sprint("k", i/100), fmt.Sprint(i)
		h.Txns = append(h.Txns, Txn{Fate: Committed, Began: int64(2 * i), Ended: int64(2*i + 1), Ops: []Op{
			{Key: key, Read: slices.Clone(h.Lists[key])}, add(key, value),
		}})
		h.Lists[key] = append(h.Lists[key], value)
	}
	for b.Loop() {
		if len(h.Check().Problems()) > 0 {
			b.Fatal("it is in order")
		}
	}
}
