package rueidistx

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/rueidis"
)

// dedicated runs each transaction on a connection of its own from the client's pool.
type dedicated struct {
	*shared
	turns chan struct{} // one token for each connection that transactions may hold
}

// together sends a transaction over a connection that nothing else uses. The connection goes back to the pool if the
// transaction is certainly over. Otherwise it is closed: nobody may inherit a WATCH or a MULTI.
func (d *dedicated) together(ctx context.Context, commands []rueidis.Completed) ([]rueidis.RedisResult, *failure) {
	client, release, err := d.acquire(ctx)
	if err != nil {
		return nil, err
	}
	over := false
	defer func() { release(over) }()
	results := client.DoMulti(ctx, commands...)
	over = len(results) == len(commands) && isOver(results)
	return results, nil
}

// isOver reports whether a connection is certainly outside a transaction after commands that began with MULTI and ended
// with EXEC: all were answered, and EXEC has executed or discarded the transaction.
func isOver(results []rueidis.RedisResult) bool {
	for i := range results {
		if results[i].NonRedisError() != nil {
			return false
		}
	}
	exec := results[len(results)-1].Error()
	return results[0].Error() == nil && (exec == nil || exec == ErrNil || code(exec) == "EXECABORT")
}

// acquired is a connection, or the error that there is instead.
type acquired struct {
	client rueidis.DedicatedClient
	cancel func()
	err    error
}

// acquire takes a connection from the client's pool. Unlike rueidis's Dedicate, it returns when ctx ends, and so does
// release: rueidis may take a second to give up on a connection to a hanging server.
func (d *dedicated) acquire(ctx context.Context) (rueidis.DedicatedClient, func(over bool), *failure) {
	done, late := ctx.Done(), time.NewTimer(acquireTimeout)
	defer late.Stop()
	select {
	case d.turns <- struct{}{}:
	case <-done:
		return nil, nil, fail(ErrNotSent, ctx.Err())
	case <-late.C:
		return nil, nil, noConnection()
	}
	ready, gone := make(chan acquired), make(chan struct{})
	go d.dedicate(gone, ready) // Dedicate waits without a context
	select {
	case a := <-ready:
		if a.err != nil {
			<-d.turns
			return nil, nil, fail(ErrNotSent, a.err)
		}
		return a.client, func(over bool) {
			released := make(chan struct{})
			go func() {
				defer close(released)
				d.release(a, over)
			}()
			select {
			case <-released:
			case <-done:
			}
		}, nil
	case <-done:
		close(gone)
		return nil, nil, fail(ErrNotSent, ctx.Err())
	case <-late.C:
		close(gone)
		return nil, nil, noConnection()
	}
}

// acquireTimeout bounds the wait for a connection. It is as long as rueidis may take to dial one: whoever waits longer
// may wait for a connection that is held by a Watch whose closure waits for this one.
const acquireTimeout = 5 * time.Second

func noConnection() *failure {
	f := fail(ErrNotSent, errors.New("no connection was free within 5 seconds"))
	f.class = ErrConnection
	return f
}

// dedicate calls the client's Dedicate and hands over the result, unless gone is closed. If Dedicate panics or ends the goroutine, as a
// wrapper's may, that becomes an error: here a panic would end the process.
func (d *dedicated) dedicate(gone <-chan struct{}, ready chan<- acquired) {
	a := acquired{err: errors.New("the client's Dedicate ended its goroutine")}
	defer func() {
		if v := recover(); v != nil {
			a.err = fmt.Errorf("the client's Dedicate panicked (%T)", v)
		}
		select {
		case ready <- a:
		case <-gone:
			d.release(a, true)
		}
	}()
	switch client, cancel := d.client.Dedicate(); {
	case client == nil:
		a.err = errors.New("the client's Dedicate returned no client")
	case cancel == nil:
		a = acquired{client: client, cancel: client.Close}
	default:
		a = acquired{client: client, cancel: cancel}
	}
}

// release gives a connection back, to the pool if it is clean, and the turn to the next transaction.
func (d *dedicated) release(a acquired, over bool) {
	defer func() {
		_ = recover() // from a wrapper
		<-d.turns
	}()
	switch {
	case a.err != nil:
	case over:
		a.cancel()
	default:
		a.client.Close()
	}
}

// held is a connection that a unit holds for several round trips.
type held struct {
	client   rueidis.DedicatedClient
	release  func(over bool)
	slot     uint16 // of the node that it leads to
	watching bool   // WATCH was answered, and EXEC was not yet
	doubtful bool   // it must not be used by others
}

// hold takes a connection from the client's pool. giveBack must follow.
func (d *dedicated) hold(ctx context.Context) (*held, *failure) {
	client, release, failed := d.acquire(ctx)
	if failed != nil {
		return nil, failed
	}
	return &held{client: client, release: release}, nil
}

// send sends commands. Until answered or ended is called, the connection is doubtful.
func (h *held) send(ctx context.Context, commands []rueidis.Completed) []rueidis.RedisResult {
	h.doubtful = true
	return replaceNone(fit(h.client.DoMulti(ctx, commands...), len(commands)))
}

// answered records that all commands of a wave were answered.
func (h *held) answered(watches bool) {
	h.doubtful = false
	h.watching = h.watching || watches
}

// ended records the replies to a transaction.
func (h *held) ended(results []rueidis.RedisResult) {
	h.doubtful = !isOver(results)
	h.watching = false
}

// giveBack gives the connection back to the pool, without anything that is watched. It does not wait for UNWATCH.
func (h *held) giveBack() {
	if h.doubtful || !h.watching {
		h.release(!h.doubtful)
		return
	}
	go func() {
		over := false
		defer func() {
			_ = recover() // from a wrapper
			h.release(over)
		}()
		unwatch := h.client.B().Unwatch().Build()
		over = h.client.Do(context.Background(), unwatch).Error() == nil
	}()
}
