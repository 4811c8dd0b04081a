package faultproxy

import (
	"slices"
	"sync/atomic"
	"time"
)

// Phase is the moment at which a fault happens.
type Phase int

const (
	// BeforeCommand is when everything before the command has been forwarded
	// and answered, and nothing of the command.
	BeforeCommand Phase = iota
	// MidCommand is when the first half of the command's bytes has been
	// forwarded, after everything before it has been answered.
	MidCommand
	// AfterCommand is when the server has answered the command and none of
	// that reply has been forwarded.
	AfterCommand
	// MidReply is when the first half of the reply's bytes has been forwarded.
	MidReply
	// AfterReply is when the reply has been forwarded.
	AfterReply
)

// Action is what a fault does.
type Action int

const (
	// Cut closes both sides of the connection. What has been forwarded to the
	// server it processes first; only then does the client see the end of its
	// connection. What the client sends after the command goes nowhere.
	Cut Action = iota
	// Reset is Cut, but the client sees its connection reset.
	Reset
	// Hold stops the stream here, in the direction of the phase, until
	// [Proxy.Release] or for the fault's For, and then lets it go on. What the
	// client sent is still delivered if the client is gone by then.
	Hold
	// CutHold is Cut for the client and Hold for the server: the client sees
	// its connection end at once, the command gets to the server later. It is
	// for BeforeCommand and MidCommand.
	CutHold
	// Lose keeps from the client the reply to the command and all later ones.
	// The server still gets what the client sends. When it has answered all of
	// that, the connection ends. It is for AfterCommand.
	Lose
	// Touch lets everything go on, but first makes an EXEC of a connection that
	// watches keys fail, by changing the first of these; its value and its TTL
	// stay the same. Other commands do not match. It is for BeforeCommand, and
	// needs [Proxy.Ask] and COPY, which Redis has since 6.2.
	Touch
)

// Fault says what is to happen at which step of the protocol. The zero Fault
// cuts the connection before the next command.
//
// With Unit, the command is an EXEC of a MULTI that is not empty, or one outside
// MULTI that may change data. So it is not one that sets a connection up or
// prepares a script, asks whether MULTI is allowed or what has changed, calls a
// script that the server does not know (see [Proxy.Ask]), or comes between a
// WATCH and its MULTI.
type Fault struct {
	Command string                   // its name in capitals; "" is any command
	If      func(argv []string) bool // has to agree, if there is one; called with the proxy locked
	Unit    bool                     // it has to execute a unit that may write: see below
	Nth     int                      // which of the commands that match, from 1 on; 0 is 1
	Every   bool                     // again at every Nth that matches, not once

	Phase  Phase
	Action Action

	// For is the time after which Hold and CutHold go on by themselves.
	For time.Duration

	// DropReplies keeps from the client the replies to the commands that came
	// in one read with the command, as those of a pipeline do, and all
	// later ones. Otherwise the client gets the replies to all earlier commands
	// before the connection ends. It is for Cut, Reset and CutHold up to
	// AfterCommand.
	DropReplies bool
}

func (f Fault) check() {
	switch {
	case f.Action == CutHold && f.Phase > MidCommand:
		panic("faultproxy: CutHold is for BeforeCommand and MidCommand")
	case f.DropReplies && (f.Action == Hold || f.Action > CutHold || f.Phase > AfterCommand):
		panic("faultproxy: DropReplies is for Cut, Reset and CutHold up to AfterCommand")
	case f.Action == Lose && f.Phase != AfterCommand:
		panic("faultproxy: Lose is for AfterCommand")
	case f.Action == Touch && f.Phase != BeforeCommand:
		panic("faultproxy: Touch is for BeforeCommand")
	case f.For > 0 && f.Action != Hold && f.Action != CutHold:
		panic("faultproxy: For is for Hold and CutHold")
	}
}

// Armed is a fault that waits for its command.
type Armed struct {
	fault Fault
	seen  int // commands that matched since arming
	fired atomic.Int64
}

// Fired returns how often the fault has begun to happen.
func (a *Armed) Fired() int { return int(a.fired.Load()) }

// Arm adds a fault. It is looked for in commands of any connection whose first
// byte arrives after Arm; the counting for Nth begins now. If several faults
// fit one command, the one armed first happens.
func (p *Proxy) Arm(f Fault) *Armed {
	f.check()
	f.Nth = max(f.Nth, 1)
	a := &Armed{fault: f}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, a)
	p.update()
	return a
}

