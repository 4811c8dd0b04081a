package rueidistx_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// A user who may not use FUNCTION LOAD can use functions that are there, except in a Tx, and leaves nothing applied where
// they are not.
func TestFunctionsWithoutTheRightToLoadThem(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	needFunctions(t)
	const user = "caller"
	s, c := redistest.Start(t), redistest.StartCluster(t, 3, 0)
	for _, node := range append([]*redistest.Server{s}, c.Nodes...) {
		node.Do(t, "ACL", "SETUSER", user, "on", "nopass", "~*", "&*", "+@all", "-function")
	}
	type target struct{ own, all *rueidistx.DB }
	targets := map[string]target{}
	for _, w := range outcometest.Modes() {
		option := w.Option(s.Addr)
		option.Username, option.Password = user, "any"
		targets[w.Name] = target{openCluster(t, option), w.Open(t, s.Addr)}
	}
	option := c.Option()
	all := openCluster(t, option)
	option.Username, option.Password = user, "any"
	targets["cluster"] = target{openCluster(t, option), all}

	for name, at := range targets {
		for _, free := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, free %v", name, free), func(t *testing.T) {
				f, ctx, key := newCounters(t, free), redistest.Context(t), redistest.Key(t, "n")
				for _, there := range []bool{false, true} {
					if there {
						require.NoError(t, f.library.Load(ctx, at.all))
					}
					for _, w := range ways.All {
						require.NoError(t, at.all.Auto(ctx).Set(key, "0").Err())
						var future rueidistx.Future[int64]
						err := w.Run(ctx, at.own, func(c *rueidistx.Commands) {
							if !w.Now {
								c.Get(key)
							}
							future = f.increment.Queue(c, []string{key})
						})
						if there && !w.Atomic {
							require.NoError(t, err)
							require.EqualValues(t, 1, future.Must())
							continue
						}
						kind := rueidistx.ErrRejected
						if w.Atomic {
							kind = rueidistx.ErrAborted
							outcometest.RequireVerdict(t, err, rueidistx.NotApplied, kind, rueidistx.ErrService)
						}
						outcometest.RequireVerdict(t, future.Err(), rueidistx.NotApplied, kind, rueidistx.ErrService)
						require.Equal(t, "NOPERM", rueidistx.Code(future.Err()))
						var command *rueidistx.CommandError
						require.ErrorAs(t, future.Err(), &command)
						require.Equal(t, "FUNCTION LOAD", command.Name)
						require.Equal(t, "0", at.all.Auto(ctx).Get(key).Must())
					}
					var value rueidistx.Future[string]
					err := at.own.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
						value = f.value.Queue(r, []string{key})
						return value.Err()
					})
					if there {
						require.NoError(t, err)
						require.Equal(t, "0", value.Must())
					} else {
						outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrRejected, rueidistx.ErrService)
						require.Equal(t, "NOPERM", rueidistx.Code(err))
					}
				}
				require.ErrorContains(t, f.library.Load(ctx, at.own), "NOPERM")
			})
		}
	}
}

// What the server refuses is not asked for again and again.
func TestFunctionsThatAreNotThereAndMayNotBeLoaded(t *testing.T) {
	t.Parallel()
	needFunctions(t)
	s := redistest.Start(t)
	s.Do(t, "ACL", "SETUSER", "admin", "on", "nopass", "~*", "&*", "+@all")
	s.Do(t, "ACL", "SETUSER", "default", "-function")
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			p, key, ctx := through(t, w, s).Warm(t), redistest.Key(t, "n"), redistest.Context(t)
			option := w.Option(s.Addr)
			option.Username, option.Password = "admin", "any"
			there := newCounters(t, true)
			require.NoError(t, there.library.Load(ctx, openCluster(t, option)))
			for _, want := range []int{1, 0} { // only the first use tries to load it
				p.Proxy.Reset()
				require.NoError(t, there.increment.Queue(p.Auto(ctx), []string{key}).Err())
				require.Equal(t, want, sentAs(p.Proxy.Commands(), "FUNCTION"))
			}

			l := rueidistx.NewLibrary("large", countersText+"\nlocal function say() return redis.error_reply('x') end --"+strings.Repeat("x", 20_000))
			increment := rueidistx.NewFunction(l, "increment", rueidistx.AsInt64)
			p.Proxy.Reset()
			b := p.Batch()
			for range 10 {
				increment.Queue(b, []string{key})
			}
			require.ErrorIs(t, b.Exec(ctx), rueidistx.ErrNotApplied)
			require.Equal(t, 2, sentAs(p.Proxy.Commands(), "FUNCTION")) // at the first use, and for the first call
		})
	}
}

