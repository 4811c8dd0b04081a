package conformance

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
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
		return &recordedConn{Conn: conn, recorder: r}, nil
	}
	db := s.open(t, option)
	// The first transaction of a DB asks whether MULTI is allowed: not in the tests' way.
	tx := db.Atomic()
	tx.Echo("")
	if err := tx.Exec(redistest.Context(t)); err != nil {
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
	pending  []byte // the beginning of a command
}

// Write notes p before it goes out: who has an answer finds its command noted.
func (c *recordedConn) Write(p []byte) (int, error) {
	c.note(p)
	return c.Conn.Write(p)
}

func (c *recordedConn) note(p []byte) {
	c.recorder.mu.Lock()
	defer c.recorder.mu.Unlock()
	c.pending = append(c.pending, p...)
	for {
		argv, size := parseCommand(c.pending)
		if size == 0 {
			return
		}
		c.recorder.commands = append(c.recorder.commands, argv)
		c.pending = c.pending[size:]
	}
}

// parseCommand returns the first command in p and its size, 0 where it is not complete.
func parseCommand(p []byte) (argv []string, size int) {
	words, at, ok := parseNumber(p, 0)
	if !ok {
		return nil, 0
	}
	for range words {
		length, from, ok := parseNumber(p, at)
		if !ok || from+length+2 > len(p) {
			return nil, 0
		}
		argv = append(argv, string(p[from:from+length]))
		at = from + length + 2
	}
	return argv, at
}

// parseNumber reads a line such as *3 or $5 and returns where the next one begins.
func parseNumber(p []byte, at int) (n, next int, ok bool) {
	end := -1
	if at < len(p) {
		end = bytes.IndexByte(p[at:], '\n')
	}
	if end < 0 {
		return 0, 0, false
	}
	n, err := strconv.Atoi(string(p[at+1 : at+end-1]))
	return n, at + end + 1, err == nil
}
