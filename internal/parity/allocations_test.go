package parity

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/canned"
)

// TestAllocations asserts that no method, with none of its options, costs an allocation more than by hand, and prints what
// each costs: go test -v -run TestAllocations ./internal/parity. There is nothing to allow for: what a Batch costs itself,
// 4, is no more than by hand either.
func TestAllocations(t *testing.T) {
	needCounts(t)
	ways := newCannedWays(t)

	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%d commands\treply\tby hand\ttyped\tmore\tby hand, the words are others\n", perBatch)
	for _, s := range shapes {
		if s.typed == nil {
			continue // it is of an Auto only
		}
		for _, reply := range s.replies() {
			ways.serve(reply.text, perBatch)
			byHand := allocated(t, func() error { return s.hand(ways.client) })
			typed := allocated(t, func() error { return s.typed(ways.db) })
			assert.LessOrEqual(t, typed, byHand, "%s allocates more than by hand, reply in %s", s, reply.protocol)
			fmt.Fprintf(w, "%s\t%s\t%v\t%v\t%v\t%s\n", s, reply.protocol, byHand, typed, typed-byHand, s.unlike)
		}
	}
	require.NoError(t, w.Flush())
	t.Log("\n" + table.String())
}

// TestBatchOfOneAllocations asserts that a Batch of one command costs one allocation itself: its own memory, where the reply is
// too.
func TestBatchOfOneAllocations(t *testing.T) {
	needCounts(t)
	ways := newCannedWays(t)
	ways.serve("+OK\r\n", 1)
	assert.Equal(t, 1.0, allocated(t, func() error {
		b := ways.db.Batch()
		f := b.Set("key", "value")
		if err := b.Exec(ctx); err != nil {
			return err
		}
		return f.Err()
	}))
}

// TestAutoAllocations asserts that a single command costs at most one allocation more than by hand: what holds its reply.
func TestAutoAllocations(t *testing.T) {
	needCounts(t)
	ways := newCannedWays(t)
	auto := ways.db.Auto(ctx)
	for _, s := range shapes {
		for _, reply := range s.replies() {
			ways.serve(reply.text, 1)
			byHand := allocated(t, func() error { return s.handDo(ways.client) })
			typed := allocated(t, func() error { return s.typedAuto(auto) })
			assert.LessOrEqual(t, typed, byHand+1, "%s allocates more than by hand and one, reply in %s", s, reply.protocol)
		}
	}
}

// needCounts skips a test where allocations are not those of the program, and all but stops the garbage collector, which
// would empty the pools in between.
func needCounts(t *testing.T) {
	t.Helper()
	if distorted {
		t.Skip("it would count what the race detector or the assertions allocate: run without")
	}
	percent, limit := debug.SetGCPercent(-1), debug.SetMemoryLimit(256<<20)
	t.Cleanup(func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	})
}

// allocated returns how often run allocates: at the least, as pools fill only after some runs.
func allocated(t *testing.T, run func() error) float64 {
	least := math.Inf(1)
	for range 3 {
		least = min(least, testing.AllocsPerRun(1, func() {
			if err := run(); err != nil {
				t.Error(err)
			}
		}))
	}
	return least
}

// cannedWays are a client of rueidis's and a DB, each on a connection of its own.
type cannedWays struct {
	client rueidis.Client
	db     *rueidistx.DB
	conns  [2]*canned.Conn
}

func newCannedWays(t testing.TB) *cannedWays {
	t.Helper()
	w := new(cannedWays)
	var err error
	w.client, w.conns[0], err = canned.New()
	require.NoError(t, err)
	option, conn := canned.Option()
	w.db, err = rueidistx.Open(option)
	require.NoError(t, err)
	w.conns[1] = conn
	t.Cleanup(func() {
		w.serve("+PONG\r\n", 1) // they say goodbye with a command
		w.client.Close()
		w.db.Close()
	})
	return w
}

