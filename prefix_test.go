package rueidistx_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// onEachPrefixed runs a test on two DBs of a server, with different prefixes, in both protocols, and of a cluster.
func onEachPrefixed(t *testing.T, test func(t *testing.T, db, other *rueidistx.DB)) {
	t.Helper()
	for name, option := range map[string]rueidis.ClientOption{
		"RESP3": redistest.Shared(t).Option(), "RESP2": inRESP2(redistest.Shared(t).Option()), "cluster": redistest.SharedCluster(t).Option(),
	} {
		t.Run(name, func(t *testing.T) {
			var dbs [2]*rueidistx.DB
			for i, prefix := range []string{prefix, "other:"} {
				db, err := rueidistx.Open(option, rueidistx.Prefix(prefix))
				require.NoError(t, err)
				t.Cleanup(db.Close)
				dbs[i] = db
			}
			test(t, dbs[0], dbs[1])
		})
	}
}

// stored returns the string that the server has under a name, "" if there is none.
func stored(t *testing.T, db *rueidistx.DB, name string) string {
	t.Helper()
	s, err := db.Client().Do(redistest.Context(t), db.Client().B().Get().Key(name).Build()).ToString()
	if !rueidis.IsRedisNil(err) {
		require.NoError(t, err)
	}
	return s
}

// Each unit has the prefix before its keys, once, and another DB does not see them.
func TestPrefixOfEachUnit(t *testing.T) {
	t.Parallel()
	onEachPrefixed(t, func(t *testing.T, db, other *rueidistx.DB) {
		ctx, e := redistest.Context(t), entity(t)
		fill := map[string]func(c *rueidistx.Commands, key string){
			"a method": func(c *rueidistx.Commands, key string) { c.Incr(key) },
			"a raw command": func(c *rueidistx.Commands, key string) {
				rueidistx.Queue(c, c.B().Arbitrary("INCRBY").Keys(key).Args("1").Build(), rueidistx.AsInt64)
			},
			"a script": func(c *rueidistx.Commands, key string) { counting.Queue(c, []string{key}) },
		}
		for name, fill := range fill {
			for way, run := range map[string]func(key string) error{
				"Auto":  func(key string) error { fill(db.Auto(ctx).Commands, key); return nil },
				"Batch": func(key string) error { b := db.Batch(); fill(b.Commands, key); return b.Exec(ctx) },
				"Atomic": func(key string) error {
					tx := db.Atomic()
					fill(tx.Commands, key)
					return tx.Exec(ctx)
				},
				"Once": func(key string) error {
					return db.Transact(ctx, func(tx *rueidistx.Tx) error { fill(tx.Commands, key); return nil },
						rueidistx.Once(e.Mark(key), markTTL))
				},
				"Watch": func(key string) error {
					return db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
						if _, err := r.Get(key).Value(); !errors.Is(err, rueidistx.ErrNil) {
							t.Errorf("%v", err)
						}
						fill(tx.Commands, key)
						return nil
					}, rueidistx.Once(e.Mark("watch", key), markTTL))
				},
				"If": func(key string) error {
					c := db.If(rueidistx.Missing(key), rueidistx.LengthOf(key).Is(0), rueidistx.Not(rueidistx.TextAt(key).Is("1")))
					fill(c.Then, key)
					_, err := c.Exec(ctx)
					return err
				},
				"If by WATCH": func(key string) error {
					c := db.If(rueidistx.Missing(key))
					fill(c.Then, key)
					_, err := c.Exec(ctx, rueidistx.ByWatch())
					return err
				},
			} {
				t.Run(name+"/"+way, func(t *testing.T) {
					key := e.Key(name + way)
					require.NoError(t, run(key))
					require.Equal(t, "1", stored(t, db, prefix+key))
					require.Empty(t, stored(t, db, key))
					require.Equal(t, "1", db.Auto(ctx).Get(key).Must())
					require.EqualValues(t, 0, other.Auto(ctx).Exists(key).Must())
				})
			}
		}
		mark := e.Mark(e.Key("a methodOnce"))
		require.NotEmpty(t, stored(t, db, prefix+mark.Key()))
		require.Empty(t, stored(t, db, mark.Key()))
		repeat := func(db *rueidistx.DB) error {
			return db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Incr(e.Key("n")); return nil }, rueidistx.Once(mark, markTTL))
		}
		require.ErrorIs(t, repeat(db), rueidistx.ErrAlreadyApplied)
		require.NoError(t, repeat(other))
	})
}