// A library that a server refuses for the moment, as when it is out of memory, may be there already, so that its
// functions are called all the same. A transaction needs to load it, and is not applied.
func TestFunctionsWhereTheServerIsOutOfMemory(t *testing.T) {
	t.Parallel()
	needFunctions(t)
	s := redistest.Start(t)
	for _, w := range outcometest.Modes() {
		for _, there := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, there %v", w.Name, there), func(t *testing.T) {
				l := rueidistx.NewLibrary("frugal", `redis.register_function{function_name = 'del', flags = {'allow-oom'},
					callback = function(keys) return redis.call('DEL', keys[1]) end} -- `+redistest.Key(t, ""))
				f, ctx, key := rueidistx.NewFunction(l, "del", rueidistx.AsInt64), redistest.Context(t), redistest.Key(t, "n")
				require.NoError(t, w.Open(t, s.Addr).Auto(ctx).Set(key, "1").Err())
				if there {
					require.NoError(t, l.Load(ctx, w.Open(t, s.Addr)))
				}
				s.Do(t, "CONFIG", "SET", "maxmemory", "1")
				defer s.Do(t, "CONFIG", "SET", "maxmemory", "0")
				db := w.Open(t, s.Addr)
				err := db.Transact(ctx, func(tx *rueidistx.Tx) error {
					f.Queue(tx, []string{key})
					return nil
				})
				outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrAborted, rueidistx.ErrService)
				require.Equal(t, "OOM", rueidistx.Code(err))
				n, err := f.Run(ctx, db, []string{key})
				if there {
					require.NoError(t, err)
					require.EqualValues(t, 1, n)
					return
				}
				outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrRejected, rueidistx.ErrService)
				require.Equal(t, "OOM", rueidistx.Code(err))
			})
		}
	}
}

// A name that the library does not register is the server's error, and nothing ran.
func TestFunctionThatItsLibraryDoesNotRegister(t *testing.T) {
	t.Parallel()
	needFunctions(t)
	for name, db := range functionDBs(t) {
		for _, free := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, free %v", name, free), func(t *testing.T) {
				f, ctx := newCounters(t, free), redistest.Context(t)
				typo := rueidistx.NewFunction(f.library, "incremend", rueidistx.AsInt64)
				_, err := typo.Run(ctx, db, []string{"{n}"})
				outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrRejected, rueidistx.ErrService)
				require.ErrorContains(t, err, "Function not found")
				b := db.Batch()
				futures := []rueidistx.Future[int64]{typo.Queue(b, []string{"{n}"}), typo.Queue(b, []string{"{m}"})}
				require.ErrorIs(t, b.Exec(ctx), rueidistx.ErrNotApplied)
				for _, f := range futures {
					outcometest.RequireVerdict(t, f.Err(), rueidistx.NotApplied, rueidistx.ErrRejected, rueidistx.ErrService)
				}
				err = db.Transact(ctx, func(tx *rueidistx.Tx) error {
					typo.Queue(tx, []string{"{n}"})
					return nil
				})
				require.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
				require.ErrorContains(t, err, "Function not found")
			})
		}
	}
}

// A function that only reads must say so to the server.
func TestReadFunctionWithoutTheFlag(t *testing.T) {
	t.Parallel()
	needFunctions(t)
	for name, db := range functionDBs(t) {
		t.Run(name, func(t *testing.T) {
			ctx := redistest.Context(t)
			_, err := rueidistx.NewReadFunction(newCounters(t, false).library, "increment", rueidistx.AsInt64).Run(ctx, db, []string{redistest.Key(t, "n")})
			outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrRejected, rueidistx.ErrService)
			require.ErrorContains(t, err, "Can not execute a script with write flag")
		})
	}
}

