package rueidistx_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// hook is a Hook of functions.
type hook struct {
	before func(ctx context.Context, u *rueidistx.Unit) context.Context
	after  func(ctx context.Context, u *rueidistx.Unit)
}

func (h *hook) Before(ctx context.Context, u *rueidistx.Unit) context.Context {
	return h.before(ctx, u)
}
func (h *hook) After(ctx context.Context, u *rueidistx.Unit) { h.after(ctx, u) }

// TestHooksGiveContexts to those behind them: to other hooks, to the wrapper of the client.
func TestHooksGiveContexts(t *testing.T) {
	t.Parallel()
	var order []string
	note := func(name string) *hook {
		return &hook{
			before: func(ctx context.Context, _ *rueidistx.Unit) context.Context {
				path, _ := ctx.Value(withinKey{}).(string)
				order = append(order, "before "+name)
				return context.WithValue(ctx, withinKey{}, path+name)
			},
			after: func(ctx context.Context, _ *rueidistx.Unit) {
				order = append(order, fmt.Sprintf("after %s in %v", name, ctx.Value(withinKey{})))
			},
		}
	}
	var mu sync.Mutex
	var sent []any
	spy := func(ctx context.Context) {
		mu.Lock()
		defer mu.Unlock()
		sent = append(sent, ctx.Value(withinKey{}))
	}
	for _, dedicated := range []bool{false, true} {
		with := []rueidistx.Option{rueidistx.Hooks(note("a"), note("b")), rueidistx.Hooks(note("c")), rueidistx.Wrap(spyOn(spy))}
		if dedicated {
			with = append(with, rueidistx.DedicatedTransactions(0))
		}
		db := openCluster(t, redistest.Shared(t).Option(), with...)
		_, err := runFour(redistest.Context(t), ways.Transact, db, redistest.Key(t, "")) // asks whether MULTI is allowed
		require.NoError(t, err)
		for _, w := range ways.All {
			order, sent = nil, nil
			_, err := runFour(redistest.Context(t), w, db, redistest.Key(t, w.Name))
			require.NoError(t, err)
			require.Equal(t, []string{"before a", "before b", "before c", "after c in abc", "after b in ab", "after a in a"}, order)
			mu.Lock()
			require.Equal(t, slices.Repeat([]any{"abc"}, len(sent)), sent, w.Name)
			require.NotEmpty(t, sent)
			mu.Unlock()
		}
	}
}

// spyOn returns a function for Wrap that shows the contexts of commands.
func spyOn(spy func(ctx context.Context)) func(rueidis.Client) rueidis.Client {
	return func(client rueidis.Client) rueidis.Client {
		return &wrapper{
			Client: client,
			do: func(ctx context.Context, c rueidis.Completed) rueidis.RedisResult {
				spy(ctx)
				return client.Do(ctx, c)
			},
			doMulti: func(ctx context.Context, c []rueidis.Completed) []rueidis.RedisResult {
				spy(ctx)
				return client.DoMulti(ctx, c...)
			},
			dedicate: func() (rueidis.DedicatedClient, func()) {
				dedicated, cancel := client.Dedicate()
				return &spiedOn{dedicated, spy}, cancel
			},
		}
	}
}

type spiedOn struct {
	rueidis.DedicatedClient
	spy func(ctx context.Context)
}

func (s *spiedOn) DoMulti(ctx context.Context, c ...rueidis.Completed) []rueidis.RedisResult {
	if c[0].Commands()[0] != "PING" { // before it is given back, some time later
		s.spy(ctx)
	}
	return s.DedicatedClient.DoMulti(ctx, c...)
}

// TestHooksThatMisbehave leave units as they are. It is not parallel, as it reads what the standard logger prints.
func TestHooksThatMisbehave(t *testing.T) {
	var printed bytes.Buffer
	defer log.SetOutput(log.Writer())
	log.SetOutput(&printed)
	for name, h := range map[string]rueidistx.Hook{
		"panics":      &panicking{},
		"nil pointer": (*hook)(nil),
		"nil context": &hook{
			before: func(context.Context, *rueidistx.Unit) context.Context { return nil },
			after:  func(context.Context, *rueidistx.Unit) { panic("after") },
		},
	} {
		t.Run(name, func(t *testing.T) {
			var o observer
			db := openCluster(t, redistest.Shared(t).Option(), rueidistx.Hooks(h, &o, h))
			for _, w := range ways.All {
				printed.Reset()
				_, err := runFour(redistest.Context(t), w, db, redistest.Key(t, w.Name))
				require.NoError(t, err)
				require.NoError(t, o.one(t).Err)
				require.Contains(t, printed.String(), fmt.Sprintf("After of the hook %T panicked", h))
				require.NotContains(t, printed.String(), redistest.Key(t, w.Name))
			}
		})
	}
}

