package rueidistx_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// broken is a client whose connection was lost and is refused to be set up again, until mend.
type broken struct {
	option rueidis.ClientOption
	lose   func(t *testing.T)
	mend   func(t *testing.T)
	is     []error // what the failures are, beside not sent
	says   string
}

// kick ends the connections of a server's clients.
func kick(t *testing.T, s *redistest.Server) {
	t.Helper()
	s.Do(t, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
}

// login has a client log in as a user of its own, so that taking rights away leaves the test's own connection alone.
func login(t *testing.T, s *redistest.Server, w outcometest.ClientMode) rueidis.ClientOption {
	s.Do(t, "ACL", "SETUSER", "app", "reset", "on", ">old", "~*", "&*", "+@all")
	option := w.Option(s.Addr)
	option.Username, option.Password = "app", "old"
	return option
}

// withoutRights takes something away from the user, and kicks it out.
func withoutRights(t *testing.T, w outcometest.ClientMode, says string, change func(*rueidis.ClientOption), take, give []string) *broken {
	s := redistest.Start(t)
	option := login(t, s, w)
	if change != nil {
		change(&option)
	}
	set := func(rules []string) func(*testing.T) {
		return func(t *testing.T) {
			s.Do(t, append([]string{"ACL", "SETUSER", "app"}, rules...)...)
			kick(t, s)
		}
	}
	return &broken{option, set(take), set(give), []error{rueidistx.ErrService}, says}
}

// reconnects are the reasons for which a connection may not be set up again.
var reconnects = map[string]func(t *testing.T, w outcometest.ClientMode) *broken{
	"the dial function's own error": func(t *testing.T, w outcometest.ClientMode) *broken {
		s, d := redistest.Start(t), new(detour)
		option := w.Option(s.Addr)
		option.DialCtxFn = d.dial
		return &broken{
			option, func(t *testing.T) { d.elsewhere.Store(true); kick(t, s) }, func(*testing.T) { d.elsewhere.Store(false) },
			[]error{rueidistx.ErrConnection, errNoWay}, "no way",
		}
	},
	"the older dial function's own error": func(t *testing.T, w outcometest.ClientMode) *broken {
		s, d := redistest.Start(t), new(detour)
		option := w.Option(s.Addr)
		option.DialFn = func(addr string, dialer *net.Dialer, config *tls.Config) (net.Conn, error) { //nolint:staticcheck // deprecated, but there
			return d.dial(context.Background(), addr, dialer, config)
		}
		return &broken{
			option, func(t *testing.T) { d.elsewhere.Store(true); kick(t, s) }, func(*testing.T) { d.elsewhere.Store(false) },
			[]error{rueidistx.ErrConnection, errNoWay}, "no way",
		}
	},
	"EOF of a dial function": func(t *testing.T, w outcometest.ClientMode) *broken { // a proxy that wants more than a connection
		s := redistest.Start(t)
		var fails atomic.Bool
		option := w.Option(s.Addr)
		option.DialCtxFn = func(ctx context.Context, addr string, dialer *net.Dialer, _ *tls.Config) (net.Conn, error) {
			if fails.Load() {
				return nil, io.EOF
			}
			return dialer.DialContext(ctx, "tcp", addr)
		}
		return &broken{
			option, func(t *testing.T) { fails.Store(true); kick(t, s) }, func(*testing.T) { fails.Store(false) },
			[]error{rueidistx.ErrConnection, io.EOF}, "EOF",
		}
	},
	"no connection and no error": func(t *testing.T, w outcometest.ClientMode) *broken {
		s := redistest.Start(t)
		var fails atomic.Bool
		option := w.Option(s.Addr)
		option.DialCtxFn = func(ctx context.Context, addr string, dialer *net.Dialer, _ *tls.Config) (net.Conn, error) {
			if fails.Load() {
				return nil, nil
			}
			return dialer.DialContext(ctx, "tcp", addr)
		}
		return &broken{
			option, func(t *testing.T) { fails.Store(true); kick(t, s) }, func(*testing.T) { fails.Store(false) },
			[]error{rueidistx.ErrConnection}, "no connection",
		}
	},
	"a panic in the dial function": func(t *testing.T, w outcometest.ClientMode) *broken {
		s := redistest.Start(t)
		var fails atomic.Bool
		option := w.Option(s.Addr)
		option.DialCtxFn = func(ctx context.Context, addr string, dialer *net.Dialer, _ *tls.Config) (net.Conn, error) {
			if fails.Load() {
				panic("mine")
			}
			return dialer.DialContext(ctx, "tcp", addr)
		}
		return &broken{
			option, func(t *testing.T) { fails.Store(true); kick(t, s) }, func(*testing.T) { fails.Store(false) },
			[]error{rueidistx.ErrConnection}, "panicked",
		}
	},
	"an untrusted certificate": func(t *testing.T, w outcometest.ClientMode) *broken {
		s := redistest.Start(t)
		front := startTLS(t, s.Addr)
		option := w.Option(front.addr)
		option.TLSConfig = &tls.Config{RootCAs: front.trusted, ServerName: "redis"}
		return &broken{
			option, func(t *testing.T) { front.stranger.Store(true); kick(t, s) }, func(*testing.T) { front.stranger.Store(false) },
			[]error{rueidistx.ErrConnection}, "certificate",
		}
	},
	"WRONGPASS": func(t *testing.T, w outcometest.ClientMode) *broken {
		return withoutRights(t, w, "WRONGPASS", nil, []string{"resetpass", ">new"}, []string{">old"})
	},
	"a user that is off": func(t *testing.T, w outcometest.ClientMode) *broken {
		return withoutRights(t, w, "WRONGPASS", nil, []string{"off"}, []string{"on"})
	},
	"NOPERM": func(t *testing.T, w outcometest.ClientMode) *broken {
		database := func(o *rueidis.ClientOption) { o.SelectDB = 1 }
		return withoutRights(t, w, "NOPERM", database, []string{"-select"}, []string{"+select"})
	},
	"no such database": func(t *testing.T, w outcometest.ClientMode) *broken {
		return elsewhere(t, w, "DB index is out of range", "--databases", "1")
	},
	"NOAUTH": func(t *testing.T, w outcometest.ClientMode) *broken {
		return elsewhere(t, w, "NOAUTH", "--requirepass", "secret")
	},
}

// elsewhere is a client that finds another server, with these arguments, when it connects again.
func elsewhere(t *testing.T, w outcometest.ClientMode, says string, args ...string) *broken {
	s, d := redistest.Start(t), &detour{to: redistest.Start(t, args...).Addr}
	option := w.Option(s.Addr)
	option.DialCtxFn, option.SelectDB = d.dial, 1
	return &broken{
		option, func(t *testing.T) { d.elsewhere.Store(true); kick(t, s) }, func(*testing.T) { d.elsewhere.Store(false) },
		[]error{rueidistx.ErrService}, says,
	}
}

func TestRefusedReconnectIsNotSent(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	for name, breaks := range reconnects {
		for _, w := range outcometest.Modes() {
			for _, dedicated := range []bool{false, true} {
				t.Run(name+", "+w.Name+map[bool]string{true: ", dedicated"}[dedicated], func(t *testing.T) {
					t.Parallel()
					var options []rueidistx.Option
					if dedicated {
						options = append(options, rueidistx.DedicatedTransactions(1))
					}
					b := breaks(t, w)
					db := openCluster(t, b.option, options...)
					b.requireNotSent(t, db)
				})
			}
		}
	}
}

func (c *broken) requireNotSent(t *testing.T, db *rueidistx.DB) {
	write := func(tx *rueidistx.Tx) error { tx.Incr("n"); return nil }
	require.NoError(t, db.Transact(redistest.Context(t), write))
	c.lose(t)
	redistest.Eventually(t, "the client has noticed", func() bool { // what was on its way at the end may have got there
		return errors.Is(db.Auto(redistest.Context(t)).Set("x", "1").Err(), rueidistx.ErrNotSent)
	})
	requireNotSent := func(err error) {
		t.Helper()
		require.Equal(t, rueidistx.NotApplied, requireOneOutcome(t, err), "%v", err)
		for _, is := range append(c.is, rueidistx.ErrNotSent) {
			require.ErrorIs(t, err, is)
		}
		for _, s := range []error{rueidistx.ErrService, rueidistx.ErrConnection} { // one of them
			require.Equal(t, s == c.is[0], errors.Is(err, s), "%v is %v", err, s)
		}
		require.ErrorContains(t, err, c.says)
	}
	requireNotSent(db.Auto(redistest.Context(t)).Incr("n").Err())
	_, err := counting.Run(redistest.Context(t), db, []string{"n"})
	requireNotSent(err)
	b := db.Batch()
	futures := []outcometest.Settled{b.Incr("n"), counting.Queue(b, []string{"n"}), b.Incr("n")}
	requireNotSent(b.Exec(redistest.Context(t)))
	for _, f := range futures {
		requireNotSent(f.Err())
	}
	tx := db.Atomic()
	n := tx.Incr("n")
	redistest.Eventually(t, "the dedicated connection is noticed to be gone", func() bool {
		err = tx.Exec(redistest.Context(t))
		if rueidistx.OutcomeOf(err) == rueidistx.Unknown {
			tx = db.Atomic()
			n = tx.Incr("n")
			return false
		}
		return true
	})
	requireNotSent(err)
	require.Equal(t, err, n.Err())

	runs := 0
	require.NoError(t, db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
		if runs++; runs == 3 {
			c.mend(t)
		}
		return write(tx)
	}, rueidistx.Attempts(100), rueidistx.Backoff(time.Millisecond, 10*time.Millisecond)))
	require.GreaterOrEqual(t, runs, 3)
	value, err := db.Auto(redistest.Context(t)).Get("n").Value()
	require.NoError(t, err)
	require.Equal(t, "2", value) // the first transaction and the last
}

