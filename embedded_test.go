package rueidistx_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// TestEmbeddedServerUnderWatch compares what is a conflict on the embedded server and on a real one: docs/testing.md and the
// README say so.
func TestEmbeddedServerUnderWatch(t *testing.T) {
	t.Parallel()
	ctx := redistest.Context(t)
	embedded := openAt(t, redistest.StartEmbedded(t))
	server := openAt(t, redistest.Start(t).Addr) // its own, because of FLUSHALL
	for is, lines := range map[string][]string{
		"both": {
			"SET k 1|SET k 1", "SET k 1|EXPIRE k 100", "SET k 1 EX 100|PERSIST k", "SET k 1|DEL k", "HSET k a 1|HSET k a 1",
			"RPUSH k a|LPOP k", "SADD k a b|SREM k a", "ZADD k 1 a|ZADD k 2 a", "XADD k 1-1 a b|XDEL k 1-1",
		},
		"neither": {"SET k 1|SET k 2 NX", "SET k 1|PERSIST k", "HSET k a 1|HDEL k b", "SET k 1|TOUCH k"},
		"server": {
			"SET k 1|FLUSHALL", "SET k 1|FLUSHDB", "SET k 1|GETEX k EX 10", "ZADD k 1 a 2 b|ZREM k a", "ZADD k 1 a 2 b|ZPOPMIN k",
			"ZADD k 1 a 2 b|ZPOPMAX k", "ZADD k 1 a 2 b|ZREMRANGEBYRANK k 0 0", "ZADD k 1 a 2 b|ZREMRANGEBYSCORE k 0 1",
			"XADD k 1-1 a b;XADD k 2-1 a b|XTRIM k MAXLEN 1",
		},
		"embedded": {
			"SADD k a|SADD k a", "SADD k a|SREM k b", "ZADD k 1 a|ZADD k 1 a", "RPUSH k a|LREM k 0 b", "XADD k 1-1 a b|XDEL k 2-1",
			"PFADD k a|PFADD k a",
		},
	} {
		for _, line := range lines {
			on := map[[2]bool]string{{true, true}: "both", {false, false}: "neither", {false, true}: "server", {true, false}: "embedded"}
			require.Equal(t, is, on[[2]bool{conflicts(ctx, t, embedded, line), conflicts(ctx, t, server, line)}], line)
		}
	}
}

// TestEmbeddedServerHasNoClock has keys that expire only if the clock is moved, and then are a conflict, and no replicas.
func TestEmbeddedServerHasNoClock(t *testing.T) {
	t.Parallel()
	const busy = 10 * time.Second // more than it takes
	ctx, s, e := redistest.Context(t), redistest.Embedded(t), rueidistx.Tag("user", 1)
	db := openAt(t, s.Addr())
	once := func() error {
		return db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Incr(e.Key("n")); return nil }, rueidistx.Once(e.Mark("x"), 2*busy))
	}
	ctx, cancel := context.WithTimeout(ctx, busy)
	defer cancel()
	require.NoError(t, once())
	require.ErrorIs(t, once(), rueidistx.ErrAlreadyApplied)
	s.FastForward(2 * busy)
	require.NoError(t, once())

	runs := 0
	require.NoError(t, db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
		_ = r.Get(e.Mark("x").Key()).Err()
		if runs++; runs == 1 {
			s.FastForward(2 * busy)
		}
		tx.Incr(e.Key("n"))
		return nil
	}))
	require.Equal(t, 2, runs)

	for _, o := range []rueidistx.TxOption{rueidistx.Durable(1, time.Minute), rueidistx.Fsynced(true, 0, time.Minute)} {
		require.ErrorIs(t, db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Incr(e.Key("n")); return nil }, o), rueidistx.ErrNotDurable)
	}
}

func openAt(t *testing.T, addr string) *rueidistx.DB {
	db, err := rueidistx.Open(redistest.EmbeddedOption(addr))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	return db
}

// conflicts reports whether a change of the key k is a conflict. A line is "command;command|change".
func conflicts(ctx context.Context, t *testing.T, db *rueidistx.DB, line string) bool {
	do := func(words string) {
		err := db.Client().Do(ctx, db.Client().B().Arbitrary(strings.Fields(words)...).Build()).Error()
		if !rueidis.IsRedisNil(err) {
			require.NoError(t, err, line)
		}
	}
	setup, change, _ := strings.Cut(line, "|")
	do("DEL k")
	for command := range strings.SplitSeq(setup, ";") {
		do(command)
	}
	runs := 0
	require.NoError(t, db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
		_ = r.Exists("k").Err()
		if runs++; runs == 1 {
			do(change)
		}
		tx.Incr("other")
		return nil
	}))
	return runs > 1
}
