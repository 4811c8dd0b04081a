package redistest

import (
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"
)

func TestStartSentinel(t *testing.T) {
	Long(t)
	t.Parallel()
	s := StartSentinel(t, 1, 3)
	first := s.Primary()
	require.Same(t, s.Nodes[0], first)
	client, err := rueidis.NewClient(s.Option())
	require.NoError(t, err)
	defer client.Close()
	require.NoError(t, client.Do(Context(t), client.B().Set().Key("k").Value("v").Build()).Error())
	s.Failover(t)
	require.Same(t, s.Nodes[1], s.Primary())
	require.NotSame(t, first, s.Primary())
}
