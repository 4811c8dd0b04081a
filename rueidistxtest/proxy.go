package rueidistxtest

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx/internal/faultproxy"
)

// Proxy is what the connections of a DB of [Start] go through. Each call of a method that injects a fault arms one, which hits
// the first unit that it fits after the call, whoever executes that. Of several that fit, the one that was armed first hits. One
// that hits nothing by the end of the test fails it.
//
// Faults hit what decides: the EXEC of a Transact or Watch, the script of an If or Once, a script, a function, or a command that
// may write, by itself or the first one in a Batch. They do not hit what comes before: setting up a connection, the question
// whether MULTI is allowed, the reads of a Watch, loading scripts and functions. Nor do they hit commands that only read, outside
// a transaction, because rueidis sends these again. To hit these, or a certain command, give the names of commands: then the
// first command with one of these names is hit, wherever it is. Named EXEC, EVALSHA, EVAL and FCALL are hit only if they decide.
//
// rueidis may need a moment to notice that its connection has ended, above all with AlwaysPipelining: a unit that is executed at
// once after another that met a fault may be lost with the same connection, before it reaches the proxy.
//
// The test fails at once if it uses a Proxy wrongly. Any number of goroutines may use one.
type Proxy struct {
	tb     testing.TB
	inner  *faultproxy.Proxy
	client rueidis.Client

	counts  bool         // dials in vain are counted
	refused atomic.Int64 // how many

	mu     sync.Mutex
	faults []fault
}

// fault is one that was armed.
type fault struct {
	name, place string
	met         func() bool
	late        time.Duration // of LateCommit; -1 of others
}

// LoseReply lets the server execute the next unit, and loses its reply: with it, the connection ends. If others use the
// connection, their replies are lost too. The outcome is Unknown, and it was applied.
func (p *Proxy) LoseReply(commands ...string) {
	p.tb.Helper()
	p.arm("LoseReply", faultproxy.Fault{Phase: faultproxy.AfterCommand, Action: faultproxy.Lose}, commands)
}

// LoseRequest ends the connection before the next unit reaches the server. The outcome is Unknown, because the client cannot
// know that; it was not applied.
func (p *Proxy) LoseRequest(commands ...string) {
	p.tb.Helper()
	p.arm("LoseRequest", faultproxy.Fault{}, commands)
}

// LateCommit ends the connection for the client, and delivers the next unit to the server after a time, or after 0 by
// [Proxy.Deliver]. The outcome is Unknown; it is applied later. What was not delivered by the end of the test is dropped, and so
// is what the proxy has not read by then of a Batch of more than about 64 KiB.
func (p *Proxy) LateCommit(after time.Duration, commands ...string) {
	p.tb.Helper()
	if after < 0 {
		p.tb.Fatalf("rueidistxtest: LateCommit after %v", after)
	}
	p.arm("LateCommit", faultproxy.Fault{Action: faultproxy.CutHold, For: after}, commands)
}

// Deliver delivers what LateCommit keeps back, and returns when the server has executed it. The test fails if there is nothing.
func (p *Proxy) Deliver() {
	p.tb.Helper()
	p.mu.Lock()
	late := slices.ContainsFunc(p.faults, func(f fault) bool { return f.late == 0 && f.met() })
	p.mu.Unlock()
	if !late || !soon(func() bool { return p.inner.Held() > 0 }) {
		p.tb.Fatalf("rueidistxtest: Deliver: no unit has met a LateCommit(0)")
	}
	p.inner.Release()
	if !soon(func() bool { return p.inner.Held() > 0 || p.inner.Conns() == p.inner.Clients() }) {
		p.tb.Fatalf("rueidistxtest: Deliver: the server does not execute it")
	}
}

// Conflict makes the next n commits of a Watch, of an If by WATCH or of a Once by WATCH fail as if another client had changed
// what was read: before each, it changes the first key that is watched, and leaves its value and TTL as they are. The
// closure runs n times more. An EXEC that only asks whether what was read has changed counts, too. The server must have COPY,
// as Redis has since 6.2, and the user must be allowed to run EVAL.
func (p *Proxy) Conflict(n int) {
	p.tb.Helper()
	if n < 1 {
		p.tb.Fatalf("rueidistxtest: Conflict(%d)", n)
	}
	for range n {
		p.armed("Conflict", p.inner.Arm(faultproxy.Fault{Action: faultproxy.Touch}), -1)
	}
}

