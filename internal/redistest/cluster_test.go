package redistest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSlot(t *testing.T) {
	t.Parallel()
	s := SharedCluster(t)
	for _, key := range []string{"", "foo", "{foo}", "a{foo}b", "{}x", "{a", "a}b{c}d", "123456789", "\x00\xff{\xfe}"} {
		want, err := s.Nodes[0].Do(t, "CLUSTER", "KEYSLOT", key).ToInt64()
		require.NoError(t, err)
		assert.EqualValues(t, want, s.Slot(key), "%q", key)
	}
}

func TestStartCluster(t *testing.T) {
	Long(t)
	t.Parallel()
	began := time.Now()
	c := StartCluster(t, 3, 1)
	t.Logf("%s: 3 primaries and 3 replicas took %v", c.Nodes[0].Name(), time.Since(began).Round(time.Millisecond))
	require.Len(t, c.Nodes, 6)
	for slot, primary := range map[int]int{0: 0, 5460: 0, 5461: 1, 10921: 1, 10922: 2, 16383: 2} {
		assert.Same(t, c.Nodes[primary], c.Owner(slot), "slot %d", slot)
	}
	for i, s := range c.Nodes {
		id, err := s.Do(t, "CLUSTER", "MYID").ToString()
		require.NoError(t, err)
		assert.Equal(t, id, c.NodeID(c.Nodes[i]))
	}

	client := c.Client(t)
	assert.Equal(t, rueidis.ClientModeCluster, client.Mode())
	for i := range 50 {
		require.NoError(t, client.Do(t.Context(), client.B().Set().Key(fmt.Sprint(i)).Value("v").Build()).Error())
	}

	// the replica of a dead primary takes over
	c.Nodes[0].Kill()
	require.NoError(t, Poll(func() error {
		if c.Owner(0) != c.Nodes[3] {
			return errors.New("the replica has not taken over")
		}
		return nil
	}))
}

func TestMoveSlot(t *testing.T) {
	t.Parallel()
	c := SharedCluster(t)
	client := c.Client(t)
	a, b := Key(t, "a"), Key(t, "b")
	slot := c.Slot(a)
	from := c.Owner(slot)
	to := c.Nodes[0]
	if from == to {
		to = c.Nodes[1]
	}
	set := func(key string) {
		t.Helper()
		require.NoError(t, client.Do(t.Context(), client.B().Set().Key(key).Value("v").Build()).Error())
	}
	has := func(s *Server) int64 {
		t.Helper()
		n, err := s.Do(t, "CLUSTER", "COUNTKEYSINSLOT", fmt.Sprint(slot)).ToInt64()
		require.NoError(t, err)
		return n
	}
	set(a)
	set(b)

	c.BeginMove(t, slot, to)
	assert.EqualValues(t, 2, has(from))
	_, err := from.TryDo("GET", Key(t, "none"))
	assert.EqualError(t, err, fmt.Sprintf("ASK %d %s", slot, to.Addr))

	c.MigrateKeys(t, slot, to, a)
	assert.EqualValues(t, 1, has(from))
	assert.EqualValues(t, 1, has(to))
	_, err = from.TryDo("MGET", a, b)
	if from.Since("7.0") {
		assert.ErrorContains(t, err, "TRYAGAIN")
	} else {
		assert.ErrorContains(t, err, "ASK")
	}
	assert.Same(t, from, c.Owner(slot))

	c.FinishMove(t, slot, to)
	assert.EqualValues(t, 0, has(from))
	assert.EqualValues(t, 2, has(to))
	for _, s := range c.Nodes {
		owner, err := c.ownerSeenBy(s, slot)
		require.NoError(t, err)
		assert.Same(t, to, owner)
	}
	set(a)

	c.MoveSlot(t, slot, from)
	assert.Same(t, from, c.Owner(slot))
	assert.EqualValues(t, 2, has(from))
}

func TestMoveSlotWithReplicas(t *testing.T) {
	Long(t)
	t.Parallel()
	c := StartCluster(t, 2, 1, "--requirepass", "secret", "--masterauth", "secret")
	key := Key(t, "k")
	slot := c.Slot(key)
	from := c.Owner(slot)
	from.Do(t, "SET", key, "v")
	to := c.Nodes[0]
	if from == to {
		to = c.Nodes[1]
	}
	c.MoveSlot(t, slot, to)
	got, err := to.Do(t, "GET", key).ToString()
	require.NoError(t, err)
	assert.Equal(t, "v", got)
}
