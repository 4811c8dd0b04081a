package rueidistx_test

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// caller is an AttemptHook that notes the calls of its methods, and ends the goroutine in one of them.
type caller struct {
	name, ends string
	mu         *sync.Mutex
	calls      *[]string
}

func (c *caller) note(method string) {
	c.mu.Lock()
	*c.calls = append(*c.calls, c.name+method)
	c.mu.Unlock()
	if method == c.ends {
		runtime.Goexit()
	}
}

func (c *caller) Before(ctx context.Context, _ *rueidistx.Unit) context.Context {
	c.note("Before")
	return ctx
}

func (c *caller) BeforeAttempt(ctx context.Context, _ *rueidistx.Unit) context.Context {
	c.note("BeforeAttempt")
	return ctx
}
func (c *caller) AfterAttempt(context.Context, *rueidistx.Unit) { c.note("AfterAttempt") }
func (c *caller) After(context.Context, *rueidistx.Unit)        { c.note("After") }

// TestHookEndsTheGoroutine lets the second of three hooks end the goroutine: each hook whose Before has returned gets its
// After, and the same for attempts.
func TestHookEndsTheGoroutine(t *testing.T) {
	t.Parallel()
	whole := []string{"1Before", "2Before", "3Before", "1BeforeAttempt", "2BeforeAttempt", "3BeforeAttempt",
		"3AfterAttempt", "2AfterAttempt", "1AfterAttempt", "3After", "2After", "1After"}
	for ends, want := range map[string][]string{
		"Before":        {"1Before", "2Before", "1After"},
		"BeforeAttempt": {"1Before", "2Before", "3Before", "1BeforeAttempt", "2BeforeAttempt", "1AfterAttempt", "3After", "2After", "1After"},
		"AfterAttempt":  whole,
		"After":         whole,
	} {
		var mu sync.Mutex
		var calls []string
		db := openCluster(t, redistest.Shared(t).Option(), rueidistx.Hooks(
			&caller{"1", "", &mu, &calls}, &caller{"2", ends, &mu, &calls}, &caller{"3", "", &mu, &calls}))
		for way, run := range map[string]func(){
			"auto":     func() { _ = db.Auto(t.Context()).Ping().Err() },
			"transact": func() { _ = db.Transact(t.Context(), func(tx *rueidistx.Tx) error { tx.Ping(); return nil }) },
			"watch": func() {
				_ = db.Watch(t.Context(), func(_ *rueidistx.Reader, tx *rueidistx.Tx) error { tx.Ping(); return nil })
			},
			"batch": func() { _ = db.Execute(t.Context(), func(b *rueidistx.Batch) error { b.Ping(); return nil }) },
		} {
			calls = nil
			done := make(chan struct{})
			go func() {
				defer close(done)
				run()
			}()
			<-done
			require.Equal(t, want, slices.Clone(calls), "%s in %s", ends, way)
		}
	}
}

// TestHooksOfAGoroutineThatAHookEnds are told what has become of the unit: nothing has been sent before the attempt, and what was
// sent is known after it. The futures are settled.
func TestHooksOfAGoroutineThatAHookEnds(t *testing.T) {
	t.Parallel()
	for _, ends := range []string{"Before", "BeforeAttempt", "AfterAttempt"} {
		var mu sync.Mutex
		var calls []string
		var o observer
		db := openCluster(t, redistest.Shared(t).Option(), rueidistx.Hooks(&o, &caller{"", ends, &mu, &calls}))
		for _, w := range ways.All {
			key := redistest.Key(t, ends+w.Name)
			var wait sync.WaitGroup
			var futures []outcometest.Settled
			wait.Go(func() {
				_ = w.Run(redistest.Context(t), db, func(c *rueidistx.Commands) { futures = append(futures, c.Incr(key+"1")) })
			})
			wait.Wait()
			applied := ends == "AfterAttempt"
			require.Equal(t, map[bool]string{true: "1--", false: "---"}[applied], outcometest.Traces(t, redistest.Shared(t), key), w.Name)
			units, _ := o.take(t)
			require.Len(t, units, 1, w.Name)
			if applied {
				require.Equal(t, rueidistx.Applied, units[0].Outcome, "%s: %v", w.Name, units[0].Err)
				for _, f := range futures {
					require.NoError(t, f.Err(), w.Name)
				}
				continue
			}
			require.Equal(t, rueidistx.NotApplied, units[0].Outcome, w.Name)
			require.Equal(t, "panicked", units[0].Class(), w.Name)
			for _, f := range futures {
				outcometest.RequireVerdict(t, f.Err(), rueidistx.NotApplied, rueidistx.ErrDiscarded)
			}
		}
	}
}

// TestHookOfOnceValueIsToldWhatTheCallerIs: that its commit was found later is no error, nor is that it is repeated.
func TestHookOfOnceValueIsToldWhatTheCallerIs(t *testing.T) {
	t.Parallel()
	s, key := redistest.Shared(t), redistest.Key(t, "k")
	var seen []error
	p := through(t, outcometest.ClientModes[0], s, rueidistx.Hooks(&hook{
		before: func(ctx context.Context, _ *rueidistx.Unit) context.Context { return ctx },
		after:  func(_ context.Context, u *rueidistx.Unit) { seen = append(seen, u.Err) },
	}))
	pay := func() (bool, error) {
		_, repeated, err := rueidistx.OnceValue(redistest.Context(t), p.DB, rueidistx.Tag("bank", key).Mark("m"), time.Hour,
			func(_ *rueidistx.Reader, tx *rueidistx.Tx) (int, error) {
				tx.Incr(rueidistx.Tag("bank", key).Key("n"))
				return 1, nil
			})
		return repeated, err
	}
	lost := p.Proxy.Arm(faultproxy.Fault{Unit: true, Phase: faultproxy.AfterCommand, Action: faultproxy.Cut, DropReplies: true})
	repeated, err := pay()
	require.NoError(t, err)
	require.False(t, repeated)
	require.Equal(t, 1, lost.Fired())
	repeated, err = pay()
	require.NoError(t, err)
	require.True(t, repeated)
	_, _, err = rueidistx.OnceValue(redistest.Context(t), p.DB, rueidistx.Tag("bank", key).Mark("m"), time.Hour,
		func(*rueidistx.Reader, *rueidistx.Tx) (string, error) { return "", nil })
	require.ErrorIs(t, err, rueidistx.ErrDecode)
	require.Equal(t, []error{nil, nil, err}, seen)
}

func TestLoadOfALibraryThatDoesNotCompileIsRejected(t *testing.T) {
	t.Parallel()
	db := openCluster(t, redistest.Shared(t).Option())
	err := rueidistx.NewLibrary("broken", "redis.register_function( this is not Lua").Load(redistest.Context(t), db)
	require.ErrorIs(t, err, rueidistx.ErrRejected)
	require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
}
