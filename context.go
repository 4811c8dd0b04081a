package rueidistx

import (
	"context"
	"reflect"
	"slices"
	"time"
)

// standard are the types of contexts that package context makes, but for those with values: these hand on what their
// parent says.
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

// steady returns a context that can be relied on: nothing else goes to rueidis, which asks it in goroutines of its own and
// with locks held. Those of package context can; one of another type is asked once, here, where it may still panic, be a nil
// pointer, or end with an error that is not a context's.
func steady(ctx context.Context) (_ context.Context, err error) {
	if ctx == nil {
		return nil, invalid("the context is nil")
	}
	if slices.Contains(standard, reflect.TypeOf(ctx)) {
		return ctx, nil
	}
	defer func() {
		if recover() != nil {
			err = invalid("the context panics")
		}
	}()
	s := &steadyContext{Context: ctx, done: ctx.Done()}
	s.deadline, s.bounded = ctx.Deadline()
	s.ended = ctx.Err() != nil
	return s, nil
}

// steadyContext is a context whose methods do not depend on what the caller's do later.
type steadyContext struct {
	context.Context // for its values

	done     <-chan struct{}
	deadline time.Time
	bounded  bool
	ended    bool // from the beginning
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

// done reports whether a context has ended by its channel.
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
