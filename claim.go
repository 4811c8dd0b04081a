package rueidistx

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

// claim is what one call with Once knows of its mark.
type claim struct {
	*once
	prefix string // of the DB
	token  string
	found  *marker // what was found under the mark's key

	unknown error     // of the first commit whose outcome is not known; nil: there is none
	since   time.Time // when it was sent
	rounds  int
	open    []openRun
	last    *run // of the closure
}

// openRun is a run of which it is not known whether it was committed.
type openRun struct {
	*run
	answers *answers
}

func newClaim(o *once, prefix string) *claim {
	var token [16]byte
	_, _ = rand.Read(token[:])
	return &claim{once: o, prefix: prefix, token: hex.EncodeToString(token[:])}
}

// marker is what is stored under a mark's key: "1 token run value".
type marker struct {
	token string // of the call
	run   int    // of its closure
	value string // JSON; "" without a value
}

const markerFormat = "1"

func (m *marker) text() string {
	return strings.Join([]string{markerFormat, m.token, strconv.Itoa(m.run), m.value}, " ")
}

// parseMarker returns nil if text is no marker.
func parseMarker(text string) *marker {
	parts := strings.SplitN(text, " ", 4)
	if len(parts) != 4 || parts[0] != markerFormat || len(parts[1]) != 2*len([16]byte{}) {
		return nil
	}
	run, err := strconv.Atoi(parts[2])
	if err != nil || run < 1 {
		return nil
	}
	return &marker{token: parts[1], run: run, value: parts[3]}
}

// look examines the reply to a GET of the mark's key. It returns nil if nothing is there.
func (c *claim) look(f *facts, r *rueidis.RedisResult) error {
	text, err := r.ToString()
	switch {
	case err == ErrNil:
		return c.missing()
	case err == nil:
		return c.find(text)
	case isServerError(err) && code(err) == "WRONGTYPE":
		return errForeignMarker
	}
	return f.readFailure("GET", err)
}

// missing returns why a marker that is not there proves nothing, if so: it may have expired.
func (c *claim) missing() error {
	if c.late() {
		return c.unknown
	}
	return nil
}

// late reports whether a marker of this call, if there was one, may have expired.
func (c *claim) late() bool { return c.undecided() && time.Since(c.since) >= c.ttl/2 }

// find returns what a marker means: that the work was done, by another call or by this one.
func (c *claim) find(text string) error {
	c.found = parseMarker(text)
	switch {
	case c.found == nil:
		return errForeignMarker
	case c.found.token == c.token:
		return fail(ErrRepliesLost, c.unknown)
	case c.late(): // this call may have been applied before the other, and its marker have expired
		return c.unknown
	}
	return errAlreadyApplied
}

var (
	errForeignMarker  error = invalid("something else than a marker is stored under the key of the mark")
	errAlreadyApplied error = fail(ErrAlreadyApplied, nil)
)

// write queues the command that writes the marker. If it is refused, as for the slot of the mark, the error does not blame a
// command of the caller's.
func (c *claim) write(u *run, value string) {
	q := u.tx.queue
	before := q.recordedRefusal()
	q.do(opSet, c.setting(c.mark.key, u, value)...)
	if e := (*CommandError)(nil); before == nil && errors.As(q.recordedRefusal(), &e) {
		e.Index = -1
	}
}

// setting returns the command that writes the marker under a key.
func (c *claim) setting(key string, u *run, value string) []string {
	m := &marker{token: c.token, run: u.number, value: value}
	return []string{"SET", key, m.text(), "PX", integer(milliseconds(c.ttl))}
}

// text returns the value of a run that is kept with the marker.
func (c *claim) text(run int) (string, error) {
	if c == nil || c.value == nil {
		return "", nil
	}
	return c.value(run)
}

// undecided reports whether a run may have been committed.
func (c *claim) undecided() bool { return c != nil && c.unknown != nil }

