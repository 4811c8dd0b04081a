package rueidistx_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// collect returns the different items of an iterator.
func collect[T comparable](t *testing.T, items iter.Seq2[T, error]) map[T]bool {
	t.Helper()
	found := map[T]bool{}
	for item, err := range items {
		require.NoError(t, err)
		found[item] = true
	}
	return found
}

// numbered are the keys of fillEach.
func numbered(n int) map[string]bool {
	keys := map[string]bool{}
	for i := range n {
		keys["key:"+strconv.Itoa(i)] = true
	}
	return keys
}

const many = 10_000

func TestScan(t *testing.T) {
	t.Parallel()
	t.Run("Single", func(t *testing.T) {
		t.Parallel()
		testScan(t, openFor(t, redistest.Start(t).Option()))
	})
	t.Run("SingleRESP2", func(t *testing.T) {
		t.Parallel()
		testScan(t, openFor(t, inRESP2(redistest.Start(t).Option())))
	})
	t.Run("Sentinel", func(t *testing.T) {
		t.Parallel()
		redistest.Long(t)
		testScan(t, openFor(t, redistest.StartSentinel(t, 1, 1).Option()))
	})
	t.Run("Cluster", func(t *testing.T) {
		t.Parallel()
		redistest.Long(t)
		c := redistest.StartCluster(t, 3, 0)
		testScan(t, openFor(t, c.Option()))
		testScan(t, openFor(t, inRESP2(c.Option())))
		testScan(t, rueidistx.New(c.Client(t)))
	})
}

func testScan(t *testing.T, db *rueidistx.DB) {
	ctx := redistest.Context(t)
	require.Empty(t, collect(t, db.Scan(ctx)))
	fillEach(t, db, many)
	require.Equal(t, numbered(many), collect(t, db.Scan(ctx, rueidistx.Count(300))))
	require.Equal(t, numbered(many), collect(t, db.Scan(ctx, rueidistx.Count(100_000))))
	require.Len(t, collect(t, db.Scan(ctx, rueidistx.Match("key:*0"))), many/10)
	require.Empty(t, collect(t, db.Scan(ctx, rueidistx.OfType("hash"), rueidistx.Count(1000))))

	n := 0
	for range db.Scan(ctx) {
		if n++; n == 25 {
			break
		}
	}
	require.Equal(t, 25, n)

	hash, set, sorted := "{x}hash", "{x}set", "{x}sorted"
	var fields, members []string
	var scored []rueidistx.ScoredMember
	for i := range many {
		text := strconv.Itoa(i)
		fields, members = append(fields, text, "v"+text), append(members, text)
		scored = append(scored, rueidistx.ScoredMember{Member: text, Score: float64(i)})
	}
	require.NoError(t, db.Execute(ctx, func(b *rueidistx.Batch) error {
		b.HSet(hash, fields...)
		b.SAdd(set, members...)
		b.ZAdd(sorted, scored)
		return nil
	}))
	for f := range collect(t, db.ScanHash(ctx, hash, rueidistx.Count(300))) {
		require.Equal(t, "v"+f.Name, f.Value)
	}
	require.Len(t, collect(t, db.ScanHash(ctx, hash)), many)
	require.Len(t, collect(t, db.ScanSet(ctx, set)), many)
	for m := range collect(t, db.ScanSortedSet(ctx, sorted, rueidistx.Count(300))) {
		require.Equal(t, strconv.Itoa(int(m.Score)), m.Member)
	}
	require.Len(t, collect(t, db.ScanSortedSet(ctx, sorted)), many)
	require.Len(t, collect(t, db.ScanSet(ctx, set, rueidistx.Match("*7"))), many/10)
	require.Empty(t, collect(t, db.ScanSet(ctx, "{x}none")))

	require.ErrorIs(t, first(db.ScanHash(ctx, set)), rueidistx.ErrService)
	require.ErrorIs(t, first(db.Scan(ctx, rueidistx.Count(0))), rueidistx.ErrInvalid)
	require.ErrorIs(t, first(db.ScanSortedSet(ctx, set)), rueidistx.ErrService)
	require.ErrorIs(t, first(db.ScanSortedSet(ctx, sorted, rueidistx.Count(-1))), rueidistx.ErrInvalid)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	require.ErrorIs(t, first(db.Scan(ended)), context.Canceled)
	require.ErrorIs(t, first(db.ScanHash(ended, hash)), context.Canceled)
	require.NoError(t, db.EachPrimary(ctx, func(_ string, b *rueidistx.Batch) error {
		b.FlushAll()
		return nil
	}))
}

// first returns the error of the first item.
func first[T any](items iter.Seq2[T, error]) error {
	for _, err := range items {
		return err
	}
	return nil
}

