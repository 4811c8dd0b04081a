package integration_test

import (
	"testing"

	"github.com/ory/dockertest/v3"
	"github.com/ory/dockertest/v3/docker"
	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
)

var repository, tag = "redis", "8.0" // or "valkey/valkey", "8.1"

// openRedis starts a server for the test alone and connects to it.
func openRedis(t *testing.T) (db *rueidistx.DB) {
	pool, err := dockertest.NewPool("")
	require.NoError(t, err)
	server, err := pool.RunWithOptions(&dockertest.RunOptions{
		Repository:   repository,
		Tag:          tag,
		Entrypoint:   []string{"timeout", "600", "redis-server", "--protected-mode", "no"},
		PortBindings: map[docker.Port][]docker.PortBinding{"6379/tcp": {{HostIP: "127.0.0.1"}}},
	}, func(host *docker.HostConfig) { host.AutoRemove = true })
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, pool.Purge(server)) })
	require.NoError(t, pool.Retry(func() (err error) {
		db, err = rueidistx.Open(rueidis.ClientOption{InitAddress: []string{server.GetHostPort("6379/tcp")}})
		return err
	}))
	t.Cleanup(db.Close)
	return db
}

func TestTransfer(t *testing.T) {
	db := openRedis(t)
	var from, to rueidistx.Future[int64]
	require.NoError(t, db.Transact(t.Context(), func(tx *rueidistx.Tx) error {
		from, to = tx.DecrBy("{wallet}:alice", 100), tx.IncrBy("{wallet}:bob", 100)
		return nil
	}))
	require.Equal(t, []int64{-100, 100}, []int64{from.Must(), to.Must()})
}
