package rueidistx_test

import (
	"sync/atomic"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// TestWatchRoundTrips counts what goes to the server as a whole.
func TestWatchRoundTrips(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			learn(t, redistest.Shared(t))
			var calls *atomic.Int32
			db := w.Open(t, redistest.Shared(t).Addr, rueidistx.Wrap(func(client rueidis.Client) rueidis.Client {
				counting := wrap(client)
				calls = new(atomic.Int32)
				counting.before = func(_ int, commands []rueidis.Completed) {
					if commands[0].Commands()[0] != "PING" { // nobody waits until a connection is given back
						calls.Add(1)
					}
				}
				return counting
			}))
			ctx, e := redistest.Context(t), entity(t)
			require.NoError(t, db.Auto(ctx).Set(e.Key("n"), "1").Err())
			require.NoError(t, db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Ping(); return nil })) // asks about MULTI
			read := func(r *rueidistx.Reader) { require.Equal(t, "1", r.Get(e.Key("n")).Must()) }
			write := func(tx *rueidistx.Tx) { tx.Incr(e.Key("written")) }
			watch := func(fn func(r *rueidistx.Reader, tx *rueidistx.Tx) error, options ...rueidistx.TxOption) func() error {
				return func() error { return db.Watch(ctx, fn, options...) }
			}
			once := func(word string) rueidistx.TxOption { return rueidistx.Once(e.Mark(word), markTTL) }
			for _, c := range []struct {
				name  string
				trips int32
				do    func() error
			}{
				{"a read and a commit", 2, watch(func(r *rueidistx.Reader, tx *rueidistx.Tx) error { read(r); write(tx); return nil })},
				{"three reads together", 2, watch(func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
					f, g, h := r.Get(e.Key("n")), r.Exists(e.Key("m")), r.Unwatched().Get(e.Key("n"))
					write(tx)
					return firstError(f.Err(), g.Err(), h.Err())
				})},
				{"three reads, one after the other", 4, watch(func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
					read(r)
					read(r)
					read(r)
					write(tx)
					return nil
				})},
				{"no read", 1, watch(func(_ *rueidistx.Reader, tx *rueidistx.Tx) error { write(tx); return nil })},
				{"a read that nobody asks for", 1, watch(func(r *rueidistx.Reader, tx *rueidistx.Tx) error { r.Get(e.Key("n")); write(tx); return nil })},
				{"a read and nothing else", 1, watch(func(r *rueidistx.Reader, _ *rueidistx.Tx) error { read(r); return nil })},
				{"two reads and nothing else", 3, watch(func(r *rueidistx.Reader, _ *rueidistx.Tx) error { read(r); read(r); return nil })},
				{"nothing", 0, watch(func(*rueidistx.Reader, *rueidistx.Tx) error { return nil })},
				{"TransactValue", 1, func() error {
					_, err := rueidistx.TransactValue(ctx, db, func(tx *rueidistx.Tx) (rueidistx.Future[string], error) { return tx.Get(e.Key("n")), nil })
					return err
				}},
				{"Once without a read", 2, watch(func(_ *rueidistx.Reader, tx *rueidistx.Tx) error { write(tx); return nil }, once("d"))},
				{"Once, by a script", 1, func() error {
					return db.Transact(ctx, func(tx *rueidistx.Tx) error { write(tx); return nil }, once("a"))
				}},
				{"Once, with a read", 2, watch(func(r *rueidistx.Reader, tx *rueidistx.Tx) error { read(r); write(tx); return nil }, once("b"))},
				{"OnceValue", 2, func() error {
					_, _, err := rueidistx.OnceValue(ctx, db, e.Mark("c"), markTTL, func(_ *rueidistx.Reader, tx *rueidistx.Tx) (int, error) { write(tx); return 1, nil })
					return err
				}},
				{"OnceValue again", 1, func() error {
					_, _, err := rueidistx.OnceValue(ctx, db, e.Mark("c"), markTTL, func(_ *rueidistx.Reader, tx *rueidistx.Tx) (int, error) { write(tx); return 1, nil })
					return err
				}},
			} {
				calls.Store(0)
				require.NoError(t, c.do(), c.name)
				require.Equal(t, c.trips, calls.Load(), c.name)
			}
		})
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestConsistentReadThatIsLost has a Watch that only reads, in one transaction, lose its connection: nothing was applied, and
// it reads again.
func TestConsistentReadThatIsLost(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			p, key := through(t, w, redistest.Shared(t)).Warm(t), redistest.Key(t, "k")
			lost := faultproxy.Fault{Command: "EXEC", Phase: faultproxy.AfterCommand}
			p.Proxy.Arm(lost)
			runs := 0
			read := func(r *rueidistx.Reader, _ *rueidistx.Tx) error { runs++; r.Get(key); r.Exists(key); return nil }
			require.NoError(t, p.Watch(redistest.Context(t), read))
			require.Equal(t, 2, runs)
			p.Proxy.Arm(lost)
			err := p.Watch(redistest.Context(t), read, rueidistx.Attempts(1))
			outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrConnection)
		})
	}
}
