package rueidistx_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/canned"
	"github.com/stretchr/testify/require"
)

// job is the same work done by hand with rueidis and with this package.
type job struct {
	name  string
	hand  func()
	typed func()
}

var (
	cannedKeys  = numbered("key:")
	cannedValue = strings.Repeat("v", 64)
)

func numbered(prefix string) []string {
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = fmt.Sprintf("%s%08d", prefix, i)
	}
	return keys
}

var sink struct {
	n int64
	s string
}

// cannedWork returns the jobs of n commands on a canned connection. The hand-made ones are written as well as rueidis
// allows: the slice has its size from the start, every reply is decoded and checked.
func cannedWork(tb testing.TB, n int) []job {
	ctx := context.Background()
	client, conn := cannedClient(tb)
	db := rueidistx.New(client)
	check := func(err error) {
		if err != nil {
			tb.Error(err)
		}
	}
	// The first transaction asks first whether MULTI is allowed.
	conn.Serve("+OK\r\n*0\r\n", "+OK\r\n+QUEUED\r\n*1\r\n+PONG\r\n")
	tx := db.Atomic()
	tx.Ping()
	require.NoError(tb, tx.Exec(ctx))
	set, get, incr := strings.Repeat("+OK\r\n", n), strings.Repeat("$64\r\n"+cannedValue+"\r\n", n), strings.Repeat(":42\r\n", n)
	inTx := func(replies string) string {
		return "+OK\r\n" + strings.Repeat("+QUEUED\r\n", n) + fmt.Sprintf("*%d\r\n", n) + replies
	}

	bools := make([]rueidistx.Future[bool], n)
	strs := make([]rueidistx.Future[string], n)
	ints := make([]rueidistx.Future[int64], n)
	return []job{
		{fmt.Sprintf("batch/SET/%d", n), func() {
			conn.Serve(set)
			commands := make(rueidis.Commands, 0, n)
			for i := range n {
				commands = append(commands, client.B().Set().Key(cannedKeys[i]).Value(cannedValue).Build())
			}
			for _, r := range client.DoMulti(ctx, commands...) {
				check(r.Error())
			}
		}, func() {
			conn.Serve(set)
			b := db.Batch()
			for i := range n {
				bools[i] = b.Set(cannedKeys[i], cannedValue)
			}
			check(b.Exec(ctx))
			for i := range n {
				if !bools[i].Or(false) {
					tb.Error("not set")
				}
			}
		}},
		{fmt.Sprintf("batch/GET/%d", n), func() {
			conn.Serve(get)
			commands := make(rueidis.Commands, 0, n)
			for i := range n {
				commands = append(commands, client.B().Get().Key(cannedKeys[i]).Build())
			}
			for _, r := range client.DoMulti(ctx, commands...) {
				s, err := r.ToString()
				check(err)
				sink.s = s
			}
		}, func() {
			conn.Serve(get)
			b := db.Batch()
			for i := range n {
				strs[i] = b.Get(cannedKeys[i])
			}
			check(b.Exec(ctx))
			for i := range n {
				s, err := strs[i].Value()
				check(err)
				sink.s = s
			}
		}},
		{fmt.Sprintf("batch/INCRBY/%d", n), func() {
			conn.Serve(incr)
			commands := make(rueidis.Commands, 0, n)
			for i := range n {
				commands = append(commands, client.B().Incrby().Key(cannedKeys[i]).Increment(7).Build())
			}
			for _, r := range client.DoMulti(ctx, commands...) {
				v, err := r.AsInt64()
				check(err)
				sink.n = v
			}
		}, func() {
			conn.Serve(incr)
			b := db.Batch()
			for i := range n {
				ints[i] = b.IncrBy(cannedKeys[i], 7)
			}
			check(b.Exec(ctx))
			for i := range n {
				v, err := ints[i].Value()
				check(err)
				sink.n = v
			}
		}},
		{fmt.Sprintf("tx/SET/%d", n), func() {
			conn.Serve(inTx(set))
			commands := make(rueidis.Commands, 0, n+2)
			commands = append(commands, client.B().Multi().Build())
			for i := range n {
				commands = append(commands, client.B().Set().Key(cannedKeys[i]).Value(cannedValue).Build())
			}
			commands = append(commands, client.B().Exec().Build())
			replies, err := client.DoMulti(ctx, commands...)[n+1].ToArray()
			check(err)
			for i := range replies {
				check(replies[i].Error())
			}
		}, func() {
			conn.Serve(inTx(set))
			tx := db.Atomic()
			for i := range n {
				bools[i] = tx.Set(cannedKeys[i], cannedValue)
			}
			check(tx.Exec(ctx))
			for i := range n {
				if !bools[i].Or(false) {
					tb.Error("not set")
				}
			}
		}},
		{fmt.Sprintf("tx/GET/%d", n), func() {
			conn.Serve(inTx(get))
			commands := make(rueidis.Commands, 0, n+2)
			commands = append(commands, client.B().Multi().Build())
			for i := range n {
				commands = append(commands, client.B().Get().Key(cannedKeys[i]).Build())
			}
			commands = append(commands, client.B().Exec().Build())
			replies, err := client.DoMulti(ctx, commands...)[n+1].ToArray()
			check(err)
			for i := range replies {
				s, err := replies[i].ToString()
				check(err)
				sink.s = s
			}
		}, func() {
			conn.Serve(inTx(get))
			tx := db.Atomic()
			for i := range n {
				strs[i] = tx.Get(cannedKeys[i])
			}
			check(tx.Exec(ctx))
			for i := range n {
				s, err := strs[i].Value()
				check(err)
				sink.s = s
			}
		}},
		{fmt.Sprintf("tx/INCRBY/%d", n), func() {
			conn.Serve(inTx(incr))
			commands := make(rueidis.Commands, 0, n+2)
			commands = append(commands, client.B().Multi().Build())
			for i := range n {
				commands = append(commands, client.B().Incrby().Key(cannedKeys[i]).Increment(7).Build())
			}
			commands = append(commands, client.B().Exec().Build())
			replies, err := client.DoMulti(ctx, commands...)[n+1].ToArray()
			check(err)
			for i := range replies {
				v, err := replies[i].AsInt64()
				check(err)
				sink.n = v
			}
		}, func() {
			conn.Serve(inTx(incr))
			tx := db.Atomic()
			for i := range n {
				ints[i] = tx.IncrBy(cannedKeys[i], 7)
			}
			check(tx.Exec(ctx))
			for i := range n {
				v, err := ints[i].Value()
				check(err)
				sink.n = v
			}
		}},
	}
}