// New cannot tell an error of a dial from one of a connection that dials anew whenever it is read from.
func TestRefusedReconnectIsUnknownWithNew(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	for _, name := range []string{"the dial function's own error", "WRONGPASS"} {
		for _, w := range outcometest.Modes() {
			b := reconnects[name](t, w)
			client, err := rueidis.NewClient(b.option)
			require.NoError(t, err)
			t.Cleanup(client.Close)
			db := rueidistx.New(client)
			require.NoError(t, db.Auto(redistest.Context(t)).Set("x", "1").Err())
			b.lose(t)
			redistest.Eventually(t, "the client has noticed", func() bool {
				err := db.Auto(redistest.Context(t)).Incr("n").Err()
				require.Equal(t, rueidistx.Unknown, requireOneOutcome(t, err), "%v", err)
				return errors.Is(err, b.is[len(b.is)-1]) && !errors.Is(err, io.EOF)
			})
		}
	}
}

// A connection whose Read fails with an error that looks like a dial's has read nothing: the command may have run.
func TestErrorOfAReadThatLooksLikeADialsIsUnknown(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for _, w := range outcometest.Modes() {
		for name, looksLike := range map[string]error{
			"dial": &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("redialing is gone")},
			"dns":  &net.DNSError{Err: "no such host", Name: "redis"},
			"own":  errNoWay,
		} {
			t.Run(name+", "+w.Name, func(t *testing.T) {
				t.Parallel()
				key := redistest.Key(t, "n")
				option := w.Option(s.Addr)
				redialing := &redialing{err: looksLike}
				option.DialCtxFn = func(ctx context.Context, addr string, dialer *net.Dialer, _ *tls.Config) (net.Conn, error) {
					conn, err := dialer.DialContext(ctx, "tcp", addr)
					return &redialingConn{conn, redialing}, err
				}
				db := openCluster(t, option)
				require.NoError(t, db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { tx.Ping(); return nil }))
				for i, run := range []func() error{
					func() error { return db.Auto(redistest.Context(t)).Incr(key).Err() },
					func() error {
						return db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { tx.Incr(key); return nil })
					},
				} {
					_ = db.Auto(redistest.Context(t)).Get(key).Err() // a read connects again
					redialing.fails.Store(true)
					err := run()
					require.Equal(t, rueidistx.Unknown, requireOneOutcome(t, err), "%v", err)
					require.False(t, redialing.fails.Load())
					redistest.Eventually(t, "it has run", func() bool {
						n, _ := s.Do(t, "GET", key).AsInt64()
						return n == int64(i+1)
					})
				}
			})
		}
	}
}