// CutAtRequestByte cuts the next connection that carries requests when exactly
// n more bytes of them have been forwarded. The server processes the commands
// that are complete in them before the client sees the end; replies that have
// not been forwarded by then are dropped.
func (p *Proxy) CutAtRequestByte(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requestCut = &byteCut{left: n}
}

// CutAtReplyByte cuts the next connection that carries replies when exactly n
// more bytes of them have been forwarded. The server processes what has been
// forwarded to it before the client sees the end.
func (p *Proxy) CutAtReplyByte(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.replyCut = &byteCut{left: n}
}

// byteCut is a cut at a position of the byte stream.
type byteCut struct {
	conn   *conn // whose stream; nil until one carries something
	left   int   // bytes that may still pass
	missed bool  // another connection has carried something since
}

// Missed reports whether a cut at a byte has not happened, and another
// connection than the one that it is for has carried something.
func (p *Proxy) Missed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requestCut != nil && p.requestCut.missed || p.replyCut != nil && p.replyCut.missed
}

// Disarm removes all faults that have not happened. What is held stays held.
func (p *Proxy) Disarm() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults, p.requestCut, p.replyCut = nil, nil, nil
	p.update()
}

// command counts a command that has arrived and returns the fault that is due
// at it, or nil. If the command is not whole because its beginning has been
// forwarded, no fault is.
func (p *Proxy) command(verb string, argv []string, at step, whole bool) *Fault {
	at.executes = at.executes && p.units.Load() && p.knows(verb, argv)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.verbs = append(p.verbs, verb)
	if p.recording {
		p.argv = append(p.argv, argv)
	}
	if !whole || len(p.faults) == 0 {
		return nil
	}
	var due *Fault
	p.faults = slices.DeleteFunc(p.faults, func(a *Armed) bool {
		f := &a.fault
		if !f.matches(verb, argv, at) {
			return false
		}
		a.seen++
		if due != nil || a.seen < f.Nth || f.Every && a.seen%f.Nth != 0 {
			return false
		}
		due = f
		a.fired.Add(1)
		p.fired++
		return !f.Every
	})
	p.update()
	return due
}

func (f *Fault) matches(verb string, argv []string, at step) bool {
	switch {
	case f.Command != "" && f.Command != verb, f.Unit && !at.executes, f.Action == Touch && !at.watches:
		return false
	}
	return f.If == nil || f.If(argv)
}

// allow returns how many of n bytes may pass on c before *cut is due, and
// whether it is due then.
func (p *Proxy) allow(cut **byteCut, c *conn, n int) (pass int, due bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := *cut
	if b == nil || n == 0 {
		return n, false
	}
	if b.conn != nil && b.conn != c {
		b.missed = true
		return n, false
	}
	b.conn = c
	if n < b.left {
		b.left -= n
		return n, false
	}
	*cut = nil
	p.fired++
	return b.left, true
}

// held is a command or a reply that Hold or CutHold stopped.
type held struct {
	release chan struct{} // closed by Release
	passed  chan struct{} // closed when the reply has been dealt with or the connection is gone
}

// Held returns how many commands and replies wait to be released.
func (p *Proxy) Held() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.held)
}

// Release lets go of everything held and returns how much that was. When it
// returns, the server has answered the commands that were held, and the held
// replies have been forwarded, unless that takes longer than five seconds.
func (p *Proxy) Release() int {
	p.mu.Lock()
	let := p.held
	p.held = nil
	p.mu.Unlock()
	for _, h := range let {
		close(h.release)
	}
	timeout := time.NewTimer(grace)
	defer timeout.Stop()
	for _, h := range let {
		select {
		case <-h.passed:
		case <-timeout.C:
			return len(let)
		}
	}
	return len(let)
}

// hold stops what f is about until it is released or its time is up, and
// reports true then, or false when the proxy closes. passed is closed when what
// was held has got where it was going.
func (p *Proxy) hold(f *Fault, passed chan struct{}) bool {
	h := &held{release: make(chan struct{}), passed: passed}
	p.mu.Lock()
	p.held = append(p.held, h)
	p.mu.Unlock()
	var due <-chan time.Time
	if f.For > 0 {
		due = time.After(f.For)
	}
	select {
	case <-h.release:
	case <-due:
		p.mu.Lock()
		p.held = slices.DeleteFunc(p.held, func(other *held) bool { return other == h })
		p.mu.Unlock()
	case <-p.closed:
		return false
	}
	return true
}
