package rueidistx

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"

	"github.com/redis/rueidis"
)

// Coalesce lets the single commands of several goroutines, those of [DB.Auto], share round trips: commands that are issued
// while others are on their way wait for a moment, and are then sent together. It costs a goroutine that is alone nothing,
// and saves much of the time of client and server if there are many: see docs/performance.md. Batches, transactions and
// commands that block are sent as without it.
//
// A command is sent at once if at most two others are on their way, or as many as have room in the time of a round trip: so on a
// slow network few commands wait, and hardly longer. Otherwise it waits for its turn, in a group of at most 256 commands and
// 64 KiB. Commands that may be sent again, which are most of those that only read, and all others are in different groups. In a
// cluster, so are those of different ranges of slots. The replies to a group are read together: a command gets its own when the
// last is there.
//
// A command whose context ends while it waits is [ErrNotSent]. If its group was already sent, it is [ErrUnknown]; the group
// goes on for the others. The client, and what is wrapped around it, sees a group as one DoMulti, or Do, with
// context.Background(); hooks see the commands. If a connection breaks, commands of its groups that may be sent again are sent
// again, as without Coalesce. The outcome of the others is unknown, also of those whose replies were there already. If the client
// panics or ends the goroutine, so do all methods whose commands are in the group and that still wait for it.
//
// A group has no deadline but the client's (ConnWriteTimeout, and the PINGs of pipelining connections, which a negative
// Dialer.KeepAlive disables): a server that is silent holds up the commands behind it for that long, as does, in a cluster, a
// node for the others of its range of slots. What is wrapped around the client must not wait for single commands of the same
// DB. [DB.Close] waits up to 2 seconds for commands that wait.
//
// With [New], keep the client's BlockingPipeline above 256, or at 0.
func Coalesce() Option { return option(func(c *config) { c.coalesces = true }) }

const (
	// maxGroup is the number of commands up to which a longer pipeline still makes each of them cheaper.
	maxGroup = 256

	// maxGroupBytes is about what one write to a connection takes. A longer command would hold up the others of its group.
	maxGroupBytes = 64 << 10

	// slotRanges is the number of lanes of a cluster for each kind of commands, so that most groups go to one node: the slots
	// of two, three or six nodes are mostly such ranges, or consist of them.
	slotRanges = 3

	// leastInFlight and mostInFlight bound the number of groups on their way in a lane. With three, the server works while the
	// client reads replies, and both while a processor that was idle is woken; with two, 8 goroutines were 7 % slower on one machine.
	leastInFlight, mostInFlight = 3, 256

	// nearby is the round trip from which on commands had better not wait for others. It takes a server on the same machine
	// about a third of it to answer a command.
	nearby = 200 * time.Microsecond

	// perCommand is what each command of a group adds to its round trip, at least, for the client and a server on the same
	// machine.
	perCommand = 2 * time.Microsecond

	// linger is how long goroutines that send groups wait for the next one, at least, before they end.
	linger = 10 * time.Millisecond

	// drainTime is how long Close waits for commands that wait.
	drainTime = 2 * time.Second
)

// coalesced lets single commands share round trips.
type coalesced struct {
	*shared
	db    *DB
	lanes []lane
}

func newCoalesced(db *DB, s *shared, pipeline int) *coalesced {
	c := &coalesced{shared: s, db: db, lanes: make([]lane, 2)}
	if s.cluster {
		c.lanes = make([]lane, 2*slotRanges)
	}
	size := maxGroup
	if pipeline > 0 { // rueidis gives longer pipelines a connection of their own
		size = max(min(size, pipeline-1), 1)
	}
	for i := range c.lanes {
		c.lanes[i] = lane{shared: s, size: size, limit: leastInFlight, wake: make(chan bool, mostInFlight)}
	}
	return c
}

func (c *coalesced) single(ctx context.Context, command rueidis.Completed) rueidis.RedisResult {
	bytes := bytesOf(command)
	if bytes > maxGroupBytes || command.IsBlock() || c.cluster && command.Slot() == anySlot {
		return c.shared.single(ctx, command)
	}
	l := c.lane(command)
	if l.depart(ctx) {
		return l.alone(ctx, command)
	}
	resends := command.IsRetryable() && c.db.retryDelay != nil && c.db.marks
	if resends { // here, for rueidis would resend the whole group, and wait for that in the lane
		if command = ofBatch(command); c.db.pins {
			command = command.Pin()
		}
	}
	for attempt := 1; ; attempt++ {
		r, sent := l.together(ctx, command, bytes)
		switch {
		case !sent && attempt > 1: // it was sent before
			return rueidis.NewErrorResult(ctx.Err())
		case !sent:
			return rueidis.NewErrorResult(&classified{fail(ErrNotSent, ctx.Err())})
		case errors.Is(r.NonRedisError(), rueidis.ErrNoSlot) && c.cluster && !c.shared.wrapped: // of another command, perhaps: nothing of the group was sent
			return c.shared.single(ctx, command)
		case !resends, !c.db.again(ctx, attempt, command, r.NonRedisError()):
			return r
		}
		command = command.Pin() // the broken connection may still be reading it
	}
}

// lane returns the lane of a command: those that may be resent are apart, because rueidis resends a group only if all of it
// may be.
func (c *coalesced) lane(command rueidis.Completed) *lane {
	i := 0
	if c.cluster {
		i = int(command.Slot()) * slotRanges / anySlot * 2
	}
	if command.IsRetryable() {
		i++
	}
	return &c.lanes[i]
}

