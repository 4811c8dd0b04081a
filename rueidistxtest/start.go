package rueidistxtest

import (
	"slices"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// Option is an option of [Start].
type Option interface{ apply(*config) }

type option func(*config)

func (o option) apply(c *config) { o(c) }

// config is what the options of Start say.
type config struct {
	servers []func(tb testing.TB) *server
	db      []rueidistx.Option
	client  []func(*rueidis.ClientOption)
	strict  bool
	misuse  string // of an option
}

// With adds options of [rueidistx.Open].
func With(options ...rueidistx.Option) Option {
	return option(func(c *config) { c.db = append(c.db, options...) })
}

// Client changes the options of the rueidis client, such as its credentials, after Start has set them. InitAddress remains that
// of the Proxy, and PipelineMultiplex -1. With TLSConfig, the proxy cannot see commands: faults have no effect.
func Client(change func(*rueidis.ClientOption)) Option {
	return option(func(c *config) {
		if change == nil {
			c.misuse = "Client of a nil function"
			return
		}
		c.client = append(c.client, change)
	})
}

// Strict makes Start look for misuse that the data rarely shows. Each closure of a Transact and Watch runs once more than
// usual, unless [rueidistx.Attempts] is 1: what its first run has queued is thrown away, as after a conflict. So a closure with
// a side effect that must not repeat, or that keeps what only its first run has assigned, fails its own test. And the test fails
// if
//   - a unit is executed inside the closure of another, where it is not part of it: a command of an Auto, a Batch, a Watch;
//   - a Batch, a CachedBatch, a Tx or a Choice is neither executed nor discarded by the end of the test.
//
// What another goroutine executes for a closure is not seen, nor are EachPrimary and the Load of a [rueidistx.Script] or
// [rueidistx.Library] inside a closure. The function of [rueidistx.Progress] may execute units.
//
// The messages name the unit, its commands and the line where it began.
func Strict() Option { return option(func(c *config) { c.strict = true }) }

// Start returns a DB, made by [rueidistx.Open], whose connections go through a proxy to a server that only this test has. So
// tests can run in parallel, and each begins without data. A line of the test's log says which server it is. The DB uses one
// connection for commands and batches, and more for what needs its own, as with PipelineMultiplex -1.
//
// When the test ends, Start waits up to a second for units that are under way, closes the DB and stops the server. The test
// fails if a unit is still under way then, if a connection of the DB is left, or if a fault of the Proxy was not met. It also
// fails, at once, if the server cannot be started. If it is not there, the test is skipped: see [Local] and [Container].
func Start(tb testing.TB, options ...Option) (*rueidistx.DB, *Proxy) {
	tb.Helper()
	var c config
	for _, o := range options {
		if o != nil {
			o.apply(&c)
		}
	}
	switch {
	case c.misuse != "":
		tb.Fatalf("rueidistxtest: %s", c.misuse)
	case len(c.servers) > 1:
		tb.Fatalf("rueidistxtest: Start with more than one of Local, Embedded, Container and On")
	case c.servers == nil:
		c.servers = append(c.servers, anyServer)
	}
	began := time.Now()
	s := c.servers[0](tb)
	p := &Proxy{tb: tb, inner: faultproxy.Start(tb, s.addr)}
	m := newMonitor(c.strict)
	option := c.option(s, p)
	admin := &redistest.Admin{Option: func() rueidis.ClientOption {
		own := s.option
		own.Username, own.Password, own.SelectDB = option.Username, option.Password, option.SelectDB
		own.AuthCredentialsFn = option.AuthCredentialsFn
		return own
	}}
	tb.Cleanup(admin.Close)
	p.inner.Ask(admin.TryDo)
	db, err := rueidistx.Open(option, slices.Concat(c.db, []rueidistx.Option{rueidistx.Hooks(m.hook())})...)
	if err != nil {
		tb.Fatalf("rueidistxtest: opening a DB on %s: %v", s.name, err)
	}
	p.client = db.Client()
	tb.Cleanup(func() { finish(tb, db, p, m) })
	tb.Logf("rueidistxtest: %s at %s, after %v", s.name, s.addr, time.Since(began).Round(time.Millisecond))
	return db, p
}

// option returns the options of the DB's client.
func (c *config) option(s *server, p *Proxy) rueidis.ClientOption {
	o := s.option
	for _, change := range c.client {
		change(&o)
	}
	o.InitAddress, o.PipelineMultiplex = []string{p.inner.Addr()}, -1
	p.countDials(&o)
	return o
}
