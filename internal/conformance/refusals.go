package conformance

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// forbidden are commands that no way of running takes.
var forbidden = []string{
	"MULTI", "EXEC", "DISCARD", "WATCH k", "UNWATCH",
	"SUBSCRIBE c", "PSUBSCRIBE c", "SSUBSCRIBE c", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE",
	"MONITOR", "RESET", "QUIT", "HELLO 3", "AUTH p", "SELECT 1", "ASKING", "READONLY", "READWRITE",
	"SYNC", "PSYNC ? -1", "REPLCONF ACK 0", "SHUTDOWN NOSAVE", "SAVE",
	"CLIENT REPLY OFF", "CLIENT TRACKING ON", "CLIENT NO-EVICT ON", "CLIENT NO-TOUCH ON", "CLIENT SETNAME n",
	"CLIENT SETINFO LIB-NAME n", "CLIENT CACHING YES", "CLIENT", "SCRIPT DEBUG YES",
	"WAIT 0 1", "WAITAOF 0 0 1", "REPLICAOF NO ONE", "SLAVEOF NO ONE", "FAILOVER", "DEBUG SLEEP 0",
	"MIGRATE h 1 k 0 1", "POST", "Host:", "HIMPORT k",
}

// blocks are commands that only an Auto takes.
var blocks = []string{
	"BLPOP k 1", "BRPOP k 1", "BLMOVE k l LEFT LEFT 1", "BRPOPLPUSH k l 1", "BLMPOP 1 1 k LEFT", "BZPOPMIN k 1",
	"BZPOPMAX k 1", "BZMPOP 1 1 k MIN", "XREAD BLOCK 1 STREAMS k 0", "XREAD COUNT 1 BLOCK 1 STREAMS k 0",
	"XREADGROUP GROUP g c BLOCK 1 STREAMS k >",
	"XREADGROUP BLOCK 1 GROUP g c STREAMS k >", "XREADGROUP COUNT 1 GROUP block c NOACK BLOCK 1 STREAMS k >", "BLMOVEM k 1",
	"BZMOVE k l 1", "TS.READ k BLOCK 1",
}

// spellings are the ways to write a command.
func spellings(command string) []string {
	verb, rest, _ := strings.Cut(command, " ")
	mixed := strings.ToLower(verb[:1]) + verb[1:2] + strings.ToLower(verb[2:])
	list := []string{command, strings.ToLower(command)}
	return append(list, strings.TrimSpace(mixed+" "+rest))
}

// built builds a command. Those on which rueidis's Arbitrary panics, in any letter case, come from their own builders.
func built(b rueidis.Builder, command string) rueidis.Completed {
	switch words := strings.Fields(command); strings.ToUpper(words[0]) {
	case "SUBSCRIBE":
		return b.Subscribe().Channel(words[1]).Build()
	case "PSUBSCRIBE":
		return b.Psubscribe().Pattern(words[1]).Build()
	case "SSUBSCRIBE":
		return b.Ssubscribe().Channel(words[1]).Build()
	case "UNSUBSCRIBE":
		return b.Unsubscribe().Build()
	case "PUNSUBSCRIBE":
		return b.Punsubscribe().Build()
	case "SUNSUBSCRIBE":
		return b.Sunsubscribe().Build()
	default:
		return b.Arbitrary(words...).Build()
	}
}

// refused queues what is to be refused between two good commands, and expects that nothing at all is sent.
func (s *suite) refused(t *testing.T, db *rueidistx.DB, recorder *recorder, w ways.Way, sentinel error, name string, queue func(c *commands) error) {
	t.Helper()
	recorder.clear()
	var refused func() error
	var before, after rueidistx.Future[string]
	err := w.Run(redistest.Context(t), db, func(c *commands) {
		if !w.Now {
			before = c.Get("before")
		}
		first := queue(c)
		refused = func() error { return first }
		if !w.Now {
			after = c.Get("after")
		}
	})
	require.Empty(t, recorder.sent(), "something was sent")
	index := 0
	errs := []error{refused()}
	if !w.Now {
		index = 1
		errs = []error{err, before.Err(), after.Err()}
		require.ErrorIs(t, refused(), rueidistx.ErrPending, "the future knew before Exec")
	}
	for _, err := range errs {
		require.ErrorIs(t, err, sentinel)
		assert.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
		assert.NotErrorIs(t, err, rueidistx.ErrService)
		assert.NotErrorIs(t, err, rueidistx.ErrConnection)
		var command *rueidistx.CommandError
		require.ErrorAs(t, err, &command)
		assert.Equal(t, index, command.Index)
		assert.Equal(t, name, command.Name)
	}
}

