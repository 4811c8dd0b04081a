package rueidistxtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/kit"
)

// monitor observes the units of a DB.
type monitor struct {
	strict bool

	mu       sync.Mutex
	underWay map[uint64]*unit
	inside   map[string][]*unit // by goroutine, the units that it executes, the innermost last
	made     []made
	misuse   []string
}

// unit is a unit that is under way.
type unit struct {
	way   rueidistx.Way
	place string
	began time.Time
	outer *unit // in whose closure it began
	by    string
}

// made is a unit that is filled by hand.
type made struct {
	kind, place string
	ended       func() bool
	names       func() []string
}

func newMonitor(strict bool) *monitor {
	return &monitor{strict: strict, underWay: map[uint64]*unit{}, inside: map[string][]*unit{}}
}

// hook returns the hook for the DB.
func (m *monitor) hook() rueidistx.Hook {
	if m.strict {
		return strictMonitor{m}
	}
	return m
}

// Before notes that a unit begins.
func (m *monitor) Before(_ context.Context, u *rueidistx.Unit) context.Context {
	n := &unit{way: u.Way, place: place(), began: time.Now(), by: goroutine()}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.underWay[u.ID] = n
	stack := m.inside[n.by]
	if len(stack) > 0 {
		n.outer = stack[len(stack)-1]
	}
	m.inside[n.by] = append(stack, n)
	return nil
}

// After notes that a unit has ended.
func (m *monitor) After(_ context.Context, u *rueidistx.Unit) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.underWay[u.ID]
	if n == nil {
		return
	}
	delete(m.underWay, u.ID)
	m.inside[n.by] = slices.DeleteFunc(m.inside[n.by], func(other *unit) bool { return other == n })
	if len(m.inside[n.by]) == 0 {
		delete(m.inside, n.by)
	}
	if m.strict && n.outer != nil {
		m.note("%s: %s (%s) was executed inside the closure of %s that began at %s: it is not part of that, and runs whenever the closure does",
			n.place, n.name(), shorten(slices.Collect(u.Names())), n.outer.name(), n.outer.place)
	}
}

// note keeps a message about misuse, once.
func (m *monitor) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(m.misuse, text) {
		m.misuse = append(m.misuse, text)
	}
}

func (n *unit) name() string {
	return map[rueidistx.Way]string{
		rueidistx.WayAuto:     "a single command",
		rueidistx.WayBatch:    "a Batch",
		rueidistx.WayTransact: "a transaction",
		rueidistx.WayWatch:    "a Watch",
		rueidistx.WayIf:       "an If",
		rueidistx.WayCached:   "a read through the cache",
	}[n.way]
}

// strictMonitor is a monitor that also examines how units are used.
type strictMonitor struct{ *monitor }

var _ kit.Observer = strictMonitor{}

// Rehearse has each closure run twice.
func (strictMonitor) Rehearse(kit.Sealed) bool { return true }

// Created notes that a unit is there.
func (m strictMonitor) Created(_ kit.Sealed, kind string, ended func() bool, names func() []string) {
	at := place()
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.made); n >= 64 && n&(n-1) == 0 {
		m.made = slices.DeleteFunc(m.made, func(c made) bool { return c.ended() })
	}
	m.made = append(m.made, made{kind, at, ended, names})
}

// Outside has the units that the callback executes begin outside of those that are under way.
func (m strictMonitor) Outside(_ kit.Sealed, callback func()) {
	by := goroutine()
	units := m.enter(by, nil)
	defer func() { m.enter(by, units) }()
	callback()
}

// enter puts other units in the place of those that a goroutine executes, and returns these.
func (m *monitor) enter(by string, units []*unit) []*unit {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := m.inside[by]
	if m.inside[by] = units; units == nil {
		delete(m.inside, by)
	}
	return before
}

// reportMisuse fails the test for what Strict has found.
func (m *monitor) reportMisuse(tb testing.TB) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.made {
		if !c.ended() {
			m.note("%s: a %s (%s) was neither executed nor discarded", c.place, strings.Replace(c.kind, "Choice", "Choice of If", 1), shorten(c.names()))
		}
	}
	for _, text := range m.misuse {
		tb.Errorf("rueidistxtest: %s", text)
	}
}

// idle reports whether no unit is under way.
func (m *monitor) idle() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.underWay) == 0
}

// reportUnderWay fails the test for each unit that is under way.
func (m *monitor) reportUnderWay(tb testing.TB) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, n := range m.underWay {
		tb.Errorf("rueidistxtest: %s that began at %s is still under way at the end of the test, after %v",
			n.name(), n.place, time.Since(n.began).Round(time.Millisecond))
	}
}

// finish ends what Start has begun and examines what is left.
func finish(tb testing.TB, db *rueidistx.DB, p *Proxy, m *monitor) {
	idle := within(time.Second, m.idle)
	if !idle {
		m.reportUnderWay(tb)
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		db.Close()
	}()
	select {
	case <-closed:
		// Close does not end the connection of a command that blocks, which was reported.
		if idle && !within(2*time.Second, func() bool { return p.inner.Clients() == 0 }) {
			tb.Errorf("rueidistxtest: %d connections are left although the DB is closed", p.inner.Clients())
		}
	case <-time.After(2 * patience):
		tb.Errorf("rueidistxtest: the DB's Close does not return")
	}
	if !tb.Skipped() {
		p.reportUnmet()
		m.reportMisuse(tb)
	}
}
