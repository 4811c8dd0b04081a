package rueidistx_test

import (
	"context"
	"errors"
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

// observer is a hook that keeps what it sees.
type observer struct {
	mu       sync.Mutex
	begun    int
	units    []sighting
	attempts []sighting

	onAttempt func(u *rueidistx.Unit) // after each
}

// sighting is what a hook saw of a unit.
type sighting struct {
	rueidistx.Unit
	names  string
	class  string
	within any // what the context of Before had
}

type withinKey struct{}

func see(ctx context.Context, u *rueidistx.Unit) sighting {
	return sighting{*u, strings.Join(slices.Collect(u.Names()), " "), u.Class(), ctx.Value(withinKey{})}
}

func (o *observer) Before(ctx context.Context, u *rueidistx.Unit) context.Context {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.begun++
	return context.WithValue(ctx, withinKey{}, u.ID)
}

func (o *observer) After(ctx context.Context, u *rueidistx.Unit) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.units = append(o.units, see(ctx, u))
}

func (o *observer) BeforeAttempt(ctx context.Context, u *rueidistx.Unit) context.Context {
	return context.WithValue(ctx, withinKey{}, [2]uint64{ctx.Value(withinKey{}).(uint64), uint64(u.Attempt)})
}

func (o *observer) AfterAttempt(ctx context.Context, u *rueidistx.Unit) {
	if o.onAttempt != nil {
		o.onAttempt(u)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.attempts = append(o.attempts, see(ctx, u))
}

// take returns what was seen since, and makes sure that each Before had its After, and each attempt its unit.
func (o *observer) take(t *testing.T) (units, attempts []sighting) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	require.Len(t, o.units, o.begun)
	n := 0
	for _, u := range o.units {
		require.Equal(t, u.ID, u.within)
		require.NotEmpty(t, u.Way)
		require.Equal(t, rueidistx.OutcomeOf(u.Err), u.Outcome)
		require.Positive(t, u.Took)
		n += u.Attempt
	}
	require.Len(t, o.attempts, n)
	for _, a := range o.attempts {
		require.Equal(t, [2]uint64{a.ID, uint64(a.Attempt)}, a.within)
		require.Equal(t, rueidistx.OutcomeOf(a.Err), a.Outcome)
	}
	units, attempts = o.units, o.attempts
	o.units, o.attempts, o.begun = nil, nil, 0
	return units, attempts
}

// one returns the only unit that was seen since, with its only attempt.
func (o *observer) one(t *testing.T) sighting {
	t.Helper()
	units, attempts := o.take(t)
	require.Len(t, units, 1)
	require.Len(t, attempts, units[0].Attempt)
	return same(t, units[0], attempts)
}

// last returns the last unit that was seen since, with its only attempt.
func (o *observer) last(t *testing.T) sighting {
	t.Helper()
	units, attempts := o.take(t)
	return same(t, units[len(units)-1], attempts)
}

// same returns a unit of one attempt, about which hooks learn the same.
func same(t *testing.T, u sighting, attempts []sighting) sighting {
	t.Helper()
	if u.Attempt == 0 {
		return u
	}
	a := attempts[len(attempts)-1]
	require.Equal(t, []any{u.ID, u.Way, 1, u.Len, u.Slot, u.names, u.Err}, []any{a.ID, a.Way, u.Attempt, a.Len, a.Slot, a.names, a.Err})
	require.LessOrEqual(t, a.Took, u.Took)
	return u
}

// wayOf is the way that hooks are told.
func wayOf(w ways.Way) rueidistx.Way {
	switch {
	case w.Now:
		return rueidistx.WayAuto
	case w.Name == "Watch":
		return rueidistx.WayWatch
	case w.Type == "Batch":
		return rueidistx.WayBatch
	case w.Type == "Choice":
		return rueidistx.WayIf
	}
	return rueidistx.WayTransact
}

