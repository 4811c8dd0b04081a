package optimistic

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// increment adds one to a number, as a program would that does not know INCR, and returns how often the closure ran.
func increment(ctx context.Context, db *rueidistx.DB, key string, options ...rueidistx.TxOption) (int, error) {
	return rueidistx.WatchValue(ctx, db, func(r *rueidistx.Reader, tx *rueidistx.Tx) (int, error) {
		n, err := rueidistx.Int(r.Get(key).Default("0")).Value()
		if err != nil {
			return 0, err
		}
		tx.Set(key, strconv.FormatInt(n+1, 10))
		return r.Attempt(), nil
	}, options...)
}

// TestIncrements has 16 goroutines that increment one key, as often as in a campaign a thousand times each.
func TestIncrements(t *testing.T) {
	redistest.Long(t)
	const workers = 16
	each := min(transactions(t)/20, 1000)
	s, key := redistest.Shared(t), redistest.Key(t, "n")
	db := outcometest.ClientModes[0].Open(t, s.Addr)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	began := time.Now()
	attempts, gaveUp := increments(workers, each, func() (int, error) { return increment(ctx, db, key) })
	took := time.Since(began)
	got, err := s.Do(t, "GET", key).AsInt64()
	require.NoError(t, err)
	require.EqualValues(t, workers*each, got)
	t.Logf("%d goroutines, %d increments each, %v, %d budgets spent; %s", workers, each, took.Round(time.Millisecond), gaveUp, distribution(attempts))
	report("increments", struct {
		Server       string  `json:"server"`
		Seconds      float64 `json:"seconds"`
		Transactions int     `json:"transactions"`
		GaveUp       int     `json:"gave_up"`
		Attempts     string  `json:"attempts"`
	}{s.Name(), took.Seconds(), workers * each, gaveUp, distribution(attempts)})
}

// increments calls once in several goroutines, until each has succeeded so many times. It returns the numbers that once
// returned, sorted, and how many times it did not succeed.
func increments(workers, each int, once func() (int, error)) (attempts []int, failed int) {
	var mu sync.Mutex
	var working sync.WaitGroup
	for range workers {
		working.Go(func() {
			for done := 0; done < each; {
				n, err := once()
				mu.Lock()
				if err == nil {
					done++
					attempts = append(attempts, n)
				} else {
					failed++
				}
				enough := failed > 100_000 // something is broken: do not go on for ever
				mu.Unlock()
				if enough {
					return
				}
			}
		})
	}
	working.Wait()
	slices.Sort(attempts)
	return attempts, failed
}

// distribution describes sorted numbers of attempts.
func distribution(attempts []int) string {
	sum, text := 0, strings.Builder{}
	for _, n := range attempts {
		sum += n
	}
	fmt.Fprintf(&text, "attempts: mean %.1f", float64(sum)/float64(len(attempts)))
	for _, p := range []int{50, 90, 99, 100} {
		fmt.Fprintf(&text, ", %d%% %d", p, attempts[(len(attempts)-1)*p/100])
	}
	for from, to := 1, 1; from <= attempts[len(attempts)-1]; from, to = to+1, to*2 {
		low, _ := slices.BinarySearch(attempts, from)
		high, _ := slices.BinarySearch(attempts, to+1)
		fmt.Fprintf(&text, "; %d-%d: %d", from, to, high-low)
	}
	return text.String()
}

// pauses are the lengths of the pauses after a conflict, from the number of attempts and the pause before.
type pauses func(attempt int, before time.Duration) time.Duration

// remedies are what 64 goroutines on one key may do about their conflicts. "default" is what the library does.
var remedies = []struct {
	name    string
	options []rueidistx.TxOption // for what the library can do
	pauses  pauses               // instead of the library's
	queue   bool                 // one at a time
	late    bool                 // one at a time among those that have had a conflict
}{
	{name: "default"},
	{name: "0.05-50ms", options: []rueidistx.TxOption{rueidistx.Backoff(50*time.Microsecond, 50*time.Millisecond)}},
	{name: "1-50ms", options: []rueidistx.TxOption{rueidistx.Backoff(time.Millisecond, 50*time.Millisecond)}},
	{name: "5-50ms", options: []rueidistx.TxOption{rueidistx.Backoff(5*time.Millisecond, 50*time.Millisecond)}},
	{name: "0.2-5ms", options: []rueidistx.TxOption{rueidistx.Backoff(200*time.Microsecond, 5*time.Millisecond)}},
	{name: "0.2-15ms", options: []rueidistx.TxOption{rueidistx.Backoff(200*time.Microsecond, 15*time.Millisecond)}},
	{name: "0.2-200ms", options: []rueidistx.TxOption{rueidistx.Backoff(200*time.Microsecond, 200*time.Millisecond)}},
	{name: "none", options: []rueidistx.TxOption{rueidistx.Backoff(0, 0)}},
	{name: "fullJitter", pauses: func(attempt int, _ time.Duration) time.Duration {
		return rand.N(min(50*time.Millisecond, 200*time.Microsecond<<min(attempt-1, 20)) + 1)
	}},
	{name: "decorrelated", pauses: func(_ int, before time.Duration) time.Duration {
		const low = 200 * time.Microsecond
		return min(50*time.Millisecond, low+rand.N(3*max(before, low)-low))
	}},
	{name: "queue", queue: true},
	{name: "queueAfterConflict", late: true},
}

// BenchmarkContention has 64 goroutines commit 50 increments each to one key. An operation is all of them.
func BenchmarkContention(b *testing.B) {
	for _, r := range remedies {
		b.Run(r.name, func(b *testing.B) {
			option := outcometest.ClientModes[0].Option(redistest.Shared(b).Addr)
			option.BlockingPoolSize = 64
			db := openFor(b, option)
			ctx, key := b.Context(), redistest.Key(b, "n")
			turn := make(chan struct{}, 1)
			once := func() (int, error) { return increment(ctx, db, key, r.options...) }
			if r.pauses != nil || r.late {
				once = func() (int, error) {
					pause, queued := time.Duration(0), false
					defer func() {
						if queued {
							<-turn
						}
					}()
					for attempt := 1; ; attempt++ {
						_, err := increment(ctx, db, key, rueidistx.Attempts(1))
						switch {
						case err == nil || attempt == 1000:
							return attempt, err
						case r.late && !queued:
							turn <- struct{}{}
							queued = true
						case r.pauses != nil:
							pause = r.pauses(attempt, pause)
							time.Sleep(pause)
						}
					}
				}
			}
			if r.queue {
				inner := once
				once = func() (int, error) {
					turn <- struct{}{}
					defer func() { <-turn }()
					return inner()
				}
			}
			var attempts []int
			failed := 0
			for b.Loop() {
				more, n := increments(64, 50, once)
				attempts, failed = append(attempts, more...), failed+n
			}
			slices.Sort(attempts)
			sum := 0
			for _, n := range attempts {
				sum += n
			}
			b.ReportMetric(float64(sum)/float64(len(attempts)), "attempts/commit")
			b.ReportMetric(float64(attempts[len(attempts)*99/100]), "p99attempts")
			b.ReportMetric(float64(failed)/float64(b.N), "budgets")
		})
	}
}

func openFor(b *testing.B, option rueidis.ClientOption) *rueidistx.DB {
	b.Helper()
	db, err := rueidistx.Open(option)
	require.NoError(b, err)
	b.Cleanup(db.Close)
	return db
}
