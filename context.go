package rueidistx

import (
	"context"
	"reflect"
	"slices"
	"time"
)

// standard are the context types of package context, except those with values, which call their parent.
var standard = func() (types []reflect.Type) {
	cancelled, cancel := context.WithCancel(context.Background())
	defer cancel()
	timed, stop := context.WithTimeout(cancelled, time.Hour)
	defer stop()
	for _, ctx := range []context.Context{
		context.Background(), context.TODO(), cancelled, timed, context.WithoutCancel(cancelled),
	} {
		types = append(types, reflect.TypeOf(ctx))
	}
	return types
}()

// steady returns a context that rueidis can safely use in its own goroutines and while holding locks. The types of
// package context are safe. A context of another type is asked once, here: its methods may panic, its pointer may be
// nil, and its error may not be one of package context.
func steady(ctx context.Context) (context.Context, error) {
	if ctx == background {
		return ctx, nil
	}
	return examine(ctx)
}

// background is told from other contexts without asking what type it is of, which takes longer.
var background = context.Background()

func examine(ctx context.Context) (_ context.Context, err error) {
	if ctx == nil {
		return nil, invalid("the context is nil")
	}
	if slices.Contains(standard, reflect.TypeOf(ctx)) {
		return ctx, nil
	}
	defer func() {
		if recover() != nil {
			err = invalid("the context panicked")
		}
	}()
	s := &steadyContext{Context: ctx, done: ctx.Done()}
	s.deadline, s.bounded = ctx.Deadline()
	s.ended = ctx.Err() != nil
	return s, nil
}

// steadyContext is a context that no longer calls the methods of the caller's, except Value.
type steadyContext struct {
	context.Context // for Value

	done     <-chan struct{}
	deadline time.Time
	bounded  bool
	ended    bool // when it was made
}

func (s *steadyContext) Done() <-chan struct{}       { return s.done }
func (s *steadyContext) Deadline() (time.Time, bool) { return s.deadline, s.bounded }

func (s *steadyContext) Err() error {
	if !s.ended && !done(s) {
		return nil
	}
	if s.bounded && !time.Now().Before(s.deadline) {
		return context.DeadlineExceeded
	}
	return context.Canceled
}

// done reports whether the context's channel is closed.
func done(ctx context.Context) bool {
	channel := ctx.Done()
	if channel == nil {
		return false
	}
	select {
	case <-channel:
		return true
	default:
		return false
	}
}
