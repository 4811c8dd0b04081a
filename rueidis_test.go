package rueidistx_test

import (
	"context"
	"crypto/tls"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// rueidis alone retries reads for as long as their context lasts: TestOpenBoundsRetriesOfReads is what Open makes of it.
func TestRueidisRetriesReadsUntilTheContextEnds(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	s := redistest.Start(t) // of its own, as all its connections are ended
	var gone atomic.Bool
	var tries atomic.Int32
	option := s.Option()
	option.ForceSingleClient = true
	option.DialCtxFn = func(ctx context.Context, addr string, dialer *net.Dialer, _ *tls.Config) (net.Conn, error) {
		if gone.Load() {
			tries.Add(1)
			return nil, errNoWay
		}
		return dialer.DialContext(ctx, "tcp", addr)
	}
	client, err := rueidis.NewClient(option)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	gone.Store(true)
	kick(t, s)
	const lasts = 12 * time.Second // in which Open's would have ended
	ctx, cancel := context.WithTimeout(t.Context(), lasts)
	defer cancel()
	began := time.Now()
	require.Error(t, client.Do(ctx, client.B().Get().Key("k").Build()).Error())
	require.Greater(t, time.Since(began), lasts-2*time.Second, "it may see that the next pause is too long")
	t.Logf("tried %d times, until the context ended", tries.Load())
	require.Greater(t, tries.Load(), int32(20))
}

// rueidis alone asks sentinels once, and then relies on what they announce: TestOpenAsksSentinelsAgain is what Open makes of it.
func TestRueidisDoesNotAskSentinelsAgain(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	s := redistest.StartSentinel(t, 1, 1)
	p := faultproxy.Start(t, s.Sentinels[0].Addr)
	p.Record(true)
	option := s.Option()
	option.InitAddress, option.Sentinel.TopologyRefreshInterval = []string{p.Addr()}, 0
	client, err := rueidis.NewClient(option)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	asked := func() int { return askedForThePrimary(p) }
	first, patience := asked(), 6*time.Second // Open asks every 5 seconds
	require.Positive(t, first)
	time.Sleep(patience)
	t.Logf("asked %d times more in %v", asked()-first, patience)
	require.Equal(t, first, asked())
}
