package rueidistx_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// wrapped is a client whose owner has put something around it. before and after get the number of the call, from 1 on, and
// the commands; they may not come back.
type wrapped struct {
	rueidis.Client
	calls         *atomic.Int32
	before, after func(call int, commands []rueidis.Completed)
}

func wrap(client rueidis.Client) *wrapped {
	nothing := func(int, []rueidis.Completed) {}
	return &wrapped{client, new(atomic.Int32), nothing, nothing}
}

func (w *wrapped) Do(ctx context.Context, command rueidis.Completed) rueidis.RedisResult {
	call, commands := int(w.calls.Add(1)), []rueidis.Completed{command.Pin()}
	w.before(call, commands)
	r := w.Client.Do(ctx, command)
	w.after(call, commands)
	return r
}

func (w *wrapped) DoMulti(ctx context.Context, commands ...rueidis.Completed) []rueidis.RedisResult {
	call := int(w.calls.Add(1))
	w.before(call, commands)
	r := w.Client.DoMulti(ctx, commands...)
	w.after(call, commands)
	return r
}

func (w *wrapped) Dedicate() (rueidis.DedicatedClient, func()) {
	client, cancel := w.Client.Dedicate()
	return &wrappedDedicated{client, w}, cancel
}

// wrappedDedicated is the same for a connection of its own.
type wrappedDedicated struct {
	rueidis.DedicatedClient
	w *wrapped
}

func (d *wrappedDedicated) DoMulti(ctx context.Context, commands ...rueidis.Completed) []rueidis.RedisResult {
	if commands[0].Commands()[0] == "PING" { // a connection is given back, by a goroutine of its own
		return d.DedicatedClient.DoMulti(ctx, commands...)
	}
	call := int(d.w.calls.Add(1))
	d.w.before(call, commands)
	r := d.DedicatedClient.DoMulti(ctx, commands...)
	d.w.after(call, commands)
	return r
}

// notComingBack are the ways in which code may not come back to its caller.
var notComingBack = map[string]func(){
	"panic":            func() { panic("the client's") },
	"panic with error": func() { panic(rueidistx.ErrNotSent) },
	"Goexit":           runtime.Goexit,
}

// abandoned runs something that does not come back, on a goroutine of its own.
func abandoned(t *testing.T, run func()) {
	t.Helper()
	came, ended := false, make(chan struct{})
	go func() {
		defer close(ended)
		defer func() { _ = recover() }()
		run()
		came = true
	}()
	<-ended
	require.False(t, came, "it came back")
}

// counted are futures of increments of one key each.
type increments struct {
	keys    []string
	futures []rueidistx.Future[int64]
}

func (n *increments) key(t *testing.T) string {
	key := redistest.Key(t, fmt.Sprint("n", len(n.keys)))
	n.keys = append(n.keys, key)
	return key
}

func (n *increments) queue(t *testing.T, c *rueidistx.Commands, many int) {
	for range many {
		n.futures = append(n.futures, c.Incr(n.key(t)))
	}
}

func (n *increments) queueScript(t *testing.T, q rueidistx.Queuer) {
	n.futures = append(n.futures, counting.Queue(q, []string{n.key(t)}))
}

// requireSettled expects each future to have ended as a letter says: applied, unknown, or discarded or not sent; and the
// server not to contradict it.
func (n *increments) requireSettled(t *testing.T, s outcometest.Server, want string) {
	t.Helper()
	got := ""
	for i, f := range n.futures {
		err := f.Err()
		require.NotErrorIs(t, err, rueidistx.ErrPending, "command %d", i)
		reply := s.Do(t, "GET", n.keys[i])
		require.True(t, outcometest.Agrees(err, !reply.IsNil()), "command %d: applied %v, but: %v", i, !reply.IsNil(), err)
		switch rueidistx.OutcomeOf(err) {
		case rueidistx.Applied:
			got += "a"
		case rueidistx.Unknown:
			require.ErrorIs(t, err, rueidistx.ErrUnknown)
			got += "u"
		case rueidistx.NotApplied:
			require.ErrorIs(t, err, rueidistx.ErrDiscarded)
			got += "d"
		}
	}
	require.Equal(t, want, got)
}

