package rueidistx

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/redis/rueidis"
)

// dedicated runs units on connections of their own from the client's pool.
type dedicated struct {
	*shared
	turns chan struct{} // one token for each connection that units hold

	mu     sync.Mutex
	idle   []*held // kept for a moment: see keep
	timer  *time.Timer
	closed bool
}

// held is a connection that a unit holds, perhaps for several round trips.
type held struct {
	*dedicated
	client    rueidis.DedicatedClient
	cancel    func()    // gives it back to the pool
	taken     time.Time // from the pool
	kept      time.Time
	slot      uint16 // of the node that it leads to
	watching  bool   // WATCH was answered, and EXEC was not yet
	doubtful  bool   // it must not be used by others
	pipelined bool   // it was made to
}

// together sends a transaction over a connection that nothing else uses. The connection goes back to the pool if the
// transaction is certainly over. Otherwise it is closed: nobody may inherit a WATCH or a MULTI.
func (d *dedicated) together(ctx context.Context, commands []rueidis.Completed) ([]rueidis.RedisResult, *failure) {
	h, failed := d.hold(ctx)
	if failed != nil {
		return nil, failed
	}
	defer h.giveBack()
	results := h.do(ctx, commands)
	if len(results) == len(commands) {
		h.ended(results)
	}
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

// acquireTimeout bounds the wait for a turn and a connection. It is as long as rueidis may take to dial one:
// whoever waits longer may wait for a connection that is held by a Watch whose closure waits for this one.
const acquireTimeout = 5 * time.Second

// hold takes a connection. giveBack must follow. Unlike rueidis's Dedicate, it returns when ctx ends: rueidis may take a
// second to give up on a connection to a hanging server.
func (d *dedicated) hold(ctx context.Context) (*held, *failure) {
	late := time.NewTimer(acquireTimeout)
	defer late.Stop()
	select {
	case d.turns <- struct{}{}:
	default:
		select {
		case d.turns <- struct{}{}:
		case <-ctx.Done():
			return nil, fail(ErrNotSent, ctx.Err())
		case <-late.C:
			return nil, noConnection()
		}
	}
	if h := d.takeIdle(); h != nil {
		return h, nil
	}
	ready, gone := make(chan acquired), make(chan struct{})
	go d.dedicate(gone, ready) // Dedicate waits without a context
	select {
	case a := <-ready:
		if a.err != nil {
			<-d.turns
			return nil, fail(ErrNotSent, a.err)
		}
		return a.held, nil
	case <-ctx.Done():
		close(gone)
		return nil, fail(ErrNotSent, ctx.Err())
	case <-late.C:
		close(gone)
		return nil, noConnection()
	}
}

func noConnection() *failure {
	f := fail(ErrNotSent, fmt.Errorf("no connection was free within %v", acquireTimeout))
	f.class = ErrConnection
	return f
}

// acquired is a connection, or the error that there is instead.
type acquired struct {
	*held
	err error
}

// dedicate calls the client's Dedicate and hands over the result, unless gone is closed. If Dedicate panics or ends the
// goroutine, as a wrapper's may, that becomes an error: here a panic would end the process.
func (d *dedicated) dedicate(gone <-chan struct{}, ready chan<- acquired) {
	a := acquired{err: errors.New("the client's Dedicate ended its goroutine")}
	defer func() {
		if v := recover(); v != nil {
			a.err = fmt.Errorf("the client's Dedicate panicked (%T)", v)
		}
		select {
		case ready <- a:
		case <-gone:
			if a.err == nil {
				a.held.release()
			} else {
				<-d.turns
			}
		}
	}()
	client, cancel := d.client.Dedicate()
	switch v := reflect.ValueOf(client); {
	case client == nil, v.Kind() == reflect.Pointer && v.IsNil():
		a.err = errors.New("the client's Dedicate returned no client")
		return
	case cancel == nil:
		cancel = client.Close
	}
	a = acquired{held: &held{dedicated: d, client: client, cancel: cancel, taken: time.Now()}}
}

// Connections that were just used are kept for a moment, because the next unit gets them without the goroutines that
// Dedicate and its counterpart need. They are not kept long, because the client does not know of them: when it is closed,
// or follows a failover, it ends only those in its pool.
const (
	keptFor  = 10 * time.Millisecond
	takenFor = time.Second
)

// takeIdle returns a connection that was kept, nil if there is none.
func (d *dedicated) takeIdle() *held {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := len(d.idle)
	if n == 0 {
		return nil
	}
	h := d.idle[n-1]
	d.idle[n-1], d.idle = nil, d.idle[:n-1]
	return h
}

// keep keeps a connection, and reports whether it does.
func (d *dedicated) keep(h *held) bool {
	h.kept = time.Now()
	if d.cluster || h.kept.Sub(h.taken) > takenFor { // in a cluster, the next unit may need another node
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false
	}
	d.idle = append(d.idle, h)
	switch {
	case d.timer == nil:
		d.timer = time.AfterFunc(keptFor, d.expire)
	case len(d.idle) == 1:
		d.timer.Reset(keptFor)
	}
	return true
}

// expire releases the connections that were kept long enough. One that is being released counts as held, so that there
// are never more than there are turns.
func (d *dedicated) expire() {
	before := time.Now().Add(-keptFor / 2)
	d.mu.Lock()
	var over []*held
	for len(d.idle) > 0 && !d.idle[0].kept.After(before) && d.takesTurn() {
		over, d.idle = append(over, d.idle[0]), d.idle[1:]
	}
	if len(d.idle) > 0 {
		d.timer.Reset(keptFor)
	}
	d.mu.Unlock()
	for _, h := range over {
		go h.release()
	}
}

func (d *dedicated) takesTurn() bool {
	select {
	case d.turns <- struct{}{}:
		return true
	default:
		return false
	}
}

// close closes all connections that are kept, and keeps none any more.
func (d *dedicated) close() {
	d.mu.Lock()
	over := d.idle
	d.idle, d.closed = nil, true
	d.mu.Unlock()
	for _, h := range over {
		h.close()
	}
}

// release gives a connection back to the pool, without anything that is watched, and then its turn. It closes the
// connection if it is doubtful or may be pipelining. On a pipelining one, rueidis would send UNSUBSCRIBE, and if the server
// is busy and refuses that, the process ends: see docs/upstream/refused-unsubscribe.md. rueidis also pipelines on a
// connection if a PING of its own was on its way when a command came, which cannot be seen. So the server is asked first
// whether it is busy.
func (h *held) release() {
	d := h.dedicated
	defer func() { <-d.turns }()
	if h.doubtful || h.pipelined || d.pipelined.Load() || !h.serves() {
		h.close()
		return
	}
	defer func() { _ = recover() }() // from a wrapper
	h.cancel()
}

// serves ends a WATCH that no EXEC has ended, and reports whether the server answers, and is not busy.
func (h *held) serves() bool {
	defer func() { _ = recover() }() // from a wrapper
	ctx, cancel := context.WithTimeout(context.Background(), acquireTimeout)
	defer cancel()
	commands := []rueidis.Completed{h.client.B().Ping().Build()}
	if h.watching {
		commands = append(commands, h.client.B().Unwatch().Build())
	}
	for _, r := range fit(h.client.DoMulti(ctx, commands...), len(commands)) {
		if r.Error() != nil {
			return false
		}
	}
	return true
}

func (h *held) close() {
	defer func() { _ = recover() }() // from a wrapper
	h.client.Close()
}

// send sends commands. Until answered or ended is called, the connection is doubtful.
func (h *held) send(ctx context.Context, commands []rueidis.Completed) []rueidis.RedisResult {
	return replaceNone(fit(h.do(ctx, commands), len(commands)))
}

func (h *held) do(ctx context.Context, commands []rueidis.Completed) []rueidis.RedisResult {
	h.doubtful = true
	h.pipelined = h.pipelined || pipelines(ctx)
	return replaceNils(h.client.DoMulti(ctx, commands...))
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

// giveBack gives the connection back, without anything that is watched. It does not wait for that.
func (h *held) giveBack() {
	d := h.dedicated
	if !h.doubtful && !h.watching && d.keep(h) {
		<-d.turns
		return
	}
	go h.release()
}
