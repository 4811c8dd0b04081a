package rueidistx_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// needFunctions skips a test if the servers have no functions.
func needFunctions(t testing.TB) {
	t.Helper()
	if !redistest.Shared(t).Since("7.0") {
		t.Skip("functions are of Redis 7.0")
	}
}

// counters is a library that no server has yet, with its functions.
type counters struct {
	tag       string // at the end of its code
	library   *rueidistx.Library
	increment *rueidistx.Function[int64]
	say       *rueidistx.Function[int64]
	value     *rueidistx.ReadFunction[string]
}

const countersText = `
local function increment(keys) return redis.call('INCR', keys[1]) end
redis.register_function('increment', increment)
redis.register_function{function_name = 'value', flags = {'no-writes'}, callback = function(keys)
	return redis.call('GET', keys[1])
end}`

// newCounters returns a library whose functions say nothing of their own or, free, whatever they are told to.
func newCounters(t testing.TB, free bool) *counters {
	t.Helper()
	text := countersText
	if free {
		text += "\nredis.register_function('say', function(keys, args) redis.call('INCR', keys[1]) return redis.error_reply(args[1]) end)"
	}
	tag := redistest.Key(t, fmt.Sprint(free, rand.Uint64()))
	l := rueidistx.NewLibrary("counters", text+"\n-- "+tag)
	return &counters{
		tag:       tag,
		library:   l,
		increment: rueidistx.NewFunction(l, "increment", rueidistx.AsInt64),
		say:       rueidistx.NewFunction(l, "say", rueidistx.AsInt64),
		value:     rueidistx.NewReadFunction(l, "value", rueidistx.AsString),
	}
}

// functionDBs returns DBs on a server and on a cluster, in all their ways.
func functionDBs(t *testing.T) map[string]*rueidistx.DB {
	t.Helper()
	dbs := map[string]*rueidistx.DB{}
	for _, w := range outcometest.Modes() {
		dbs[w.Name] = w.Open(t, redistest.Shared(t).Addr)
	}
	for way, open := range clusterWays {
		option := redistest.SharedCluster(t).Option()
		dbs["cluster, "+way] = open(t, option)
		option.AlwaysRESP2, option.DisableCache = true, true
		dbs["cluster, RESP2, "+way] = open(t, option)
	}
	return dbs
}

// forget removes the library from the servers of a DB.
func (f *counters) forget(t *testing.T, db *rueidistx.DB) {
	t.Helper()
	for _, name := range f.on(t, db) {
		err := db.EachPrimary(redistest.Context(t), func(_ string, b *rueidistx.Batch) error {
			b.FunctionDelete(name)
			return nil
		})
		if err != nil { // some primaries have not had it
			require.ErrorContains(t, err, "Library not found")
		}
	}
	require.Empty(t, f.on(t, db))
}

// on returns the names of the library on the servers of a DB, each once.
func (f *counters) on(t *testing.T, db *rueidistx.DB) (names []string) {
	t.Helper()
	var lists []rueidistx.Future[[]rueidistx.FunctionLibrary]
	require.NoError(t, db.EachPrimary(redistest.Context(t), func(_ string, b *rueidistx.Batch) error {
		lists = append(lists, b.FunctionList(rueidistx.LibraryName("counters_*"), rueidistx.WithCode))
		return nil
	}))
	for _, list := range lists {
		for _, l := range list.Must() {
			if strings.HasSuffix(l.Code, f.tag) {
				names = append(names, l.Name)
				require.Equal(t, "LUA", l.Engine)
			}
		}
	}
	return names
}

// A function runs once in each way, whether or not the server has it, and its library is not among the commands.
func TestFunctionsRunOnceInEachWay(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	needFunctions(t)
	for name, db := range functionDBs(t) {
		for _, free := range []bool{false, true} {
			for _, flush := range []string{"never", "once used", "before"} {
				t.Run(fmt.Sprintf("%s, free %v, flushed %s", name, free, flush), func(t *testing.T) {
					f, ctx, key := newCounters(t, free), redistest.Context(t), redistest.Key(t, "{n}")
					lose := func() {
						switch flush {
						case "once used":
							require.NoError(t, f.increment.Queue(db.Auto(ctx), []string{key + "other"}).Err())
							fallthrough
						case "before":
							f.forget(t, db)
						}
					}
					want := int64(0)
					next := func() int64 { want++; return want }
					lose()
					n, err := f.increment.Run(ctx, db, []string{key})
					require.NoError(t, err)
					require.Equal(t, next(), n)
					for _, w := range ways.All {
						lose()
						var futures []rueidistx.Future[int64]
						var length int
						require.NoError(t, w.Run(ctx, db, func(c *rueidistx.Commands) {
							futures = []rueidistx.Future[int64]{f.increment.Queue(c, []string{key}), c.Incr(key + "by")}
							futures = append(futures, f.increment.Queue(c, []string{key}))
							length = 3
						}), w.Name)
						require.Equal(t, 3, length)
						for _, i := range []int{0, 2} {
							got, err := futures[i].Value()
							require.NoError(t, err, w.Name)
							require.Equal(t, next(), got, w.Name)
						}
						require.NoError(t, futures[1].Err())
					}
					lose()
					value, err := f.value.Run(ctx, db, []string{key})
					require.NoError(t, err)
					require.Equal(t, fmt.Sprint(want), value)
				})
			}
		}
	}
}