// serve prepares the replies to all n commands of each batch that follows.
func (w *cannedWays) serve(reply string, n int) {
	for _, conn := range w.conns {
		conn.Serve(strings.Repeat(reply, n))
	}
}

// TestShapes checks that both ways of a shape send the same words and read the same from the replies.
func TestShapes(t *testing.T) {
	ways := newCannedWays(t)
	e := &eavesdropper{Client: ways.client}
	db := rueidistx.New(e)
	for _, s := range shapes {
		t.Run(s.String(), func(t *testing.T) {
			for _, reply := range s.replies() {
				ways.serve(reply.text, s.size())
				require.NoError(t, s.send(db))
				sent := e.words
				if s.hand != nil {
					require.NoError(t, s.hand(e))
				} else {
					ways.serve(reply.text, 1)
					require.NoError(t, s.handDo(e))
				}
				typed, byHand := s.values()
				require.Equal(t, fmt.Sprint(byHand), fmt.Sprint(typed))
				if s.unlike == "" {
					require.Equal(t, e.words, sent)
				} else {
					require.NotEqual(t, e.words, sent, "the words are the same")
				}
			}
		})
	}
}

// eavesdropper keeps the words of the last command that it has sent.
type eavesdropper struct {
	rueidis.Client
	words []string
}

func (e *eavesdropper) DoMulti(ctx context.Context, multi ...rueidis.Completed) []rueidis.RedisResult {
	e.words = slices.Clone(multi[len(multi)-1].Commands())
	return e.Client.DoMulti(ctx, multi...)
}

func (e *eavesdropper) Do(ctx context.Context, command rueidis.Completed) rueidis.RedisResult {
	e.words = slices.Clone(command.Commands())
	return e.Client.Do(ctx, command)
}

// size is how many commands send sends.
func (s shape) size() int {
	if s.typed == nil {
		return 1
	}
	return perBatch
}

// send runs the shape with the library.
func (s shape) send(db *rueidistx.DB) error {
	if s.typed == nil {
		return s.typedAuto(db.Auto(ctx))
	}
	return s.typed(db)
}

// TestShapesAreComplete fails if a method has no shape, or none with one of its options.
func TestShapesAreComplete(t *testing.T) {
	words := map[string][]string{}
	names := map[string]bool{}
	ways := newCannedWays(t)
	e := &eavesdropper{Client: ways.client}
	db := rueidistx.New(e)
	for _, s := range shapes {
		require.False(t, names[s.String()], "two shapes are called %s", s)
		names[s.String()] = true
		ways.serve(s.resp2, s.size())
		require.NoError(t, s.send(db))
		words[s.method] = append(words[s.method], e.words...)
	}

	of := reflect.TypeFor[rueidistx.Auto]()
	for i := range of.NumMethod() {
		m := of.Method(i)
		if m.Name == "B" {
			continue
		}
		assert.NotEmpty(t, words[m.Name], "the method %s has no shape", m.Name)
		last := m.Type.In(m.Type.NumIn() - 1)
		if last.Kind() == reflect.Slice {
			last = last.Elem()
		}
		if last.Kind() != reflect.Interface {
			continue
		}
		var known int
		for _, o := range options {
			if reflect.TypeOf(o.option).Implements(last) {
				known++
				assert.Contains(t, words[m.Name], o.word, "%s has no shape with this option", m.Name)
			}
		}
		assert.NotZero(t, known, "there are no options for %s", m.Name)
	}
}

func (s shape) String() string { return strings.TrimSpace(s.method + " " + s.form) }

// encoded is a reply as it is in a protocol.
type encoded struct{ protocol, text string }

// replies returns the reply, once if it is the same in both protocols.
func (s shape) replies() []encoded {
	if s.resp2 == s.resp3 {
		return []encoded{{"RESP2 and 3", s.resp2}}
	}
	return []encoded{{"RESP2", s.resp2}, {"RESP3", s.resp3}}
}
