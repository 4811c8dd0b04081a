package faultproxy

import (
	"slices"
	"time"
)

func (c *conn) forwardReplies() {
	buf := make([]byte, 64<<10)
	for {
		n, err := c.server.Read(buf)
		if n > 0 {
			c.reply(buf[:n])
		}
		if err != nil {
			break
		}
	}
	c.mu.Lock()
	c.over = true
	ending := c.ending
	c.mu.Unlock()
	c.wake()
	if !ending {
		_ = c.client.CloseWrite()
	}
	// the other goroutine has nobody to forward to
	_ = c.client.SetReadDeadline(time.Unix(1, 0))
}

// reply reads replies on from data and sends them to the client.
func (c *conn) reply(data []byte) {
	read, done := 0, 0 // done is what has been sent, dropped or kept
	for read < len(data) {
		if !c.replies.Begun() {
			c.push, c.fate = c.begins(data[read])
			if c.fate != pass {
				c.write(data[done:read])
				done = read
			}
			if c.fate == keep {
				c.wake() // as this reply may be held for a while
			}
		}
		n, complete := c.replies.Feed(data[read:])
		read += n
		if c.fate == keep {
			c.frame = append(c.frame, data[done:read]...)
		}
		if c.fate != pass {
			done = read
		}
		if !complete {
			break
		}
		if c.fate == keep {
			c.marked(c.frame)
			c.frame = nil
		}
		if !c.push {
			c.mu.Lock()
			c.read++
			c.mu.Unlock()
		}
	}
	c.write(data[done:])
	c.wake()
	if c.lost() {
		c.end(false)
	}
}

// lost reports whether Lose ends the connection now.
func (c *conn) lost() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.losing && !c.ending && !c.open && c.read >= c.sent
}

// begins returns whether the message that begins with this byte is something
// else than a reply to a command, and what shall happen to it.
func (c *conn) begins(kind byte) (push bool, f fate) {
	c.mu.Lock()
	defer c.mu.Unlock()
	push = kind == '>' || c.read >= c.sent
	next := c.read + 1
	switch {
	case c.dropFrom > 0 && next >= c.dropFrom:
		return push, drop
	case !push && c.marks[next] != nil:
		return push, keep
	}
	return push, pass
}

// marked makes the fault happen that the reply in frame is marked with.
func (c *conn) marked(frame []byte) {
	c.mu.Lock()
	m := c.marks[c.read+1]
	delete(c.marks, c.read+1)
	c.mu.Unlock()
	defer close(m.gone)
	before := 0 // how much of the reply goes out before the fault
	switch m.fault.Phase {
	case MidReply:
		before = len(frame) / 2
	case AfterReply:
		before = len(frame)
	}
	c.write(frame[:before])
	if m.fault.Action == Hold && c.p.hold(m.fault, m.gone) {
		c.write(frame[before:])
	}
}

// wake tells those who wait for replies what has been dealt with.
func (c *conn) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answered = c.read
	c.waiting = slices.DeleteFunc(c.waiting, func(w waiting) bool {
		if !c.over && w.reply > c.answered {
			return false
		}
		close(w.done)
		return true
	})
}

// write sends b to the client, unless it is gone.
func (c *conn) write(b []byte) {
	if c.gone || len(b) == 0 {
		return
	}
	n, cut := c.p.allow(&c.p.replyCut, c, len(b))
	b = b[:n]
	for len(b) > 0 && !c.gone {
		n := len(b)
		if c.p.byteByByte.Load() {
			n = 1
			time.Sleep(20 * time.Microsecond) // for the reader to see the last one alone
		}
		_, err := c.client.Write(b[:n])
		c.gone = err != nil
		b = b[n:]
	}
	if cut {
		c.gone = true
		c.end(false)
		_ = c.client.SetReadDeadline(time.Unix(1, 0)) // stops the requests
	}
}