// A Batch with many calls sends a large library once to a server, and a few times to a cluster.
func TestBatchSendsALargeLibraryAFewTimes(t *testing.T) {
	t.Parallel()
	needFunctions(t)
	calls := redistest.Times(3000, 300)
	for _, where := range []string{"server", "cluster"} {
		for _, free := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, free %v", where, free), func(t *testing.T) {
				f := startFront(t, redistest.SharedCluster(t))
				count, db := f.count, (*rueidistx.DB)(nil)
				if where == "server" {
					p := through(t, outcometest.ClientModes[0], redistest.Shared(t)).Warm(t)
					db, count = p.DB, func(verb string) int { return sentAs(p.Proxy.Commands(), verb) }
				} else {
					db = openCluster(t, f.Option())
				}
				text := countersText + "\n-- " + strings.Repeat("x", 10_000) + redistest.Key(t, "")
				if free {
					text += "\nlocal function unused(t) t[#t + 1] = 'error' end"
				}
				increment := rueidistx.NewFunction(rueidistx.NewLibrary("large", text), "increment", rueidistx.AsInt64)
				b := db.Batch()
				var futures []rueidistx.Future[int64]
				for i := range calls {
					futures = append(futures, increment.Queue(b, []string{fmt.Sprint(redistest.Key(t, "")[1:], i%30)}))
				}
				require.NoError(t, b.Exec(redistest.Context(t)))
				requireInOrder(t, futures, 30)
				if where == "server" {
					require.Equal(t, 1, count("FUNCTION"))
					require.Equal(t, calls, count("FCALL"))
				} else {
					require.LessOrEqual(t, count("FUNCTION"), 10)
				}
			})
		}
	}
}

// A function's own error with the server's text for a missing function is its own: it has run, once.
func TestFunctionThatSaysThatItIsMissing(t *testing.T) {
	t.Parallel()
	needFunctions(t)
	library := rueidistx.NewLibrary("denies", `
		local function deny(keys, args)
			redis.call('INCR', keys[1])
			if args[1] == 'table' then return {err = args[2]} end
			return redis.error_reply(args[2])
		end
		redis.register_function('deny', deny)
		redis.register_function{function_name = 'deny_too', callback = deny}`)
	for name, db := range functionDBs(t) {
		for _, function := range []string{"deny", "deny_too"} {
			deny := rueidistx.NewFunction(library, function, rueidistx.AsAny)
			for i, args := range [][]string{{"reply", "Function not found"}, {"reply", "ERR Function not found"}, {"table", "Function not found"}, {"table", "ERR Function not found"},
				{"table", "Function not found\n"}, {"table", "ERR Function not found\r\n\r\n"}, {"table", "Function not found\x00, or is it"},
				{"table", "Function\nnot found"}, {"table", "ERR\rFunction not\nfound\n"}} {
				t.Run(fmt.Sprint(name, ", ", function, i), func(t *testing.T) {
					ctx, key := redistest.Context(t), redistest.Key(t, "n")
					_, err := deny.Run(ctx, db, []string{key + "1"}, args...)
					b := db.Batch()
					inBatch := deny.Queue(b, []string{key + "2"}, args...)
					_ = b.Exec(ctx)
					tx := db.Atomic()
					inTx := deny.Queue(tx, []string{key + "3"}, args...)
					_ = tx.Exec(ctx)
					for i, err := range []error{err, inBatch.Err(), inTx.Err()} {
						require.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err), "%v", err)
						var of *rueidistx.CommandError
						require.ErrorAs(t, err, &of)
						require.Contains(t, of.Err.Error(), "the function says: Function not found")
						require.Equal(t, "1", db.Auto(ctx).Get(fmt.Sprint(key, i+1)).Must())
					}
				})
			}
		}
	}
}

// What a function returns is not changed by looking for its error.
func TestRepliesOfFunctionsAreLeftAsTheyAre(t *testing.T) {
	t.Parallel()
	needFunctions(t)
	library := rueidistx.NewLibrary("strict", `
		redis.register_function('strict', function()
			return setmetatable({1, 2}, {__index = function() error('no such field') end})
		end)
		redis.register_function('several', function() return 1, 2 end)
		redis.register_function('none', function() end)
		redis.register_function('status', function() return redis.status_reply('Function not found') end)
		redis.register_function('number', function() return {err = 5} end)
		redis.register_function('raised', function() error('Function not found') end)`)
	for function, want := range map[string]string{
		"strict": "[1 2]", "several": "1", "none": "<nil>", "status": "Function not found", "number": "[]", "raised": "",
	} {
		for name, db := range functionDBs(t) {
			got, err := rueidistx.NewFunction(library, function, rueidistx.AsAny).Run(redistest.Context(t), db, []string{redistest.Key(t, "k")})
			switch function {
			case "none":
				require.ErrorIs(t, err, rueidistx.ErrNil)
			case "raised":
				require.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err), "%s: %v", name, err)
			default:
				require.NoError(t, err, "%s, %s", name, function)
				require.Equal(t, want, fmt.Sprint(got), "%s, %s", name, function)
			}
		}
	}
}