// The FUNCTION LOAD of a transaction has no place in its results, indexes and length.
func TestLoadsOfATxAreHidden(t *testing.T) {
	t.Parallel()
	needFunctions(t)
	for name, db := range functionDBs(t) {
		t.Run(name, func(t *testing.T) {
			f, g, key := newCounters(t, true), newCounters(t, false), redistest.Key(t, "{n}")
			ctx := redistest.Context(t)
			tx := db.Atomic()
			tx.Set(key+"s", "s")
			f.increment.Queue(tx, []string{key})
			tx.Incr(key + "s")
			g.increment.Queue(tx, []string{key})
			f.say.Queue(tx, []string{key}, "MOVED 1 127.0.0.1:1")
			f.increment.Queue(tx, []string{key})
			require.Equal(t, 6, tx.Len())
			err := tx.Exec(ctx)
			require.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
			var said []string
			for i, r := range tx.Results() {
				require.Equal(t, i, r.Index)
				said = append(said, fmt.Sprint(r.Name, " ", r.Value, " ", rueidistx.Code(r.Err)))
				var c *rueidistx.CommandError
				if r.Err != nil {
					require.ErrorAs(t, r.Err, &c)
					require.Equal(t, i, c.Index)
				}
			}
			require.Equal(t, []string{"SET true ", "FCALL 1 ", "INCR <nil> ERR", "FCALL 2 ", "FCALL <nil> MOVED", "FCALL 4 "}, said)
		})
	}
}

// FUNCTION commands in the same transaction may remove a library, which is then loaded again.
func TestFunctionsRunAfterTheirLibraryIsRemovedInTheSameTx(t *testing.T) {
	t.Parallel()
	needFunctions(t)
	s := redistest.Start(t)
	for _, w := range outcometest.Modes() {
		for name, remove := range map[string]func(tx *rueidistx.Tx){
			"typed": func(tx *rueidistx.Tx) { tx.FunctionFlush() },
			"raw": func(tx *rueidistx.Tx) {
				rueidistx.Queue(tx, tx.B().Arbitrary("function", "flush").Build(), rueidistx.AsDone)
			},
		} {
			t.Run(w.Name+", "+name, func(t *testing.T) {
				f, key := newCounters(t, false), redistest.Key(t, "n")
				db := w.Open(t, s.Addr)
				tx := db.Atomic()
				first := f.increment.Queue(tx, []string{key})
				remove(tx)
				second, third := f.increment.Queue(tx, []string{key}), f.increment.Queue(tx, []string{key})
				require.NoError(t, tx.Exec(redistest.Context(t)))
				require.Equal(t, []int64{1, 2, 3}, []int64{first.Must(), second.Must(), third.Must()})
			})
		}
	}
}

// Functions that a Watch reads with are watched, and their library is there whatever others do.
func TestReadFunctionsInAWatch(t *testing.T) {
	t.Parallel()
	needFunctions(t)
	for name, db := range functionDBs(t) {
		t.Run(name, func(t *testing.T) {
			f, g, key := newCounters(t, true), newCounters(t, false), redistest.Key(t, "{n}")
			ctx, attempts := redistest.Context(t), 0
			require.NoError(t, db.Auto(ctx).Set(key, "1").Err())
			var wrote rueidistx.Future[int64]
			require.NoError(t, db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
				attempts = r.Attempt()
				other, read := r.Get(key+"other"), f.value.Queue(r, []string{key})
				plain := g.value.Queue(r.Unwatched(), []string{key})
				second := g.value.Queue(r, []string{key})
				value, err := read.Value()
				if err != nil {
					return err
				}
				require.Equal(t, []string{value, value}, []string{plain.Must(), second.Must()})
				require.ErrorIs(t, other.Err(), rueidistx.ErrNil)
				require.Equal(t, fmt.Sprint(attempts), value)
				if attempts == 1 {
					f.forget(t, db)
					require.NoError(t, db.Auto(ctx).Incr(key).Err())
				}
				wrote = f.increment.Queue(tx, []string{key})
				return nil
			}))
			require.Equal(t, 2, attempts)
			require.EqualValues(t, 3, wrote.Must())

			f.forget(t, db)
			var late rueidistx.Future[string]
			require.NoError(t, db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error { // the reads go with the commit
				late = f.value.Queue(r, []string{key})
				wrote = f.increment.Queue(tx, []string{key})
				return nil
			}))
			require.Equal(t, "3", late.Must())
			require.EqualValues(t, 4, wrote.Must())
			f.forget(t, db)
			require.NoError(t, db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error { // there are only reads
				late = f.value.Queue(r, []string{key})
				return nil
			}))
			require.Equal(t, "4", late.Must())
		})
	}
}

