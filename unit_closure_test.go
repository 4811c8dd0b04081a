package rueidistx_test

import (
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

var errOwn = errors.New("own")

// leaving are the ways in which a closure can end other than by success.
var leaving = map[string]func(t *testing.T, run func(end func() error) error){
	"error": func(t *testing.T, run func(func() error) error) {
		err := run(func() error { return errOwn })
		require.EqualError(t, err, errOwn.Error())
		require.ErrorIs(t, err, errOwn)
	},
	"panic": func(t *testing.T, run func(func() error) error) {
		require.PanicsWithValue(t, "own", func() { _ = run(func() error { panic("own") }) })
	},
	"panic with nil": func(t *testing.T, run func(func() error) error) {
		require.Panics(t, func() { _ = run(func() error { panic(nil) }) })
	},
	"Goexit": func(t *testing.T, run func(func() error) error) {
		returned, ended := false, make(chan struct{})
		go func() {
			defer close(ended)
			_ = run(func() error { runtime.Goexit(); return nil })
			returned = true
		}()
		<-ended
		require.False(t, returned)
	},
}

// warmOwn is Warm for a DB whose transactions have connections of their own: it waits until the first is given back. The DB
// keeps it for a moment, and then closes a pipelining one. In RESP2 rueidis dials another one then, for subscriptions.
func warmOwn(t *testing.T, p *outcometest.Proxied, w outcometest.ClientMode) {
	t.Helper()
	p.Proxy.Reset()
	require.NoError(t, p.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { tx.Exists("warm"); return nil }))
	redistest.Eventually(t, "the connection is given back", func() bool {
		return (!w.Pipelined || p.Proxy.Conns() == 1) &&
			(!w.RESP2 || sentAs(p.Proxy.Commands(), "CLIENT") == 4) // two with each dial
	})
	looked := false
	redistest.Eventually(t, "nothing more is sent", func() bool {
		quiet := looked && p.Proxy.BytesSent() == 0
		looked = true
		p.Proxy.Reset()
		return quiet
	})
}

func TestClosureThatDoesNotSucceedSendsNothing(t *testing.T) {
	t.Parallel()
	for how, leave := range leaving {
		for _, w := range outcometest.Modes() {
			for _, dedicated := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, %s, dedicated %v", how, w.Name, dedicated), func(t *testing.T) {
					t.Parallel()
					var options []rueidistx.Option
					if dedicated {
						options = append(options, rueidistx.DedicatedTransactions(1))
					}
					p, key := through(t, w, redistest.Shared(t), options...), redistest.Key(t, "k")
					if dedicated {
						warmOwn(t, p, w)
					} else {
						p.Warm(t)
					}
					var futures []outcometest.Settled
					for range 3 { // so that what one leaves behind would stop the next
						leave(t, func(end func() error) error {
							return p.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
								futures = append(futures, outcometest.Four(tx.Commands, key)...)
								require.ErrorIs(t, tx.Exec(redistest.Context(t)), rueidistx.ErrDone)
								return end()
							})
						})
						leave(t, func(end func() error) error {
							return p.Execute(redistest.Context(t), func(b *rueidistx.Batch) error {
								futures = append(futures, outcometest.Four(b.Commands, key)...)
								require.ErrorIs(t, b.Exec(redistest.Context(t)), rueidistx.ErrDone)
								return end()
							})
						})
						leave(t, func(end func() error) error {
							tx := p.Atomic()
							defer tx.Discard()
							futures = append(futures, outcometest.Four(tx.Commands, key)...)
							return end()
						})
					}
					for _, f := range futures {
						outcometest.RequireVerdict(t, f.Err(), rueidistx.NotApplied, rueidistx.ErrDiscarded)
					}
					require.Zero(t, p.Proxy.BytesSent())
					require.Equal(t, "---", outcometest.Traces(t, p.Server, key))
					outcometest.RequireUsable(t, p.DB)
				})
			}
		}
	}
}
