package rueidistx_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// scriptRuns are the ways to run a script outside of transactions.
var scriptRuns = map[string]func(ctx context.Context, db *rueidistx.DB, keys []string) error{
	"Run": func(ctx context.Context, db *rueidistx.DB, keys []string) error {
		_, err := counting.Run(ctx, db, keys)
		return err
	},
	"Batch": func(ctx context.Context, db *rueidistx.DB, keys []string) error {
		b := db.Batch()
		f := counting.Queue(b, keys)
		_ = b.Exec(ctx)
		return f.Err()
	},
	"Execute in chunks": func(ctx context.Context, db *rueidistx.DB, keys []string) (err error) {
		var f rueidistx.Future[int64]
		_ = db.Execute(ctx, func(b *rueidistx.Batch) error {
			b.Get(keys[0])
			f = counting.Queue(b, keys)
			return nil
		}, rueidistx.Chunk(2))
		return f.Err()
	},
}

// The text of a script that the server does not know is not sent when the context has ended meanwhile.
func TestScriptsTextIsNotSentWhenTheContextHasEnded(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	for _, w := range outcometest.Modes() {
		client, err := rueidis.NewClient(w.Option(s.Addr))
		require.NoError(t, err)
		t.Cleanup(client.Close)
		for way, run := range scriptRuns {
			t.Run(w.Name+", "+way, func(t *testing.T) {
				s.Do(t, "SCRIPT", "FLUSH")
				ctx, cancel := context.WithCancel(redistest.Context(t))
				defer cancel()
				wrapper, key := wrap(client), redistest.Key(t, "n")
				wrapper.after = func(int, []rueidis.Completed) { cancel() }
				db := rueidistx.New(wrapper)
				counting.Believe(db)
				err := run(ctx, db, []string{key})
				require.EqualValues(t, 1, wrapper.calls.Load(), "the text was sent though the context had ended")
				outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrRejected, rueidistx.ErrService)
				require.True(t, s.Do(t, "GET", key).IsNil())
			})
		}
	}
}

// Nor when the DB is being closed. It is not parallel, so that no other DB is.
func TestScriptsTextIsNotSentWhenTheDBIsClosed(t *testing.T) {
	s := redistest.Start(t)
	for _, w := range outcometest.Modes() {
		for way, run := range scriptRuns {
			t.Run(w.Name+", "+way, func(t *testing.T) {
				s.Do(t, "SCRIPT", "FLUSH")
				proxy, key := faultproxy.Start(t, s.Addr), redistest.Key(t, "n")
				db, err := rueidistx.Open(w.Option(proxy.Addr()))
				require.NoError(t, err)
				counting.Believe(db)
				proxy.Arm(faultproxy.Fault{Command: "EVALSHA", Phase: faultproxy.AfterCommand, Action: faultproxy.Hold})
				ended := make(chan error, 1)
				go func(ctx context.Context) { ended <- run(ctx, db, []string{key}) }(redistest.Context(t))
				redistest.Eventually(t, "the answer is held", func() bool { return proxy.Held() == 1 })
				closed := make(chan struct{})
				go func() {
					defer close(closed)
					db.Close() // which waits for what is under way
				}()
				redistest.Eventually(t, "it is closing", closing)
				proxy.Release()
				err = <-ended
				<-closed
				require.NotContains(t, proxy.Commands(), "EVAL")
				require.NotEqual(t, rueidistx.Applied, requireOneOutcome(t, err))
				require.True(t, s.Do(t, "GET", key).IsNil())
				outcometest.RequireVerdict(t, run(redistest.Context(t), db, []string{key}), rueidistx.NotApplied,
					rueidistx.ErrNotSent, rueidistx.ErrConnection)
			})
		}
	}
}

// closing reports whether a DB waits for its client to close.
func closing() bool {
	stacks := make([]byte, 1<<20)
	return strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "rueidis.(*singleClient).Close(")
}

// Servers forget texts, the oldest of some hundred first, so a transaction relies on one for a while only.
func TestTransactionSendsAScriptsTextAgainAfterManyOthers(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for _, own := range []bool{true, false} { // the others are the caller's own EVALs
		for _, others := range []int{0, 1, 90, 101, 520} {
			t.Run(fmt.Sprintf("%d others, own %v", others, own), func(t *testing.T) {
				t.Parallel()
				p, keys := through(t, outcometest.ClientModes[0], s).Warm(t), []string{redistest.Key(t, "n")}
				tx := p.Atomic()
				first := counting.Queue(tx, keys)
				for i := range others {
					text := fmt.Sprintf("return %d", i)
					if own {
						rueidistx.Queue(tx, tx.B().Arbitrary("EVAL", text, "0").Build(), rueidistx.AsInt64)
					} else {
						rueidistx.NewScript(text, rueidistx.AsInt64).Queue(tx, nil)
					}
				}
				second, third := counting.Queue(tx, keys), counting.Queue(tx, keys)
				require.NoError(t, tx.Exec(redistest.Context(t)))
				require.Equal(t, []int64{1, 2, 3}, []int64{first.Must(), second.Must(), third.Must()})
				sent := slices.DeleteFunc(p.Proxy.Commands(), func(verb string) bool { return verb == "MULTI" || verb == "EXEC" })
				want := "EVALSHA"
				if others > 100 {
					want = "EVAL"
				}
				require.Equal(t, []string{"EVAL", want, "EVALSHA"}, []string{sent[0], sent[len(sent)-2], sent[len(sent)-1]})
			})
		}
	}
}
