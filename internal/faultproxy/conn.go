package faultproxy

import (
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rueidistx/rueidistx/internal/resp"
)

// conn is one connection of a client and the one to the server that goes with
// it. Two goroutines forward it: one the requests, one the replies. Replies are
// numbered from 1 on, and a command by the number its last reply will have.
type conn struct {
	p              *Proxy
	client, server *net.TCPConn

	// of the goroutine that forwards requests
	requests resp.Requests
	resp3    bool   // the client said HELLO 3
	pending  []byte // beginning of a command that is kept until it is complete
	partial  bool   // the beginning of the command being read has been forwarded
	late     int    // number of the last command that was held, or came after one
	session  session
	touched  string // the key that Touch changes

	// of the goroutine that forwards replies
	replies resp.Replies
	push    bool   // the reply being read is not one to a command
	fate    fate   // of the reply being read
	frame   []byte // what has been read of a reply that is kept
	gone    bool   // the client does not take replies any more

	left atomic.Bool // the client's side has ended

	mu       sync.Mutex
	sent     int           // number of the last command read
	read     int           // number of the last reply read
	answered int           // number of the last reply dealt with
	dropFrom int           // number of the first reply to drop, 0 for none
	marks    map[int]*mark // faults at replies
	waiting  []waiting     // for replies
	over     bool          // the server's side has ended
	losing   bool          // it ends when all that was sent has been answered
	open     bool          // the end of a command is still to come
	ending   bool          // a fault is ending the connection
	reset    bool          // it ends for the client by a reset
}

// fate is what happens to a reply.
type fate int

const (
	pass fate = iota // forwarded as it comes
	drop             // not forwarded
	keep             // read whole, for the mark it has
)

// mark is a fault that happens at a reply.
type mark struct {
	fault *Fault
	gone  chan struct{} // closed when the reply has been dealt with
}

// waiting is somebody who waits until a reply has been dealt with.
type waiting struct {
	reply int
	done  chan struct{}
}

// run forwards the connection until both directions have ended.
func (c *conn) run() {
	var wg sync.WaitGroup
	wg.Go(c.forwardReplies)
	c.forwardRequests()
	wg.Wait()
	c.cutClient()
}

func (c *conn) forwardRequests() {
	buf := make([]byte, 64<<10)
	for {
		n, err := c.client.Read(buf)
		if n > 0 {
			c.p.received(n)
			if !c.forward(buf[:n]) {
				return
			}
		}
		if err != nil {
			c.left.Store(true)
			// Half of a command may wait for its end, and the server sees the
			// end of the stream after all of the rest.
			_ = c.send(c.pending)
			// A command that was held shall be carried out, and the server
			// may forget it if the stream ends before it gets that far.
			c.await(c.late)
			_ = c.server.CloseWrite()
			return
		}
	}
}

// forward reads commands on from chunk and sends them to the server. It reports
// whether requests still go on.
func (c *conn) forward(chunk []byte) bool {
	data, read := chunk, len(c.pending)
	if read > 0 {
		data = append(c.pending, chunk...)
	}
	c.pending = nil
	kept := read > 0    // data is not the caller's buffer
	begin, sent := 0, 0 // where the command being read begins; what was sent ends
	first := c.sent + 1 // number of the first reply to what is in chunk
	for read < len(data) {
		if begin == read {
			c.requests.KeepAll = c.p.keepAll.Load()
		}
		n, complete := c.requests.Feed(data[read:])
		read += n
		if !complete {
			break
		}
		verb := c.requests.Verb()
		before := c.sent
		c.mu.Lock()
		c.sent += c.expected(verb)
		c.mu.Unlock()
		at := c.session.next(verb, c.requests.Argv)
		if f := c.p.command(verb, c.requests.Argv, at, !c.partial); f != nil {
			c.touched = at.key
			cut, ok := c.fault(f, data[:read], sent, begin, first, before)
			if !ok {
				return false
			}
			sent = cut
		}
		c.partial = false
		begin = read
	}
	end := len(data)
	if begin < end && !c.partial {
		switch {
		case !c.p.watching.Load():
			c.partial = true
		case kept && begin == 0: // a long command: do not copy all of it again
			c.pending, end = data, 0
		default:
			c.pending, end = slices.Clone(data[begin:]), begin
		}
	}
	if c.late > 0 {
		c.late = c.sent
	}
	c.mu.Lock()
	c.open = begin < len(data)
	c.mu.Unlock()
	return c.send(data[sent:end])
}

