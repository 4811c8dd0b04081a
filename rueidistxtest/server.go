package rueidistxtest

import (
	"os"
	"testing"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx/internal/redistest"
)

// server is a server that a test has.
type server struct {
	name, addr string
	option     rueidis.ClientOption // of a client without a proxy
}

func on(start func(tb testing.TB) *server) Option {
	return option(func(c *config) { c.servers = append(c.servers, start) })
}

// Local starts the server program: see the package's documentation. Without one, the test is skipped, or fails if
// RUEIDISTX_REQUIRE lists redis. The server keeps nothing on disk, and ends with the test, on Linux even if that is killed.
func Local() Option { return on(local) }

// Embedded starts miniredis in the test's process. Its TTLs follow the clock.
func Embedded() Option { return on(embedded) }

// On uses a server that is already running, at host:port: a single one, not a cluster. The test finds what others have stored
// there, and leaves what it stores. Faults need the right to run SCRIPT EXISTS and EVAL.
func On(addr string) Option {
	return option(func(c *config) {
		if addr == "" {
			c.misuse = "On without an address"
			return
		}
		c.servers = append(c.servers, func(testing.TB) *server {
			return &server{"the given server", addr, rueidis.ClientOption{InitAddress: []string{addr}, ForceSingleClient: true}}
		})
	})
}

func anyServer(tb testing.TB) *server {
	tb.Helper()
	if redistest.Installed() || redistest.Required("redis") || os.Getenv("RUEIDISTX_SERVER") != "" {
		return local(tb)
	}
	return embedded(tb)
}

func local(tb testing.TB) *server {
	tb.Helper()
	s := redistest.Start(tb)
	return &server{s.Name() + ", started for this test", s.Addr, s.Option()}
}

func embedded(tb testing.TB) *server {
	tb.Helper()
	m := redistest.Embedded(tb)
	m.ClockTTL(true)
	return &server{"embedded miniredis", m.Addr(), redistest.EmbeddedOption(m.Addr())}
}
