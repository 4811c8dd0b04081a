package rueidistx_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// gate is a wrapper around a client that notes the calls for which it is used, and can hold them.
type gate struct {
	mu     sync.Mutex
	calls  [][]string // the first words of the commands of each
	open   chan struct{}
	inside atomic.Int32
	odd    func() // called by each call
}

// openGated returns a DB whose calls pass the gate.
func openGated(t *testing.T, option rueidis.ClientOption, options ...rueidistx.Option) (*rueidistx.DB, *gate) {
	t.Helper()
	g := &gate{}
	around := rueidistx.Wrap(func(client rueidis.Client) rueidis.Client {
		return &wrapper{
			Client: client,
			do: func(ctx context.Context, c rueidis.Completed) rueidis.RedisResult {
				g.pass(c)
				return client.Do(ctx, c)
			},
			doMulti: func(ctx context.Context, c []rueidis.Completed) []rueidis.RedisResult {
				g.pass(c...)
				return client.DoMulti(ctx, c...)
			},
		}
	})
	return openCluster(t, option, append(options, around)...), g
}

func (g *gate) pass(commands ...rueidis.Completed) {
	var words []string
	for _, c := range commands {
		words = append(words, c.Commands()[0])
	}
	g.mu.Lock()
	g.calls = append(g.calls, words)
	open, odd := g.open, g.odd
	g.mu.Unlock()
	if open != nil {
		g.inside.Add(1)
		<-open
		g.inside.Add(-1)
	}
	if odd != nil {
		odd()
	}
}

// hold holds all calls until open is called. It issues as many commands as go at once, and one that waits. n is their number
// in all.
func (g *gate) hold(t *testing.T, wg *sync.WaitGroup, do func(i int)) (n int, open func()) {
	t.Helper()
	for range 3 {
		do(0) // so that round trips are known to be short
	}
	open = g.shut()
	for waiting() == 0 {
		i := n
		wg.Go(func() { do(i) })
		n++
		redistest.Eventually(t, "it is on its way, or waits", func() bool { return int(g.inside.Load()) == n || waiting() > 0 })
	}
	return n, open
}

// shut holds all calls from now on.
func (g *gate) shut() (open func()) {
	held := make(chan struct{})
	g.mu.Lock()
	g.open, g.calls = held, nil
	g.mu.Unlock()
	return func() {
		g.mu.Lock()
		g.open = nil
		g.mu.Unlock()
		close(held)
	}
}

// groups returns the numbers of commands in the calls since the first held one, without those that went alone.
func (g *gate) groups() (sizes []int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, call := range g.calls {
		if len(call) > 1 {
			sizes = append(sizes, len(call))
		}
	}
	return sizes
}

// waiting returns how many goroutines wait for the group of their command. Tests that call it are not parallel.
func waiting() int { return strings.Count(allStacks(), "(*lane).together(") }

func allStacks() string {
	stacks := make([]byte, 8<<20)
	return string(stacks[:runtime.Stack(stacks, true)])
}

// wait waits until that many do.
func wait(t *testing.T, n int) {
	t.Helper()
	redistest.Eventually(t, fmt.Sprint(n, " commands wait"), func() bool { return waiting() == n })
}

func TestCoalesce(t *testing.T) {
	db, g := openGated(t, redistest.Shared(t).Option(), rueidistx.Coalesce())
	key, ctx := redistest.Key(t, "k"), redistest.Context(t)
	var wg sync.WaitGroup
	var sum atomic.Int64
	do := func(int) {
		n, err := db.Auto(ctx).Incr(key).Value()
		assert.NoError(t, err)
		sum.Add(n)
	}
	n, open := g.hold(t, &wg, do)
	for i := range 99 {
		wg.Go(func() { do(i) })
	}
	wait(t, 100)
	wg.Go(func() { assert.NoError(t, db.Auto(ctx).Get(key).Err()) })
	redistest.Eventually(t, "the read, which has a way of its own, is on its way", func() bool { return int(g.inside.Load()) == n })
	open()
	wg.Wait()
	require.Equal(t, []int{100}, g.groups())
	all := int64(3 + n + 99)
	require.Equal(t, all*(all+1)/2, sum.Load(), "each has its own reply")
}

