package rueidistx_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// What the example of Function does.
func TestSellWithFunctions(t *testing.T) {
	t.Parallel()
	needFunctions(t)
	for name, db := range functionDBs(t) {
		t.Run(name, func(t *testing.T) {
			ctx, sku := redistest.Context(t), redistest.Key(t, "a")[1:]
			item := rueidistx.Tag("sku", sku)
			require.NoError(t, db.Auto(ctx).Set(item.Key("stock"), "5").Err())
			n, err := reserve.Run(ctx, db, []string{item.Key("stock")}, "2")
			require.NoError(t, err)
			require.EqualValues(t, 3, n)
			n, err = sell(ctx, db, sku, "Ada", 3)
			require.NoError(t, err)
			require.Zero(t, n)
			_, err = sell(ctx, db, sku, "Bob", 1)
			require.EqualError(t, err, "sold out")
			_, err = reserve.Run(ctx, db, []string{item.Key("stock")}, "1")
			require.Equal(t, "SOLDOUT", rueidistx.Code(err))
			require.Equal(t, []string{"Ada"}, db.Auto(ctx).LRange(item.Key("orders"), 0, -1).Must())
			require.Equal(t, "0", db.Auto(ctx).Get(item.Key("stock")).Must())
		})
	}
}

func TestFunctionDumpAndRestore(t *testing.T) {
	t.Parallel()
	needFunctions(t)
	s := redistest.Start(t)
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			a := w.Open(t, s.Addr).Auto(redistest.Context(t))
			require.NoError(t, a.FunctionFlush(rueidistx.Sync).Err())
			const first = "#!lua name=first\nredis.register_function{function_name = 'f', description = 'does it', flags = {'no-writes'}, callback = function() return 1 end}"
			require.Equal(t, "first", a.FunctionLoad(first).Must())
			dump := a.FunctionDump().Must()
			require.ErrorContains(t, a.FunctionRestore(dump).Err(), "already exists")
			require.NoError(t, a.FunctionRestore(dump, rueidistx.Replace).Err())
			require.NoError(t, a.FunctionLoad("#!lua name=second\nredis.register_function('g', function() return 1 end)").Err())
			require.Len(t, a.FunctionList().Must(), 2)
			require.NoError(t, a.FunctionRestore(dump, rueidistx.Flush).Err())
			require.Equal(t, []rueidistx.FunctionLibrary{{Name: "first", Engine: "LUA", Code: first, Functions: []rueidistx.FunctionInfo{
				{Name: "f", Description: rueidistx.Optional[string]{Value: "does it", OK: true}, Flags: []string{"no-writes"}},
			}}}, a.FunctionList(rueidistx.WithCode).Must())
			outcometest.RequireVerdict(t, a.FunctionRestore(dump, rueidistx.Flush, rueidistx.Replace).Err(), rueidistx.NotApplied, rueidistx.ErrInvalid)
		})
	}
}

// FunctionStats says which function keeps the server busy.
func TestFunctionStatsOfARunningFunction(t *testing.T) {
	t.Parallel()
	needFunctions(t)
	s := redistest.Start(t, "--busy-reply-threshold", "20")
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			ctx, ended := redistest.Context(t), make(chan error, 1)
			l := rueidistx.NewLibrary("busy", "redis.register_function('spin', function() while true do end end)")
			spin := rueidistx.NewFunction(l, "spin", rueidistx.AsInt64)
			caller, db := w.Open(t, s.Addr), w.Open(t, s.Addr)
			require.NoError(t, l.Load(ctx, caller))
			go func() {
				_, err := spin.Run(ctx, caller, nil, "an argument")
				ended <- err
			}()
			var stats rueidistx.FunctionStats
			redistest.Eventually(t, "the function runs", func() bool {
				stats = db.Auto(ctx).FunctionStats().Or(stats)
				return stats.Running.OK && stats.Running.Value.Duration > 0
			})
			running := stats.Running.Value
			require.Regexp(t, "^spin_[0-9a-f]{16}$", running.Name)
			require.Equal(t, []string{"FCALL", running.Name, "0", "an argument"}, running.Command)
			require.Less(t, running.Duration, time.Minute)
			require.NoError(t, rueidistx.Queue(db.Auto(ctx), db.Auto(ctx).B().Arbitrary("FUNCTION", "KILL").Build(), rueidistx.AsDone).Err())
			require.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(<-ended))
		})
	}
}

// The embedded server has no functions: see docs/testing.md.
func TestFunctionsOnTheEmbeddedServer(t *testing.T) {
	t.Parallel()
	db, end := open()
	defer end()
	ctx := redistest.Context(t)
	_, err := reserve.Run(ctx, db, []string{"n"}, "1")
	outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrRejected, rueidistx.ErrService)
	err = db.Transact(ctx, func(tx *rueidistx.Tx) error {
		reserve.Queue(tx, []string{"n"}, "1")
		return nil
	})
	outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrAborted, rueidistx.ErrService)
}
