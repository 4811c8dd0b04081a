package rueidistxtest_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/rueidistxtest"
)

var (
	kit   = rueidistx.NewLibrary("kit", `redis.register_function('count', function(keys) return redis.call('INCR', keys[1]) end)`)
	count = rueidistx.NewFunction(kit, "count", rueidistx.AsInt64)
)

func TestPlan(t *testing.T) {
	t.Parallel()
	db := rueidistxtest.Offline(t, rueidistx.CheckSlots())
	digest := strings.TrimPrefix(kit.Name(), "kit_") // is of what a server gets, not of the source alone
	for name, c := range map[string]struct {
		unit func() any
		want string
	}{
		"cached batch": {func() any {
			b := db.Cached(time.Minute).Batch()
			b.HGet("user:1", "secret")
			rueidistx.Query(b, b.B().Arbitrary("get").Keys("k").ReadOnly(), rueidistx.AsAny)
			return b
		}, `batch
  HGET user:1 ?  (slot 10778)
  get k  (slot 7629)
`},
		"refused cached batch": {func() any {
			b := db.Cached(time.Minute).Batch()
			b.TTL("user:1")
			return b
		}, `batch
  is not sent: rueidistx: command not allowed here: command 0 (TTL): its reply may change although its key does not, so it cannot be cached
`},
		"batch": {func() any {
			b := db.Batch()
			b.HGet("user:1", "secret")
			b.MSet("a", "1", "{a}", "2")
			b.Ping()
			b.ConfigGet("maxmemory")
			rueidistx.Queue(b, b.B().Arbitrary("NOSUCH").Keys("k").Args("secret").Build(), rueidistx.AsAny)
			rueidistx.Queue(b, b.B().Get().Key("with space").Build(), rueidistx.AsAny)
			incr.Queue(b, []string{"n"}, "secret")
			return b
		}, `batch
  HGET user:1 ?  (slot 10778)
  MSET a ? {a} ?  (slot 15495)
  PING
  CONFIG GET ?
  NOSUCH ? ?
  GET "with space"  (slot 11356)
  EVAL 61636018f4e6b5817b89791bbed242f93fa089e3 1 n ?  (slot 3432)
`},
		"empty batch": {func() any { return db.Batch() }, "batch\n"},
		"transaction": {func() any {
			tx := db.Atomic()
			tx.DecrBy("{wallet}:alice", 100)
			tx.Set("{wallet}:bob", "", rueidistx.EX(time.Minute))
			incr.Queue(tx, []string{"{wallet}:n"}, "secret")
			incr.Queue(tx, []string{"{wallet}:n"}, "secret")
			return tx
		}, `transaction, slot 3190
  MULTI
  DECRBY {wallet}:alice ?
  SET {wallet}:bob ? ? ?
  EVAL 61636018f4e6b5817b89791bbed242f93fa089e3 1 {wallet}:n ?
  EVALSHA 61636018f4e6b5817b89791bbed242f93fa089e3 1 {wallet}:n ?
  EXEC
`},
		"function": {func() any {
			tx := db.Atomic()
			count.Queue(tx, []string{"n"}, "secret")
			return tx
		}, "transaction, slot 3432\n  MULTI\n  FUNCTION LOAD kit_" + digest + "\n  FCALL count_" + digest + " 1 n ?\n  EXEC\n"},
		"if": {func() any {
			c := db.If(rueidistx.TextAt("lock").Is("secret"), rueidistx.Not(rueidistx.Exists("lock")))
			c.Then.Set("lock", "secret", rueidistx.KeepTTL)
			c.Then.Incr("{lock}:n")
			return c
		}, `if, slot 8718
  TextAt("lock").Is(…)
  Not(Exists("lock"))
then
  SET lock ? ?
  INCR {lock}:n
else
`},
		"crossing": {func() any {
			tx := db.Atomic()
			tx.Incr("a")
			tx.Incr("b")
			return tx
		}, "transaction\n  is not sent: "},
		"crossing if": {func() any {
			c := db.If(rueidistx.Exists("a"))
			c.Else.Incr("b")
			return c
		}, "if\n  is not sent: rueidistx: keys in different hash slots: command 0 (INCR): slots 15495 and 3300: give the keys a common {tag}\n  Exists(\"a\")\n"},
		"asked": {func() any {
			tx := db.Atomic()
			_ = tx.Incr("a").Or(0)
			return tx
		}, "transaction, slot 15495\n  is not sent: "},
		"executed": {func() any {
			tx := db.Atomic()
			tx.Incr("a")
			_ = tx.Exec(t.Context())
			return tx
		}, "transaction\n  is not sent: " + rueidistx.ErrDone.Error()},
		"auto":         {func() any { return db.Auto(t.Context()) }, "Auto, each command is sent at once\n"},
		"nil":          {func() any { return nil }, "no unit: "},
		"nil unit":     {func() any { return (*rueidistx.Tx)(nil) }, "no unit: "},
		"nil choice":   {func() any { return (*rueidistx.Choice)(nil) }, "no unit: "},
		"zero choice":  {func() any { return new(rueidistx.Choice) }, "no unit: "},
		"zero tx":      {func() any { return new(rueidistx.Tx) }, "no unit: "},
		"another type": {func() any { return 5 }, "no unit: "},
	} {
		t.Run(name, func(t *testing.T) {
			got := rueidistxtest.Plan(c.unit())
			if strings.Contains(got, "secret") || strings.Contains(got, "redis.call") {
				t.Error("shows values")
			}
			t.Logf("\n%s", got)
			if !strings.HasPrefix(got, c.want) || strings.HasSuffix(c.want, "\n") && got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// Values are shown if they are asked for, and the unit can still be executed.
func TestPlanWithValues(t *testing.T) {
	t.Parallel()
	db, _ := rueidistxtest.Start(t, rueidistxtest.Embedded())
	tx := db.Atomic()
	tx.Set("k", "a b", rueidistx.EX(time.Minute))
	want := "transaction, slot 7629\n  MULTI\n  SET k \"a b\" EX 60\n  EXEC\n"
	for range 2 {
		if got := rueidistxtest.Plan(tx, nil, rueidistxtest.Values()); got != want {
			t.Error(got)
		}
	}
	if err := tx.Exec(soon(t)); err != nil {
		t.Error(err)
	}
	if got := db.Auto(soon(t)).Get("k").Must(); got != "a b" {
		t.Error(got)
	}
	if err := db.Watch(soon(t), func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
		r.Get("k")
		tx.Incr("n")
		if got := rueidistxtest.Plan(r); got != "reads of a Watch, slot 7629\n  GET k\n" {
			t.Error(got)
		}
		if got := rueidistxtest.Plan(tx); got != "transaction, slot 3432\n  MULTI\n  INCR n\n  EXEC\n" {
			t.Error(got)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// Whatever is executed offline is not applied, whichever way it goes, and closures run.
func TestOffline(t *testing.T) {
	t.Parallel()
	db := rueidistxtest.Offline(t)
	for _, w := range everyWay {
		err := w.run(soon(t), db, key)
		rueidistxtest.AssertOutcome(t, err, rueidistx.NotApplied)
		if !errors.Is(err, rueidistx.ErrNotSent) {
			t.Errorf("%s: %v", w.name, err)
		}
	}
	record(t, func(tb testing.TB) {
		rueidistxtest.Offline(tb, rueidistx.Wrap(nil))
	}).wants(t, []string{"Offline"})
}
