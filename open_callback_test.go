package rueidistx_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// A panic in one of these would end the process, or leave rueidis waiting for ever, as it calls them with locks held and in
// goroutines of its own.
func TestFunctionsOfTheClientThatDoNotComeBack(t *testing.T) {
	t.Parallel()
	for how, leave := range map[string]func(){"panic": func() { panic("mine") }, "Goexit": runtime.Goexit} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			s := redistest.Start(t)
			var bad atomic.Bool
			option := s.Option()
			option.AuthCredentialsFn = func(rueidis.AuthCredentialsContext) (rueidis.AuthCredentials, error) {
				if bad.Load() {
					leave()
				}
				return rueidis.AuthCredentials{}, nil
			}
			option.PipelineMultiplex = -1
			db, err := rueidistx.Open(option)
			require.NoError(t, err)
			t.Cleanup(db.Close)
			bad.Store(true)
			s.Do(t, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
			ctx, cancel := context.WithTimeout(redistest.Context(t), time.Second)
			defer cancel()
			require.Error(t, db.Auto(ctx).Set("a", "b").Err())
			require.Error(t, db.Auto(ctx).Set("a", "b").Err())
			bad.Store(false)
			redistest.Eventually(t, "the client connects again", func() bool {
				return db.Auto(redistest.Context(t)).Set("a", "b").Err() == nil
			})
		})
	}
}

// A nil pointer is a connection to the compiler only.
func TestDialThatReturnsANilPointer(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	var bad atomic.Bool
	option := s.Option()
	option.DialCtxFn = func(ctx context.Context, addr string, dialer *net.Dialer, _ *tls.Config) (net.Conn, error) {
		if bad.Load() {
			var none *net.TCPConn
			return none, nil
		}
		return dialer.DialContext(ctx, "tcp", addr)
	}
	db, err := rueidistx.Open(option)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	bad.Store(true)
	_, err = rueidistx.Open(option)
	outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrNotSent, rueidistx.ErrConnection)
	s.Do(t, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
	redistest.Eventually(t, "the client dials in vain", func() bool {
		return errors.Is(db.Auto(redistest.Context(t)).Set("a", "b").Err(), rueidistx.ErrNotSent)
	})
	bad.Store(false)
	redistest.Eventually(t, "the client is connected again", func() bool {
		return db.Auto(redistest.Context(t)).Set("a", "b").Err() == nil
	})
}

func TestOnInvalidationsThatPanics(t *testing.T) {
	t.Parallel()
	var called atomic.Int32
	option := redistest.Shared(t).Option()
	option.OnInvalidations = func([]rueidis.RedisMessage) {
		called.Add(1)
		panic("mine")
	}
	db, err := rueidistx.Open(option)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	ctx, key := redistest.Context(t), redistest.Key(t, "k")
	client := db.Client()
	_ = client.DoCache(ctx, client.B().Get().Key(key).Cache(), time.Minute)
	require.NoError(t, db.Auto(ctx).Set(key, "v").Err())
	redistest.Eventually(t, "the invalidation has come", func() bool { return called.Load() > 0 })
	require.Equal(t, "v", db.Auto(ctx).Get(key).Must())
}

// wrapper is a client of other code's.
type wrapper struct {
	rueidis.Client
	do       func(ctx context.Context, c rueidis.Completed) rueidis.RedisResult
	doMulti  func(ctx context.Context, c []rueidis.Completed) []rueidis.RedisResult
	dedicate func() (rueidis.DedicatedClient, func())
	node     func(rueidis.Client) rueidis.Client
	cached   func(rueidis.RedisResult) rueidis.RedisResult
}

func (w *wrapper) DoCache(ctx context.Context, c rueidis.Cacheable, ttl time.Duration) rueidis.RedisResult {
	return w.fromCache(w.Client.DoCache(ctx, c, ttl))[0]
}

func (w *wrapper) DoMultiCache(ctx context.Context, c ...rueidis.CacheableTTL) []rueidis.RedisResult {
	return w.fromCache(w.Client.DoMultiCache(ctx, c...)...)
}

func (w *wrapper) fromCache(results ...rueidis.RedisResult) []rueidis.RedisResult {
	for i := range results {
		if w.cached != nil {
			results[i] = w.cached(results[i])
		}
	}
	return results
}

