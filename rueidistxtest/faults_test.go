package rueidistxtest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/rueidistxtest"
)

// way is a way to run commands that increments the value of a key.
type way struct {
	name    string
	run     func(ctx context.Context, db *rueidistx.DB, key string) error
	once    bool // it finds out what became of it
	watches bool
}

var incr = rueidistx.NewScript(`return redis.call('INCR', KEYS[1])`, rueidistx.AsInt64)

// increment is a closure of a Watch.
func increment(key string) func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
	return func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
		if _, err := rueidistx.Int(r.Get(key).Default("0")).Value(); err != nil {
			return err
		}
		tx.Incr(key)
		return nil
	}
}

func queued(key string) func(tx *rueidistx.Tx) error {
	return func(tx *rueidistx.Tx) error {
		tx.Get(key)
		tx.Incr(key)
		return nil
	}
}

func mark(key string) rueidistx.Mark { return rueidistx.TagOf(key).Mark("count") }

// done makes ErrRepliesLost, which says that this call was applied, no error.
func done(err error) error {
	if errors.Is(err, rueidistx.ErrRepliesLost) {
		return nil
	}
	return err
}

func choose(options ...rueidistx.ChoiceOption) func(ctx context.Context, db *rueidistx.DB, key string) error {
	return func(ctx context.Context, db *rueidistx.DB, key string) error {
		c := db.If(rueidistx.Missing("other"))
		c.Then.Incr(key)
		_, err := c.Exec(ctx, options...)
		return err
	}
}

var everyWay = []way{
	{name: "Auto", run: func(ctx context.Context, db *rueidistx.DB, key string) error { return db.Auto(ctx).Incr(key).Err() }},
	{name: "Batch", run: func(ctx context.Context, db *rueidistx.DB, key string) error {
		b := db.Batch()
		b.Get(key)
		b.Incr(key)
		b.Get(key)
		return b.Exec(ctx)
	}},
	{name: "Atomic", run: func(ctx context.Context, db *rueidistx.DB, key string) error {
		tx := db.Atomic()
		defer tx.Discard()
		_ = queued(key)(tx)
		return tx.Exec(ctx)
	}},
	{name: "Transact", run: func(ctx context.Context, db *rueidistx.DB, key string) error { return db.Transact(ctx, queued(key)) }},
	{name: "Watch", watches: true, run: func(ctx context.Context, db *rueidistx.DB, key string) error {
		return db.Watch(ctx, increment(key))
	}},
	{name: "Watch in one trip", watches: true, run: func(ctx context.Context, db *rueidistx.DB, key string) error {
		return db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
			r.Get(key)
			tx.Incr(key)
			return nil
		})
	}},
	{name: "Watch of other reads", run: func(ctx context.Context, db *rueidistx.DB, key string) error {
		return db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
			_ = r.Unwatched().Get(key).Or("")
			tx.Incr(key)
			return nil
		})
	}},
	{name: "If", run: choose()},
	{name: "If by WATCH", watches: true, run: choose(rueidistx.ByWatch())},
	{name: "Script", run: func(ctx context.Context, db *rueidistx.DB, key string) error {
		_, err := incr.Run(ctx, db, []string{key})
		return err
	}},
	{name: "Script in a Transact", run: func(ctx context.Context, db *rueidistx.DB, key string) error {
		return db.Transact(ctx, func(tx *rueidistx.Tx) error {
			incr.Queue(tx, []string{key})
			return nil
		})
	}},
	{name: "Script in a Batch", run: func(ctx context.Context, db *rueidistx.DB, key string) error {
		return db.Execute(ctx, func(b *rueidistx.Batch) error {
			incr.Queue(b, []string{key})
			return nil
		})
	}},
	{name: "Once", once: true, run: func(ctx context.Context, db *rueidistx.DB, key string) error {
		return done(db.Transact(ctx, queued(key), rueidistx.Once(mark(key), time.Hour)))
	}},
	{name: "Once by WATCH", once: true, watches: true, run: func(ctx context.Context, db *rueidistx.DB, key string) error {
		return done(db.Watch(ctx, increment(key), rueidistx.Once(mark(key), time.Hour)))
	}},
	{name: "OnceValue", once: true, watches: true, run: func(ctx context.Context, db *rueidistx.DB, key string) error {
		_, _, err := rueidistx.OnceValue(ctx, db, mark(key), time.Hour, func(r *rueidistx.Reader, tx *rueidistx.Tx) (int, error) {
			return 1, increment(key)(r, tx)
		})
		return err
	}},
}

// kinds are the kinds of servers that every machine with a server program has.
var kinds = map[string]rueidistxtest.Option{"local": rueidistxtest.Local(), "embedded": rueidistxtest.Embedded()}

