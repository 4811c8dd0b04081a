package conformance

import (
	"context"
	"crypto/tls"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/resp"
)

// recorder notes every command that a client sends.
type recorder struct {
	mu       sync.Mutex
	commands [][]string
}

// record opens a DB whose commands are recorded.
func (s *suite) record(t *testing.T) (*rueidistx.DB, *recorder) {
	t.Helper()
	r := new(recorder)
	option := s.Option
	option.Dialer.KeepAlive = time.Hour // no PING of the client's own
	option.DisableCache = true
	dial := option.DialCtxFn
	if dial == nil {
		dial = dialed
	}
	option.DialCtxFn = func(ctx context.Context, addr string, dialer *net.Dialer, config *tls.Config) (net.Conn, error) {
		conn, err := dial(ctx, addr, dialer, config)
		if err != nil {
			return nil, err
		}
		return &recordedConn{Conn: conn, recorder: r, requests: resp.Requests{KeepAll: true}}, nil
	}
	db := s.open(t, option)
	// The first transaction of a DB asks whether MULTI is allowed: not in the tests' way.
	tx := db.Atomic()
	tx.Echo("")
	if err := tx.Exec(redistest.Context(t)); err != nil {
		t.Fatal(err)
	}
	// Nor are the connections in the way that the client of a cluster dials in the background, when it asks a node for the slots.
	if err := db.EachPrimary(redistest.Context(t), func(_ string, b *rueidistx.Batch) error { b.Echo(""); return nil }); err != nil {
		t.Fatal(err)
	}
	r.clear()
	return db, r
}

// dialed is how rueidis dials.
func dialed(ctx context.Context, addr string, dialer *net.Dialer, config *tls.Config) (net.Conn, error) {
	if config != nil {
		return (&tls.Dialer{NetDialer: dialer, Config: config}).DialContext(ctx, "tcp", addr)
	}
	return dialer.DialContext(ctx, "tcp", addr)
}

// clear forgets what was sent.
func (r *recorder) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.commands = nil
}

// sent returns the commands sent since clear, without those that a client sends for itself: rueidis says PING before it
// closes a connection.
func (r *recorder) sent() [][]string {
	return slices.DeleteFunc(r.all(), func(argv []string) bool {
		switch strings.ToUpper(argv[0]) {
		case "HELLO", "AUTH", "SELECT", "CLIENT", "CLUSTER", "READONLY", "SENTINEL", "ROLE", "PING", "SUBSCRIBE", "PSUBSCRIBE":
			return true
		}
		return false
	})
}

// has reports whether a command of this name was sent since clear, even by a client for itself.
func (r *recorder) has(verb string) bool {
	return slices.ContainsFunc(r.all(), func(argv []string) bool { return strings.EqualFold(argv[0], verb) })
}

// all returns everything sent since clear.
func (r *recorder) all() [][]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.commands)
}

// recordedConn notes what is written to it.
type recordedConn struct {
	net.Conn
	recorder *recorder
	requests resp.Requests
}

// Write notes p before it goes out: who has an answer finds its command noted.
func (c *recordedConn) Write(p []byte) (int, error) {
	c.note(p)
	return c.Conn.Write(p)
}

func (c *recordedConn) note(p []byte) {
	c.recorder.mu.Lock()
	defer c.recorder.mu.Unlock()
	for len(p) > 0 {
		n, complete := c.requests.Feed(p)
		p = p[n:]
		if complete {
			c.recorder.commands = append(c.recorder.commands, c.requests.Argv)
		}
	}
}
