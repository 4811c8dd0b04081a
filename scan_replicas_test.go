package rueidistx_test

import (
	"fmt"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// TestPagesComeFromOneServer has a client that sends what only reads to replicas, where a cursor has another meaning.
func TestPagesComeFromOneServer(t *testing.T) {
	t.Parallel()
	primary, replica := withReplica(t)
	db, err := rueidistx.Open(rueidis.ClientOption{
		InitAddress:    []string{primary.Addr},
		Standalone:     rueidis.StandaloneOption{ReplicaAddress: []string{replica.Addr}},
		SendToReplicas: func(c rueidis.Completed) bool { return c.IsReadOnly() },
	})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	ctx, key := redistest.Context(t), redistest.Key(t, "h")
	var pairs []string
	for i := range 2000 {
		pairs = append(pairs, fmt.Sprint("field", i), "v")
	}
	require.NoError(t, db.Auto(ctx).HSet(key, pairs...).Err())
	require.NoError(t, db.Auto(ctx).SAdd(key+"s", pairs...).Err())
	primary.Do(t, "WAIT", "1", "0")
	replica.Do(t, "CONFIG", "RESETSTAT")
	fields := map[string]bool{}
	for cursor := uint64(0); ; {
		page, err := db.Auto(ctx).HScan(key, cursor).Value()
		require.NoError(t, err)
		for _, f := range page.Items {
			fields[f.Name] = true
		}
		if cursor = page.Cursor; page.Done() {
			break
		}
	}
	require.Len(t, fields, 2000)
	require.NoError(t, db.Execute(ctx, func(b *rueidistx.Batch) error {
		b.SScan(key+"s", 0)
		b.Scan(0)
		return nil
	}))
	require.NoError(t, db.EachPrimary(ctx, func(addr string, b *rueidistx.Batch) error {
		require.Empty(t, addr, "it is not known which of the servers it is")
		b.DBSize()
		return nil
	}))
	stats, err := replica.Do(t, "INFO", "commandstats").ToString()
	require.NoError(t, err)
	require.NotContains(t, stats, "scan")
}
