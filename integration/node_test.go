package integration_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/integration"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// open returns a DB on the servers and closes it when the test ends.
func open(t *testing.T, option rueidis.ClientOption) *rueidistx.DB {
	t.Helper()
	db, err := rueidistx.Open(option)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	return db
}

// set writes a key, within a second.
func set(t *testing.T, db *rueidistx.DB, key, value string) error {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	return db.Auto(ctx).Set(key, value).Err()
}

// got asks for a key.
func got(t *testing.T, db *rueidistx.DB, key string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	value, err := db.Auto(ctx).Get(key).Value()
	assert.NoError(t, err)
	return value
}

// becomes waits until the node has a role in INFO's words.
func becomes(t *testing.T, n *integration.Node, role string) {
	t.Helper()
	redistest.Succeeds(t, n.Name+" should become "+role, func() error {
		reply, err := n.TryDo("ROLE")
		if err != nil {
			return err
		}
		list, err := reply.ToArray()
		if err != nil {
			return err
		}
		if now, _ := list[0].ToString(); now != role {
			return fmt.Errorf("it is %s", now)
		}
		return nil
	})
}

func TestFaultsOfASingleServer(t *testing.T) {
	t.Parallel()
	servers := integration.Start(t, integration.Want{Args: []string{"--appendonly", "yes", "--appendfsync", "always"}})
	node := servers.Nodes[0]
	db := open(t, servers.Option())
	assert.Same(t, node, servers.Primary(""))
	require.NoError(t, set(t, db, "k", "1"))

	node.Pause()
	assert.False(t, node.Healthy())
	assert.ErrorIs(t, set(t, db, "k", "2"), context.DeadlineExceeded)
	node.Unpause()
	assert.True(t, node.Healthy())
	redistest.Succeeds(t, "the client should write again", func() error { return set(t, db, "k", "2") })

	node.Kill()
	assert.Error(t, set(t, db, "k", "3"))
	assert.Nil(t, servers.Primary(""))
	node.Restart()
	assert.Equal(t, "2", got(t, db, "k"), "the file should have it")
	redistest.Succeeds(t, "the client should write again", func() error { return set(t, db, "k", "4") })
	node.Restart() // in the orderly way
	assert.Equal(t, "4", got(t, db, "k"))

	node.Disconnect(integration.Clients)
	assert.Error(t, set(t, db, "k", "5"))
	node.Connect(integration.Clients)
	assert.Equal(t, "4", got(t, db, "k"), "the client should find the new port")
	assert.Equal(t, "PONG", text(t, node.Do(t, "PING")))
}

func text(t *testing.T, m *rueidis.RedisMessage) string {
	t.Helper()
	s, err := m.ToString()
	require.NoError(t, err)
	return s
}