// last returns the error that an iterator ends with, and how many items came before.
func last[T any](items iter.Seq2[T, error], do func(n int)) (n int, _ error) {
	for _, err := range items {
		if err != nil {
			return n, err
		}
		n++
		do(n)
	}
	return n, nil
}

func TestScanOfAServerThatFails(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t, "--save", "", "--appendonly", "yes")
	option := s.Option()
	option.PipelineMultiplex = -1 // one connection
	db := openFor(t, option)
	fillEach(t, db, many)
	ctx := redistest.Context(t)
	n, err := last(db.Scan(ctx), func(n int) {
		if n == 100 {
			s.Kill()
		}
	})
	require.ErrorIs(t, err, rueidistx.ErrConnection)
	require.Less(t, n, many)
	s.Restart()

	// A server that was restarted is no error of a connection, if the client connects again before it needs it.
	n, err = last(db.Scan(ctx), func(n int) {
		if n == 100 {
			s.Kill()
			s.Restart()
			for db.Auto(ctx).Ping().Err() != nil {
			}
		}
	})
	outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrIncomplete)
	t.Logf("%d of %d keys before the error", n, many)
}

func TestScanOfALostNode(t *testing.T) {
	t.Parallel()
	redistest.Long(t)
	c := redistest.StartCluster(t, 3, 0, "--cluster-require-full-coverage", "no")
	db := openFor(t, c.Option())
	fillEach(t, db, many)
	lost := c.Owner(0)
	_, err := last(db.Scan(redistest.Context(t)), func(n int) {
		if n == 1 {
			lost.Kill()
		}
	})
	var node *rueidistx.NodeError
	require.ErrorAs(t, err, &node)
	require.Equal(t, lost.Addr, node.Addr)
	require.ErrorIs(t, err, rueidistx.ErrConnection)
}

// TestScanWhileSlotsMove moves slots with many keys in both directions between pages.
func TestScanWhileSlotsMove(t *testing.T) {
	t.Parallel()
	redistest.Long(t)
	c := redistest.StartCluster(t, 3, 0)
	db := openFor(t, c.Option())
	ctx := redistest.Context(t)
	tags := []string{"a", "b", "c", "d", "e", "f"}
	want := map[string]bool{}
	require.NoError(t, db.Execute(ctx, func(b *rueidistx.Batch) error {
		for i := range 3000 {
			key := fmt.Sprintf("{%s}%d", tags[i%len(tags)], i)
			want[key] = true
			b.Set(key, "v")
		}
		return nil
	}))
	others := func(s *redistest.Server) (list []*redistest.Server) {
		for _, n := range c.Nodes {
			if n != s {
				list = append(list, n)
			}
		}
		return list
	}
	for round := range 6 {
		found, n := map[string]bool{}, 0
		for key, err := range db.Scan(ctx, rueidistx.Count(50)) {
			require.NoError(t, err)
			found[key] = true
			if n++; n%500 == 250 && n/500 < len(tags) {
				slot := c.Slot(tags[n/500])
				c.MoveSlot(t, slot, others(c.AgreedOwner(t, slot))[round%2])
			}
		}
		require.Equal(t, want, found, "round %d", round)
	}

	// A slot stays on its way, with a part of its keys already moved, before and while it is read.
	slot := c.Slot("a")
	to := others(c.AgreedOwner(t, slot))[0]
	c.BeginMove(t, slot, to)
	c.MigrateKeys(t, slot, to, "{a}0", "{a}6")
	require.Equal(t, want, collect(t, db.Scan(ctx)))
	found := map[string]bool{}
	for key, err := range db.Scan(ctx, rueidistx.Count(20)) {
		require.NoError(t, err)
		if n := len(found); n == 700 {
			c.MigrateKeys(t, slot, to, "{a}12", "{a}18", "{a}24", "{a}30")
		}
		found[key] = true
	}
	require.Equal(t, want, found)
	c.FinishMove(t, slot, to)
	require.Equal(t, want, collect(t, db.Scan(ctx)))
}

// TestScanWithAPrefixWhileASlotMoves moves keys whose slot depends on the prefix.
func TestScanWithAPrefixWhileASlotMoves(t *testing.T) {
	t.Parallel()
	redistest.Long(t)
	c := redistest.StartCluster(t, 3, 0)
	db, ctx := openCluster(t, c.Option(), rueidistx.Prefix("p:")), redistest.Context(t)
	want, moved := map[string]bool{}, 0
	base := 0
	for rueidistx.Slot(fmt.Sprint("p:", base)) < 11000 { // of the node that is read last
		base++
	}
	slot := c.Slot(fmt.Sprint("p:", base))
	require.NoError(t, db.Execute(ctx, func(b *rueidistx.Batch) error {
		for i := 0; len(want) < 2000 || moved < 200; i++ {
			key := fmt.Sprint(i)
			switch in := int(rueidistx.Slot("p:"+key)) == slot; {
			case in:
				moved++
			case i >= 1800:
				continue
			}
			want[key] = true
			b.Set(key, "v")
		}
		return nil
	}))
	found, owner := map[string]bool{}, c.Owners()
	var first *redistest.Server
	moves := true
	for key, err := range db.Scan(ctx, rueidistx.Count(20)) {
		require.NoError(t, err)
		found[key] = true
		switch from := owner(int(rueidistx.Slot("p:" + key))); {
		case first == nil:
			first = from
		case from != first && moves:
			moves = false
			if c.AgreedOwner(t, slot) != first { // to the node that was read already
				c.MoveSlot(t, slot, first)
			}
		}
	}
	require.Equal(t, want, found)
}