// RefuseDial ends the DB's connections, waits until the client has noticed, and refuses new ones until [Proxy.Accept]. Units
// that are under way are Unknown. The outcome of those that come later is NotApplied, with an error that matches
// rueidistx.ErrConnection. A Transact, a Watch and an If try again, for up to some seconds: see rueidistx.Attempts, for the first two. If their
// context ends while the client dials, the outcome may be Unknown.
func (p *Proxy) RefuseDial() {
	p.tb.Helper()
	p.inner.Refuse(true)
	p.inner.CutAll()
	time.Sleep(keptFor)
	if !soon(p.noticed) {
		p.tb.Fatalf("rueidistxtest: RefuseDial: the client does not notice")
	}
	before := p.refused.Load()
	p.record(fault{name: "RefuseDial", met: func() bool { return !p.counts || p.refused.Load() > before }, late: -1})
}

// keptFor is longer than a DB keeps a connection of its own to itself.
const keptFor = 20 * time.Millisecond

// noticed uses the shared connection and one of the pool, and reports whether both had to be dialed.
func (p *Proxy) noticed() bool {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ping := func(c rueidis.CoreClient) bool {
		return isDial(c.Do(ctx, c.B().Arbitrary("PING").Build()).Error()) // not marked as a read, so sent once
	}
	own, giveBack := p.client.Dedicate()
	defer giveBack()
	return ping(p.client) && ping(own)
}

func isDial(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// Accept ends RefuseDial.
func (p *Proxy) Accept() { p.inner.Refuse(false) }

// Commands returns the names, in capitals, of the commands that have arrived since Start, in their order, also of those that a
// fault kept from the server. Those that set connections up and PINGs are left out.
func (p *Proxy) Commands() []string {
	return slices.DeleteFunc(p.inner.Commands(), func(name string) bool {
		return slices.Contains([]string{"HELLO", "AUTH", "CLIENT", "SELECT", "PING"}, name)
	})
}

// deciding are names of commands that may also be sent without deciding anything.
var deciding = []string{"EXEC", "EVALSHA", "EVAL", "FCALL"}

// arm arms a fault for the next unit, or for the next command with one of the names.
func (p *Proxy) arm(name string, f faultproxy.Fault, commands []string) {
	p.tb.Helper()
	f.Unit = true
	if len(commands) > 0 {
		names := map[string]bool{}
		for _, c := range commands {
			c = strings.ToUpper(c)
			if c == "" || strings.ContainsAny(c, " \t") {
				p.tb.Fatalf("rueidistxtest: %s(%q): not the name of a command", name, c)
			}
			names[c] = true
			f.Unit = f.Unit && slices.Contains(deciding, c)
		}
		f.If = func(argv []string) bool { return len(argv) > 0 && names[strings.ToUpper(argv[0])] }
		name += "(" + strings.Join(commands, ", ") + ")"
	}
	late := time.Duration(-1)
	if f.Action == faultproxy.CutHold {
		late = f.For
	}
	p.armed(name, p.inner.Arm(f), late)
}

func (p *Proxy) armed(name string, a *faultproxy.Armed, late time.Duration) {
	p.record(fault{name: name, met: func() bool { return a.Fired() > 0 }, late: late})
}

func (p *Proxy) record(f fault) {
	f.place = place()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, f)
}

// reportUnmet fails the test for each fault that was not met.
func (p *Proxy) reportUnmet() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.faults {
		if !f.met() {
			p.tb.Errorf("rueidistxtest: nothing has met the %s of %s; these commands have arrived since Start: %s",
				f.name, f.place, shorten(p.Commands()))
		}
	}
}

// countDials counts the dials of the client that fail.
func (p *Proxy) countDials(o *rueidis.ClientOption) {
	dial := o.DialCtxFn
	switch {
	case dial == nil && (o.DialFn != nil || o.TLSConfig != nil):
		return
	case dial == nil:
		dial = func(ctx context.Context, addr string, dialer *net.Dialer, _ *tls.Config) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", addr)
		}
	}
	p.counts = true
	o.DialCtxFn = func(ctx context.Context, addr string, dialer *net.Dialer, config *tls.Config) (net.Conn, error) {
		conn, err := dial(ctx, addr, dialer, config)
		if err != nil {
			p.refused.Add(1)
		}
		return conn, err
	}
}

// patience bounds all waits for what should happen at once.
const patience = 5 * time.Second

func soon(done func() bool) bool { return within(patience, done) }

func within(limit time.Duration, done func() bool) bool {
	for deadline := time.Now().Add(limit); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

// shorten joins names, of many only the last.
func shorten(names []string) string {
	const most = 30
	if len(names) == 0 {
		return "none"
	}
	text := strings.Join(names[max(0, len(names)-most):], " ")
	if len(names) > most {
		text = "… " + text
	}
	return text
}
