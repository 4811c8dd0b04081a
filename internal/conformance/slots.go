package conformance

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// Tags in slots 15495, 3300 and 7365: with the slots spread evenly, each on another node of three.
const tagA, tagB, tagC = "{a}", "{b}", "{c}"

// testSlots is about what only a cluster knows: a key has a slot, and a slot has a node.
func (s *suite) testSlots(t *testing.T) {
	t.Run("commands with keys of several slots", s.testCrossSlotCommands)
	t.Run("transactions over several slots", s.testCrossSlotTransactions)
	t.Run("a transaction with commands without keys", s.testKeylessInTransaction)
	t.Run("scripts with keys of several slots", s.testCrossSlotScripts)
	t.Run("batches over many slots", s.testManySlots)
	t.Run("scripts over many slots", s.testScriptsOverManySlots)
	t.Run("keys that are not marked", s.testUnmarkedKeys)
	t.Run("commands of a single node's builder", s.testForeignBuilder)
	t.Run("keys with and without tags", s.testTags)
}

var twoSlots = regexp.MustCompile(`slots \d+ and \d+`)

// requireCrossSlot expects that keys were refused for their slots, and that the error names both.
func requireCrossSlot(t *testing.T, err error, a, b int) {
	t.Helper()
	require.ErrorIs(t, err, rueidistx.ErrCrossSlot)
	require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
	got := twoSlots.FindString(err.Error())
	require.Contains(t, []string{fmt.Sprintf("slots %d and %d", a, b), fmt.Sprintf("slots %d and %d", b, a)}, got)
}

func slot(key string) int { return new(redistest.Cluster).Slot(key) }

// testCrossSlotCommands moves each key of each example to another slot, one at a time: the library has to know of all.
func (s *suite) testCrossSlotCommands(t *testing.T) {
	t.Parallel()
	db, recorder := s.record(t)
	for _, w := range ways.All {
		for _, e := range examples {
			names := slices.DeleteFunc(named(e.sends), func(name string) bool { return !isKey(e.sends, name) })
			if len(names) < 2 {
				continue
			}
			for _, moved := range names {
				t.Run(w.Name+"/"+e.method+"/"+e.shows+"/"+moved, func(t *testing.T) {
					recorder.clear()
					k := func(name string) string {
						if name == moved {
							return tagB + name
						}
						return tagA + name
					}
					var c check
					err := w.Run(redistest.Context(t), db, func(queue *commands) { c = e.call(queue, k) })
					if w.Now {
						err = c.err()
					}
					requireCrossSlot(t, err, slot(tagA), slot(tagB))
					require.Empty(t, recorder.sent())
				})
			}
		}
	}
}

func (s *suite) testCrossSlotTransactions(t *testing.T) {
	t.Parallel()
	db, recorder := s.record(t)
	for _, w := range ways.Transactions {
		for name, queue := range map[string]func(c *commands) rueidistx.Future[int64]{
			"methods": func(c *commands) rueidistx.Future[int64] {
				c.Incr(tagA + "x")
				c.Ping()
				return c.Incr(tagB + "x")
			},
			"any command": func(c *commands) rueidistx.Future[int64] {
				c.Incr(tagA + "x")
				return rueidistx.Queue(c, c.B().Incr().Key(tagB+"x").Build(), rueidistx.AsInt64)
			},
			"scripts": func(c *commands) rueidistx.Future[int64] {
				c.Incr(tagA + "x")
				return adder(t).Queue(c, []string{tagB + "x"}, "1")
			},
		} {
			t.Run(w.Name+"/"+name, func(t *testing.T) {
				recorder.clear()
				var f rueidistx.Future[int64]
				err := w.Run(redistest.Context(t), db, func(c *commands) { f = queue(c) })
				for _, err := range []error{err, f.Err()} {
					requireCrossSlot(t, err, slot(tagA), slot(tagB))
				}
				require.Empty(t, recorder.sent())
			})
		}
	}
}

func (s *suite) testKeylessInTransaction(t *testing.T) {
	t.Parallel()
	k := s.keysOf(t)
	tx := s.db.Atomic()
	first, n, last := tx.Ping(), tx.Incr(k("n")), tx.Echo("x")
	require.NoError(t, tx.Exec(redistest.Context(t)))
	is(first, "PONG").run(t)
	is(n, 1).run(t)
	is(last, "x").run(t)
}

func (s *suite) testCrossSlotScripts(t *testing.T) {
	t.Parallel()
	db, recorder := s.record(t)
	for _, w := range ways.All {
		t.Run(w.Name, func(t *testing.T) {
			recorder.clear()
			var f rueidistx.Future[int64]
			err := w.Run(redistest.Context(t), db, func(c *commands) { f = adder(t).Queue(c, []string{tagA + "x", tagA + "y", tagB + "x"}, "1") })
			requireCrossSlot(t, f.Err(), slot(tagA), slot(tagB))
			if !w.Now {
				requireCrossSlot(t, err, slot(tagA), slot(tagB))
			}
			require.Empty(t, recorder.sent())
		})
	}
}