// drain waits until nothing is on its way, but not for long: a server may be silent.
func (c *coalesced) drain() {
	late := time.After(drainTime)
	for i := range c.lanes {
		select {
		case <-c.lanes[i].drain():
		case <-late:
			return
		}
	}
}

// lane sends the commands that come to it, those that wait in groups and in order.
type lane struct {
	shared *shared
	size   int       // number of commands in a group at most
	wake   chan bool // each value lets a sender that waits go on, or end if it is false

	mu       sync.Mutex
	inFlight int // groups, and commands that go alone
	limit    int // of inFlight
	trip     time.Duration
	waiting  []*group
	usual    int           // commands in the last group
	groups   int           // sent so far
	parked   int           // senders that wait for work
	retires  bool          // retire is going to look at them
	idle     chan struct{} // not nil: closed when nothing is in flight any more
}

// group is a number of commands that are sent together.
type group struct {
	commands []rueidis.Completed
	bytes    int
	gone     int // how many are empty, because their callers have given up
	sent     bool

	done     chan struct{} // closed when it was answered; what follows may be read then
	results  []rueidis.RedisResult
	panicked any // if there are no results; nil: the client has ended the goroutine
}

// depart reports whether a command may be sent at once by its caller, who then must call alone. A context that makes rueidis
// pipeline must not reach it: the connection would be slower from then on.
func (l *lane) depart(ctx context.Context) bool {
	if pipelines(ctx) {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.inFlight >= l.limit || len(l.waiting) > 0 {
		return false
	}
	l.inFlight++
	return true
}

// alone sends a command for which depart has made room.
func (l *lane) alone(ctx context.Context, command rueidis.Completed) (r rueidis.RedisResult) {
	departed, answered := time.Now(), false
	defer func() { l.arrive(departed, answered) }()
	r = l.shared.single(ctx, command)
	answered = r.NonRedisError() == nil
	return r
}

// arrive makes room for the next group after a command that went alone, or a sender that has ended.
func (l *lane) arrive(departed time.Time, answered bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if answered {
		l.took(time.Since(departed), 1)
	}
	if l.goesOn() {
		l.start()
	} else {
		l.rest()
	}
}

// goesOn reports whether what was in flight makes room for a group that waits.
func (l *lane) goesOn() bool { return len(l.waiting) > 0 && l.inFlight <= l.limit }

// took adapts the limit to how long a group of n commands was on its way. What counts is the least of late: it is the
// network's share.
func (l *lane) took(d time.Duration, n int) {
	if d = max(d-time.Duration(n)*perCommand, 1); l.trip == 0 || d < l.trip {
		l.trip = d
	} else {
		l.trip += (d - l.trip) / 64
	}
	share := float64(l.trip) / float64(nearby)
	l.limit = int(min(max(share*share, leastInFlight), mostInFlight))
	for n := min(len(l.waiting), l.limit-l.inFlight); n > 0; n-- { // there is more room than before
		l.inFlight++
		l.start()
	}
}

// rest records that there is one less in flight.
func (l *lane) rest() {
	l.inFlight--
	if l.inFlight == 0 && l.idle != nil {
		select {
		case <-l.idle: // once is enough
		default:
			close(l.idle)
		}
	}
}

// drain returns what is closed when nothing is in flight.
func (l *lane) drain() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.idle == nil {
		l.idle = make(chan struct{})
		if l.inFlight == 0 {
			close(l.idle)
		}
	}
	return l.idle
}

// together sends a command in a group, unless ctx ends before. The caller's goroutine panics or ends as that of the client did.
func (l *lane) together(ctx context.Context, command rueidis.Completed, bytes int) (r rueidis.RedisResult, sent bool) {
	g, at := l.join(command, bytes)
	if !g.wait(ctx) {
		return rueidis.NewErrorResult(ctx.Err()), !l.leave(g, at)
	}
	if g.results == nil {
		if g.panicked == nil {
			runtime.Goexit()
		}
		panic(g.panicked)
	}
	return g.results[at], true
}

// wait waits until the group is answered, and reports whether it is.
func (g *group) wait(ctx context.Context) bool {
	stop := ctx.Done()
	if stop == nil {
		<-g.done
		return true
	}
	select {
	case <-g.done:
		return true
	case <-stop:
	}
	select {
	case <-g.done: // at the same time
		return true
	default:
		return false
	}
}

// join adds a command to the last group that waits.
func (l *lane) join(command rueidis.Completed, bytes int) (g *group, at int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.waiting); n > 0 {
		g = l.waiting[n-1]
	}
	if g == nil || len(g.commands) == l.size || g.bytes+bytes > maxGroupBytes {
		g = &group{commands: make([]rueidis.Completed, 0, l.usual), done: make(chan struct{})}
		l.waiting = append(l.waiting, g)
		if l.inFlight < l.limit {
			l.inFlight++
			l.start()
		}
	}
	g.commands, g.bytes = append(g.commands, command), g.bytes+bytes
	return g, len(g.commands) - 1
}

// leave takes a command out of a group again, and reports whether that was not sent yet.
func (l *lane) leave(g *group, at int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !g.sent {
		g.gone++
		g.commands[at] = rueidis.Completed{} // frees its arguments
	}
	return !g.sent
}
