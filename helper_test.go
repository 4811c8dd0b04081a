package rueidistx_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// through returns a DB that reaches the server through a proxy.
func through(t *testing.T, w outcometest.ClientMode, s *redistest.Server, options ...rueidistx.Option) *outcometest.Proxied {
	t.Helper()
	return w.Through(t, s, s.Addr, options...)
}

// connections returns how many connections of clients with this name the server has, and those that are in a transaction.
func connections(t *testing.T, s *redistest.Server, name string) (all, inTransaction int) {
	t.Helper()
	clients, err := s.Do(t, "CLIENT", "LIST").ToString()
	require.NoError(t, err)
	for line := range strings.Lines(clients) {
		if !strings.Contains(line, " name="+name+" ") {
			continue
		}
		all++
		_, flags, _ := strings.Cut(line, " flags=")
		flags, _, _ = strings.Cut(flags, " ")
		if strings.Contains(flags, "x") { // Valkey's multi= is 0 outside a MULTI, if there was one before
			inTransaction++
		}
	}
	return all, inTransaction
}

// runFour runs the commands of [outcometest.Four] in the given way, and the second of them alone where commands run at
// once. It returns the error of the whole, which there is that of the one.
func runFour(ctx context.Context, w ways.Way, db *rueidistx.DB, key string) (futures []outcometest.Settled, err error) {
	err = w.Run(ctx, db, func(c *rueidistx.Commands) {
		if w.Now {
			futures = []outcometest.Settled{c.Incr(key + "1")}
			return
		}
		futures = outcometest.Four(c, key)
	})
	if w.Now {
		err = futures[0].Err()
	}
	return futures, err
}

// tracesOf are the traces of runFour where all was applied.
func tracesOf(w ways.Way) string {
	if w.Now {
		return "1--"
	}
	return "111"
}

func errorsOf(futures []outcometest.Settled) []error {
	errs := make([]error, len(futures))
	for i, f := range futures {
		errs[i] = f.Err()
	}
	return errs
}

var (
	counting = rueidistx.NewScript(`return redis.call('INCR', KEYS[1])`, rueidistx.AsInt64)
	peeking  = rueidistx.NewReadScript(`return redis.call('GET', KEYS[1])`, rueidistx.AsString)
	failing  = rueidistx.NewScript(`redis.call('INCR', KEYS[1]); return redis.error_reply(ARGV[1])`, rueidistx.AsInt64)
)

// unreachable has connections refused from now on, and waits until the client has noticed that its own is gone.
func unreachable(t *testing.T, p *outcometest.Proxied) {
	t.Helper()
	p.Proxy.Refuse(true)
	p.Proxy.CutAll()
	redistest.Eventually(t, "the client dials in vain", func() bool {
		var dial *net.OpError
		err := p.Client().Do(redistest.Context(t), p.Client().B().Arbitrary("PING").Build()).Error()
		return errors.As(err, &dial) && dial.Op == "dial"
	})
}

// cut is a loss of the connection at a step of the protocol.
type cut struct {
	name  string
	fault faultproxy.Fault
	want  string // the traces of four afterwards
}

// five queues five commands, each of which leaves a key of its own.
func five(c *rueidistx.Commands, keys []string) []outcometest.Settled {
	return []outcometest.Settled{
		c.Set(keys[0], "v"),
		c.Incr(keys[1]),
		c.RPush(keys[2], "v"),
		c.HSet(keys[3], "f", "v"),
		c.SAdd(keys[4], "v"),
	}
}

// present says which of the keys the server has.
func present(t *testing.T, client rueidis.Client, keys []string) []bool {
	t.Helper()
	var commands []rueidis.Completed
	for _, k := range keys {
		commands = append(commands, client.B().Exists().Key(k).Build())
	}
	var there []bool
	for _, r := range client.DoMulti(context.Background(), commands...) {
		n, err := r.AsInt64()
		require.NoError(t, err)
		there = append(there, n == 1)
	}
	return there
}

// sweep cuts the connection once at each byte that run sends, or that it gets. check compares what run said with the
// keys that the server has then.
func sweep(t *testing.T, p *outcometest.Proxied, arm func(*faultproxy.Proxy, int), run func(ctx context.Context, keys []string), check func(there []bool)) (cuts int) {
	t.Helper()
	server := redistest.Shared(t).Client(t)
	for n, passed, missed := 0, 0, 0; ; n++ {
		keys := make([]string, 5)
		for i := range keys {
			keys[i] = fmt.Sprintf("%p:%04d:%d", p, n, i)
		}
		redistest.Eventually(t, "connected", func() bool {
			return p.Client().Do(redistest.Context(t), p.Client().B().Arbitrary("PING").Build()).Error() == nil
		})
		p.Proxy.Reset()
		arm(p.Proxy, n)
		ctx := redistest.Context(t)
		run(ctx, keys)
		require.NoError(t, ctx.Err(), "hangs at byte %d", n)
		check(present(t, server, keys))
		if p.Proxy.Fired() > 0 {
			passed, missed = 0, 0
			continue
		}
		// Everything has passed, unless the cut was for a connection that carried something else, as those do that are just
		// being made. If that is so each time, run uses several.
		if p.Proxy.Missed() {
			missed++
		} else {
			passed++
		}
		if passed == 5 || missed == 100 {
			p.Proxy.Disarm()
			return n
		}
	}
}

var directions = map[string]func(*faultproxy.Proxy, int){
	"request": (*faultproxy.Proxy).CutAtRequestByte,
	"reply":   (*faultproxy.Proxy).CutAtReplyByte,
}