// testRefusals is about commands that never leave the program.
func (s *suite) testRefusals(t *testing.T) {
	t.Parallel()
	db, recorder := s.record(t)
	t.Run("commands that change a connection's state", func(t *testing.T) {
		for _, w := range ways.All {
			for _, command := range forbidden {
				for _, spelling := range spellings(command) {
					t.Run(w.Name+"/"+spelling, func(t *testing.T) {
						verb, _, _ := strings.Cut(strings.ToUpper(command), " ")
						s.refused(t, db, recorder, w, rueidistx.ErrForbidden, verb, func(c *commands) error {
							return rueidistx.Queue(c, built(c.B(), spelling), rueidistx.AsAny).Err()
						})
					})
				}
			}
		}
	})
	t.Run("commands that block", func(t *testing.T) {
		for _, w := range ways.Queueing {
			for _, command := range blocks {
				for _, spelling := range spellings(command) {
					t.Run(w.Name+"/"+spelling, func(t *testing.T) {
						verb, _, _ := strings.Cut(strings.ToUpper(command), " ")
						s.refused(t, db, recorder, w, rueidistx.ErrForbidden, verb, func(c *commands) error {
							return rueidistx.Queue(c, built(c.B(), spelling), rueidistx.AsAny).Err()
						})
					})
				}
			}
			t.Run(w.Name+"/marked as blocking", func(t *testing.T) {
				s.refused(t, db, recorder, w, rueidistx.ErrForbidden, "MY.CMD", func(c *commands) error {
					return rueidistx.Queue(c, c.B().Arbitrary("MY.CMD").Blocking(), rueidistx.AsAny).Err()
				})
			})
		}
	})
	t.Run("invalid arguments", func(t *testing.T) {
		for _, w := range ways.All {
			for _, i := range invalid {
				t.Run(w.Name+"/"+i.name, func(t *testing.T) {
					verb, _, _ := strings.Cut(i.name, " ")
					s.refused(t, db, recorder, w, rueidistx.ErrInvalid, verb, i.queue)
				})
			}
		}
	})
	t.Run("misuse", func(t *testing.T) { s.testMisuse(t, db, recorder) })
}

// invalid are arguments that make no command. The name begins with that of the command.
var invalid = []struct {
	name  string
	queue func(c *commands) error
}{
	{"MGET no keys", func(c *commands) error { return c.MGet().Err() }},
	{"DEL no keys", func(c *commands) error { return c.Del().Err() }},
	{"EXISTS no keys", func(c *commands) error { return c.Exists([]string{}...).Err() }},
	{"SINTERCARD no keys", func(c *commands) error { return c.SInterCard(0).Err() }},
	{"ZUNIONSTORE no keys", func(c *commands) error { return c.ZUnionStore("d").Err() }},
	{"BITOP no keys", func(c *commands) error { return c.BitOp("AND", "d").Err() }},
	{"LPUSH no elements", func(c *commands) error { return c.LPush("k").Err() }},
	{"HMGET no fields", func(c *commands) error { return c.HMGet("k").Err() }},
	{"MSET nothing", func(c *commands) error { return c.MSet().Err() }},
	{"MSET a key without a value", func(c *commands) error { return c.MSet("a", "1", "b").Err() }},
	{"MSETNX a key without a value", func(c *commands) error { return c.MSetNX("a").Err() }},
	{"HSET a field without a value", func(c *commands) error { return c.HSet("k", "f").Err() }},
	{"HSET nothing", func(c *commands) error { return c.HSet("k").Err() }},
	{"XADD a field without a value", func(c *commands) error { return c.XAdd("k", []string{"f"}).Err() }},
	{"XADD nothing", func(c *commands) error { return c.XAdd("k", nil).Err() }},
	{"XTRIM by nothing", func(c *commands) error { return c.XTrim("k", nil).Err() }},
	{"XTRIM an empty Trimming", func(c *commands) error { return c.XTrim("k", rueidistx.Trimming{}).Err() }},
	{"XADD an empty Trimming", func(c *commands) error { return c.XAdd("k", []string{"f", "v"}, rueidistx.Trimming{}).Err() }},
	{"ZADD no members", func(c *commands) error { return c.ZAdd("k", nil).Err() }},
	{"ZADD NaN", func(c *commands) error { return c.ZAdd("k", []rueidis.ZScore{{Member: "m", Score: math.NaN()}}).Err() }},
	{"ZADD by NaN", func(c *commands) error { return c.ZAddIncr("k", "m", math.NaN()).Err() }},
	{"ZINCRBY by NaN", func(c *commands) error { return c.ZIncrBy("k", math.NaN(), "m").Err() }},
	{"INCRBYFLOAT by NaN", func(c *commands) error { return c.IncrByFloat("k", math.NaN()).Err() }},
	{"HINCRBYFLOAT by NaN", func(c *commands) error { return c.HIncrByFloat("k", "f", math.NaN()).Err() }},
	{"SET a nil option", func(c *commands) error { return c.Set("k", "v", nil).Err() }},
	{"SET a nil option after another", func(c *commands) error { return c.SetGet("k", "v", rueidistx.KeepTTL, nil).Err() }},
	{"GETEX a nil option", func(c *commands) error { return c.GetEx("k", nil).Err() }},
	{"EXPIRE a nil option", func(c *commands) error { return c.Expire("k", time.Second, nil).Err() }},
	{"PEXPIRE a nil option", func(c *commands) error { return c.Expire("k", time.Millisecond, nil).Err() }},
	{"ZRANGE a nil option", func(c *commands) error { return c.ZRange("k", 0, 1, nil).Err() }},
	{"SET a TTL of 0", func(c *commands) error { return c.Set("k", "v", rueidistx.EX(0)).Err() }},
	{"SET a negative TTL", func(c *commands) error { return c.Set("k", "v", rueidistx.EX(-time.Minute)).Err() }},
	{"SET a TTL a little below 0", func(c *commands) error { return c.Set("k", "v", rueidistx.EX(-time.Nanosecond)).Err() }},
	{"SET the zero time", func(c *commands) error { return c.Set("k", "v", rueidistx.EXAT(time.Time{})).Err() }},
	{"SET a time before 1970", func(c *commands) error { return c.Set("k", "v", rueidistx.EXAT(time.Unix(-1, 5))).Err() }},
	{"SET an empty Expiry", func(c *commands) error { return c.Set("k", "v", rueidistx.Expiry{}).Err() }},
	{"GETEX a TTL of 0", func(c *commands) error { return c.GetEx("k", rueidistx.EX(0)).Err() }},
	{"? the zero command", func(c *commands) error {
		return rueidistx.Queue(c, rueidis.Completed{}, rueidistx.AsAny).Err()
	}},
}