func TestCoalesceBoundsGroups(t *testing.T) {
	option := redistest.Shared(t).Option()
	option.BlockingPipeline = 10
	for name, of := range map[string]struct {
		option   rueidis.ClientOption
		n, bytes int
		want     []int
	}{
		"commands":             {n: 600, bytes: 1, want: []int{256, 256, 88}},
		"bytes":                {n: 6, bytes: 30_000, want: []int{2, 2, 2}},
		"too long":             {n: 0, bytes: 70_000},
		"the BlockingPipeline": {option: option, n: 20, bytes: 1, want: []int{9, 9, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			if of.option.InitAddress == nil {
				of.option = redistest.Shared(t).Option()
			}
			db, g := openGated(t, of.option, rueidistx.Coalesce())
			key, ctx := redistest.Key(t, "k"), redistest.Context(t)
			value := strings.Repeat("v", of.bytes)
			var wg sync.WaitGroup
			do := func(i int) { assert.NoError(t, db.Auto(ctx).Set(fmt.Sprint(key, i), value).Err()) }
			if of.n == 0 {
				do(0)
				require.Empty(t, g.groups())
				return
			}
			_, open := g.hold(t, &wg, do)
			for i := range of.n - 1 {
				wg.Go(func() { do(i) })
			}
			wait(t, of.n)
			open()
			wg.Wait()
			require.ElementsMatch(t, of.want, g.groups())
		})
	}
}

// TestCoalesceGivesUp lets contexts end before and after the group of their commands was sent.
func TestCoalesceGivesUp(t *testing.T) {
	db, g := openGated(t, redistest.Shared(t).Option(), rueidistx.Coalesce())
	key, ctx := redistest.Key(t, "k"), redistest.Context(t)
	first := func(int) { assert.NoError(t, db.Auto(ctx).Incr(key+"first").Err()) }
	for name, end := range map[string]func() (context.Context, func()){
		"cancelled": func() (context.Context, func()) { return context.WithCancel(ctx) },
		"of the caller's": func() (context.Context, func()) {
			ctx, cancel := context.WithCancel(ctx)
			return context.WithValue(ctx, new(int), 1), cancel
		},
	} {
		t.Run(name, func(t *testing.T) {
			var wg, left sync.WaitGroup
			_, open := g.hold(t, &wg, first)
			early, cancel := end()
			for i := range 10 {
				within, of := ctx, &wg
				if i%2 == 0 {
					within, of = early, &left
				}
				of.Go(func() {
					n, err := db.Auto(within).Incr(fmt.Sprint(key, i)).Value()
					if i%2 == 0 {
						assert.ErrorIs(t, err, rueidistx.ErrNotSent)
						assert.ErrorIs(t, err, context.Canceled)
						assert.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
					} else {
						assert.NoError(t, err)
						assert.Equal(t, int64(1), n, "the reply is its own")
					}
				})
			}
			wait(t, 11)
			cancel()
			left.Wait() // although the group was not sent yet
			open()
			wg.Wait()
			for i := range 10 {
				n, err := db.Auto(ctx).GetDel(fmt.Sprint(key, i)).Value()
				require.Equal(t, i%2 == 1, err == nil, "%d: %v, %v", i, n, err)
			}
		})
	}
	t.Run("all of a group", func(t *testing.T) {
		within, cancel := context.WithCancel(ctx)
		var wg, left sync.WaitGroup
		_, open := g.hold(t, &wg, first)
		for range 5 {
			left.Go(func() {
				assert.ErrorIs(t, db.Auto(within).Set(key, strings.Repeat("v", 64_000)).Err(), rueidistx.ErrNotSent)
			})
		}
		wait(t, 6)
		cancel()
		left.Wait()
		open()
		wg.Wait()
		require.NoError(t, db.Auto(ctx).Incr(key).Err())
		require.Empty(t, g.groups())
	})
	t.Run("sent", func(t *testing.T) {
		var wg sync.WaitGroup
		_, open := g.hold(t, &wg, first)
		open()
		wg.Wait()
		open = g.shut()
		within, cancel := context.WithCancel(t.Context()) // without a deadline
		wg.Go(func() {
			err := db.Auto(within).Set(key, "sent").Err()
			assert.ErrorIs(t, err, rueidistx.ErrUnknown)
			assert.ErrorIs(t, err, context.Canceled)
		})
		redistest.Eventually(t, "it is on its way", func() bool { return g.inside.Load() == 1 })
		cancel()
		wg.Wait()
		open()
		redistest.Eventually(t, "it was applied", func() bool { return db.Auto(ctx).Get(key).Or("") == "sent" })
	})
}