// With Once, too, the library is there.
func TestFunctionsWithOnce(t *testing.T) {
	t.Parallel()
	needFunctions(t)
	for name, db := range functionDBs(t) {
		t.Run(name, func(t *testing.T) {
			f, ctx := newCounters(t, true), redistest.Context(t)
			mark := rueidistx.Tag("mark", strings.Trim(redistest.Key(t, ""), "{}:"))
			for i, want := range []error{nil, rueidistx.ErrAlreadyApplied} {
				f.forget(t, db)
				err := db.Transact(ctx, func(tx *rueidistx.Tx) error {
					f.increment.Queue(tx, []string{mark.Key("n")})
					return nil
				}, rueidistx.Once(mark.Mark("used"), time.Minute))
				require.ErrorIs(t, err, want, "%d", i)
			}
			require.Equal(t, "1", db.Auto(ctx).Get(mark.Key("n")).Must())
		})
	}
}

// Programs with different versions of a library use the same server at the same time.
func TestVersionsOfALibraryCoexist(t *testing.T) {
	t.Parallel()
	needFunctions(t)
	version := func(n int) *rueidistx.Function[int64] {
		l := rueidistx.NewLibrary("versions", fmt.Sprintf("redis.register_function('version', function() return %d end)", n))
		return rueidistx.NewFunction(l, "version", rueidistx.AsInt64)
	}
	for name, db := range functionDBs(t) {
		t.Run(name, func(t *testing.T) {
			old, now, ctx := version(1), version(2), redistest.Context(t)
			for range 2 {
				require.EqualValues(t, 1, old.Queue(db.Auto(ctx), nil).Must())
				require.EqualValues(t, 2, now.Queue(db.Auto(ctx), nil).Must())
				b := db.Batch()
				futures := []rueidistx.Future[int64]{old.Queue(b, nil), now.Queue(b, nil)}
				require.NoError(t, b.Exec(ctx))
				tx := db.Atomic()
				futures = append(futures, old.Queue(tx, nil), now.Queue(tx, nil))
				require.NoError(t, tx.Exec(ctx))
				values, err := rueidistx.All(futures...).Value()
				require.NoError(t, err)
				require.Equal(t, []int64{1, 2, 1, 2}, values)
			}
		})
	}
}

// Load loads a library on all primaries, and again.
func TestLibraryLoad(t *testing.T) {
	t.Parallel()
	needFunctions(t)
	for name, db := range functionDBs(t) {
		t.Run(name, func(t *testing.T) {
			f, ctx := newCounters(t, false), redistest.Context(t)
			require.NoError(t, f.library.Load(ctx, db))
			require.NoError(t, f.library.Load(ctx, db))
			primaries := 0
			require.NoError(t, db.EachPrimary(ctx, func(string, *rueidistx.Batch) error { primaries++; return nil }))
			require.Len(t, f.on(t, db), primaries)
		})
	}
}

var noLibraries = map[string]*rueidistx.Library{
	"nil":             nil,
	"zero":            {},
	"no name":         rueidistx.NewLibrary("", countersText),
	"bad name":        rueidistx.NewLibrary("my-counters", countersText),
	"line break":      rueidistx.NewLibrary("counters\n", countersText),
	"empty":           rueidistx.NewLibrary("counters", " \n"),
	"shebang":         rueidistx.NewLibrary("counters", "#!lua name=counters\n"+countersText),
	"registers none":  rueidistx.NewLibrary("counters", "local x = 1"),
	"registers alike": rueidistx.NewLibrary("counters", "local r = redis.register_functions"),
}