// panicking is an AttemptHook that always panics.
type panicking struct{}

func (*panicking) Before(context.Context, *rueidistx.Unit) context.Context        { panic("before") }
func (*panicking) After(context.Context, *rueidistx.Unit)                         { panic("after") }
func (*panicking) BeforeAttempt(context.Context, *rueidistx.Unit) context.Context { panic("before") }
func (*panicking) AfterAttempt(context.Context, *rueidistx.Unit)                  { panic("after") }

// TestHooksSeeGoroutinesEnd by a panic or runtime.Goexit, in the closure or in the client.
func TestHooksSeeGoroutinesEnd(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(){"panic": func() { panic("own") }, "Goexit": runtime.Goexit} {
		var armed bool
		var o observer
		db := openCluster(t, redistest.Shared(t).Option(), rueidistx.Hooks(&o), rueidistx.Wrap(spyOn(func(context.Context) {
			if armed {
				armed = false
				end()
			}
		})))
		for _, w := range ways.All {
			apart := func(run func()) sighting {
				_, err := runFour(redistest.Context(t), w, db, redistest.Key(t, name+w.Name))
				require.NoError(t, err)
				o.take(t)
				var wait sync.WaitGroup
				wait.Go(func() {
					defer func() { _ = recover() }()
					run()
				})
				wait.Wait()
				armed = false
				units, _ := o.take(t)
				require.Len(t, units, 1)
				return units[0]
			}
			t.Run(name+" in the client, "+w.Name, func(t *testing.T) {
				u := apart(func() {
					armed = true
					_, _ = runFour(redistest.Context(t), w, db, redistest.Key(t, ""))
				})
				require.Equal(t, wayOf(w), u.Way)
				if w.Name != ways.IfWatch.Name { // a read that is lost is repeated
					require.Equal(t, rueidistx.Unknown, u.Outcome)
				}
			})
			if w.Managed && w.Type != "Choice" {
				t.Run(name+" in the closure, "+w.Name, func(t *testing.T) {
					u := apart(func() {
						_ = w.RunClosure(redistest.Context(t), db, func(u ways.Unit) error {
							u.Incr(redistest.Key(t, ""))
							end()
							return nil
						})
					})
					require.ErrorIs(t, u.Err, rueidistx.ErrDiscarded)
					require.Equal(t, rueidistx.NotApplied, u.Outcome)
					require.Equal(t, "INCR", strings.TrimPrefix(u.names, "TIME "))
				})
			}
		}
	}
}

// TestHooksSeeWhatWasSentBeforeAPanic, of which the panic leaves no error for the caller.
func TestHooksSeeWhatWasSentBeforeAPanic(t *testing.T) {
	t.Parallel()
	var o observer
	p := through(t, outcometest.Modes()[0], redistest.Shared(t), rueidistx.Hooks(&o)).Warm(t)
	ctx := redistest.Context(t)
	chunks := func(n int, fails func(done int)) func() {
		return func() {
			_ = p.Execute(ctx, func(b *rueidistx.Batch) error {
				for range 10 {
					b.Incr(redistest.Key(t, ""))
				}
				return nil
			}, rueidistx.Chunk(n), rueidistx.Progress(func(done, _ int) { fails(done) }))
		}
	}
	lose := func() { p.Proxy.Arm(faultproxy.Fault{Command: "INCR", Phase: faultproxy.AfterCommand}) }
	e := entity(t)
	for name, c := range map[string]struct {
		run     func()
		outcome rueidistx.Outcome
	}{
		"first chunk":  {chunks(3, func(int) { panic("own") }), rueidistx.Applied},
		"only chunk":   {chunks(100, func(int) { panic("own") }), rueidistx.Applied},
		"lost chunk":   {func() { lose(); chunks(3, func(int) { panic("own") })() }, rueidistx.Unknown},
		"second chunk": {func() { chunks(3, func(done int) { lose(); panicIf(done == 6) })() }, rueidistx.Unknown},
		"Once": {func() {
			p.Proxy.Arm(faultproxy.Fault{Command: "EXEC", Action: faultproxy.CutHold}) // it may still arrive
			runs := 0
			_ = p.Watch(ctx, func(_ *rueidistx.Reader, tx *rueidistx.Tx) error {
				runs++
				panicIf(runs == 2)
				tx.Incr(e.Key("n"))
				return nil
			}, rueidistx.Once(e.Mark("panic"), time.Minute))
		}, rueidistx.Unknown},
	} {
		redistest.Eventually(t, "connected", func() bool { return p.Auto(ctx).Ping().Err() == nil })
		o.take(t)
		func() {
			defer func() { require.NotNil(t, recover(), name) }()
			c.run()
		}()
		p.Proxy.Disarm()
		units, _ := o.take(t)
		require.Len(t, units, 1, name)
		require.Equal(t, c.outcome, units[0].Outcome, "%s: %v", name, units[0].Err)
	}
}