// A native comparison compares the key of the condition with that of the command.
func TestPrefixOfConditions(t *testing.T) {
	t.Parallel()
	onEachPrefixed(t, func(t *testing.T, db, other *rueidistx.DB) {
		ctx, e := redistest.Context(t), entity(t)
		k := e.Key("k")
		db.Auto(ctx).Set(k, "mine").Must()
		other.Auto(ctx).Set(k, "theirs").Must()
		db.Auto(ctx).ZAdd(e.Key("z"), []rueidistx.ScoredMember{{Member: "GET", Score: 5}}).Must()
		db.Auto(ctx).SAdd(e.Key("s"), e.Key("s")).Must()
		db.Auto(ctx).HSet("HGET"+e.Key("h"), "HGET"+e.Key("h"), "1").Must()
		for _, held := range []rueidistx.Condition{
			rueidistx.TextAt(k).Is("mine"), rueidistx.TypeOf(k).Is("string"), rueidistx.ScoreOf(e.Key("z"), "GET").Is(5),
			rueidistx.HasMember(e.Key("s"), e.Key("s")), rueidistx.And(rueidistx.Exists(k), rueidistx.TTLOf(k).AtLeast(time.Second)),
			rueidistx.IntIn("HGET"+e.Key("h"), "HGET"+e.Key("h")).Is(1),
		} {
			text := held.String()
			c := db.If(held)
			then, other := c.Then.Get(k), c.Else.Get(k)
			ok, err := c.Exec(ctx)
			require.NoError(t, err, text)
			require.True(t, ok, text)
			require.Equal(t, "mine", rueidistx.Either(then, other).Must())
			c = db.If(rueidistx.Not(held))
			_, err = c.Exec(ctx)
			require.NoError(t, err)
			require.Equal(t, "Not("+text+")", c.Unmet()[0].String())
		}
		lock := db.If(rueidistx.TextAt(k).Is("mine"))
		lock.Then.Del(k)
		ok, err := lock.Exec(ctx)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, "theirs", stored(t, db, "other:"+k))
	})
}

// A key may have the name of the command that reads it, and the prefix may make another command of that.
func TestPrefixOfKeysThatAreCommands(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	for _, prefix := range []string{"M", "a:"} {
		db := openCluster(t, s.Option(), rueidistx.Prefix(prefix))
		ctx := redistest.Context(t)
		db.Auto(ctx).MSet("GET", "v", "TYPE", "v", "EXISTS", "v", "PTTL", "v", "GETRANGE", "v").Must()
		db.Auto(ctx).HSet("HGET", "f", "v").Must()
		db.Auto(ctx).HSet("HEXISTS", "f", "v").Must()
		db.Auto(ctx).ZAdd("ZSCORE", []rueidistx.ScoredMember{{Member: "m", Score: 5}}).Must()
		db.Auto(ctx).RPush("LINDEX", "v").Must()
		db.Auto(ctx).SAdd("s", "s").Must()
		for _, stream := range []string{"STREAM", "XINFO"} {
			db.Auto(ctx).XAdd(stream, []string{"f", "v"}, rueidistx.ID("5-1")).Must()
		}
		for _, condition := range []rueidistx.Condition{
			rueidistx.TextAt("GET").Is("v"), rueidistx.TextIn("HGET", "f").Is("v"), rueidistx.Exists("EXISTS"),
			rueidistx.HasField("HEXISTS", "f"), rueidistx.HasMember("s", "s"), rueidistx.TypeOf("TYPE").Is("string"),
			rueidistx.ScoreOf("ZSCORE", "m").Is(5), rueidistx.ElementAt("LINDEX", 0).Is("v"), rueidistx.TTLOf("PTTL").AtLeast(time.Hour),
			rueidistx.LengthOf("GETRANGE").Is(1), rueidistx.LastIDOf("STREAM").Is("5-1"), rueidistx.LastIDOf("XINFO").Is("5-1"),
		} {
			for name, by := range carriers {
				c := db.If(condition)
				c.Then.Ping()
				held, err := c.Exec(ctx, by...)
				require.NoError(t, err, "%s, %s", condition, name)
				require.True(t, held, "%s, %s", condition, name)
			}
		}
	}
}

