package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/examples/internal/exampletest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

func newBucket(t *testing.T, db *rueidistx.DB, size int64, every time.Duration) *Bucket {
	t.Helper()
	b, err := NewBucket(db, size, every)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestBucketRefills moves the clock of the embedded server, forwards and back.
func TestBucketRefills(t *testing.T) {
	server := redistest.Embedded(t)
	db := exampletest.Open(t, redistest.EmbeddedOption(server.Addr()))
	ctx, b := redistest.Context(t), newBucket(t, db, 3, time.Second)
	start := time.Date(2026, 11, 26, 9, 0, 0, 123456000, time.UTC)
	for _, step := range []struct {
		at   time.Duration
		n    int64
		want Taken
	}{
		{0, 1, Taken{true, 2, 0}},
		{0, 2, Taken{true, 0, 0}},
		{0, 1, Taken{false, 0, time.Second}},
		{999999 * time.Microsecond, 1, Taken{false, 0, time.Microsecond}},
		{time.Second, 1, Taken{true, 0, 0}},
		{2500 * time.Millisecond, 3, Taken{false, 1, 1500 * time.Millisecond}},
		{2500 * time.Millisecond, 1, Taken{true, 0, 0}},
		{time.Hour, 1, Taken{true, 2, 0}}, // it was full, and not more than that
		{time.Hour, 2, Taken{true, 0, 0}},
		{0, 1, Taken{false, 0, time.Second}}, // not in an hour
		{time.Second, 1, Taken{true, 0, 0}},
	} {
		server.SetTime(start.Add(step.at))
		if got, err := b.Take(ctx, "ann", step.n); err != nil || got != step.want {
			t.Errorf("%d at %v: %v, %v, not %v", step.n, step.at, got, err, step.want)
		}
	}
	if ttl := server.TTL(b.key("ann")); ttl != 3*time.Second {
		t.Error("the TTL is", ttl)
	}
}

// TestBucketUnderLoad has many goroutines take all they can get: the burst, and what the server's clock allows.
func TestBucketUnderLoad(t *testing.T) {
	exampletest.OnEach(t, func(t *testing.T, db *rueidistx.DB) {
		const size, every = 10, 5 * time.Millisecond
		ctx, b, user := redistest.Context(t), newBucket(t, db, size, every), redistest.Key(t, "user")
		began, err := db.Auto(ctx).Time().Value()
		if err != nil {
			t.Fatal(err)
		}
		var taken atomic.Int64
		var working sync.WaitGroup
		for range 16 {
			working.Go(func() {
				for end := time.Now().Add(200 * time.Millisecond); time.Now().Before(end); {
					got, err := b.Take(ctx, user, 1)
					if err != nil {
						t.Error(err)
						return
					}
					if got.OK {
						taken.Add(1)
					}
				}
			})
		}
		working.Wait()
		ended, err := db.Auto(ctx).Time().Value()
		if err != nil {
			t.Fatal(err)
		}
		most := size + int64(ended.Sub(began)/every)
		if n := taken.Load(); n > most || n <= size {
			t.Errorf("%d tokens of at most %d were taken", n, most)
		}
	})
}

// TestBucketWaits waits for a token, and for longer than its context.
func TestBucketWaits(t *testing.T) {
	exampletest.OnEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, user := redistest.Context(t), redistest.Key(t, "user")
		b := newBucket(t, db, 1, 20*time.Millisecond)
		for range 3 {
			if err := b.Wait(ctx, user, 1); err != nil {
				t.Fatal(err)
			}
		}
		slow := newBucket(t, db, 1, time.Hour)
		if err := slow.Wait(ctx, user+"2", 1); err != nil {
			t.Fatal(err)
		}
		if full, err := rueidistx.Int(db.Auto(ctx).Get(slow.key(user + "2"))).Value(); err != nil || full%1000000 == 0 {
			t.Error("it is full at", full, err, "which was rounded")
		}
		short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		defer cancel()
		if err := slow.Wait(short, user+"2", 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

func TestBucketRefuses(t *testing.T) {
	db := exampletest.Open(t, redistest.EmbeddedOption(redistest.StartEmbedded(t)))
	for _, b := range []Bucket{{nil, 0, time.Second}, {nil, 1, 0}, {nil, 1, -1}, {nil, 366, 24 * time.Hour}} {
		if _, err := NewBucket(db, b.size, b.every); !errors.Is(err, errBucket) {
			t.Error(b.size, b.every, err)
		}
	}
	b := newBucket(t, db, 365, 24*time.Hour)
	for _, n := range []int64{-1, 0, 366} {
		if _, err := b.Take(t.Context(), "ann", n); !errors.Is(err, errAmount) {
			t.Error(n, err)
		}
	}
}

// TestQuota reaches one limit after the other, and waits for the end of a period.
func TestQuota(t *testing.T) {
	exampletest.OnEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, user := redistest.Context(t), redistest.Key(t, "user")
		short, middle, long := Limit{2, 200 * time.Millisecond}, Limit{3, time.Minute}, Limit{100, time.Hour}
		quota := NewQuota(db, short, middle, long)
		begun, uses := time.Now(), 0
		use := func(limit string) time.Duration {
			t.Helper()
			err := quota.Use(ctx, user)
			if limit == "" {
				if err != nil {
					t.Fatal(err)
				}
				uses++
				return 0
			}
			var over *QuotaError
			if !errors.As(err, &over) || rueidistx.OutcomeOf(err) != rueidistx.NotApplied || !slices.Contains(over.Limits, limit) {
				t.Fatal(err)
			}
			return over.In
		}
		use("")
		use("")
		if time.Since(begun) < short.Per { // otherwise the machine is too slow to tell
			if in := use("2 in 200ms"); in <= 0 || in > short.Per {
				t.Error("again in", in)
			}
		}
		redistest.Eventually(t, "the period is over", func() bool { return quota.Use(ctx, user) == nil })
		uses++
		if in := use("3 in 1m0s"); in <= short.Per || in > time.Minute {
			t.Error("again in", in)
		}
		// What was refused was not counted.
		if n, err := rueidistx.Int(db.Auto(ctx).Get(quota.key(user, long))).Value(); err != nil || n != int64(uses) {
			t.Error(n, err)
		}
	})
}

// TestQuotaUnderLoad has many goroutines use a quota: exactly as many as it allows succeed.
func TestQuotaUnderLoad(t *testing.T) {
	exampletest.OnEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, user := redistest.Context(t), redistest.Key(t, "user")
		quota := NewQuota(db, Limit{60, time.Minute}, Limit{50, time.Hour})
		var used atomic.Int64
		var working sync.WaitGroup
		for range 16 {
			working.Go(func() {
				for range 10 {
					err := quota.Use(ctx, user)
					switch {
					case err == nil:
						used.Add(1)
					case !errors.As(err, new(*QuotaError)):
						t.Error(err)
					}
				}
			})
		}
		working.Wait()
		if used.Load() != 50 {
			t.Error(used.Load(), "uses")
		}
	})
}