// testManySlots: answers come back in order, whatever nodes they come from.
func (s *suite) testManySlots(t *testing.T) {
	t.Parallel()
	for _, w := range ways.Batches {
		for _, keyless := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/keyless %t", w.Name, keyless), func(t *testing.T) {
				const n = 300
				key := func(i int) string { return fmt.Sprintf("%s:{%d}", redistest.Key(t, "")[1:], i) }
				var set []rueidistx.Future[bool]
				var get, raw, echo []rueidistx.Future[string]
				var del []rueidistx.Future[int64]
				require.NoError(t, w.Run(redistest.Context(t), s.db, func(c *commands) {
					for i := range n {
						set = append(set, c.Set(key(i), fmt.Sprint(i)))
						get = append(get, c.Get(key(i)))
						if keyless {
							echo = append(echo, c.Echo(fmt.Sprint(i)))
						}
						raw = append(raw, rueidistx.Queue(c, c.B().Get().Key(key(i)).Build(), rueidistx.AsString))
						del = append(del, c.Unlink(key(i)))
					}
				}))
				for i := range n {
					is(set[i], true).run(t)
					is(get[i], fmt.Sprint(i)).run(t)
					is(raw[i], fmt.Sprint(i)).run(t)
					is(del[i], 1).run(t)
					if keyless {
						is(echo[i], fmt.Sprint(i)).run(t)
					}
				}
			})
		}
	}
}

func (s *suite) testScriptsOverManySlots(t *testing.T) {
	for _, w := range ways.Batches {
		t.Run(w.Name, func(t *testing.T) {
			const n = 60
			key := func(i int) string { return fmt.Sprintf("%s:{%d}", redistest.Key(t, "")[1:], i) }
			script := adder(t)
			for round := range 2 {
				var first, second []rueidistx.Future[int64]
				var none []rueidistx.Future[int64]
				keyless := rueidistx.NewScript(ownLine(t)+"return tonumber(ARGV[1])", rueidistx.AsInt64)
				require.NoError(t, w.Run(redistest.Context(t), s.db, func(c *commands) {
					for i := range n {
						first = append(first, script.Queue(c, []string{key(i)}, "1"))
						none = append(none, keyless.Queue(c, nil, fmt.Sprint(i)))
						second = append(second, script.Queue(c, []string{key(i)}, "1"))
					}
				}))
				for i := range n {
					is(first[i], int64(2*round+1)).run(t)
					is(second[i], int64(2*round+2)).run(t)
					is(none[i], int64(i)).run(t)
				}
			}
			require.NoError(t, ways.Batch.Run(redistest.Context(t), s.db, func(c *commands) {
				for i := range n {
					c.Unlink(key(i))
				}
			}))
		})
	}
}

// testUnmarkedKeys: where keys are not marked as such, only the server can tell that their slots differ.
func (s *suite) testUnmarkedKeys(t *testing.T) {
	t.Parallel()
	for _, w := range slices.Concat([]ways.Way{ways.Auto}, ways.Batches) {
		var good rueidistx.Future[string]
		var bad rueidistx.Future[any]
		err := w.Run(redistest.Context(t), s.db, func(c *commands) {
			good = c.Echo("good")
			bad = rueidistx.Queue(c, c.B().Arbitrary("MGET", tagA, tagB).Build(), rueidistx.AsAny)
		})
		is(good, "good").run(t)
		require.ErrorIs(t, bad.Err(), rueidistx.ErrRejected, w.Name)
		require.ErrorContains(t, bad.Err(), "CROSSSLOT", w.Name)
		require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(bad.Err()), w.Name)
		require.Equal(t, w.Now, err == nil, w.Name)
	}
}

// testForeignBuilder: commands of a client of a single node have no slot, so they cannot be sent in a cluster.
func (s *suite) testForeignBuilder(t *testing.T) {
	t.Parallel()
	db, recorder := s.record(t)
	option := s.Option
	option.InitAddress = option.InitAddress[:1]
	option.ForceSingleClient = true
	single, err := rueidis.NewClient(option)
	require.NoError(t, err)
	t.Cleanup(single.Close)
	foreign := single.B()
	for _, w := range ways.All {
		for name, command := range map[string]func() rueidis.Completed{
			"with a key":    func() rueidis.Completed { return foreign.Get().Key("k").Build() },
			"without a key": func() rueidis.Completed { return foreign.Echo().Message("x").Build() },
		} {
			t.Run(w.Name+"/"+name, func(t *testing.T) {
				recorder.clear()
				var f rueidistx.Future[string]
				err := w.Run(redistest.Context(t), db, func(c *commands) { f = rueidistx.Queue(c, command(), rueidistx.AsString) })
				if w.Now {
					err = f.Err()
				}
				for _, err := range []error{err, f.Err()} {
					require.ErrorIs(t, err, rueidistx.ErrInvalid)
					assert.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
				}
				require.Empty(t, recorder.sent())
			})
		}
	}
}

// testTags: the library cuts tags out of keys as the server does.
func (s *suite) testTags(t *testing.T) {
	t.Parallel()
	for _, key := range []string{
		"", "a", "{a}", "x{a}y", "{a}{b}", "{}a", "{}{a}", "{{a}}", "{a", "a}", "}{a}", "{a\x00\xff}b", "\x00\xff\r\n", "{é}", "foo{}{bar}",
		strings.Repeat("k", 5000),
	} {
		server, err := s.ask(t, "CLUSTER", "KEYSLOT", key).AsInt64()
		require.NoError(t, err)
		other := slices.IndexFunc([]string{tagA, tagB}, func(tag string) bool { return int64(slot(tag)) != server })
		tag := []string{tagA, tagB}[other]
		requireCrossSlot(t, s.db.Auto(redistest.Context(t)).Exists(key, tag).Err(), int(server), slot(tag))
		require.NoError(t, s.db.Auto(redistest.Context(t)).Exists(key, key).Err(), "key %q", key)
	}
}