// namesOfFour are those of runFour.
func namesOfFour(w ways.Way) string {
	switch {
	case w.Now:
		return "INCR"
	case w.Name == "Watch":
		return "TIME GET INCR SET INCR"
	}
	return "GET INCR SET INCR"
}

func TestHooksSeeEachUnit(t *testing.T) {
	t.Parallel()
	for name, option := range map[string]rueidis.ClientOption{
		"server": redistest.Shared(t).Option(), "cluster": redistest.SharedCluster(t).Option(),
	} {
		for _, dedicated := range []bool{false, true} {
			var o observer
			with := []rueidistx.Option{rueidistx.Hooks(nil, &o)}
			if dedicated {
				name, with = name+", dedicated", append(with, rueidistx.DedicatedTransactions(0))
			}
			t.Run(name, func(t *testing.T) {
				db, last := openCluster(t, option, with...), uint64(0)
				for _, w := range ways.All {
					t.Run(w.Name, func(t *testing.T) {
						key := redistest.Key(t, "")
						futures, err := runFour(redistest.Context(t), w, db, key)
						require.NoError(t, err)
						u := o.last(t) // in a cluster, ways.If may first be refused
						require.Greater(t, u.ID, last)
						last = u.ID
						require.Equal(t, wayOf(w), u.Way)
						require.NoError(t, u.Err)
						require.Empty(t, u.class)
						require.Equal(t, namesOfFour(w), strings.ReplaceAll(u.names, "TIME ", ifWatch(w)))
						require.Equal(t, len(strings.Fields(u.names)), u.Len)
						require.NotEmpty(t, futures)
						slot := -1
						if strings.HasPrefix(name, "cluster") && w.Type != "Batch" {
							slot = int(rueidistx.Slot(key))
						}
						require.Equal(t, slot, u.Slot)
					})
				}
			})
		}
	}
}

// ifWatch keeps the read of a Watch in its names.
func ifWatch(w ways.Way) string {
	if w.Name == "Watch" {
		return "TIME "
	}
	return ""
}

func TestHooksSeeEachAttempt(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	var o observer
	db := openCluster(t, s.Option(), rueidistx.Hooks(&o))
	key, ctx := redistest.Key(t, ""), redistest.Context(t)
	require.NoError(t, db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
		if err := r.Get(key).Default("").Err(); err != nil {
			return err
		}
		_, err := r.Exists(key).Value()
		if r.Attempt() < 3 {
			s.Do(t, "INCR", key)
		}
		tx.Incr(key)
		return err
	}, rueidistx.Backoff(time.Millisecond, time.Millisecond)))
	units, attempts := o.take(t)
	require.Len(t, units, 1)
	require.Equal(t, 3, units[0].Attempt)
	require.Equal(t, "GET EXISTS INCR", units[0].names)
	require.NoError(t, units[0].Err)
	for i, a := range attempts {
		require.Equal(t, i+1, a.Attempt)
		require.Equal(t, "GET EXISTS INCR", a.names)
		require.Equal(t, i < 2, errors.Is(a.Err, rueidistx.ErrConflict))
		require.Less(t, a.Took, units[0].Took)
	}
	require.Equal(t, "conflict", attempts[0].class)
}

func TestHooksSeeRetries(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	for _, w := range []ways.Way{ways.Transact, ways.Watch, ways.If, ways.IfWatch} {
		t.Run(w.Name, func(t *testing.T) {
			o := observer{onAttempt: func(u *rueidistx.Unit) {
				if u.Attempt == 2 {
					s.Do(t, "CONFIG", "SET", "min-replicas-to-write", "0")
				}
			}}
			db := openCluster(t, s.Option(), rueidistx.Hooks(&o))
			outcometest.RequireUsable(t, db)
			o.take(t)
			s.Do(t, "CONFIG", "SET", "min-replicas-to-write", "1")
			_, err := runFour(redistest.Context(t), w, db, redistest.Key(t, ""))
			require.NoError(t, err)
			units, attempts := o.take(t)
			require.Len(t, units, 1)
			require.Equal(t, 3, units[0].Attempt)
			require.NoError(t, units[0].Err)
			for _, a := range attempts[:2] {
				require.Equal(t, "NOREPLICAS", a.class)
				require.Equal(t, rueidistx.NotApplied, a.Outcome)
				require.Equal(t, wayOf(w), a.Way)
			}
			require.NoError(t, attempts[2].Err)
		})
	}
}

