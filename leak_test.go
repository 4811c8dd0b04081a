package rueidistx_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// journal has transactions of two entries each, so that half a transaction is seen as well as one that ran twice, and it
// knows what each of them ended with.
type journal struct {
	list, hash string

	mu   sync.Mutex
	errs map[string]error
}

func newLedger(t *testing.T) *journal {
	return &journal{list: redistest.Key(t, "list"), hash: redistest.Key(t, "hash"), errs: map[string]error{}}
}

func (l *journal) enter(c *rueidistx.Commands, id string) {
	c.RPush(l.list, id)
	c.HIncrBy(l.hash, id, 1)
}

func (l *journal) ended(id string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.errs[id] = err
}

// transact makes one entry with one attempt.
func (l *journal) transact(ctx context.Context, db *rueidistx.DB, id string) error {
	tx := db.Atomic()
	l.enter(tx.Commands, id)
	err := tx.Exec(ctx)
	l.ended(id, err)
	return err
}

// audit compares what the transactions said with what the server has, and counts both.
func (l *journal) audit(t *testing.T, s *redistest.Server) map[string]int {
	t.Helper()
	listed, err := s.Do(t, "LRANGE", l.list, "0", "-1").AsStrSlice()
	require.NoError(t, err)
	counted, err := s.Do(t, "HGETALL", l.hash).AsStrMap()
	require.NoError(t, err)
	require.Len(t, counted, len(listed))
	applied := map[string]bool{}
	for _, id := range listed {
		require.False(t, applied[id], "%s was applied twice", id)
		require.Equal(t, "1", counted[id], "%s", id)
		applied[id] = true
	}
	seen := map[string]int{}
	for id, err := range l.errs {
		require.True(t, agrees(err, applied[id]), "%s applied: %v, but: %v", id, applied[id], err)
		seen[fmt.Sprintf("%v/%v", rueidistx.OutcomeOf(err), applied[id])]++
	}
	return seen
}

// connections returns how many connections of clients with this name the server has, and those that are in a transaction.
func connections(t *testing.T, s *redistest.Server, name string) (all, inTransaction int) {
	t.Helper()
	clients, err := s.Do(t, "CLIENT", "LIST").ToString()
	require.NoError(t, err)
	for line := range strings.Lines(clients) {
		if !strings.Contains(line, " name="+name+" ") {
			continue
		}
		all++
		if !strings.Contains(line, " multi=-1 ") {
			inTransaction++
		}
	}
	return all, inTransaction
}

func TestFaultsLeaveNothingBehind(t *testing.T) {
	s := redistest.Shared(t)
	for _, w := range []wire{wires[0], wires[2]} {
		for _, dedicated := range []int{0, 3} {
			t.Run(fmt.Sprintf("%s, dedicated %d", w.name, dedicated), func(t *testing.T) {
				proxy := faultproxy.Start(t, s.Addr)
				before := goleak.IgnoreCurrent()
				option := w.option(proxy.Addr())
				option.ClientName = fmt.Sprintf("faulty-%x", rand.Uint64())
				var options []rueidistx.Option
				if dedicated > 0 {
					options = append(options, rueidistx.DedicatedTransactions(dedicated))
				}
				db, err := rueidistx.Open(option, options...)
				require.NoError(t, err)
				defer db.Close()
				for _, f := range []faultproxy.Fault{
					{Command: "EXEC", Nth: 7, Phase: faultproxy.AfterCommand},
					{Command: "EXEC", Nth: 11, Action: faultproxy.Reset},
					{Command: "EXEC", Nth: 13, Action: faultproxy.CutHold, For: 5 * time.Millisecond},
					{Command: "INCR", Nth: 17, Phase: faultproxy.MidCommand},
					{Command: "EVALSHA", Nth: 5, Phase: faultproxy.MidReply},
					{Command: "HELLO", Nth: 19, Phase: faultproxy.AfterCommand},
				} {
					f.Every = true
					proxy.Arm(f)
				}
				l, n := newLedger(t), redistest.Key(t, "n")
				var workers sync.WaitGroup
				for worker := range 6 {
					workers.Go(func() {
						for i := range 50 {
							work(l, db, n, fmt.Sprintf("%d.%d", worker, i))
						}
					})
				}
				workers.Wait()
				faults := proxy.Fired()
				proxy.Disarm()
				until(t, "the server has seen the end of lost connections", func() bool {
					all, busy := connections(t, s, option.ClientName)
					return all <= 1+dedicated && busy == 0
				})
				requireUsable(t, db)
				db.Close()
				until(t, "all connections have ended", func() bool {
					all, _ := connections(t, s, option.ClientName)
					return all == 0 && proxy.Conns() == 0
				})
				t.Logf("%d faults; outcome/really applied: %v", faults, l.audit(t, s))
				require.Greater(t, faults, 20)
				goleak.VerifyNone(t, before)
			})
		}
	}
}

// work does a little of everything, and some of it wrong.
func work(l *journal, db *rueidistx.DB, n, id string) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = l.transact(ctx, db, id)
	l.ended(id+"+", db.Transact(ctx, func(tx *rueidistx.Tx) error {
		l.enter(tx.Commands, id+"+")
		return nil
	}))
	short, cancel := context.WithTimeout(context.Background(), rand.N(time.Millisecond))
	defer cancel()
	_ = l.transact(short, db, id+"short")
	cancelled, cancel := context.WithCancel(context.Background())
	defer time.AfterFunc(rand.N(time.Millisecond), cancel).Stop()
	defer cancel()
	_ = l.transact(cancelled, db, id+"cancelled")

	b := db.Batch()
	b.Get(n)
	b.Incr(n)
	counting.Queue(b, []string{n})
	_ = b.Exec(ctx)
	_, _ = counting.Run(ctx, db, []string{n})
	_ = db.Auto(ctx).Incr(n).Err()
	func() {
		defer func() { _ = recover() }()
		_ = db.Transact(ctx, func(tx *rueidistx.Tx) error {
			l.enter(tx.Commands, id+"never")
			panic("own")
		})
	}()
	l.ended(id+"never", rueidistx.ErrNotSent)
	_ = db.Execute(ctx, func(b *rueidistx.Batch) error {
		b.Incr(n)
		return errors.New("own")
	})
}