// The slots of raw commands are those that their keys have on the server.
func TestPrefixOfRawCommandsInOneSlot(t *testing.T) {
	t.Parallel()
	for name, option := range map[string]rueidis.ClientOption{"single": redistest.Shared(t).Option(), "cluster": redistest.SharedCluster(t).Option()} {
		t.Run(name, func(t *testing.T) {
			db := openCluster(t, option, rueidistx.Prefix(prefix), rueidistx.CheckSlots())
			ctx, k := redistest.Context(t), untagged(t)
			require.NoError(t, db.Transact(ctx, func(tx *rueidistx.Tx) error {
				tx.Set(k, "v")
				rueidistx.Queue(tx, tx.B().Get().Key(k).Build(), rueidistx.AsString)
				return nil
			}))
			c := db.If(rueidistx.Exists(k))
			v := rueidistx.Queue(c.Then, c.Then.B().Get().Key(k).Build(), rueidistx.AsString)
			_, err := c.Exec(ctx)
			require.NoError(t, err)
			require.Equal(t, "v", v.Must())
			require.ErrorIs(t, db.Transact(ctx, func(tx *rueidistx.Tx) error {
				tx.Set(k, "v")
				rueidistx.Queue(tx, tx.B().Get().Key(k+"x").Build(), rueidistx.AsString)
				return nil
			}), rueidistx.ErrCrossSlot)
			db.Auto(ctx).Del(k).Must()
		})
	}
}

// A Watch watches the keys with the prefix, and no others.
func TestPrefixOfWatchedKeys(t *testing.T) {
	t.Parallel()
	onEachPrefixed(t, func(t *testing.T, db, other *rueidistx.DB) {
		for name, watch := range map[string]func(r *rueidistx.Reader, key string){
			"a read":   func(r *rueidistx.Reader, key string) { _ = r.Get(key).Or("") },
			"a script": func(r *rueidistx.Reader, key string) { _, _ = peeking.Queue(r, []string{key}).Value() },
			"a raw read": func(r *rueidistx.Reader, key string) {
				_, _ = rueidistx.Query(r, r.B().Arbitrary("GET").Keys(key).ReadOnly(), rueidistx.AsString).Value()
			},
			"Watch": func(r *rueidistx.Reader, key string) { r.Watch(key); _ = r.Get(key + "x").Or("") },
		} {
			t.Run(name, func(t *testing.T) {
				ctx, e := redistest.Context(t), entity(t)
				key, runs := e.Key("k"), 0
				require.NoError(t, db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
					runs++
					watch(r, key)
					other.Auto(ctx).Incr(key).Must()
					if runs == 1 {
						db.Auto(ctx).Incr(key).Must()
					}
					tx.Incr(key)
					return nil
				}))
				require.Equal(t, 2, runs)
				require.Equal(t, "2", db.Auto(ctx).Get(key).Must())
			})
		}
	})
}

