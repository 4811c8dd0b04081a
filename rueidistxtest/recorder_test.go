package rueidistxtest_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// recorder is a test that may fail without failing the one that it is part of.
type recorder struct {
	testing.TB

	mu       sync.Mutex
	errors   []string
	logs     []string
	skipped  string
	cleanups []func()
}

// record runs a test and its cleanups.
func record(t *testing.T, test func(tb testing.TB)) *recorder {
	t.Helper()
	r := &recorder{TB: t}
	r.run(func() { test(r) })
	for len(r.cleanups) > 0 {
		last := r.cleanups[len(r.cleanups)-1]
		r.cleanups = r.cleanups[:len(r.cleanups)-1]
		r.run(last)
	}
	return r
}

// run runs a function that may end its goroutine.
func (r *recorder) run(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

func (r *recorder) Helper() {}

func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Fatal(args ...any) { r.Fatalf("%s", fmt.Sprint(args...)) }

func (r *recorder) Skipf(format string, args ...any) {
	r.skipped = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Skipped() bool { return r.skipped != "" }

func (r *recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.errors) > 0
}

func (r *recorder) Logf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.logs = append(r.logs, fmt.Sprintf(format, args...))
}

// wants expects one error for each list of texts, which it contains, in any order.
func (r *recorder) wants(t *testing.T, errors ...[]string) {
	t.Helper()
	left := slices.Clone(r.errors)
	for _, texts := range errors {
		at := slices.IndexFunc(left, func(e string) bool {
			return !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(e, text) })
		})
		if at < 0 {
			t.Errorf("no error has %q in %q", texts, r.errors)
			continue
		}
		left = slices.Delete(left, at, at+1)
	}
	if len(left) > 0 {
		t.Errorf("too many errors: %q", left)
	}
}