// TestScanOfNodesWithHostNames has a slot on its way between nodes that announce host names.
func TestScanOfNodesWithHostNames(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	c := redistest.StartCluster(t, 3, 0)
	if !c.Nodes[0].Since("7.0") {
		t.Skip("nodes announce host names since Redis 7.0")
	}
	for _, n := range c.Nodes {
		n.Do(t, "CONFIG", "SET", "cluster-announce-hostname", "localhost")
		n.Do(t, "CONFIG", "SET", "cluster-preferred-endpoint-type", "hostname")
	}
	redistest.Eventually(t, "all nodes know the names", func() bool {
		for _, n := range c.Nodes {
			slots, err := n.Do(t, "CLUSTER", "NODES").ToString()
			require.NoError(t, err)
			if strings.Count(slots, ",localhost") != len(c.Nodes) {
				return false
			}
		}
		return true
	})
	db := openFor(t, c.Option())
	fillEach(t, db, 300)
	c.Nodes[1].Do(t, "CLUSTER", "SETSLOT", "0", "IMPORTING", c.NodeID(c.Nodes[0]))
	c.Nodes[0].Do(t, "CLUSTER", "SETSLOT", "0", "MIGRATING", c.NodeID(c.Nodes[1]))
	keys := map[string]bool{}
	for key, err := range db.Scan(redistest.Context(t)) {
		require.NoError(t, err)
		keys[key] = true
	}
	require.Len(t, keys, 300)
}

// TestScanHashWhoseSlotMoves expects no silence: a cursor has no meaning on another node.
func TestScanHashWhoseSlotMoves(t *testing.T) {
	t.Parallel()
	redistest.Long(t)
	c := redistest.StartCluster(t, 3, 0)
	db := openFor(t, c.Option())
	ctx := redistest.Context(t)
	var fields []string
	for i := range many {
		fields = append(fields, strconv.Itoa(i), "v")
	}
	require.NoError(t, db.Auto(ctx).HSet("hash", fields...).Err())
	from := c.Owner(c.Slot("hash"))
	to := c.Nodes[slices.IndexFunc(c.Nodes, func(s *redistest.Server) bool { return s != from })]
	_, err := last(db.ScanHash(ctx, "hash"), func(n int) {
		if n == 100 {
			c.MoveSlot(t, c.Slot("hash"), to)
		}
	})
	outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrIncomplete)
	require.Len(t, collect(t, db.ScanHash(ctx, "hash")), many)
}

func TestScanMisused(t *testing.T) {
	t.Parallel()
	var none *rueidistx.DB
	for _, db := range []*rueidistx.DB{none, new(rueidistx.DB)} {
		require.ErrorIs(t, first(db.Scan(t.Context())), rueidistx.ErrInvalid)
		require.ErrorIs(t, first(db.ScanHash(t.Context(), "k")), rueidistx.ErrInvalid)
		require.ErrorIs(t, first(db.ScanSet(t.Context(), "k")), rueidistx.ErrInvalid)
		require.ErrorIs(t, first(db.ScanSortedSet(t.Context(), "k")), rueidistx.ErrInvalid)
	}
	for name, c := range map[string]rueidis.ClientOption{"single": redistest.Shared(t).Option(), "cluster": redistest.SharedCluster(t).Option()} {
		var o observer
		db, err := rueidistx.Open(c, rueidistx.Hooks(&o))
		require.NoError(t, err)
		plain, err := rueidistx.Open(c)
		require.NoError(t, err)
		var noContext context.Context
		require.ErrorIs(t, first(plain.Scan(noContext)), rueidistx.ErrInvalid, name)
		plain.Close()
		ctx := redistest.Context(t)
		for i := range 100 {
			require.NoError(t, db.Auto(ctx).Set(redistest.Key(t, strconv.Itoa(i)), "v").Err())
		}
		var last error
		for _, err := range db.Scan(ctx, rueidistx.Count(1)) { // closed after the first page
			last = err
			db.Close()
		}
		outcometest.RequireVerdict(t, last, rueidistx.NotApplied, rueidistx.ErrNotSent, rueidistx.ErrConnection)
		_, _ = o.take(t)
	}
}