// Replies that hold keys have them without the prefix, in futures and in results.
func TestPrefixOfReplies(t *testing.T) {
	t.Parallel()
	onEachPrefixed(t, func(t *testing.T, db, other *rueidistx.DB) {
		ctx, e := redistest.Context(t), entity(t)
		l, z, s := e.Key("l"), e.Key("z"), e.Key("s")
		b := db.Batch()
		b.RPush(l, "1", "2", "3")
		b.ZAdd(z, []rueidistx.ScoredMember{{Member: "m", Score: 1}})
		b.XAdd(s, []string{"f", "v"})
		popped := b.LMPop(rueidistx.Left, 1, e.Key("none"), l)
		members := b.ZMPopMin(1, z)
		read := b.XRead([]rueidistx.StreamOffset{{Key: s, ID: "0"}})
		if err := b.Exec(ctx); !redistest.Shared(t).Since("7.0") { // without LMPOP and ZMPOP
			require.ErrorIs(t, err, rueidistx.ErrService)
			return
		} else {
			require.NoError(t, err)
		}
		for range 2 { // each read decodes again
			require.Equal(t, l, popped.Must().Key)
			require.Equal(t, z, members.Must().Key)
			require.Equal(t, s, read.Must()[0].Key)
		}
		results := b.Results()
		require.Equal(t, popped.Must(), results[3].Value)
		require.Equal(t, members.Must(), results[4].Value)
		require.Equal(t, read.Must(), results[5].Value)
		require.Equal(t, l, db.Auto(ctx).BLPop(time.Second, l).Must().Key)

		keys := db.Auto(ctx).LMPop(rueidistx.Left, 1, l)
		require.Equal(t, l, rueidistx.Map(keys, func(p rueidistx.Popped[string]) (string, error) { return p.Key, nil }).Must())
		require.Equal(t, prefix+l, rueidistx.As(keys, func(m rueidis.RedisMessage) (string, error) {
			parts, err := m.ToArray()
			require.NoError(t, err)
			return parts[0].ToString()
		}).Must(), "as the doc says")
		db.Auto(ctx).RPush(l, "4").Must()

		for i := range 30 {
			other.Auto(ctx).Set(redistest.Key(t, fmt.Sprint("theirs", i)), "1").Must()
		}
		seen := map[string]bool{}
		for key, err := range db.Scan(ctx, rueidistx.Match("*"+strings.TrimSuffix(e.Key(""), ":")+"*"), rueidistx.Count(10)) {
			require.NoError(t, err)
			seen[key] = true
		}
		require.Equal(t, map[string]bool{l: true, s: true}, seen)
		large, fields := untagged(t)+"h", map[string]string{}
		for rueidistx.Slot(large)/5461 == rueidistx.Slot(prefix+large)/5461 { // on the same node
			large += "h"
		}
		for i := range 1000 {
			db.Auto(ctx).HSet(large, prefix+fmt.Sprint(i), "v").Must()
		}
		for field, err := range db.ScanHash(ctx, large, rueidistx.Count(100)) { // of several pages, which come from one node
			require.NoError(t, err)
			fields[field.Name] = field.Value
		}
		require.Len(t, fields, 1000)
		require.Equal(t, "v", fields[prefix+"999"])
		db.Auto(ctx).Unlink(large).Must()
	})
}

