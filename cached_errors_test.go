package rueidistx_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// QUEUED, because other code has left a MULTI, is nobody's value, although the first reply of a Batch comes from the cache.
func TestCachedBatchInAMultiOfOtherCode(t *testing.T) {
	t.Parallel()
	onEachRESP3(t, func(t *testing.T, mode outcometest.ClientMode) {
		db := mode.Open(t, redistest.Shared(t).Addr)
		ctx, key, hash := redistest.Context(t), redistest.Key(t, "k"), redistest.Key(t, "h")
		require.NoError(t, db.Auto(ctx).Set(key, "value").Err())
		require.NoError(t, db.Auto(ctx).Set(key+"2", "QUEUED").Err())
		require.NoError(t, db.Auto(ctx).HSet(hash, "ALL", "value").Err())
		cached := db.Cached(time.Minute)
		for _, key := range []string{key, key + "2"} {
			redistest.Eventually(t, "it is cached", func() bool { return cached.Auto(ctx).Get(key).FromCache() })
		}
		require.NoError(t, db.Client().Do(ctx, db.Client().B().Multi().Build()).Error())
		b := cached.Batch()
		first, text, sent := b.Get(key), b.Get(key+"2"), b.HGet(hash, "ALL") // the last is never cached
		require.ErrorIs(t, b.Exec(ctx), rueidistx.ErrProtocol)
		require.Equal(t, "value", first.Must())
		require.Equal(t, "QUEUED", text.Must(), "a value with that text is one")
		require.ErrorIs(t, sent.Err(), rueidistx.ErrProtocol)
		require.NoError(t, db.Client().Do(ctx, db.Client().B().Discard().Build()).Error())
	})
}

// An error that does not depend on the key is not kept to, although rueidis has cached it.
func TestCachedWithPermissionsThatChange(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	s.Do(t, "ACL", "SETUSER", "u", "on", "nopass", "~*", "&*", "+@all")
	s.Do(t, "SET", "k", "value")
	s.Do(t, "SET", "text", "x")
	p := faultproxy.Start(t, s.Addr)
	option := s.Option()
	option.InitAddress, option.Username, option.Password, option.PipelineMultiplex = []string{p.Addr()}, "u", "any", -1
	db := openCluster(t, option)
	ctx, cached := redistest.Context(t), db.Cached(time.Hour)
	read := make(chan error, 1)
	p.Arm(faultproxy.Fault{Command: "EXEC", Action: faultproxy.Hold})
	go func() { read <- cached.Auto(ctx).Get("k").Err() }()
	redistest.Eventually(t, "the read is held", func() bool { return p.Held() == 1 })
	s.Do(t, "ACL", "SETUSER", "u", "-get") // of which the server thinks again at EXEC
	p.Release()
	require.Equal(t, "NOPERM", rueidistx.Code(<-read))
	s.Do(t, "ACL", "SETUSER", "u", "+get")
	require.Equal(t, "value", cached.Auto(ctx).Get("k").Must())
	b := cached.Batch()
	f := b.Get("k")
	require.NoError(t, b.Exec(ctx))
	require.Equal(t, "value", f.Must())
	require.False(t, f.FromCache())

	for range 2 { // those of the value are kept
		require.Equal(t, "WRONGTYPE", rueidistx.Code(cached.Auto(ctx).LLen("text").Err()))
	}
	require.True(t, cached.Auto(ctx).LLen("text").FromCache())
}

// With DisableRetry, a read whose connection is lost is sent once more, without the cache.
func TestCachedIsReadOnceMoreWithoutRetries(t *testing.T) {
	t.Parallel()
	p := through(t, outcometest.ClientMode{NoRetry: true}, redistest.Shared(t))
	ctx, key := redistest.Context(t), redistest.Key(t, "k")
	require.NoError(t, p.Auto(ctx).Set(key, "value").Err())
	p.Proxy.Reset()
	p.Proxy.Arm(faultproxy.Fault{Command: "EXEC", Phase: faultproxy.AfterCommand})
	require.Equal(t, "value", p.Cached(time.Minute).Auto(ctx).Get(key).Must())
	gets := 0
	for _, command := range p.Proxy.Commands() {
		if command == "GET" {
			gets++
		}
	}
	require.Equal(t, 2, gets)
	lose := func() {
		for range 2 {
			p.Proxy.Arm(faultproxy.Fault{Command: "STRLEN", Phase: faultproxy.AfterCommand})
		}
	}
	lose()
	require.ErrorIs(t, p.Cached(time.Minute).Auto(ctx).StrLen(key).Err(), rueidistx.ErrConnection)
	lose()
	b := p.Cached(time.Minute).Batch()
	f := b.StrLen(key)
	require.ErrorIs(t, b.Exec(ctx), rueidistx.ErrConnection)
	require.ErrorIs(t, f.Err(), rueidistx.ErrConnection)
}