// redialing makes the next Read that has something fail once instead.
type redialing struct {
	fails atomic.Bool
	err   error
}

type redialingConn struct {
	net.Conn
	t *redialing
}

func (c *redialingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && c.t.fails.CompareAndSwap(true, false) {
		return 0, c.t.err
	}
	return n, err
}

// tlsFront lets clients reach a server by TLS.
type tlsFront struct {
	addr     string
	trusted  *x509.CertPool
	stranger atomic.Bool // shows a certificate that nobody trusts
}

func startTLS(t *testing.T, target string) *tlsFront {
	t.Helper()
	own, strange := certificate(t), certificate(t)
	f := &tlsFront{trusted: x509.NewCertPool()}
	f.trusted.AddCert(own.Leaf)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		if f.stranger.Load() {
			return strange, nil
		}
		return own, nil
	}})
	require.NoError(t, err)
	f.addr = l.Addr().String()
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer client.Close()
				server, err := net.Dial("tcp", target)
				if err != nil {
					return
				}
				serving.Go(func() {
					_, _ = io.Copy(server, client)
					_ = server.Close()
				})
				_, _ = io.Copy(client, server)
			})
		}
	})
	t.Cleanup(func() { _ = l.Close(); serving.Wait() })
	return f
}

// certificate makes one for the name redis that signs itself.
func certificate(t *testing.T) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "redis"}, DNSNames: []string{"redis"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}
