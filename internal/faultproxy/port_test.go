package faultproxy

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// The port of a proxy that refuses is no other's, in this process or another one, until the proxy is closed.
func TestPortsAreOnesOwn(t *testing.T) {
	t.Parallel()
	s := newPortSet()
	t.Cleanup(func() {
		for _, lock := range s.locks {
			_ = lock.Close()
		}
	})
	take := func(s *portSet) int {
		l, err := s.listen()
		require.NoError(t, err)
		require.NoError(t, l.Close()) // as by Refuse
		return l.Addr().(*net.TCPAddr).Port
	}
	port, seen := take(s), map[int]bool{}
	for range 2 * blockSize {
		p := take(s)
		require.False(t, seen[p] || p == port, p)
		seen[p] = true
	}
	require.Greater(t, len(s.locks), 2, "a block is not enough")
	other := newPortSet() // as of another process
	p := take(other)
	for first, lock := range other.locks {
		require.NotContains(t, s.locks, first)
		require.NoError(t, lock.Close())
	}
	require.False(t, seen[p] || p == port, p)
	s.release(port)
	for range blockSize { // no more are left in its blocks
		if take(s) == port {
			return
		}
	}
	require.Fail(t, "a port that was given back is not used again")
}
