package rueidistx_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// tunnel dials connections that fail with an error of the test's when they are told to: with the next answer, which has
// come by then, or with the next write.
type tunnel struct{ onRead, onWrite atomic.Pointer[error] }

type tunnelConn struct {
	net.Conn
	*tunnel
}

func (n *tunnel) dial(ctx context.Context, addr string, dialer *net.Dialer, _ *tls.Config) (net.Conn, error) {
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &tunnelConn{conn, n}, nil
}

func (c *tunnelConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if fail := c.onRead.Swap(nil); fail != nil {
		_ = c.Conn.Close()
		return 0, *fail
	}
	return n, err
}

func (c *tunnelConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if fail := c.onWrite.Swap(nil); fail != nil {
		_ = c.Conn.Close()
		return 0, *fail
	}
	return n, err
}

// refusedDial is the error of another DB that could not dial.
func refusedDial(t *testing.T) error {
	t.Helper()
	other := through(t, outcometest.ClientModes[0], redistest.Shared(t)).Warm(t)
	unreachable(t, other)
	err := other.Auto(redistest.Context(t)).Set("x", "1").Err()
	require.ErrorIs(t, err, rueidistx.ErrNotSent)
	return err
}

// serverErrorOf returns an error that a server has answered something else with.
func serverErrorOf(t *testing.T) error {
	t.Helper()
	_, err := redistest.Shared(t).TryDo("NOSUCH")
	require.Error(t, err)
	return err
}

// Only a dial that fails is proof that nothing was sent. A connection may dial anew whenever it is read or written, and
// fail with the same errors, or with those of another DB.
func TestConnectionThatFailsLikeADialIsUnknown(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	for name, fail := range map[string]error{
		"dial":            refused,
		"wrapped":         fmt.Errorf("tunnel: %w", refused),
		"joined":          errors.Join(net.ErrClosed, refused),
		"refused":         syscall.ECONNREFUSED,
		"address":         &net.AddrError{Err: "no such address", Addr: "x"},
		"name":            &net.DNSError{Err: "no such host", Name: "x", IsNotFound: true},
		"of another DB":   refusedDial(t),
		"deadline":        context.DeadlineExceeded,
		"without a class": rueidistx.ErrNotSent,
		"no slot":         fmt.Errorf("tunnel: %w", rueidis.ErrNoSlot),
		"a server's":      serverErrorOf(t),
	} {
		for _, w := range outcometest.Modes() {
			t.Run(name+", "+w.Name, func(t *testing.T) {
				t.Parallel()
				n := &tunnel{}
				option := w.Option(s.Addr)
				option.DialCtxFn = n.dial
				db, err := rueidistx.Open(option)
				require.NoError(t, err)
				t.Cleanup(db.Close)
				require.NoError(t, db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { tx.Exists("x"); return nil }))
				for on, armed := range map[string]*atomic.Pointer[error]{"read": &n.onRead, "write": &n.onWrite} {
					if on == "write" && w.Pipelined { // the answer may come before the write is over
						continue
					}
					for _, k := range ways.OfEachKind {
						key := redistest.Key(t, on+k.Name)
						require.ErrorIs(t, db.Auto(redistest.Context(t)).Get(key).Err(), rueidistx.ErrNil) // connects again
						armed.Store(&fail)
						futures, err := runFour(redistest.Context(t), k, db, key)
						require.Nil(t, armed.Load())
						for _, err := range append(errorsOf(futures), err) {
							require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(err), "%s, %s: %v", on, k.Name, err)
							require.ErrorIs(t, err, rueidistx.ErrUnknown)
							require.NotErrorIs(t, err, rueidistx.ErrNotApplied)
						}
						redistest.Eventually(t, "applied all the same", func() bool { return outcometest.Traces(t, s, key) == tracesOf(k) })
					}
				}
			})
		}
	}
}

// silent is an address that accepts connections and never answers.
func silent(t *testing.T) (addr string, accepted <-chan struct{}) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	signal := make(chan struct{}, 1000)
	var accepting sync.WaitGroup
	var conns []net.Conn
	accepting.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conns = append(conns, conn)
			signal <- struct{}{}
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		accepting.Wait()
		for _, c := range conns {
			_ = c.Close()
		}
	})
	return l.Addr().String(), signal
}

const shortly = 150 * time.Millisecond

// requireShortly expects that to be about as long as setting up a connection may take, on a busy machine.
func requireShortly(t *testing.T, start time.Time) {
	t.Helper()
	require.Less(t, time.Since(start), 10*shortly)
}

func TestOpenOfAServerThatNeverAnswersIsBoundedByTheDialersTimeout(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	for _, w := range outcometest.Modes() {
		addr, _ := silent(t)
		option := w.Option(addr)
		option.Dialer.Timeout = shortly
		start := time.Now()
		_, err := rueidistx.Open(option)
		require.ErrorIs(t, err, rueidistx.ErrNotSent)
		requireShortly(t, start)
	}
}

// A connection has broken, and the server accepts another one and never answers. A context that is cancelled meanwhile does
// not end the wait for it: Dialer.Timeout does.
func TestReconnectingIsBoundedByTheDialersTimeout(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	s := redistest.Shared(t)
	for _, w := range outcometest.Modes() {
		for _, k := range ways.OfEachKind {
			t.Run(k.Name+", "+w.Name, func(t *testing.T) {
				t.Parallel()
				p := through(t, w, s)
				nowhere, accepted := silent(t)
				var lost atomic.Bool
				option := w.Option(p.Proxy.Addr())
				option.Dialer.Timeout = shortly
				option.DialCtxFn = func(ctx context.Context, addr string, dialer *net.Dialer, _ *tls.Config) (net.Conn, error) {
					if lost.Load() {
						addr = nowhere
					}
					return dialer.DialContext(ctx, "tcp", addr)
				}
				var db *rueidistx.DB
				redistest.Succeeds(t, "it opens in time", func() (err error) {
					db, err = rueidistx.Open(option)
					return err
				})
				t.Cleanup(db.Close)
				require.NoError(t, db.Auto(redistest.Context(t)).Exists("x").Err())
				lost.Store(true)
				p.Proxy.CutAll()
				redistest.Eventually(t, "the loss is known", func() bool {
					ctx, cancel := context.WithCancel(context.Background())
					cancelled := make(chan struct{})
					go func() {
						defer close(cancelled)
						select {
						case <-accepted:
						case <-ctx.Done():
						}
						cancel()
					}()
					start := time.Now()
					_, err := runFour(ctx, k, db, redistest.Key(t, "k"))
					requireShortly(t, start)
					require.Error(t, err)
					known := ctx.Err() != nil // somebody dialed
					cancel()
					<-cancelled
					return known
				})
				require.Equal(t, "---", outcometest.Traces(t, s, redistest.Key(t, "k")))
			})
		}
	}
}