// expected returns how many replies the command just read will get.
func (c *conn) expected(verb string) int {
	switch {
	case verb == "":
		return 0
	case verb == "HELLO":
		c.resp3 = len(c.requests.Argv) > 1 && c.requests.Argv[1] == "3"
	case strings.HasSuffix(verb, "SUBSCRIBE"):
		if c.resp3 {
			return 0 // confirmed by push messages
		}
		return max(1, c.requests.Argc-1) // one for each channel
	}
	return 1
}

// fault makes f happen at the command data[begin:], when data[:sent] has been
// sent. before is the number of the command before it, first that of the first
// reply to the pipeline it is in. fault returns how much of data has been sent
// in the end, and whether requests still go on.
func (c *conn) fault(f *Fault, data []byte, sent, begin, first, before int) (int, bool) {
	cut, last := len(data), c.sent // where the stream stops, and at which reply
	switch f.Phase {
	case BeforeCommand:
		cut, last = begin, before
	case MidCommand:
		cut, last = begin+(len(data)-begin)/2, before
	}
	c.mu.Lock()
	if f.Phase > AfterCommand || f.Phase == AfterCommand && f.Action == Hold {
		c.marks[c.sent] = &mark{fault: f, gone: make(chan struct{})}
	}
	switch {
	case f.DropReplies:
		c.dropFrom = first
	case f.Action == Hold, f.Action == Touch:
	case f.Phase == AfterCommand:
		c.dropFrom = before + 1
	default:
		c.dropFrom = last + 1
	}
	c.losing = c.losing || f.Action == Lose
	c.mu.Unlock()
	if f.Action == Lose || f.Action == Hold && f.Phase > MidCommand {
		return sent, true // it happens to the reply
	}
	if !c.send(data[sent:cut]) {
		return cut, false
	}
	c.await(last)
	switch f.Action {
	case Touch:
		c.p.touch(c.touched)
		return cut, true
	case Cut, Reset:
		c.end(f.Action == Reset)
		return cut, false
	case CutHold:
		c.cutClient()
	}
	c.late = c.sent
	return cut, c.p.hold(f, c.dealtWith(c.sent))
}

// send writes b to the server and reports whether requests still go on.
func (c *conn) send(b []byte) bool {
	n, cut := c.p.allow(&c.p.requestCut, c, len(b))
	if cut {
		c.mu.Lock()
		c.dropFrom = 1
		c.mu.Unlock()
	}
	if n > 0 {
		if _, err := c.server.Write(b[:n]); err != nil {
			return false // the other goroutine sees the reason and ends the connection
		}
	}
	if cut {
		c.end(false)
	}
	return !cut
}

// end begins the end of the connection: the server gets the end of the stream
// after everything that was sent, and time to process that. When it has closed
// its side, the client's is closed too.
func (c *conn) end(reset bool) {
	c.mu.Lock()
	c.ending, c.reset = true, reset
	c.mu.Unlock()
	_ = c.server.CloseWrite()
	_ = c.server.SetReadDeadline(time.Now().Add(grace))
}

// cutClient closes the client's side. It is called by the goroutine that reads
// from there, or when there is none any more.
func (c *conn) cutClient() {
	c.left.Store(true)
	c.mu.Lock()
	reset := c.reset
	c.mu.Unlock()
	if reset {
		_ = c.client.SetLinger(0)
	} else if c.client.CloseWrite() == nil {
		// Closing with unread data would reset the connection, and the client
		// might lose replies that it has not read yet.
		_ = c.client.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		_, _ = io.Copy(io.Discard, c.client)
	}
	_ = c.client.Close()
}

// dealtWith returns a channel that is closed when the reply with this number
// has been dealt with or will never come.
func (c *conn) dealtWith(reply int) chan struct{} {
	done := make(chan struct{})
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over || c.answered >= reply {
		close(done)
	} else {
		c.waiting = append(c.waiting, waiting{reply, done})
	}
	return done
}

// await waits for that, if it does not take too long.
func (c *conn) await(reply int) {
	timeout := time.NewTimer(grace)
	defer timeout.Stop()
	select {
	case <-c.dealtWith(reply):
	case <-timeout.C:
	case <-c.p.closed:
	}
}
