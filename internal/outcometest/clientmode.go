// Package outcometest is what tests of outcomes share: ways to a server through a proxy that breaks them, verdicts on
// errors, a ledger of what was said of each transaction, and the faults that any server can have.
package outcometest

import (
	"context"
	"net"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// Server is what the tests ask and tell apart from the clients that they test.
type Server interface {
	// Do runs one command and fails the test if it ends in an error; a nil reply is none.
	Do(tb testing.TB, args ...string) *rueidis.RedisMessage
	// TryDo is Do but returns the error. The message is never nil.
	TryDo(args ...string) (*rueidis.RedisMessage, error)
}

// ClientMode is a way for rueidis to talk to a server. A connection is synchronous until something makes rueidis pipeline on
// it, such as the option or a context that can be cancelled but has no deadline; the two take different paths when it
// breaks.
type ClientMode struct {
	Name             string
	Pipelined, RESP2 bool
	NoRetry          bool // of reads
}

// ClientModes are all of them.
var ClientModes = []ClientMode{
	{Name: "sync RESP3"},
	{Name: "sync RESP2", RESP2: true},
	{Name: "pipelined RESP3", Pipelined: true},
	{Name: "pipelined RESP2", Pipelined: true, RESP2: true},
}

// Modes are those that a test of each of them uses: in the fast tier two, which differ in everything.
func Modes() []ClientMode {
	if testing.Short() {
		return []ClientMode{ClientModes[0], ClientModes[3]}
	}
	return ClientModes
}

// Option returns the options for a client with one shared connection.
func (w ClientMode) Option(addr string) rueidis.ClientOption {
	return rueidis.ClientOption{
		InitAddress:       []string{addr},
		ForceSingleClient: true,
		AlwaysPipelining:  w.Pipelined,
		AlwaysRESP2:       w.RESP2,
		DisableCache:      w.RESP2,
		DisableRetry:      w.NoRetry,
		PipelineMultiplex: -1,                        // one shared connection
		Dialer:            net.Dialer{KeepAlive: -1}, // no PINGs of rueidis's own, as bytes are counted
	}
}

// Open returns a DB that is closed when the test ends.
func (w ClientMode) Open(t *testing.T, addr string, options ...rueidistx.Option) *rueidistx.DB {
	t.Helper()
	db, err := rueidistx.Open(w.Option(addr), options...)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	return db
}

// Through returns a DB that reaches the server at addr through a proxy.
func (w ClientMode) Through(t *testing.T, s Server, addr string, options ...rueidistx.Option) *Proxied {
	t.Helper()
	p := faultproxy.Start(t, addr)
	return &Proxied{w.Open(t, p.Addr(), options...), s, p}
}

// Proxied is a DB that reaches its server through a proxy.
type Proxied struct {
	*rueidistx.DB
	Server Server
	Proxy  *faultproxy.Proxy
}

// Warm makes the connection and gets the question over with that a DB asks before its first transaction. Afterwards the
// proxy counts from zero.
func (p *Proxied) Warm(t *testing.T) *Proxied {
	t.Helper()
	require.NoError(t, p.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
		tx.Exists("warm")
		return nil
	}))
	p.Proxy.Reset()
	return p
}

// BetweenQueueingAndExec executes tx and lets something happen when all commands are queued and EXEC has not reached the
// server yet.
func (p *Proxied) BetweenQueueingAndExec(t *testing.T, tx *rueidistx.Tx, happens func()) error {
	t.Helper()
	p.Proxy.Arm(faultproxy.Fault{Command: "EXEC", Action: faultproxy.Hold})
	ended := make(chan error, 1)
	go func(ctx context.Context) { ended <- tx.Exec(ctx) }(redistest.Context(t))
	redistest.Eventually(t, "EXEC is held", func() bool { return p.Proxy.Held() == 1 })
	happens()
	p.Proxy.Release()
	return <-ended
}

// Release lets go of what the proxy holds, once it does.
func (p *Proxied) Release(t *testing.T) {
	t.Helper()
	redistest.Eventually(t, "the proxy holds something", func() bool { return p.Proxy.Held() == 1 })
	p.Proxy.Release()
}