func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// value returns what is stored under a key.
func value(t *testing.T, db *rueidistx.DB, key string) string {
	t.Helper()
	v, err := db.Auto(soon(t)).Get(key).Default("0").Value()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func wantValue(t *testing.T, db *rueidistx.DB, key, want string) {
	t.Helper()
	if got := value(t, db, key); got != want {
		t.Errorf("%s is %s, and not %s", key, got, want)
	}
}

// runShortly runs a way that cannot succeed, and does not try again for long. The deadline may come while the client dials: then
// the outcome is not known.
func runShortly(t *testing.T, w way, db *rueidistx.DB, key string) (err error) {
	for try := 0; try == 0 || try < 5 && rueidistx.OutcomeOf(err) == rueidistx.Unknown && errors.Is(err, context.DeadlineExceeded); try++ {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		err = w.run(ctx, db, key)
		cancel()
	}
	return err
}

const key = "{test}:n"

// onEach runs a test of each way, as the first unit of a DB and as a later one, with a context that makes rueidis pipeline and
// with one that does not.
func onEach(t *testing.T, server rueidistxtest.Option, test func(t *testing.T, w way, ctx context.Context, db *rueidistx.DB, p *rueidistxtest.Proxy)) {
	for _, w := range everyWay {
		for _, state := range []string{"first", "later"} {
			for _, conn := range []string{"synchronous", "pipelined"} {
				if testing.Short() && (state == "first") != (conn == "pipelined") {
					continue
				}
				t.Run(w.name+", "+state+", "+conn, func(t *testing.T) {
					t.Parallel()
					ctx := soon(t)
					if conn == "pipelined" {
						ctx = t.Context()
					}
					db, p := rueidistxtest.Start(t, server)
					if state == "later" {
						if err := w.run(ctx, db, "before"); err != nil { // a key with another mark
							t.Fatal(err)
						}
					}
					test(t, w, ctx, db, p)
				})
			}
		}
	}
}

func testFaults(t *testing.T, server rueidistxtest.Option) {
	for _, c := range []struct {
		name        string
		arm         func(p *rueidistxtest.Proxy)
		value, late string // after the unit, and after Deliver
	}{
		{"LoseReply", func(p *rueidistxtest.Proxy) { p.LoseReply() }, "1", "1"},
		{"LoseRequest", func(p *rueidistxtest.Proxy) { p.LoseRequest() }, "0", "0"},
		{"LateCommit", func(p *rueidistxtest.Proxy) { p.LateCommit(0) }, "0", "1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			onEach(t, server, func(t *testing.T, w way, ctx context.Context, db *rueidistx.DB, p *rueidistxtest.Proxy) {
				want, value, late := rueidistx.Unknown, c.value, c.late
				if w.once {
					want, value, late = rueidistx.Applied, "1", "1"
				}
				c.arm(p)
				err := w.run(ctx, db, key)
				rueidistxtest.AssertOutcome(t, err, want)
				wantValue(t, db, key, value)
				if c.name == "LateCommit" {
					p.Deliver()
				}
				wantValue(t, db, key, late)
			})
		})
	}
	t.Run("RefuseDial", func(t *testing.T) {
		t.Parallel()
		onEach(t, server, func(t *testing.T, w way, _ context.Context, db *rueidistx.DB, p *rueidistxtest.Proxy) {
			p.RefuseDial()
			rueidistxtest.AssertOutcome(t, runShortly(t, w, db, key), rueidistx.NotApplied)
			p.Accept()
			wantValue(t, db, key, "0")
			rueidistxtest.AssertOutcome(t, w.run(soon(t), db, key), rueidistx.Applied)
			wantValue(t, db, key, "1")
		})
	})
	t.Run("Conflict", func(t *testing.T) {
		t.Parallel()
		onEach(t, server, func(t *testing.T, w way, ctx context.Context, db *rueidistx.DB, p *rueidistxtest.Proxy) {
			if !w.watches {
				t.Skip("it does not watch")
			}
			p.Conflict(2)
			before := len(p.Commands())
			rueidistxtest.AssertOutcome(t, w.run(ctx, db, key), rueidistx.Applied)
			wantValue(t, db, key, "1")
			if n := strings.Count(strings.Join(p.Commands()[before:], " "), "INCR"); n != 3 {
				t.Errorf("%d commits and not 3: %q", n, p.Commands()[before:])
			}
		})
	})
}

func TestFaults(t *testing.T) {
	for name, server := range kinds {
		t.Run(name, func(t *testing.T) { testFaults(t, server) })
	}
}

