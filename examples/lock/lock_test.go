package main

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/examples/internal/exampletest"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/rueidistxtest"
)

// wants fails the test if an error is not the one that is wanted, or has another outcome.
func wants(t *testing.T, err, want error, outcome rueidistx.Outcome) {
	t.Helper()
	if !errors.Is(err, want) || rueidistx.OutcomeOf(err) != outcome {
		t.Fatalf("%v (%v), not %v (%v)", err, rueidistx.OutcomeOf(err), want, outcome)
	}
}

// acquired fails the test if the lock was not acquired.
func acquired(t *testing.T, fence int64, err error) int64 {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return fence
}

// TestOwners has two owners compete for a lock.
func TestOwners(t *testing.T) {
	exampletest.OnEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx := redistest.Context(t)
		ann, bob := NewLock(db, redistest.Key(t, "lock")), NewLock(db, redistest.Key(t, "lock"))
		wants(t, ann.Release(ctx), errLost, rueidistx.NotApplied)
		wants(t, ann.Extend(ctx, long), errLost, rueidistx.NotApplied)

		fence, err := ann.Acquire(ctx, long)
		first := acquired(t, fence, err)
		var taken *TakenError
		if _, err := bob.Acquire(ctx, long); !errors.As(err, &taken) || rueidistx.OutcomeOf(err) != rueidistx.NotApplied {
			t.Fatal(err)
		}
		if taken.Left <= 0 || taken.Left > long {
			t.Error("it is taken for", taken.Left)
		}
		wants(t, bob.Release(ctx), errLost, rueidistx.NotApplied)
		wants(t, bob.Extend(ctx, long), errLost, rueidistx.NotApplied)

		fence, err = ann.Acquire(ctx, long)
		again := acquired(t, fence, err)
		if err := errors.Join(ann.Extend(ctx, 2*long), ann.Release(ctx)); err != nil {
			t.Fatal(err)
		}
		fence, err = bob.Acquire(ctx, long)
		if last := acquired(t, fence, err); first >= again || again >= last {
			t.Error("the fences are", first, again, last)
		}

		ended, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		defer cancel()
		_, err = ann.Wait(ended, long)
		if !errors.Is(err, context.DeadlineExceeded) || rueidistx.OutcomeOf(err) == rueidistx.Applied {
			t.Error(err)
		}
		if _, err := ann.Acquire(ctx, 0); !errors.Is(err, rueidistx.ErrInvalid) {
			t.Error("without a TTL:", err)
		}
	})
}

// TestExpiry lets a lock expire, and writes with its fence afterwards.
func TestExpiry(t *testing.T) {
	exampletest.OnEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, register := redistest.Context(t), NewRegister(db, redistest.Key(t, "register"))
		ann, bob := NewLock(db, redistest.Key(t, "lock")), NewLock(db, redistest.Key(t, "lock"))
		fence, err := ann.Acquire(ctx, 20*time.Millisecond)
		old := acquired(t, fence, err)
		fence, err = bob.Wait(ctx, long)
		if acquired(t, fence, err); fence <= old {
			t.Fatal("the fences are", old, fence)
		}
		wants(t, ann.Extend(ctx, long), errLost, rueidistx.NotApplied)
		wants(t, ann.Release(ctx), errLost, rueidistx.NotApplied)

		// Until the next one writes, the old one may, and twice, too.
		for _, fence := range []int64{old, old, fence} {
			if err := register.Write(ctx, fence, strconv.FormatInt(fence, 10)); err != nil {
				t.Fatal(err)
			}
		}
		var stale *StaleError
		err = register.Write(ctx, old, "too late")
		if !errors.As(err, &stale) || *stale != (StaleError{old, fence}) {
			t.Error(err)
		}
		wants(t, err, rueidistx.ErrNotApplied, rueidistx.NotApplied)
		if text, err := register.Read(ctx); err != nil || text != strconv.FormatInt(fence, 10) {
			t.Error(text, err)
		}
	})
}

// isScript says of a command whether it is the script that If sends.
func isScript(argv []string) bool { return strings.HasPrefix(strings.ToUpper(argv[0]), "EVAL") }

// TestLostReply has the server's reply to each call be lost: the call finds out by itself.
func TestLostReply(t *testing.T) {
	ctx := redistest.Context(t)
	db, proxy := rueidistxtest.Start(t, rueidistxtest.Local())
	lost := func(call func()) {
		proxy.LoseReply()
		call()
	}
	lock := NewLock(db, redistest.Key(t, "lock"))
	lost(func() {
		fence, err := lock.Acquire(ctx, long)
		if acquired(t, fence, err) != 2 { // the first one was counted, too
			t.Error("the fence is", fence)
		}
	})
	lost(func() {
		if err := lock.Extend(ctx, 2*long); err != nil {
			t.Error(err)
		}
	})
	if left, err := db.Auto(ctx).PTTL(lock.key()).Value(); err != nil || left <= long {
		t.Error("it expires in", left, err)
	}
	lost(func() {
		if err := lock.Release(ctx); err != nil {
			t.Error(err)
		}
	})
	wants(t, lock.Release(ctx), errLost, rueidistx.NotApplied)
}

// TestUnreachable loses a reply and the server after it: nobody knows whether the lock was acquired, until it is asked again.
func TestUnreachable(t *testing.T) {
	ctx := redistest.Context(t)
	proxy := faultproxy.Start(t, redistest.Shared(t).Addr)
	db := exampletest.Open(t, rueidis.ClientOption{InitAddress: []string{proxy.Addr()}})
	wants(t, NewLock(db, redistest.Key(t, "lock")).Release(ctx), errLost, rueidistx.NotApplied) // the server knows the script
	proxy.Arm(faultproxy.Fault{If: isScript, Phase: faultproxy.AfterCommand, Action: faultproxy.Hold})
	lock := NewLock(db, redistest.Key(t, "lock"))
	acquiring := make(chan error)
	go func() {
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, err := lock.Acquire(short, long)
		acquiring <- err
	}()
	redistest.Eventually(t, "the reply is held", func() bool { return proxy.Held() == 1 })
	proxy.Refuse(true)
	proxy.CutAll()
	wants(t, <-acquiring, rueidistx.ErrUnknown, rueidistx.Unknown)

	proxy.Refuse(false)
	if _, err := NewLock(db, redistest.Key(t, "lock")).Acquire(ctx, long); !errors.As(err, new(*TakenError)) {
		t.Error("it was not acquired:", err)
	}
	fence, err := lock.Acquire(ctx, long)
	if acquired(t, fence, err) != 2 {
		t.Error("the fence is", fence)
	}
}

// TestContention has many goroutines share a lock: one at a time has it, with a larger fence than the one before.
func TestContention(t *testing.T) {
	exampletest.OnEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx := redistest.Context(t)
		var holders atomic.Int64
		var fences []int64 // the lock protects it, too: go test -race
		var working sync.WaitGroup
		for range 16 {
			working.Go(func() {
				lock := NewLock(db, redistest.Key(t, "lock"))
				for range 3 {
					fence, err := lock.Wait(ctx, time.Minute)
					if err != nil {
						t.Error(err)
						return
					}
					if n := holders.Add(1); n != 1 {
						t.Error(n, "have the lock")
					}
					fences = append(fences, fence)
					holders.Add(-1)
					if err := lock.Release(ctx); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		working.Wait()
		if len(fences) != 48 {
			t.Error(len(fences), "fences")
		}
		for i := 1; i < len(fences); i++ {
			if fences[i-1] >= fences[i] {
				t.Error("fence", fences[i], "follows", fences[i-1])
			}
		}
	})
}
