package redistest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLaunch(t *testing.T) {
	t.Parallel()
	Shared(t) // or skip
	s, stop, err := Launch("--maxmemory", "1mb")
	require.NoError(t, err)
	s.Do(t, "PING")
	assert.Panics(t, s.Kill, "it is no test's")
	stop()
	assert.False(t, s.Running())

	_, stop, err = Launch("--no-such-option", "1")
	assert.Error(t, err)
	assert.Nil(t, stop)
}

func TestLaunchCluster(t *testing.T) {
	Long(t)
	t.Parallel()
	Shared(t) // or skip
	c, stop, err := LaunchCluster(1, 0)
	require.NoError(t, err)
	assert.Same(t, c.Nodes[0], c.Owner(0))
	stop()
	assert.False(t, c.Nodes[0].Running())
}