// In each of these the client does not come back from one of its calls. What was sent in that one is under way, what was
// answered before is known, what was to follow is not sent.
var lostCalls = []struct {
	name string
	call int // the call that does not come back, where warm says that the DB has asked its question before
	warm bool
	run  func(t *testing.T, ctx context.Context, db *rueidistx.DB, n *increments)
	want string
}{
	{"Auto", 1, false, func(t *testing.T, ctx context.Context, db *rueidistx.DB, n *increments) {
		n.queue(t, db.Auto(ctx).Commands, 1)
	}, ""}, // there is no future, as the method did not return
	{"Batch", 1, false, func(t *testing.T, ctx context.Context, db *rueidistx.DB, n *increments) {
		b := db.Batch()
		n.queue(t, b.Commands, 3)
		_ = b.Exec(ctx)
	}, "uuu"},
	{"Batch of one", 1, false, func(t *testing.T, ctx context.Context, db *rueidistx.DB, n *increments) {
		b := db.Batch()
		n.queue(t, b.Commands, 1)
		_ = b.Exec(ctx)
	}, "u"},
	{"Batch in chunks, the first", 1, false, func(t *testing.T, ctx context.Context, db *rueidistx.DB, n *increments) {
		b := db.Batch(rueidistx.Chunk(2))
		n.queue(t, b.Commands, 5)
		_ = b.Exec(ctx)
	}, "uuddd"},
	{"Batch in chunks, the second", 2, false, func(t *testing.T, ctx context.Context, db *rueidistx.DB, n *increments) {
		b := db.Batch(rueidistx.Chunk(2))
		n.queue(t, b.Commands, 5)
		_ = b.Exec(ctx)
	}, "aauud"},
	{"Batch in chunks, the last", 3, false, func(t *testing.T, ctx context.Context, db *rueidistx.DB, n *increments) {
		b := db.Batch(rueidistx.Chunk(2))
		n.queue(t, b.Commands, 5)
		_ = b.Exec(ctx)
	}, "aaaau"},
	{"Execute", 1, false, func(t *testing.T, ctx context.Context, db *rueidistx.DB, n *increments) {
		_ = db.Execute(ctx, func(b *rueidistx.Batch) error { n.queue(t, b.Commands, 3); return nil })
	}, "uuu"},
	// The command that fills a chunk has no future: its method did not return.
	{"Execute in chunks, in the closure", 2, false, func(t *testing.T, ctx context.Context, db *rueidistx.DB, n *increments) {
		_ = db.Execute(ctx, func(b *rueidistx.Batch) error { n.queue(t, b.Commands, 5); return nil }, rueidistx.Chunk(2))
	}, "aau"},
	{"Execute in chunks, after the closure", 3, false, func(t *testing.T, ctx context.Context, db *rueidistx.DB, n *increments) {
		_ = db.Execute(ctx, func(b *rueidistx.Batch) error { n.queue(t, b.Commands, 5); return nil }, rueidistx.Chunk(2))
	}, "aaaau"},
	{"Batch with a script", 1, false, func(t *testing.T, ctx context.Context, db *rueidistx.DB, n *increments) {
		b := db.Batch()
		n.queue(t, b.Commands, 1)
		n.queueScript(t, b)
		n.queue(t, b.Commands, 1)
		_ = b.Exec(ctx)
	}, "uuu"},
	{"Batch with a script whose text has to follow", 2, false, func(t *testing.T, ctx context.Context, db *rueidistx.DB, n *increments) {
		b := db.Batch()
		n.queue(t, b.Commands, 1)
		n.queueScript(t, b)
		n.queue(t, b.Commands, 1)
		_ = b.Exec(ctx)
	}, "uuu"},
	{"Batch with a script, in chunks", 3, false, func(t *testing.T, ctx context.Context, db *rueidistx.DB, n *increments) {
		b := db.Batch(rueidistx.Chunk(2))
		n.queue(t, b.Commands, 3)
		n.queueScript(t, b)
		n.queue(t, b.Commands, 1)
		_ = b.Exec(ctx)
	}, "aauud"},
	{"Tx", 1, true, func(t *testing.T, ctx context.Context, db *rueidistx.DB, n *increments) {
		tx := db.Atomic()
		n.queue(t, tx.Commands, 2)
		n.queueScript(t, tx)
		_ = tx.Exec(ctx)
	}, "uuu"},
	{"Tx with Discard deferred", 1, true, func(t *testing.T, ctx context.Context, db *rueidistx.DB, n *increments) {
		tx := db.Atomic()
		defer tx.Discard()
		n.queue(t, tx.Commands, 2)
		_ = tx.Exec(ctx)
	}, "uu"},
	{"Tx, while it asks for MULTI", 1, false, func(t *testing.T, ctx context.Context, db *rueidistx.DB, n *increments) {
		tx := db.Atomic()
		n.queue(t, tx.Commands, 2)
		_ = tx.Exec(ctx)
	}, "uu"},
	{"Transact", 1, true, func(t *testing.T, ctx context.Context, db *rueidistx.DB, n *increments) {
		_ = db.Transact(ctx, func(tx *rueidistx.Tx) error { n.queue(t, tx.Commands, 2); return nil })
	}, "uu"},
}

