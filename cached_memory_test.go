package rueidistx_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// deafConn is a connection that breaks for its reader while it is written: the write is slow, but goes on.
type deafConn struct {
	net.Conn
	armed, ended *atomic.Bool
	deaf         atomic.Bool
	tail         []byte // of what was written since
}

func (c *deafConn) Write(b []byte) (int, error) {
	switch {
	case c.deaf.Load():
		const ping = "PING" // with which rueidis ends its writer
		c.tail = append(c.tail, b...)
		if bytes.Contains(c.tail, []byte(ping)) {
			c.ended.Store(true)
			return 0, io.ErrClosedPipe
		}
		c.tail = c.tail[max(len(c.tail)-len(ping), 0):]
		return len(b), nil
	case bytes.Contains(b, []byte("EXEC")) && c.armed.CompareAndSwap(true, false):
		c.deaf.Store(true)
		_ = c.SetReadDeadline(time.Now())
		time.Sleep(200 * time.Millisecond) // in which the commands are read over another connection: a channel would put all in order
		return len(b), nil
	}
	return c.Conn.Write(b)
}

// Close lets the writer go on.
func (c *deafConn) Close() error {
	if c.deaf.Load() {
		return nil
	}
	return c.Conn.Close()
}

// The commands of a CachedBatch whose connection breaks are sent again, while the writer of the broken one still reads them: they
// must not be anybody else's yet. The race detector tells.
func TestCachedCommandsAreNotReusedWhileAConnectionReadsThem(t *testing.T) {
	t.Parallel()
	for _, rest := range []int{1, 400, 400} { // several, as the detector does not see each
		armed, ended := new(atomic.Bool), new(atomic.Bool)
		option := outcometest.ClientModes[0].Option(redistest.Shared(t).Addr)
		option.WriteBufferEachConn = 64
		option.DialCtxFn = func(ctx context.Context, addr string, dialer *net.Dialer, _ *tls.Config) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, "tcp", addr)
			if err != nil {
				return nil, err
			}
			t.Cleanup(func() { _ = conn.Close() })
			return &deafConn{Conn: conn, armed: armed, ended: ended}, nil
		}
		db, err := rueidistx.Open(option)
		require.NoError(t, err)
		t.Cleanup(db.Close)
		ctx, key := redistest.Context(t), redistest.Key(t, "h")
		require.NoError(t, db.Auto(ctx).HSet(key, "f", "value").Err())
		armed.Store(true)
		for round := range 3 {
			b := db.Cached(time.Minute).Batch()
			var futures []rueidistx.Future[string]
			for i := range rest {
				futures = append(futures, b.HGet(key, "f"), b.HGet(key, fmt.Sprint(round, strings.Repeat("-", 100), i)).Default("none"))
			}
			require.NoError(t, b.Exec(ctx))
			for i, f := range futures {
				require.Equal(t, []string{"value", "none"}[i%2], f.Must())
			}
		}
		require.False(t, armed.Load())
		redistest.Eventually(t, "the writer ends", ended.Load)
	}
}
