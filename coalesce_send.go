package rueidistx

import (
	"context"
	"runtime"
	"slices"
	"time"

	"github.com/redis/rueidis"
)

// start lets a goroutine send the groups that wait, the first of which is in flight from now on.
func (l *lane) start() {
	if l.parked > 0 {
		l.parked--
		l.wake <- true
		return
	}
	go l.send()
}

// send sends groups, one after the other, until it is not needed any more.
func (l *lane) send() {
	retired := false
	defer func() {
		if !retired { // the client has ended the goroutine
			l.arrive(time.Time{}, false)
		}
	}()
	for g := l.take(); ; {
		if g == nil {
			if retired = !<-l.wake; retired {
				return
			}
			g = l.take()
			continue
		}
		departed := time.Now()
		l.carry(g)
		if len(g.commands) > 1 {
			close(g.done)
			runtime.Gosched() // let those whose commands were answered issue the next ones, for the same group
			g = l.proceed(g, departed)
		} else { // its caller goes on when this goroutine waits again
			next := l.proceed(g, departed)
			close(g.done)
			g = next
		}
	}
}

// carry sends a group. If the client panics, so do the callers, and if it ends the goroutine, theirs end.
func (l *lane) carry(g *group) {
	returned := false
	defer func() {
		if g.panicked = recover(); g.panicked == nil && !returned {
			close(g.done)
		}
	}()
	if commands := g.remaining(); len(commands) > 0 {
		g.results = g.byPlace(l.shared.many(context.Background(), commands))
	}
	returned = true
}

// proceed returns the next group after g, which was answered.
func (l *lane) proceed(g *group, departed time.Time) *group {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(g.results) > 0 && g.results[0].NonRedisError() == nil { // a connection that breaks says nothing of the network
		l.took(time.Since(departed), len(g.commands))
	}
	return l.next()
}

// take returns the next group.
func (l *lane) take() *group {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next()
}

// next returns the first group that waits, or nil if there is none, as other senders take them too: then the sender has to
// wait for wake.
func (l *lane) next() *group {
	if len(l.waiting) > 0 {
		g := l.waiting[0]
		l.waiting = append(l.waiting[:0], l.waiting[1:]...)
		g.sent, l.usual = true, len(g.commands)
		l.groups++
		return g
	}
	l.rest()
	l.parked++
	if !l.watched {
		l.watched = true
		l.watch(l.groups)
	}
	return nil
}

// watch lets the senders that wait end, if there is no work for some time. groups is the number that were sent so far.
func (l *lane) watch(groups int) {
	time.AfterFunc(linger, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.groups != groups {
			l.watch(l.groups)
			return
		}
		l.watched = false
		for ; l.parked > 0; l.parked-- {
			l.wake <- false
		}
	})
}

// remaining returns the commands whose callers have not given up.
func (g *group) remaining() []rueidis.Completed {
	if g.left == nil {
		return g.commands
	}
	var list []rueidis.Completed
	for i, c := range g.commands {
		if !slices.Contains(g.left, i) {
			list = append(list, c)
		}
	}
	return list
}

// byPlace returns the results of the remaining commands by the places of their commands in the group.
func (g *group) byPlace(results []rueidis.RedisResult) []rueidis.RedisResult {
	if g.left == nil {
		return results
	}
	all := make([]rueidis.RedisResult, len(g.commands))
	for i := range all {
		if !slices.Contains(g.left, i) {
			all[i], results = results[0], results[1:]
		}
	}
	return all
}
