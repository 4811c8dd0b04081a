// Package canned connects a rueidis client to no server at all: a connection that swallows what is written and serves
// prepared replies. It is for measuring what a client itself costs, without a kernel and a server in between.
package canned

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx/internal/resp"
)

// Conn is the connection. After the handshake it answers each write with the replies that Serve set. So do the
// connections that the client dials later, for commands that block.
type Conn struct {
	first    *Conn // the one that replies are set for, nil if it is this one
	mu       sync.Mutex
	ready    sync.Cond
	reply    string // being read, from at on
	at       int
	replies  []string
	greeted  bool
	requests resp.Requests // of the handshake
	closed   bool
}

// New returns a single-node client on a connection of its own.
func New() (rueidis.Client, *Conn, error) {
	option, c := Option()
	client, err := rueidis.NewClient(option)
	return client, c, err
}

// Option returns the options for such a client, with its connection.
func Option() (rueidis.ClientOption, *Conn) {
	c := new(Conn)
	c.ready.L = &c.mu
	var dialed bool
	return rueidis.ClientOption{
		InitAddress:       []string{"canned"},
		ForceSingleClient: true,
		DisableCache:      true,
		PipelineMultiplex: -1,
		Dialer:            net.Dialer{KeepAlive: time.Hour}, // no PING of its own in between
		ConnWriteTimeout:  time.Hour,
		DialCtxFn: func(context.Context, string, *net.Dialer, *tls.Config) (net.Conn, error) {
			if !dialed {
				dialed = true
				return c, nil
			}
			later := &Conn{first: c}
			later.ready.L = &later.mu
			return later, nil
		},
	}, c
}

// Serve sets the replies to the writes that follow: the first to the first, and the last to all others.
func (c *Conn) Serve(replies ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.greeted = true
	c.replies = append(c.replies[:0], replies...)
}

// Write swallows p.
func (c *Conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return 0, net.ErrClosed
	}
	switch {
	case c.first != nil && !greets(p):
		c.reply, c.at = c.first.next(), 0
	case c.greeted:
		c.reply, c.at = c.served(), 0
	default:
		c.reply, c.at = c.reply[c.at:]+c.greet(p), 0
	}
	c.ready.Broadcast()
	return len(p), nil
}

func (c *Conn) next() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.served()
}

func (c *Conn) served() string {
	reply := c.replies[0]
	if len(c.replies) > 1 {
		c.replies = c.replies[1:]
	}
	return reply
}

// greets reports whether a write is of the handshake.
func greets(p []byte) bool {
	return bytes.Contains(p, []byte("\r\nHELLO\r\n")) || bytes.Contains(p, []byte("\r\nCLIENT\r\n"))
}

// greet answers the commands of the handshake.
func (c *Conn) greet(p []byte) string {
	var replies string
	for len(p) > 0 {
		n, complete := c.requests.Feed(p)
		p = p[n:]
		switch {
		case !complete:
		case c.requests.Verb() == "HELLO":
			replies += "%3\r\n+server\r\n+redis\r\n+version\r\n+7.0.0\r\n+proto\r\n:3\r\n"
		default:
			replies += "+OK\r\n"
		}
	}
	return replies
}

// Read returns prepared replies, waiting for a write where there are none.
func (c *Conn) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.at == len(c.reply) && !c.closed {
		c.ready.Wait()
	}
	if c.closed {
		return 0, errors.New("canned: closed")
	}
	n := copy(p, c.reply[c.at:])
	c.at += n
	return n, nil
}

// Close ends reads and writes.
func (c *Conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.ready.Broadcast()
	return nil
}

type addr struct{}

func (addr) Network() string { return "canned" }
func (addr) String() string  { return "canned" }

// LocalAddr returns no real address.
func (c *Conn) LocalAddr() net.Addr { return addr{} }

// RemoteAddr returns no real address.
func (c *Conn) RemoteAddr() net.Addr { return addr{} }

// SetDeadline does nothing.
func (c *Conn) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing.
func (c *Conn) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing.
func (c *Conn) SetWriteDeadline(time.Time) error { return nil }