func TestConflictsWithoutEnd(t *testing.T) {
	t.Parallel()
	db, p := rueidistxtest.Start(t)
	p.Conflict(3)
	err := db.Watch(soon(t), increment(key), rueidistx.Attempts(3))
	rueidistxtest.AssertOutcome(t, err, rueidistx.NotApplied)
	if !errors.Is(err, rueidistx.ErrConflict) {
		t.Error(err)
	}
}

// What a conflict touches stays as it is.
func TestConflictLeavesValues(t *testing.T) {
	for name, server := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, p := rueidistxtest.Start(t, server)
			ctx := soon(t)
			auto := db.Auto(ctx)
			auto.HSet("hash", "field", "value")
			auto.Expire("hash", time.Hour)
			p.Conflict(1)
			runs := 0
			if err := db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
				runs++
				if v, err := r.HGet("hash", "field").Value(); err != nil || v != "value" {
					t.Errorf("%q, %v", v, err)
				}
				tx.Incr("n")
				return nil
			}); err != nil || runs != 2 {
				t.Error(runs, err)
			}
			if ttl := auto.TTL("hash").Must(); ttl < 59*time.Minute {
				t.Error(ttl)
			}
			if n := auto.DBSize().Must(); n != 2 {
				t.Errorf("%d keys", n)
			}
		})
	}
}

// A fault by name hits that command, wherever it is.
func TestNamedCommands(t *testing.T) {
	for name, server := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, p := rueidistxtest.Start(t, server, rueidistxtest.Client(func(o *rueidis.ClientOption) { o.DisableRetry = true }))
			ctx := soon(t)
			p.LoseReply("get")
			if err := db.Auto(ctx).Set(key, "1").Err(); err != nil {
				t.Error(err)
			}
			if err := db.Auto(ctx).Get(key).Err(); !errors.Is(err, rueidistx.ErrConnection) {
				t.Error(err)
			}
			p.LoseReply("EXEC") // not that of the question whether MULTI is allowed
			rueidistxtest.AssertOutcome(t, db.Auto(ctx).Incr(key).Err(), rueidistx.Applied)
			rueidistxtest.AssertOutcome(t, db.Transact(ctx, queued(key)), rueidistx.Unknown)
			wantValue(t, db, key, "3")
			p.LoseRequest("DECR", "INCR") // inside MULTI
			rueidistxtest.AssertOutcome(t, db.Transact(ctx, queued(key)), rueidistx.Unknown)
			wantValue(t, db, key, "3")
		})
	}
}

// Each fault hits one unit, in the order in which they were armed.
func TestOrderOfFaults(t *testing.T) {
	t.Parallel()
	db, p := rueidistxtest.Start(t)
	ctx := soon(t)
	p.LoseReply()
	p.LoseRequest()
	rueidistxtest.AssertOutcome(t, db.Transact(ctx, queued(key)), rueidistx.Unknown)
	wantValue(t, db, key, "1")
	rueidistxtest.AssertOutcome(t, db.Transact(ctx, queued(key)), rueidistx.Unknown)
	wantValue(t, db, key, "1")
	p.Conflict(1)
	p.LoseReply()
	rueidistxtest.AssertOutcome(t, db.Watch(ctx, increment(key)), rueidistx.Unknown)
	wantValue(t, db, key, "2")
	rueidistxtest.AssertOutcome(t, db.Watch(ctx, increment(key)), rueidistx.Applied)
}

// All of a Batch is executed if its reply is lost, and what the proxy has read of it if it is late.
func TestLargeBatch(t *testing.T) {
	for name, server := range kinds {
		for fault, size := range map[string]int64{"LoseReply": 1000, "LateCommit": 50} {
			t.Run(name+", "+fault, func(t *testing.T) {
				t.Parallel()
				db, p := rueidistxtest.Start(t, server)
				b := db.Batch()
				for range size {
					b.RPush("list", strings.Repeat("x", 200))
				}
				if fault == "LateCommit" {
					p.LateCommit(0)
				} else {
					p.LoseReply()
				}
				rueidistxtest.AssertOutcome(t, b.Exec(soon(t)), rueidistx.Unknown)
				if fault == "LateCommit" {
					p.Deliver()
				}
				if n := db.Auto(soon(t)).LLen("list").Must(); n != size {
					t.Errorf("%d", n)
				}
			})
		}
	}
}

func TestLateCommitByItself(t *testing.T) {
	t.Parallel()
	db, p := rueidistxtest.Start(t)
	p.LateCommit(50 * time.Millisecond)
	began := time.Now()
	rueidistxtest.AssertOutcome(t, db.Transact(soon(t), queued(key)), rueidistx.Unknown)
	for value(t, db, key) == "0" && time.Since(began) < 10*time.Second {
		time.Sleep(time.Millisecond)
	}
	wantValue(t, db, key, "1")
	if time.Since(began) < 50*time.Millisecond {
		t.Error("too early")
	}
}
