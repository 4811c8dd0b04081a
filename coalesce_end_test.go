package rueidistx_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// TestCoalesceUntilDeadlines lets deadlines pass while commands wait: they are not sent, and the others are.
func TestCoalesceUntilDeadlines(t *testing.T) {
	db, g := openGated(t, redistest.Shared(t).Option(), rueidistx.Coalesce())
	key, ctx := redistest.Key(t, "k"), redistest.Context(t)
	var wg, late sync.WaitGroup
	do := func(int) { assert.NoError(t, db.Auto(ctx).Incr(key).Err()) }
	n, open := g.hold(t, &wg, do)
	for i := range 10 {
		wg.Go(func() { do(i) })
		late.Go(func() {
			soon, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
			defer cancel()
			err := db.Auto(soon).Incr(key).Err()
			assert.ErrorIs(t, err, rueidistx.ErrNotSent)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
		})
	}
	late.Wait()
	wait(t, 11)
	open()
	wg.Wait()
	applied, err := redistest.Shared(t).Do(t, "GET", key).AsInt64()
	require.NoError(t, err)
	require.EqualValues(t, 3+n+10, applied)
}

// TestCoalesceClosesOnASilentServer: Close waits for commands that wait, but not for ever.
func TestCoalesceClosesOnASilentServer(t *testing.T) {
	redistest.Long(t)
	db, g := openGated(t, redistest.Shared(t).Option(), rueidistx.Coalesce())
	key, ctx := redistest.Key(t, "k"), redistest.Context(t)
	var wg sync.WaitGroup
	do := func(int) { _ = db.Auto(ctx).Incr(key).Err() }
	_, open := g.hold(t, &wg, do)
	errs := make([]error, 10)
	for i := range errs {
		wg.Go(func() { errs[i] = db.Auto(ctx).Incr(key + "waits").Err() })
	}
	wait(t, 11)
	began := time.Now()
	db.Close()
	require.Less(t, time.Since(began), 4*time.Second)
	open()
	wg.Wait()
	for _, err := range errs {
		require.ErrorIs(t, err, rueidis.ErrClosing) // which rueidis also says of what it has sent
	}
	require.True(t, redistest.Shared(t).Do(t, "GET", key+"waits").IsNil())
}

// TestCoalesceSendersEnd: goroutines that send groups end when there is nothing to send any more.
func TestCoalesceSendersEnd(t *testing.T) {
	db := openCluster(t, redistest.Shared(t).Option(), rueidistx.Coalesce())
	key, ctx := redistest.Key(t, "k"), redistest.Context(t)
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for range 50 {
				assert.NoError(t, db.Auto(ctx).Incr(key).Err())
			}
		})
	}
	wg.Wait()
	redistest.Eventually(t, "they end", func() bool { return !strings.Contains(allStacks(), "(*lane).send(") })
}

// TestCoalesceWithASlotThatNobodyServes: rueidis refuses a group with such a key, of which nothing was sent. The others go on.
func TestCoalesceWithASlotThatNobodyServes(t *testing.T) {
	redistest.Long(t)
	c := redistest.StartCluster(t, 3, 0, "--cluster-require-full-coverage", "no")
	nobodys := redistest.Key(t, "nobody's")
	for _, s := range c.Nodes {
		s.Do(t, "CLUSTER", "DELSLOTS", fmt.Sprint(c.Slot(nobodys)))
	}
	db := openCluster(t, c.Option(), rueidistx.Coalesce())
	ctx := redistest.Context(t)
	var wg sync.WaitGroup
	for i := range 48 {
		wg.Go(func() {
			for j := range 20 {
				key := fmt.Sprint("k", i, ":", j)
				if i%16 == 0 {
					key = nobodys
				}
				err := db.Auto(ctx).Incr(key).Err()
				if c.Slot(key) != c.Slot(nobodys) {
					assert.NoError(t, err)
				} else if assert.Error(t, err) {
					assert.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err), "%v", err)
				}
			}
		})
	}
	wg.Wait()
}