func TestHooksSeeOutcomes(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	own := errors.New("own")
	lost := func(p *outcometest.Proxied, w ways.Way) {
		fault := faultproxy.Fault{If: func(argv []string) bool { return argv[0] != "PING" }, Phase: faultproxy.AfterCommand}
		if w.Name == ways.IfWatch.Name {
			fault.Command = "EXEC" // a read that is lost is repeated
		}
		p.Proxy.Arm(fault)
	}
	cases := []struct {
		name    string
		before  func(p *outcometest.Proxied, w ways.Way)
		queue   func(c *rueidistx.Commands, key string) error
		outcome rueidistx.Outcome
		class   string
		but     string // ways in which this cannot be
	}{
		{name: "nil reply", queue: func(c *rueidistx.Commands, key string) error { c.Get(key); return nil }, outcome: rueidistx.Applied},
		{name: "failed", queue: func(c *rueidistx.Commands, key string) error {
			c.Set(key, "v")
			c.LPush(key, "v")
			return nil
		}, outcome: rueidistx.Applied, class: "WRONGTYPE", but: "Auto"},
		{name: "refused", queue: func(c *rueidistx.Commands, key string) error {
			rueidistx.Queue(c, c.B().Arbitrary("RESET").Build(), rueidistx.AsString)
			return nil
		}, outcome: rueidistx.NotApplied, class: "forbidden"},
		{name: "invalid", queue: func(c *rueidistx.Commands, key string) error { c.HSet(key); return nil },
			outcome: rueidistx.NotApplied, class: "invalid"},
		{name: "closure's error", queue: func(c *rueidistx.Commands, key string) error { c.Incr(key); return own },
			outcome: rueidistx.NotApplied, class: "discarded", but: "Auto Batch Atomic If IfWatch"},
		{name: "lost reply", before: lost, queue: func(c *rueidistx.Commands, key string) error { c.Incr(key); return nil },
			outcome: rueidistx.Unknown, class: "connection"},
	}
	for _, c := range cases {
		for _, w := range ways.All {
			if slices.Contains(strings.Fields(c.but), strings.ReplaceAll(w.Name, " by WATCH", "Watch")) {
				continue
			}
			t.Run(c.name+", "+w.Name, func(t *testing.T) {
				t.Parallel()
				var o observer
				p := through(t, outcometest.Modes()[0], s, rueidistx.Hooks(&o)).Warm(t)
				o.take(t)
				if c.before != nil {
					c.before(p, w)
				}
				err := runOwn(redistest.Context(t), w, p.DB, func(u *rueidistx.Commands) error { return c.queue(u, redistest.Key(t, "")) })
				units, _ := o.take(t)
				require.Len(t, units, 1)
				u := units[0]
				if !w.Now {
					require.Equal(t, err, u.Err)
				}
				require.Equal(t, c.outcome, u.Outcome)
				require.Equal(t, c.class, u.class)
			})
		}
	}
}

// runOwn is w.Run for a closure that may return an error of its own.
func runOwn(ctx context.Context, w ways.Way, db *rueidistx.DB, queue func(c *rueidistx.Commands) error) error {
	if !w.Managed {
		return w.Run(ctx, db, func(c *rueidistx.Commands) { _ = queue(c) })
	}
	return w.RunClosure(ctx, db, func(u ways.Unit) error { return queue(ways.CommandsOf(u)) })
}