func panicIf(now bool) {
	if now {
		panic("own")
	}
}

// TestHooksSeeMisuse: a second Exec, one inside the closure, a Choice and a Batch of no DB.
func TestHooksSeeMisuse(t *testing.T) {
	t.Parallel()
	var o observer
	db, ctx := openCluster(t, redistest.Shared(t).Option(), rueidistx.Hooks(&o)), redistest.Context(t)
	for _, w := range ways.OfEachKind {
		if w.Now {
			continue
		}
		u := w.Unit(db)
		u.Incr(redistest.Key(t, ""))
		require.NoError(t, u.Exec(ctx))
		require.NoError(t, o.one(t).Err)
		require.ErrorIs(t, u.Exec(ctx), rueidistx.ErrDone)
		again := o.one(t)
		require.Equal(t, []any{"done", 0, ""}, []any{again.class, again.Len, again.names})
	}
	require.NoError(t, db.Transact(ctx, func(tx *rueidistx.Tx) error {
		require.ErrorIs(t, tx.Exec(ctx), rueidistx.ErrDone)
		tx.Discard()
		return nil
	}))
	require.Zero(t, o.one(t).Len)
	require.ErrorIs(t, db.Watch(ctx, nil), rueidistx.ErrInvalid)
	require.ErrorIs(t, new(rueidistx.Batch).Exec(ctx), rueidistx.ErrInvalid)
	_, err := new(rueidistx.Choice).Exec(ctx)
	require.ErrorIs(t, err, rueidistx.ErrInvalid)
	units, _ := o.take(t)
	require.Empty(t, units)
}

// TestHooksSeePortions of what is one unit to the caller, or several.
func TestHooksSeePortions(t *testing.T) {
	t.Parallel()
	c := redistest.SharedCluster(t)
	var o observer
	db, ctx := openCluster(t, c.Option(), rueidistx.Hooks(&o)), redistest.Context(t)

	require.NoError(t, db.Execute(ctx, func(b *rueidistx.Batch) error {
		for range 25 {
			b.Set(redistest.Key(t, ""), "v")
		}
		b.Get(redistest.Key(t, ""))
		return nil
	}, rueidistx.Chunk(10)))
	u := o.one(t)
	require.Equal(t, 26, u.Len)
	require.Equal(t, "SET SET SET SET SET GET", u.names)

	require.NoError(t, db.EachPrimary(ctx, func(_ string, b *rueidistx.Batch) error { b.Ping(); return nil }))
	units, _ := o.take(t)
	ids := map[uint64]bool{}
	for _, u := range units {
		ids[u.ID] = true
	}
	require.Len(t, ids, len(units))
	require.Equal(t, 3, len(slices.DeleteFunc(units, func(u sighting) bool { return u.names != "PING" || u.Way != rueidistx.WayBatch })))
}

// TestHooksSeeWhatRunsScripts and functions, and loads them.
func TestHooksSeeWhatRunsScripts(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	if !s.Since("7.0") {
		t.Skip("functions are of Redis 7.0")
	}
	var o observer
	db, ctx := openCluster(t, s.Option(), rueidistx.Hooks(&o)), redistest.Context(t)
	library := rueidistx.NewLibrary("hooked", `redis.register_function('one', function() return 1 end)`)
	one := rueidistx.NewFunction(library, "one", rueidistx.AsInt64)
	for _, c := range []struct {
		names string
		run   func() error
	}{
		{"FUNCTION LOAD", func() error { return library.Load(ctx, db) }},
		{"FCALL", func() error { _, err := one.Run(ctx, db, []string{redistest.Key(t, "")}); return err }},
		{"EVALSHA", func() error { _, err := counting.Run(ctx, db, []string{redistest.Key(t, "")}); return err }},
		{"SCRIPT", func() error { return counting.Load(ctx, db) }},
	} {
		require.NoError(t, c.run(), c.names)
		require.Equal(t, c.names, o.one(t).names)
	}
}

// TestUnitsWithoutHooksAllocateAsBefore: a unit with room for its commands, and its plan if there is none in the pool.
func TestUnitsWithoutHooksAllocateAsBefore(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates too: run without -race")
	}
	db := newCannery(t).db
	most := map[string]float64{"Batch": 2, "Tx": 3, "If": 5}
	condition := rueidistx.Exists("k")
	for name, create := range map[string]func(){
		"Batch": func() { _ = db.Batch() },
		"Tx":    func() { _ = db.Atomic() },
		"If":    func() { _ = db.If(condition) },
	} {
		require.LessOrEqual(t, testing.AllocsPerRun(200, create), most[name], name)
	}
}
