package rueidistx

import (
	"context"
	"runtime"
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
	commands, places := g.remaining()
	results := l.shared.many(context.Background(), commands, nil)
	if g.results = results; places != nil {
		g.results = make([]rueidis.RedisResult, len(g.commands))
		for i, at := range places {
			g.results[at] = results[i]
		}
	}
	returned = true
}

// remaining returns the commands whose callers have not given up, and their places in the group, nil if all remain.
func (g *group) remaining() (commands []rueidis.Completed, places []int) {
	if g.gone == 0 {
		return g.commands, nil
	}
	for i := range g.commands {
		if !g.commands[i].IsEmpty() {
			commands, places = append(commands, g.commands[i]), append(places, i)
		}
	}
	return commands, places
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

// next returns the first group that waits, or nil if there is none, as other senders take them too, or no room: then the
// sender has to wait for wake.
func (l *lane) next() *group {
	if l.goesOn() {
		g := l.waiting[0]
		l.waiting = append(l.waiting[:0], l.waiting[1:]...)
		g.sent, l.usual = true, len(g.commands)
		l.groups++
		return g
	}
	l.rest()
	l.parked++
	if !l.retires {
		l.retires = true
		l.retire(l.groups)
	}
	return nil
}

// retire lets the senders that wait end, if there is no work for some time. groups is the number that were sent so far.
func (l *lane) retire(groups int) {
	time.AfterFunc(linger, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.groups != groups {
			l.retire(l.groups)
			return
		}
		l.retires = false
		for ; l.parked > 0; l.parked-- {
			l.wake <- false
		}
	})
}