// doubt records that it is not known whether a run was committed that was sent at a time.
func (c *claim) doubt(u *run, a *answers, sent time.Time, err error) {
	if c.unknown == nil {
		c.unknown, c.since = err, sent
	}
	c.open = append(c.open, openRun{u, a})
}

// decide ends a run of a call that has one of which it is not known whether it was committed. decided is false if the
// closure is to run again.
func (c *claim) decide(u *run, own bool, err error) (run int, _ error, decided bool) {
	switch {
	case errors.Is(err, ErrRepliesLost) && !own:
		c.settle(c.found.run, err)
		return c.found.run, u.options.durable.lost(err), true
	case OutcomeOf(err) == Applied && !own:
		c.settle(0, nil) // a marker was written after those that earlier runs would have written
		if run = u.number; errors.Is(err, ErrAlreadyApplied) {
			run = 0
		}
		return run, err, true
	case !own && (OutcomeOf(err) == Unknown || isConflict(err) || transient(err)):
		if !c.doubts(u) {
			u.lose()
		}
		if c.waits(u.work) {
			return 0, nil, false
		}
	default: // this run was certainly not committed: an earlier one must not be any more
		for again := true; again; {
			done := c.retract(u.work)
			switch {
			case done == nil:
				c.settle(0, nil)
				return 0, err, true
			case errors.Is(done, ErrAlreadyApplied):
				return c.decide(u, false, done)
			}
			again = (OutcomeOf(done) == Unknown || isConflict(done) || transient(done)) && c.waits(u.work)
		}
	}
	err = c.unknown
	c.leaveUnsure()
	c.settle(-1, err)
	return 0, err, true
}

// doubts reports whether it is not known whether a run was committed.
func (c *claim) doubts(u *run) bool {
	return len(c.open) > 0 && c.open[len(c.open)-1].run == u
}

// waits pauses, and reports whether the closure may run again.
func (c *claim) waits(w *work) bool {
	c.rounds++
	d := w.options.refusals.backoff(c.rounds)
	if deadline, ok := w.ctx.Deadline(); ok {
		left := time.Until(deadline)
		if left < time.Millisecond {
			return false
		}
		d = min(d, left/2)
	}
	return time.Since(c.since)+d < c.ttl/2 && pause(w.ctx, d)
}

// retract changes the key of the mark. So the server refuses an EXEC of this call that is still on its way, because it
// watches that key.
func (c *claim) retract(w *work) error {
	key, found := c.mark.key, error(nil)
	part := &work{db: w.db, options: defaultTxOptions}
	_, err := part.do(w.ctx, func(r *Reader, tx *Tx) error {
		switch text, err := r.Get(key).Value(); {
		case err == nil:
			found = c.find(text)
			return found
		case !errors.Is(err, ErrNil):
			return err
		}
		if err := c.missing(); err != nil {
			return err
		}
		tx.Set(key, "", EX(time.Second))
		tx.Del(key)
		return nil
	})
	if found != nil {
		return found // err says that this Watch, which is not the caller's, has applied nothing
	}
	return err
}

// key returns the key of the mark, with the prefix of the DB.
func (c *claim) key() string { return c.prefix + c.mark.key }

// settle settles the answers of the runs of which it was not known whether they were committed. The given run has err; if
// it is -1, all have. What they have read remains.
func (c *claim) settle(run int, err error) {
	for _, o := range c.open {
		if o.number == run || run < 0 {
			_ = o.answers.settle(err)
		} else {
			_ = o.answers.settle(errConflict)
			o.lose()
		}
	}
	c.open, c.unknown = nil, nil
}

// leaveUnsure says of the last run that it is not known whether one before it was committed, if so.
func (c *claim) leaveUnsure() {
	if c.undecided() && !c.doubts(c.last) {
		c.last.tx.queue.answers.beUnsure()
	}
}

// abandon settles what is pending because the goroutine has panicked or ended.
func (c *claim) abandon() {
	c.leaveUnsure()
	for _, o := range c.open {
		o.answers.abandon()
	}
}

// slot returns the slot of the mark's key.
func (c *claim) slot() uint16 { return slot(c.key()) }