func (w *wrapper) Nodes() map[string]rueidis.Client {
	nodes := w.Client.Nodes()
	for addr, client := range nodes {
		if w.node != nil {
			nodes[addr] = w.node(client)
		}
	}
	return nodes
}

func (w *wrapper) Do(ctx context.Context, c rueidis.Completed) rueidis.RedisResult {
	if w.do == nil {
		return w.Client.Do(ctx, c)
	}
	return w.do(ctx, c)
}

func (w *wrapper) DoMulti(ctx context.Context, c ...rueidis.Completed) []rueidis.RedisResult {
	if w.doMulti == nil {
		return w.Client.DoMulti(ctx, c...)
	}
	return w.doMulti(ctx, c)
}

func (w *wrapper) Dedicate() (rueidis.DedicatedClient, func()) {
	if w.dedicate == nil {
		return w.Client.Dedicate()
	}
	return w.dedicate()
}

func TestResultsThatAreNoneAreUnknown(t *testing.T) {
	t.Parallel()
	client, err := rueidis.NewClient(redistest.Shared(t).Option())
	require.NoError(t, err)
	t.Cleanup(client.Close)
	db := rueidistx.New(&wrapper{
		Client: client,
		do:     func(context.Context, rueidis.Completed) rueidis.RedisResult { return rueidis.RedisResult{} },
		doMulti: func(_ context.Context, c []rueidis.Completed) []rueidis.RedisResult {
			return make([]rueidis.RedisResult, len(c))
		},
	})
	ctx := redistest.Context(t)
	b, one, tx := db.Batch(), db.Batch(), db.Atomic()
	b.Incr("n")
	b.Set("m", "1")
	one.Incr("n")
	tx.Incr("n")
	for name, err := range map[string]error{
		"Auto": db.Auto(ctx).Incr("n").Err(), "Batch": b.Exec(ctx), "Batch of one": one.Exec(ctx),
	} {
		require.ErrorIs(t, err, rueidistx.ErrProtocol, name)
		require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(err), name)
	}
	require.Error(t, tx.Exec(ctx))
}

func TestClientThatEndsTheGoroutineOfABatch(t *testing.T) {
	t.Parallel()
	client, err := rueidis.NewClient(redistest.SharedCluster(t).Option())
	require.NoError(t, err)
	t.Cleanup(client.Close)
	db := rueidistx.New(&wrapper{Client: client, doMulti: func(ctx context.Context, c []rueidis.Completed) []rueidis.RedisResult {
		for _, command := range c {
			if command.Commands()[0] == "SET" {
				runtime.Goexit()
			}
		}
		return client.DoMulti(ctx, c...)
	}})
	b, key := db.Batch(), redistest.Key(t, "n")
	f := b.Set("k", "v")
	b.Set("k2", "v")
	script := failing.Queue(b, []string{key}, "mine")
	returned, ended := false, make(chan struct{})
	go func() {
		defer close(ended)
		_ = b.Exec(redistest.Context(t))
		returned = true
	}()
	<-ended
	require.False(t, returned)
	require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(f.Err()), "%v", f.Err())
	require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(script.Err()), "%v", script.Err())
}

func TestDedicateThatDoesNotComeBack(t *testing.T) {
	t.Parallel()
	client, err := rueidis.NewClient(redistest.Shared(t).Option())
	require.NoError(t, err)
	t.Cleanup(client.Close)
	for how, leave := range map[string]func(){"panic": func() { panic("mine") }, "Goexit": runtime.Goexit} {
		var bad atomic.Bool
		bad.Store(true)
		db := rueidistx.New(&wrapper{Client: client, dedicate: func() (rueidis.DedicatedClient, func()) {
			if bad.Load() {
				leave()
			}
			return client.Dedicate()
		}}, rueidistx.DedicatedTransactions(1))
		for range 2 {
			tx := db.Atomic()
			tx.Incr(redistest.Key(t, "n"))
			require.ErrorIs(t, tx.Exec(context.Background()), rueidistx.ErrNotSent, how)
		}
		bad.Store(false)
		tx := db.Atomic()
		tx.Incr(redistest.Key(t, "n"))
		require.NoError(t, tx.Exec(redistest.Context(t)), how)
	}
}