// What could concern keys without the prefix is refused, and nothing of the unit is sent.
func TestPrefixForbids(t *testing.T) {
	t.Parallel()
	onEachPrefixed(t, func(t *testing.T, db, _ *rueidistx.DB) {
		ctx, k := redistest.Context(t), redistest.Key(t, "k")
		raw := func(words ...string) func(c *rueidistx.Commands) error {
			return func(c *rueidistx.Commands) error {
				build := c.B().Arbitrary(words[0])
				for _, word := range words[1:] {
					if word == k {
						build = build.Keys(word)
					} else {
						build = build.Args(word)
					}
				}
				return rueidistx.Queue(c, build.Build(), rueidistx.AsAny).Err()
			}
		}
		for name, queue := range map[string]func(c *rueidistx.Commands) error{
			"RANDOMKEY": func(c *rueidistx.Commands) error { return c.RandomKey().Err() },
			"DBSIZE":    func(c *rueidistx.Commands) error { return c.DBSize().Err() },
			"FLUSHDB":   func(c *rueidistx.Commands) error { return c.FlushDB().Err() },
			"FLUSHALL":  func(c *rueidistx.Commands) error { return c.FlushAll().Err() },
			"BY":        func(c *rueidistx.Commands) error { return c.Sort(k, rueidistx.By(k+"*")).Err() },
			"BY after LIMIT": func(c *rueidistx.Commands) error {
				return c.SortStore(k, k, rueidistx.Limit(0, 9), rueidistx.By(k+"*")).Err()
			},
			"GET":                 func(c *rueidistx.Commands) error { return c.SortROGet(k, []string{"#", k + "*->f"}).Err() },
			"raw FLUSHALL":        raw("flushall"),
			"raw SORT":            raw("SORT", k, "ALPHA", "STORE", k),
			"raw SCAN":            raw("SCAN", "0"),
			"raw LMPOP":           raw("LMPOP", "1", k, "LEFT"),
			"raw XREAD":           raw("XREAD", "STREAMS", k, "0"),
			"raw JSON.GET":        raw("JSON.GET", k),
			"raw GETKEYSINSLOT":   raw("CLUSTER", "getkeysinslot", "0", "10"),
			"raw COUNTKEYSINSLOT": raw("CLUSTER", "COUNTKEYSINSLOT", "0"),
			"raw FLUSHSLOTS":      raw("CLUSTER", "FLUSHSLOTS"),
			"raw CLUSTER RESET":   raw("CLUSTER", "RESET"),
			"raw KEYSLOT":         raw("CLUSTER", "KEYSLOT", k),
			"raw CLUSTER":         raw("CLUSTER"),
			"raw GETKEYS":         raw("COMMAND", "GETKEYS", "GET", k),
			"raw SWAPDB":          raw("SWAPDB", "0", "1"),
			"an unprintable name": raw("no such", k),
		} {
			t.Run(name, func(t *testing.T) {
				err := queue(db.Auto(ctx).Commands)
				require.ErrorIs(t, err, rueidistx.ErrForbidden)
				require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
				require.NotContains(t, err.Error(), k)
				b := db.Batch()
				b.Set(k, "v")
				_ = queue(b.Commands)
				require.ErrorIs(t, b.Exec(ctx), rueidistx.ErrForbidden)
				require.EqualValues(t, 0, db.Auto(ctx).Exists(k).Must())
			})
		}
		require.ErrorIs(t, db.Watch(ctx, func(r *rueidistx.Reader, _ *rueidistx.Tx) error {
			for _, words := range [][]string{{"SORT_RO", k, "by", k + "*"}, {"XREAD", "STREAMS", k, "0"}} {
				err := rueidistx.Query(r, r.B().Arbitrary(words...).ReadOnly(), rueidistx.AsAny).Err()
				require.ErrorIs(t, err, rueidistx.ErrForbidden)
			}
			return nil
		}), rueidistx.ErrForbidden)
		db.Auto(ctx).RPush(k, "2", "1").Must()
		require.Equal(t, []string{"2", "1"}, db.Auto(ctx).Sort(k, rueidistx.By("nosort")).Must())
		require.NoError(t, raw("CONFIG", "GET", "maxmemory")(db.Auto(ctx).Commands))
		require.NoError(t, raw("SLOWLOG", "LEN")(db.Auto(ctx).Commands))
		require.NoError(t, raw("COMMAND", "COUNT")(db.Auto(ctx).Commands))
		names, err := rueidistx.NewScript(`return KEYS`, rueidistx.AsStrings).Run(ctx, db, []string{k})
		require.NoError(t, err)
		require.Equal(t, []string{prefix + k}, names, "scripts get their keys with it")
		eval := db.Auto(ctx).B().Eval().Script(`return redis.call('TYPE', KEYS[1])`).Numkeys(1).Key(k).Build()
		kind, err := rueidistx.Queue(db.Auto(ctx), eval, rueidistx.AsString).Value()
		require.NoError(t, err)
		require.Equal(t, "list", kind)
		require.ErrorIs(t, db.Auto(ctx).Get(rueidistx.Entity{}.Key("x")+":more").Err(), rueidistx.ErrInvalid)
		require.ErrorIs(t, counting.Queue(db.Auto(ctx), []string{rueidistx.Entity{}.Key("x") + ":more"}).Err(), rueidistx.ErrInvalid)
	})
}

func TestPrefixWithABrace(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	client, err := rueidis.NewClient(s.Option())
	require.NoError(t, err)
	t.Cleanup(client.Close)
	for _, prefix := range []string{"secret{", "}secret", "secret{b}:"} {
		_, open := rueidistx.Open(s.Option(), rueidistx.Prefix(prefix))
		for _, err := range []error{open, rueidistx.New(client, rueidistx.Prefix(prefix)).Auto(context.Background()).Ping().Err()} {
			require.ErrorIs(t, err, rueidistx.ErrInvalid)
			require.ErrorContains(t, err, "the prefix has a brace")
			require.NotContains(t, err.Error(), "secret")
		}
	}
	db, err := rueidistx.Open(s.Option(), rueidistx.Prefix("a:"), rueidistx.Prefix(""))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	k := redistest.Key(t, "k")
	db.Auto(redistest.Context(t)).Set(k, "v").Must()
	require.Equal(t, "v", stored(t, db, k))
}
