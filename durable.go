package rueidistx

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

// Durable makes Transact or Watch wait, after the commit, until at least so many replicas have acknowledged it, with WAIT
// on the same connection. This takes a connection of its own and one round trip more, which lasts until the replicas have
// answered, and at most timeout, or 5 seconds more if the server does not answer: less if ctx ends before. Whatever becomes
// of it, the outcome remains [Applied]: if too few replicas have answered, the error is a [*DurabilityError]. If the mark of
// [Once] was used before, nothing is waited for.
//
// An acknowledged write may still be lost, if a replica that has not acknowledged it is promoted. replicas must be at
// least 1, and timeout positive, otherwise the error is [ErrInvalid].
//
// See https://redis.io/docs/latest/commands/wait/.
func Durable(replicas int, timeout time.Duration) TxOption {
	return txOption(func(o *txOptions) { o.durable = &durability{replicas: replicas, timeout: timeout} })
}

// Fsynced is [Durable], but waits until the append-only files are synced: the primary's, if local, and those of at least so
// many replicas, which may be 0 if local. The server must have an append-only file. Since Redis 7.2.
//
// See https://redis.io/docs/latest/commands/waitaof/.
func Fsynced(local bool, replicas int, timeout time.Duration) TxOption {
	return txOption(func(o *txOptions) {
		o.durable = &durability{fsync: true, local: local, replicas: replicas, timeout: timeout}
	})
}

// durability says who must have a transaction.
type durability struct {
	fsync, local bool
	replicas     int
	timeout      time.Duration
}

func (d *durability) check() error {
	switch {
	case d == nil:
		return nil
	case d.replicas < 0:
		return invalid("the number of replicas is negative")
	case d.replicas == 0 && !d.fsync:
		return invalid("Durable needs at least one replica")
	case d.replicas == 0 && !d.local:
		return invalid("Fsynced needs local or at least one replica")
	case d.timeout <= 0:
		return invalid("the timeout for replicas is not positive")
	}
	return nil
}

// DurabilityError reports that a transaction was applied, but that fewer replicas than wanted by [Durable] or [Fsynced]
// have acknowledged it in time. It matches [ErrNotDurable].
type DurabilityError struct {
	Acknowledged int  // replicas; -1 if there is no answer
	Wanted       int  // replicas
	Local        bool // with Fsynced: the primary has synced its file
	WantedLocal  bool
	Err          error // why there is no answer; or the errors of the transaction's commands; or nil
}

// Error says how many replicas have acknowledged the transaction.
func (e *DurabilityError) Error() string {
	text := fmt.Sprintf("%v: %d of %d replicas have acknowledged it", ErrNotDurable, e.Acknowledged, e.Wanted)
	switch {
	case e.Acknowledged < 0:
		text = fmt.Sprintf("%v: the number of replicas is not known", ErrNotDurable)
	case e.Wanted == 0:
		text = fmt.Sprintf("%v: the primary has not synced its file", ErrNotDurable)
	case e.WantedLocal && !e.Local:
		text += ", and the primary has not synced its file"
	}
	errs := []error{e.Err}
	if joined, ok := e.Err.(interface{ Unwrap() []error }); ok {
		errs = joined.Unwrap()
	}
	for _, err := range errs {
		if err != nil {
			text += "; " + strings.TrimPrefix(redact(err, ""), "rueidistx: ")
		}
	}
	return text
}

// Is reports whether target is [ErrNotDurable] or [ErrApplied], or matches Err. Err does not tell the outcome.
func (e *DurabilityError) Is(target error) bool {
	if isOutcome(target) {
		return target == ErrApplied
	}
	return target == ErrNotDurable || errors.Is(e.Err, target)
}

// As looks into Err.
func (e *DurabilityError) As(target any) bool { return errors.As(e.Err, target) }

// wait asks how durable the transaction is that was the last on the connection, and returns err or why it is not durable
// enough.
func (d *durability) wait(ctx context.Context, conn *held, f *facts, err error) error {
	e := &DurabilityError{Acknowledged: -1, Wanted: d.replicas, WantedLocal: d.local, Err: err}
	timeout := d.timeout
	// rueidis does not bound the wait for a command that blocks.
	ctx, cancel := context.WithTimeout(ctx, min(timeout, math.MaxInt64-acquireTimeout)+acquireTimeout)
	defer cancel()
	if deadline, ok := ctx.Deadline(); ok {
		timeout = min(timeout, time.Until(deadline))
	}
	// 0 would be without end. A little less than what is left lets the reply arrive in time.
	millis := strconv.FormatInt(max(1, timeout.Milliseconds()-1), 10)
	r := conn.send(ctx, []rueidis.Completed{d.command(conn.client.B(), millis)})[0]
	if lost := r.NonRedisError(); lost != nil {
		e.Err = errors.Join(err, f.noReply(lost, false))
		return e
	}
	conn.answered(false)
	acknowledged, local, failed := d.read(&r)
	switch {
	case failed != nil:
		e.Err = errors.Join(err, &CommandError{Index: -1, Name: d.name(), Err: failed})
		return e
	case acknowledged < int64(d.replicas) || d.local && !local:
		e.Acknowledged, e.Local = int(acknowledged), local
		return e
	}
	return err
}

func (d *durability) command(b rueidis.Builder, millis string) rueidis.Completed {
	replicas := strconv.Itoa(d.replicas)
	if !d.fsync {
		return b.Arbitrary(d.name(), replicas, millis).Blocking()
	}
	local := "0"
	if d.local {
		local = "1"
	}
	return b.Arbitrary(d.name(), local, replicas, millis).Blocking()
}

func (d *durability) name() string {
	if d.fsync {
		return "WAITAOF"
	}
	return "WAIT"
}

func (d *durability) read(r *rueidis.RedisResult) (replicas int64, local bool, err error) {
	if !d.fsync {
		replicas, err = r.AsInt64()
		return replicas, false, err
	}
	numbers, err := r.AsIntSlice()
	if err == nil && len(numbers) != 2 {
		err = fail(ErrProtocol, nil)
	}
	if err != nil {
		return 0, false, err
	}
	return numbers[1], numbers[0] > 0, nil
}

// lost returns err, the error of a transaction whose replies were lost, with the fact that its durability is not known.
func (d *durability) lost(err error) error {
	if d == nil {
		return err
	}
	return &DurabilityError{Acknowledged: -1, Wanted: d.replicas, WantedLocal: d.local, Err: err}
}