// TestCoalesceWithAClientThatPanics lets the client panic, or end the goroutine, while it has a group.
func TestCoalesceWithAClientThatPanics(t *testing.T) {
	for name, odd := range map[string]func(){"panic": func() { panic("mine") }, "Goexit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			db, g := openGated(t, redistest.Shared(t).Option(), rueidistx.Coalesce())
			key, ctx := redistest.Key(t, "k"), redistest.Context(t)
			var wg sync.WaitGroup
			var panicked, ended atomic.Int32
			do := func(int) {
				returned := false
				defer func() {
					if recover() == "mine" {
						panicked.Add(1)
					} else if !returned {
						ended.Add(1)
					}
				}()
				_ = db.Auto(ctx).Incr(key)
				returned = true
			}
			_, open := g.hold(t, &wg, do)
			for i := range 10 {
				wg.Go(func() { do(i) })
			}
			wait(t, 11)
			g.mu.Lock()
			g.odd = odd
			g.mu.Unlock()
			open()
			wg.Wait()
			want := [2]int32{11, 0} // those of the group
			if name == "Goexit" {
				want = [2]int32{0, 11}
			}
			require.Equal(t, want, [2]int32{panicked.Load(), ended.Load()})
			g.mu.Lock()
			g.odd = nil
			g.mu.Unlock()
			for range 20 {
				wg.Go(func() { assert.NoError(t, db.Auto(ctx).Incr(key).Err()) })
			}
			wg.Wait()
		})
	}
}

// TestCoalesceCloses closes a DB with commands on their way and others that wait: all are executed.
func TestCoalesceCloses(t *testing.T) {
	db, g := openGated(t, redistest.Shared(t).Option(), rueidistx.Coalesce())
	key, ctx := redistest.Key(t, "k"), redistest.Context(t)
	var wg sync.WaitGroup
	do := func(int) { assert.NoError(t, db.Auto(ctx).Incr(key).Err()) }
	n, open := g.hold(t, &wg, do)
	for i := range 10 {
		wg.Go(func() { do(i) })
	}
	wait(t, 11)
	closed := make(chan struct{})
	go func() {
		db.Close()
		close(closed)
	}()
	redistest.Eventually(t, "it is closing", func() bool { return strings.Contains(allStacks(), "(*coalesced).drain(") })
	require.ErrorIs(t, db.Auto(ctx).Incr(key).Err(), rueidis.ErrClosing)
	open()
	wg.Wait()
	<-closed
	applied, err := redistest.Shared(t).Do(t, "GET", key).AsInt64()
	require.NoError(t, err)
	require.EqualValues(t, 3+n+10, applied)
}

// TestCoalesceLeavesTheConnectionFast issues commands with contexts that can be cancelled, one after the other: rueidis, which
// would pipeline on the connection from then on, does not see them.
func TestCoalesceLeavesTheConnectionFast(t *testing.T) {
	t.Parallel()
	var contexts sync.Map
	db := openCluster(t, redistest.Shared(t).Option(), rueidistx.Coalesce(), rueidistx.Wrap(func(client rueidis.Client) rueidis.Client {
		return &wrapper{Client: client, do: func(ctx context.Context, c rueidis.Completed) rueidis.RedisResult {
			contexts.Store(ctx, true)
			return client.Do(ctx, c)
		}}
	}))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range 5 {
		require.NoError(t, db.Auto(ctx).Ping().Err())
	}
	within, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	require.NoError(t, db.Auto(within).Ping().Err())
	seen := map[any]bool{}
	for ctx := range contexts.Range {
		seen[ctx] = true
	}
	require.Equal(t, map[any]bool{context.Background(): true, within: true}, seen, "a deadline does not make it pipeline")
}