// What cannot be used is ErrInvalid, wherever it is used, and nothing is sent.
func TestLibrariesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	needFunctions(t)
	s := redistest.Shared(t)
	ctx := redistest.Context(t)
	p := through(t, outcometest.ClientModes[0], s).Warm(t)
	functions := map[string]*rueidistx.Function[int64]{
		"bad function name": rueidistx.NewFunction(newCounters(t, false).library, "a b", rueidistx.AsInt64),
		"no function name":  rueidistx.NewFunction(newCounters(t, false).library, "", rueidistx.AsInt64),
		"nil function":      nil,
		"zero function":     {},
		"no decoder":        rueidistx.NewFunction[int64](newCounters(t, false).library, "increment", nil),
	}
	for name, l := range noLibraries {
		functions[name] = rueidistx.NewFunction(l, "increment", rueidistx.AsInt64)
		require.ErrorIs(t, l.Load(ctx, p.DB), rueidistx.ErrInvalid, name)
		_, err := rueidistx.NewReadFunction(l, "increment", rueidistx.AsInt64).Run(ctx, p.DB, nil)
		require.ErrorIs(t, err, rueidistx.ErrInvalid, name)
	}
	for name, f := range functions {
		t.Run(name, func(t *testing.T) {
			_, err := f.Run(ctx, p.DB, []string{"n"})
			outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrInvalid)
			for _, w := range ways.All {
				var future rueidistx.Future[int64]
				_ = w.Run(ctx, p.DB, func(c *rueidistx.Commands) { future = f.Queue(c, []string{"n"}) })
				outcometest.RequireVerdict(t, future.Err(), rueidistx.NotApplied, rueidistx.ErrInvalid)
			}
			_, err = f.Run(ctx, nil, []string{"n"})
			require.ErrorIs(t, err, rueidistx.ErrInvalid)
			require.ErrorIs(t, f.Queue(nil, nil).Err(), rueidistx.ErrInvalid)
		})
	}
	require.NotContains(t, strings.Join(p.Proxy.Commands(), " "), "F") // FUNCTION, FCALL, FCALL_RO
	require.ErrorIs(t, newCounters(t, false).library.Load(ctx, nil), rueidistx.ErrInvalid)
	var none *rueidistx.ReadFunction[int64]
	for _, f := range []*rueidistx.ReadFunction[int64]{none, {}} {
		require.ErrorIs(t, f.Queue(p.DB.Auto(ctx), nil).Err(), rueidistx.ErrInvalid)
	}
	var nobody context.Context
	require.ErrorIs(t, newCounters(t, false).library.Load(nobody, p.DB), rueidistx.ErrInvalid)
}

// A library that its server does not accept, or that a server without functions is given, leaves nothing applied.
func TestLibrariesThatTheServerRefuses(t *testing.T) {
	t.Parallel()
	libraries := map[string]*rueidistx.Library{
		"does not compile":     rueidistx.NewLibrary("broken", countersText+"\nlocal hunter2 = = 1"),
		"fails while loading":  rueidistx.NewLibrary("broken", countersText+"\nlocal x = redis.call('GET', 'hunter2')"),
		"registers number two": rueidistx.NewLibrary("broken", countersText+"\nredis.register_function(2, 2)"),
	}
	if !redistest.Shared(t).Since("7.0") {
		libraries = map[string]*rueidistx.Library{"no functions": rueidistx.NewLibrary("counters", countersText)}
	}
	for name, l := range libraries {
		for way, db := range functionDBs(t) {
			t.Run(name+", "+way, func(t *testing.T) {
				ctx, key := redistest.Context(t), redistest.Key(t, "{n}")
				f := rueidistx.NewFunction(l, "increment", rueidistx.AsInt64)
				refused := func(err error, kind error) {
					t.Helper()
					outcometest.RequireVerdict(t, err, rueidistx.NotApplied, kind, rueidistx.ErrService)
					require.ErrorContains(t, err, "FUNCTION LOAD")
					require.NotContains(t, err.Error(), "hunter2")
				}
				err := l.Load(ctx, db)
				require.Error(t, err)
				if name == "does not compile" { // the last line
					require.ErrorContains(t, err, fmt.Sprint("Error compiling function at line ", 2+strings.Count(countersText, "\n")))
				}
				require.NotContains(t, err.Error(), "hunter2")
				_, err = f.Run(ctx, db, []string{key})
				refused(err, rueidistx.ErrRejected)
				for _, w := range ways.All {
					if w.Now {
						continue
					}
					runs := 0
					err := w.Run(ctx, db, func(c *rueidistx.Commands) { runs++; c.Incr(key); f.Queue(c, []string{key}) })
					kind := rueidistx.ErrRejected
					if w.Atomic {
						kind = rueidistx.ErrAborted
					}
					refused(err, kind)
					require.True(t, runs == 1 || w.Type == "Choice", "%d runs", runs) // which looks for the slot first
				}
				err = db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
					_, err := rueidistx.NewReadFunction(l, "value", rueidistx.AsString).Queue(r, []string{key}).Value()
					return err
				})
				outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrRejected, rueidistx.ErrService)
				require.Regexp(t, "FUNCTION LOAD|FCALL_RO", err)
				require.ErrorIs(t, db.Auto(ctx).Get(key).Err(), rueidistx.ErrNil)
			})
		}
	}
}