// testMisuse is about nil where something is needed. It is an error, never a panic.
func (s *suite) testMisuse(t *testing.T, db *rueidistx.DB, recorder *recorder) {
	ctx := redistest.Context(t)
	recorder.clear()
	get := func() rueidis.Completed { return db.Client().B().Get().Key("k").Build() }
	script := rueidistx.NewScript("return 1", rueidistx.AsInt64)
	for name, call := range map[string]func() error{
		"Queue without a decoder": func() error {
			return rueidistx.Queue[string](db.Auto(ctx), get(), nil).Err()
		},
		"Queue without a queuer": func() error {
			return rueidistx.Queue(nil, get(), rueidistx.AsString).Err()
		},
		"commands of nobody":        func() error { return new(rueidistx.Commands).Get("k").Err() },
		"Queue for nobody":          func() error { return rueidistx.Queue(new(rueidistx.Commands), get(), rueidistx.AsString).Err() },
		"a script for nobody":       func() error { return script.Queue(new(rueidistx.Commands), nil).Err() },
		"a script without a queuer": func() error { return script.Queue(nil, nil).Err() },
		"a script without a decoder": func() error {
			return rueidistx.NewScript[string]("return 1", nil).Queue(db.Auto(ctx), nil).Err()
		},
		"no script": func() error {
			var none *rueidistx.Script[string]
			return none.Queue(db.Auto(ctx), nil).Err()
		},
		"Execute without a closure":  func() error { return db.Execute(ctx, nil) },
		"Transact without a closure": func() error { return db.Transact(ctx, nil) },
		"no client: Auto":            func() error { return rueidistx.New(nil).Auto(ctx).Get("k").Err() },
		"no client: Batch": func() error {
			b := rueidistx.New(nil).Batch()
			b.Get("k")
			return b.Exec(ctx)
		},
		"no client: Tx": func() error {
			tx := rueidistx.New(nil).Atomic()
			tx.Get("k")
			return tx.Exec(ctx)
		},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			require.NotPanics(t, func() { err = call() })
			assert.ErrorIs(t, err, rueidistx.ErrInvalid)
			assert.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
			assert.Empty(t, recorder.sent())
		})
	}
	t.Run("nil options are none", func(t *testing.T) {
		require.NotPanics(t, func() {
			k := s.keysOf(t)
			require.NoError(t, rueidistx.New(db.Client(), nil).Auto(ctx).Incr(k("n")).Err())
			require.NoError(t, db.Batch(nil).Exec(ctx))
			require.NoError(t, db.Transact(ctx, func(tx *rueidistx.Tx) error { return nil }, nil))
		})
	})
}
