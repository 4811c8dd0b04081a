package rueidistx_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestTransactRunsAgainAfterRefusedExec(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	p, key := through(t, outcometest.ClientModes[0], s).Warm(t), redistest.Key(t, "k")
	p.Proxy.Arm(faultproxy.Fault{Command: "EXEC", Action: faultproxy.Hold})
	ended := make(chan error)
	runs := 0
	go func(ctx context.Context) {
		ended <- p.Transact(ctx, func(tx *rueidistx.Tx) error {
			if runs++; runs == 2 {
				s.Do(t, "REPLICAOF", "NO", "ONE")
			}
			outcometest.Four(tx.Commands, key)
			return nil
		})
	}(redistest.Context(t))
	redistest.Eventually(t, "EXEC is held", func() bool { return p.Proxy.Held() == 1 })
	s.Do(t, "REPLICAOF", "127.0.0.1", "1")
	p.Proxy.Release()
	require.NoError(t, <-ended)
	require.Equal(t, 2, runs)
	require.Equal(t, "111", outcometest.Traces(t, s, key))
}

func TestTransactRunsAgainAfterRefusedDial(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Modes() {
		p, key := through(t, w, redistest.Shared(t)).Warm(t), redistest.Key(t, w.Name)
		unreachable(t, p)
		runs := 0
		require.NoError(t, p.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
			if runs++; runs == 2 {
				p.Proxy.Refuse(false)
			}
			outcometest.Four(tx.Commands, key)
			return nil
		}))
		require.Equal(t, 2, runs)
		require.Equal(t, "111", outcometest.Traces(t, p.Server, key))
	}
}

func TestTransactDoesNotRunAgainWhatWasApplied(t *testing.T) {
	t.Parallel()
	p, key := through(t, outcometest.ClientModes[0], redistest.Shared(t)).Warm(t), redistest.Key(t, "k")
	runs := 0
	err := p.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
		runs++
		outcometest.Four(tx.Commands, key, "LPUSH", key+"1", "x")
		return nil
	})
	outcometest.RequireVerdict(t, err, rueidistx.Applied, rueidistx.ErrService)
	require.Equal(t, 1, runs)
	require.Equal(t, "1-1", outcometest.Traces(t, p.Server, key))
}

func TestTransactEndsWithItsAttemptsOrItsContext(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	p := through(t, outcometest.ClientModes[0], s).Warm(t)
	s.Do(t, "REPLICAOF", "127.0.0.1", "1")
	runs := 0
	write := func(tx *rueidistx.Tx) error {
		runs++
		tx.Incr("n")
		return nil
	}
	for want, options := range map[int][]rueidistx.TxOption{
		9: {rueidistx.Attempts(9), rueidistx.Backoff(time.Microsecond, time.Millisecond)},
		3: {rueidistx.Attempts(3), nil},
		1: {rueidistx.Attempts(-1), rueidistx.Backoff(-1, -1)},
	} {
		runs = 0
		err := p.Transact(redistest.Context(t), write, options...)
		outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrAborted, rueidistx.ErrService)
		require.Equal(t, want, runs)
	}

	forever := rueidistx.Backoff(1000*time.Hour, 1000*time.Hour)
	runs = 0
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour) // too near for the pause
	defer cancel()
	outcometest.RequireVerdict(t, p.Transact(ctx, write, forever), rueidistx.NotApplied, rueidistx.ErrAborted, rueidistx.ErrService)
	require.Equal(t, 1, runs)

	runs = 0
	p.Proxy.Arm(faultproxy.Fault{Command: "EXEC", Phase: faultproxy.AfterReply, Action: faultproxy.Hold})
	ctx, cancel = context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error)
	go func() { ended <- p.Transact(ctx, write, forever) }()
	p.Release(t) // the answer is there
	redistest.Eventually(t, "it pauses", func() bool { return pausing(t.Name()) })
	cancel()
	outcometest.RequireVerdict(t, <-ended, rueidistx.NotApplied, rueidistx.ErrAborted, rueidistx.ErrService)
	require.Equal(t, 1, runs)
}

// pausing reports whether a Transact waits before its next attempt.
// pausing reports whether a transaction pauses in a goroutine that the test has started.
func pausing(test string) bool {
	stacks := make([]byte, 16<<20)
	for stack := range strings.SplitSeq(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
		if strings.Contains(stack, "rueidistx.pause(") && strings.Contains(stack, "_test."+test+".") {
			return true
		}
	}
	return false
}

func TestTransactReturnsTheClosuresErrorAsItIs(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	p := through(t, outcometest.ClientModes[0], s).Warm(t)
	s.Do(t, "REPLICAOF", "127.0.0.1", "1")
	tx := p.Atomic()
	tx.Incr("n")
	aborted := tx.Exec(redistest.Context(t)) // would pass
	unreachable(t, p)
	unsent := p.Auto(redistest.Context(t)).Incr("n").Err()
	p.Proxy.Refuse(false)
	require.ErrorIs(t, p.Auto(redistest.Context(t)).Get("n").Err(), rueidistx.ErrNil)
	p.Proxy.Reset()
	for _, own := range []error{aborted, unsent, rueidistx.ErrNotSent, rueidistx.ErrForeignWatch, fmt.Errorf("mine: %w", unsent)} {
		runs := 0
		err := p.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
			runs++
			tx.Incr("n")
			return own
		})
		require.EqualError(t, err, own.Error())
		require.ErrorIs(t, err, own)
		require.ErrorIs(t, err, rueidistx.ErrDiscarded)
		require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
		require.Equal(t, 1, runs)
	}
	require.Zero(t, p.Proxy.BytesSent())
}
