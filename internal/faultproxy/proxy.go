// Package faultproxy puts a TCP proxy between a Redis client and its server
// that breaks the connection at a chosen step of the protocol: before, in the
// middle of or after a command or its reply, or at a chosen byte. It can also
// keep a command back and deliver it after the client has given up.
//
// Without a fault it passes on what it gets as it gets it. Replies are matched
// with commands by counting, which holds for all commands but those that
// change how many replies there are: CLIENT REPLY, MONITOR, and in RESP2 the
// messages that arrive on a subscribed connection while a command is waiting
// for its reply.
package faultproxy

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"
)

// grace is how long the server gets to answer, or to take note of the end of
// its connection, before the client is cut off regardless.
const grace = 5 * time.Second

// Proxy forwards connections to one server. Its methods may be called from any
// goroutine.
type Proxy struct {
	tb     testing.TB
	target string
	port   int
	ctx    context.Context // ends when the proxy closes
	closed <-chan struct{} // the same
	cancel context.CancelFunc
	wg     sync.WaitGroup // goroutines

	keepAll    atomic.Bool // commands are read with all their arguments
	watching   atomic.Bool // there are faults, so commands are forwarded whole
	units      atomic.Bool // some of them are about units
	byteByByte atomic.Bool

	mu         sync.Mutex
	listener   net.Listener // nil while refusing
	conns      map[*conn]struct{}
	faults     []*Armed
	requestCut *byteCut
	replyCut   *byteCut
	held       []*held

	ask func(args ...string) (*rueidis.RedisMessage, error) // nil: see Ask

	recording bool
	fired     int
	verbs     []string
	argv      [][]string
	bytes     int
	writes    int
}

// Start starts a proxy for the server at target and closes it, with all its
// connections, when the test ends. Commands still held then are lost.
func Start(tb testing.TB, target string) *Proxy {
	tb.Helper()
	p := &Proxy{tb: tb, target: target, conns: map[*conn]struct{}{}}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.closed = p.ctx.Done()
	l, err := ports.listen()
	if err != nil {
		p.cancel()
		tb.Fatalf("faultproxy: %v", err)
	}
	p.port = l.Addr().(*net.TCPAddr).Port
	p.serve(l)
	tb.Cleanup(p.close)
	return p
}

// Addr returns the address clients connect to. It stays the same.
func (p *Proxy) Addr() string { return fmt.Sprintf("127.0.0.1:%d", p.port) }

// serve accepts connections until the listener is closed.
func (p *Proxy) serve(l net.Listener) {
	p.mu.Lock()
	p.listener = l
	p.mu.Unlock()
	p.wg.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			p.wg.Go(func() { p.connect(client.(*net.TCPConn)) })
		}
	})
}

// connect forwards one connection until its end.
func (p *Proxy) connect(client *net.TCPConn) {
	defer client.Close()
	dialer := net.Dialer{Timeout: grace}
	server, err := dialer.DialContext(p.ctx, "tcp", p.target)
	if err != nil {
		return // the client sees a connection that ends at once
	}
	defer server.Close()
	c := &conn{p: p, client: client, server: server.(*net.TCPConn), marks: map[int]*mark{}}
	p.mu.Lock()
	p.conns[c] = struct{}{}
	p.mu.Unlock()
	// close may have missed the connection, then it has cancelled before
	if p.ctx.Err() == nil {
		c.run()
	}
	p.mu.Lock()
	delete(p.conns, c)
	p.mu.Unlock()
}

// close ends everything and waits for it.
func (p *Proxy) close() {
	p.cancel()
	p.mu.Lock()
	if p.listener != nil {
		_ = p.listener.Close()
		p.listener = nil
	}
	for c := range p.conns {
		_ = c.client.Close()
		_ = c.server.Close()
	}
	p.mu.Unlock()
	p.wg.Wait()
	ports.release(p.port)
}

// Refuse makes the system refuse new connections to the proxy's address, or
// accept them again. It leaves existing connections alone.
func (p *Proxy) Refuse(refuse bool) {
	p.mu.Lock()
	l := p.listener
	if refuse {
		p.listener = nil
	}
	p.mu.Unlock()
	if refuse == (l == nil) || p.ctx.Err() != nil {
		return
	}
	if refuse {
		_ = l.Close()
		return
	}
	l, err := listenOn(p.port)
	if err != nil {
		p.tb.Errorf("faultproxy: accepting connections again: %v", err)
		return
	}
	p.serve(l)
}

// CutAll ends all connections for their clients at once. The server still gets
// what was on its way to it, and later what is held.
func (p *Proxy) CutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.client.Close()
	}
}

// Conns returns how many connections there are, including those whose client is
// gone but whose server is not.
func (p *Proxy) Conns() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.conns)
}

// Clients returns how many connections there are whose client is not gone.
func (p *Proxy) Clients() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for c := range p.conns {
		if !c.left.Load() {
			n++
		}
	}
	return n
}

// ByteByByte has replies forwarded in writes of one byte each, slowly, so that
// clients find them split at most places.
func (p *Proxy) ByteByByte(on bool) { p.byteByByte.Store(on) }

// Record says whether to keep the arguments of commands for [Proxy.Argv].
func (p *Proxy) Record(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.recording = on
	p.update()
}

// update keeps the flags that are read without the lock in step with what they
// depend on. It is called with the lock held.
func (p *Proxy) update() {
	p.watching.Store(len(p.faults) > 0)
	p.units.Store(slices.ContainsFunc(p.faults, func(a *Armed) bool { return a.fault.Unit }))
	p.keepAll.Store(p.recording || slices.ContainsFunc(p.faults, func(a *Armed) bool { return a.fault.If != nil }))
}

// received counts a piece of the stream from a client.
func (p *Proxy) received(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bytes += n
	p.writes++
}

// Commands returns the names, in capitals, of the commands that have arrived
// since Start or Reset, including those that a fault kept from the server. A
// command counts when its last byte is there; what a client sends after a
// fault has ended its connection does not.
func (p *Proxy) Commands() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.verbs)
}

// Argv returns the commands that have arrived while [Proxy.Record] was on.
func (p *Proxy) Argv() [][]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.argv)
}

// BytesSent returns how many bytes have arrived from clients since Start or
// Reset.
func (p *Proxy) BytesSent() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bytes
}

// Writes returns in how many pieces the bytes of BytesSent arrived. A piece is
// what a read finds, most often one write of the client.
func (p *Proxy) Writes() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.writes
}

// Fired returns how many faults have begun to happen since Start or Reset.
func (p *Proxy) Fired() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fired
}

// Reset begins all counting anew. It does not disarm.
func (p *Proxy) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fired, p.bytes, p.writes = 0, 0, 0
	p.verbs, p.argv = nil, nil
}