// autoWork is single commands.
func autoWork(tb testing.TB) []job {
	ctx := context.Background()
	client, conn := cannedClient(tb)
	db := rueidistx.New(client)
	check := func(err error) {
		if err != nil {
			tb.Error(err)
		}
	}
	return []job{
		{"auto/GET", func() {
			conn.Serve("$64\r\n" + cannedValue + "\r\n")
			s, err := client.Do(ctx, client.B().Get().Key(cannedKeys[0]).Build()).ToString()
			check(err)
			sink.s = s
		}, func() {
			conn.Serve("$64\r\n" + cannedValue + "\r\n")
			s, err := db.Auto(ctx).Get(cannedKeys[0]).Value()
			check(err)
			sink.s = s
		}},
		{"auto/INCRBY", func() {
			conn.Serve(":42\r\n")
			n, err := client.Do(ctx, client.B().Incrby().Key(cannedKeys[0]).Increment(7).Build()).AsInt64()
			check(err)
			sink.n = n
		}, func() {
			conn.Serve(":42\r\n")
			n, err := db.Auto(ctx).IncrBy(cannedKeys[0], 7).Value()
			check(err)
			sink.n = n
		}},
	}
}

func cannedClient(tb testing.TB) (rueidis.Client, *canned.Conn) {
	client, conn, err := canned.New()
	require.NoError(tb, err)
	tb.Cleanup(func() {
		conn.Serve("+PONG\r\n")
		client.Close()
	})
	return client, conn
}

func TestAutoAllocatesOnceMore(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates too: run without -race")
	}
	for _, w := range autoWork(t) {
		t.Run(w.name, func(t *testing.T) {
			require.LessOrEqual(t, testing.AllocsPerRun(100, w.typed), 1+testing.AllocsPerRun(100, w.hand))
		})
	}
}

func TestNoExtraAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates too: run without -race")
	}
	for _, n := range []int{1, 10, 100, 1000} {
		for _, w := range cannedWork(t, n) {
			t.Run(w.name, func(t *testing.T) {
				hand := testing.AllocsPerRun(100, w.hand)
				typed := testing.AllocsPerRun(100, w.typed)
				require.LessOrEqual(t, typed, hand)
			})
		}
	}
}

// BenchmarkRatio prints how long a job takes relative to hand-made rueidis code (x-hand). Each round runs both twice, in
// random order; the second copy of the hand-made job is the control (x-control), which must come out at 1.00.
func BenchmarkRatio(b *testing.B) {
	jobs := autoWork(b)
	for _, n := range []int{1, 10, 100, 1000} {
		jobs = append(jobs, cannedWork(b, n)...)
	}
	for _, w := range jobs {
		b.Run(w.name, func(b *testing.B) {
			variants := [...]func(){w.hand, w.hand, w.typed, w.typed}
			var times [len(variants)][]time.Duration
			for b.Loop() {
				for _, i := range rand.Perm(len(variants)) {
					start := time.Now()
					variants[i]()
					times[i] = append(times[i], time.Since(start))
				}
			}
			median := func(lists ...[]time.Duration) float64 {
				all := slices.Concat(lists...)
				slices.Sort(all)
				return float64(all[len(all)/2])
			}
			b.ReportMetric(median(times[2], times[3])/median(times[0], times[1]), "x-hand")
			b.ReportMetric(median(times[1])/median(times[0]), "x-control")
			b.ReportMetric(0, "ns/op")
		})
	}
}