// TestCoalesceOnConnectionsThatBreak cuts connections again and again: reads are sent again unless the client does not want
// that, and what is said of writes is true.
func TestCoalesceOnConnectionsThatBreak(t *testing.T) {
	t.Parallel()
	for _, mode := range []outcometest.ClientMode{{Name: "sync"}, {Name: "pipelined", Pipelined: true}, {Name: "no retries", NoRetry: true}} {
		t.Run(mode.Name, func(t *testing.T) {
			t.Parallel()
			s := redistest.Shared(t)
			p := through(t, mode, s, rueidistx.Coalesce())
			key, ctx := redistest.Key(t, mode.Name), redistest.Context(t)
			require.NoError(t, p.Auto(ctx).Set(key, "v").Err())
			cuts := p.Proxy.Arm(faultproxy.Fault{Nth: 301, Every: true, Action: faultproxy.Cut, Phase: faultproxy.AfterCommand, DropReplies: true})
			var wg sync.WaitGroup
			var applied, unknown, lost atomic.Int64
			for g := range 32 {
				wg.Go(func() {
					for i := range 100 {
						if (g+i)%2 == 0 {
							v, err := p.Auto(ctx).Get(key).Value()
							if err != nil {
								lost.Add(1)
								continue
							}
							assert.Equal(t, "v", v)
							continue
						}
						err := p.Auto(ctx).Incr(key + "n").Err()
						switch rueidistx.OutcomeOf(err) {
						case rueidistx.Applied:
							applied.Add(1)
						case rueidistx.Unknown:
							unknown.Add(1)
						}
					}
				})
			}
			wg.Wait()
			p.Proxy.Disarm()
			there, err := s.Do(t, "GET", key+"n").AsInt64()
			require.NoError(t, err)
			require.GreaterOrEqual(t, there, applied.Load())
			require.LessOrEqual(t, there, applied.Load()+unknown.Load())
			require.Equal(t, mode.NoRetry, lost.Load() > 0, "%d reads were lost", lost.Load())
			t.Logf("%d cuts; writes: %d applied, %d unknown, %d there; %d reads lost", cuts.Fired(), applied.Load(), unknown.Load(), there, lost.Load())
		})
	}
}

func TestCoalesceShowsCommandsToHooks(t *testing.T) {
	t.Parallel()
	var units, odd atomic.Int32
	db := openCluster(t, redistest.Shared(t).Option(), rueidistx.Coalesce(), rueidistx.Hooks(&hook{
		before: func(ctx context.Context, _ *rueidistx.Unit) context.Context { return ctx },
		after: func(_ context.Context, u *rueidistx.Unit) {
			units.Add(1)
			if u.Way != rueidistx.WayAuto || u.Len != 1 || u.Outcome != rueidistx.Applied {
				odd.Add(1)
			}
		},
	}))
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { assert.NoError(t, db.Auto(redistest.Context(t)).Incr(redistest.Key(t, "k")).Err()) })
	}
	wg.Wait()
	require.Equal(t, [2]int32{50, 0}, [2]int32{units.Load(), odd.Load()})
}

func TestCoalesceAllocatesNothingForOneGoroutine(t *testing.T) {
	ctx, key := context.Background(), redistest.Key(t, "k")
	option := redistest.Shared(t).Option()
	option.PipelineMultiplex = -1 // so that no other connection is made meanwhile
	var allocated []float64
	for _, options := range [][]rueidistx.Option{nil, {rueidistx.Coalesce()}} {
		db := openCluster(t, option, options...)
		require.NoError(t, db.Auto(ctx).Set(key, "v").Err())
		allocated = append(allocated, testing.AllocsPerRun(200, func() { _ = db.Auto(ctx).Get(key).Err() }))
	}
	require.Equal(t, allocated[0], allocated[1])
}

// TestCoalesceGivesUpWhatWasSentBefore lets a context end while a command waits to be sent a second time.
func TestCoalesceGivesUpWhatWasSentBefore(t *testing.T) {
	redistest.Long(t)
	option := redistest.Shared(t).Option()
	option.RetryDelay = func(int, rueidis.Completed, error) time.Duration { return time.Second }
	lost := rueidistx.Wrap(func(client rueidis.Client) rueidis.Client {
		return &wrapper{Client: client, do: func(ctx context.Context, c rueidis.Completed) rueidis.RedisResult {
			if c.Commands()[0] != "INCR" {
				return client.Do(ctx, c)
			}
			_ = client.Do(ctx, c.Pin()) // as a connection that breaks leaves it
			return rueidis.NewErrorResult(io.EOF)
		}}
	})
	db, g := openGated(t, option, rueidistx.Coalesce(), lost)
	key := redistest.Key(t, "k")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var wg, twice sync.WaitGroup
	twice.Go(func() {
		auto := db.Auto(ctx)
		err := rueidistx.Queue(auto, auto.B().Incr().Key(key).Build().ToRetryable(), rueidistx.AsInt64).Err()
		assert.ErrorIs(t, err, rueidistx.ErrUnknown)
	})
	redistest.Eventually(t, "it was applied", func() bool { return exists(t, key) })
	_, open := g.hold(t, &wg, func(int) { assert.NoError(t, db.Auto(context.Background()).Exists(key).Err()) })
	wait(t, 2)
	cancel()
	twice.Wait()
	open()
	wg.Wait()
}

func exists(t *testing.T, key string) bool {
	n, err := redistest.Shared(t).Do(t, "EXISTS", key).AsInt64()
	return err == nil && n == 1
}
