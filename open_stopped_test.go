package rueidistx_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// readsOf are the ways to read that rueidis, or a Batch by itself, tries again.
var readsOf = map[string]func(db *rueidistx.DB, key string) error{
	"Auto": func(db *rueidistx.DB, key string) error { return db.Auto(context.Background()).Get(key).Err() },
	"Auto with a deadline": func(db *rueidistx.DB, key string) error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		return db.Auto(ctx).Get(key).Err()
	},
	"Batch": func(db *rueidistx.DB, key string) error {
		b := db.Batch()
		b.Get(key)
		b.Get(key)
		return b.Exec(context.Background())
	},
	"Batch of one": func(db *rueidistx.DB, key string) error {
		b := db.Batch()
		b.Get(key)
		return b.Exec(context.Background())
	},
}

// A server that stands still costs a read two timeouts, not one for each of the tries that a server which refuses
// connections gets.
func TestReadsOfAStoppedServerEndSoon(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	const timeout = 200 * time.Millisecond
	requireBounded := func(t *testing.T, option rueidis.ClientOption, stopped *redistest.Server, key string) {
		option.ConnWriteTimeout, option.Dialer.KeepAlive = timeout, timeout // the pipelining ones notice by their PINGs
		db := openCluster(t, option)
		for name, read := range readsOf {
			require.ErrorIs(t, db.Auto(redistest.Context(t)).Get(key).Err(), rueidistx.ErrNil)
			stopped.Pause()
			start := time.Now()
			err := read(db, key)
			took := time.Since(start)
			stopped.Resume()
			require.Error(t, err, name)
			require.Less(t, took, 18*timeout, name) // two, or four where PINGs tell, on a busy machine; twenty is what rueidis does
			redistest.Eventually(t, "it answers again", func() bool {
				return errors.Is(db.Auto(redistest.Context(t)).Get(key).Err(), rueidistx.ErrNil)
			})
		}
	}
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			s := redistest.Start(t)
			requireBounded(t, w.Option(s.Addr), s, redistest.Key(t, "k"))
		})
	}
	t.Run("cluster", func(t *testing.T) {
		redistest.Long(t)
		t.Parallel()
		c := redistest.StartCluster(t, 3, 0)
		key := redistest.Key(t, "k")
		requireBounded(t, c.Option(), c.Owner(c.Slot(key)), key)
	})
}

// A subscription outlasts a server that stands still, however often it does: its context ends it.
func TestSubscriptionOutlastsAStoppedServer(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	const timeout = 100 * time.Millisecond
	s := redistest.Start(t)
	option := s.Option()
	option.ConnWriteTimeout, option.Dialer.KeepAlive = timeout, timeout
	db, channel := openCluster(t, option), redistest.Key(t, "c")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	came, ended := make(chan struct{}, 1000), make(chan error, 1)
	go func() {
		ended <- db.Client().Receive(ctx, db.Client().B().Subscribe().Channel(channel).Build(), func(rueidis.PubSubMessage) { came <- struct{}{} })
	}()
	for range 3 {
		redistest.Eventually(t, "a message has come", func() bool {
			s.Do(t, "PUBLISH", channel, "x")
			return len(came) > 0
		})
		s.Pause()
		time.Sleep(8 * timeout)
		s.Resume()
		for len(came) > 0 {
			<-came
		}
	}
	require.Empty(t, ended)
	cancel()
	require.Error(t, <-ended) // that of ctx or, if it has just broken on a slow machine, of the connection
}
