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
		l.wake <- struct{}{}
		return
	}
	go l.send()
}

// send sends groups, one after the other, until it is not needed any more.
func (l *lane) send() {
	departed, returned := time.Now(), false
	defer func() {
		if !returned { // the client has ended the goroutine
			l.arrive(departed)
		}
	}()
	timer := time.NewTimer(linger)
	defer timer.Stop()
	for {
		g := l.take()
		if g == nil {
			timer.Reset(linger)
			select {
			case <-l.wake:
			case <-timer.C:
				if l.retire() {
					returned = true
					return
				}
				<-l.wake
			}
			continue
		}
		departed = time.Now()
		l.carry(g)
		l.land(departed)
		if len(g.commands) > 1 {
			runtime.Gosched() // let those whose commands were answered issue the next ones, for the same group
		}
	}
}

func (l *lane) land(departed time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.took(time.Since(departed))
}

// retire reports whether a sender that is parked may end. Otherwise somebody relies on it.
func (l *lane) retire() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.parked == 0 {
		return false
	}
	l.parked--
	return true
}

// carry sends a group and lets its callers go on.
func (l *lane) carry(g *group) {
	defer func() {
		g.panicked = recover()
		close(g.done)
	}()
	if commands := g.remaining(); len(commands) > 0 {
		g.results = g.byPlace(l.shared.many(context.Background(), commands))
	}
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