func TestFuturesAreSettledWhereTheClientDoesNotComeBack(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	s := redistest.Start(t)
	for _, w := range outcometest.Modes() {
		client, err := rueidis.NewClient(w.Option(s.Addr))
		require.NoError(t, err)
		t.Cleanup(client.Close)
		for how, end := range notComingBack {
			for _, c := range lostCalls {
				for _, sent := range []bool{true, false} {
					for _, options := range [][]rueidistx.Option{nil, {rueidistx.DedicatedTransactions(1)}} {
						t.Run(fmt.Sprintf("%s, %s, %s, sent %v, dedicated %v", w.Name, how, c.name, sent, options != nil), func(t *testing.T) {
							s.Do(t, "SCRIPT", "FLUSH")
							wrapper := wrap(client)
							db, ctx := rueidistx.New(wrapper, options...), redistest.Context(t)
							counting.Believe(db) // the server knows it
							if c.warm {
								require.NoError(t, db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Ping(); return nil }))
							}
							wrapper.calls.Store(0)
							stop := func(call int, _ []rueidis.Completed) {
								if call == c.call {
									end()
								}
							}
							if wrapper.after = stop; !sent {
								wrapper.before, wrapper.after = stop, wrap(nil).after
							}
							var n increments
							abandoned(t, func() { c.run(t, ctx, db, &n) })
							n.futures = n.futures[:min(len(n.futures), len(c.want))]
							n.requireSettled(t, s, c.want)
							require.Len(t, n.futures, len(c.want))
							wrapper.before, wrapper.after = wrap(nil).before, wrap(nil).after
							outcometest.RequireUsable(t, db)
						})
					}
				}
			}
		}
	}
}

// A Batch whose Progress does not come back has settled what was sent until then, and sends no more.
func TestFuturesAreSettledWhereProgressDoesNotComeBack(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for _, w := range outcometest.Modes() {
		db := w.Open(t, s.Addr)
		for how, end := range notComingBack {
			for done, want := range map[int]string{2: "aaddd", 4: "aaaad", 5: "aaaaa"} {
				t.Run(fmt.Sprintf("%s, %s, after %d", w.Name, how, done), func(t *testing.T) {
					stop := rueidistx.Progress(func(d, _ int) {
						if d == done {
							end()
						}
					})
					var n, streamed increments
					b := db.Batch(rueidistx.Chunk(2), stop)
					n.queue(t, b.Commands, 5)
					abandoned(t, func() { _ = b.Exec(redistest.Context(t)) })
					n.requireSettled(t, s, want)
					require.ErrorIs(t, b.Exec(redistest.Context(t)), rueidistx.ErrDone)

					streamed.keys = n.keys // others than those
					first := len(n.keys)
					abandoned(t, func() {
						_ = db.Execute(redistest.Context(t), func(b *rueidistx.Batch) error {
							streamed.queue(t, b.Commands, 5)
							return nil
						}, rueidistx.Chunk(2), stop)
					})
					streamed.keys = streamed.keys[first:]
					for i, f := range streamed.futures { // the one that filled the chunk did not get its own
						require.NoError(t, f.Err(), "command %d", i)
					}
					require.Len(t, streamed.futures, min(done-1+done%2, 5))
					outcometest.RequireUsable(t, db)
				})
			}
		}
	}
}
