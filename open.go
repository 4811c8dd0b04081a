package rueidistx

import (
	"errors"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

const (
	maxRedirections  = 16
	maxReadRetries   = 20
	maxReadTimeouts  = 1 // the first may be the connection's fault, the second is the server's
	sentinelsRefresh = 5 * time.Second
)

// Open dials a client and returns a DB that owns it. It is the safe way to get one: it refuses, with [ErrInvalid] and before
// it dials, the options that make rueidis send commands again by itself, a SendToReplicas that sends transactions there, and
// those that rueidis would refuse or that would end the process later. The error is ErrInvalid too if only the server tells:
// ReplicaOnly without a cluster or sentinels, and a server without what the options ask for, such as client-side caching.
//
// Open changes these options:
//
//   - ClusterOption.MaxMovedRedirections, if not positive, to 16: rueidis follows redirections without end.
//   - RetryDelay, if nil, so that the retries of reads end: there are 20, with pauses of about 3 seconds in all, and none
//     once a try other than the first ended by a timeout. So a server that stands still costs a read two timeouts, unless its
//     context ends before: each is ConnWriteTimeout, 10 seconds by default, or Dialer.Timeout for a connection that is being set
//     up. On pipelining connections the timeout is a PING's, which is sent every Dialer.KeepAlive, 1 second by default; if that
//     is negative, the context alone bounds the wait. A subscription, with the client's Receive, is tried again until its
//     context ends.
//   - Sentinel.TopologyRefreshInterval, if 0, to 5 seconds: without it a client that misses the announcement of a failover
//     stays with the old primary.
//   - DialCtxFn, to one that dials in the same way and marks its errors, by which those that prove that nothing was sent are
//     known. A connection that comes from a dial function of the caller's own comes to rueidis as another type, with a method
//     NetConn that returns it.
//   - RetryDelay, also one of the caller's own, to one that asks it but leaves to a Batch what that repeats by itself.
//   - DialCtxFn, DialFn, AuthCredentialsFn, SendToReplicas, ReadNodeSelector, ReplicaSelector, RetryDelay and OnInvalidations,
//     to ones that may panic without ending the process, though rueidis calls them in goroutines of its own: one that dials or
//     knows credentials has then failed, one that chooses has not chosen. NewCacheStoreFn, and what it returns, must not panic.
//
// Setting up a connection, here and whenever one has broken, is bounded by Dialer.Timeout, 5 seconds by default: a context
// that ends while the server accepts the connection and does not answer may end the wait only then. Nor does a context
// bound the wait for a connection that another goroutine is setting up.
//
// If the client cannot be dialed, the error is [ErrNotSent], and [ErrService] if a server answered and refused, such as
// for a wrong password. With any error no connection is left.
func Open(client rueidis.ClientOption, options ...Option) (*DB, error) {
	config := configOf(options)
	config.opened = true
	surviveCallbacks(&client)
	if why := refuse(&client, &config); why != nil {
		return nil, why
	}
	setDefaults(&client)
	delay, repeats := client.RetryDelay, new(atomic.Uint64)
	client.RetryDelay = repeatSafely(delay, repeats)
	mark, opening := new(dialMark), new(opening)
	client.DialCtxFn = mark.dialer(client, opening)

	dialed, err := rueidis.NewClient(client)
	if err != nil {
		opening.abandon(dialed)
		if errors.Is(err, rueidis.ErrReplicaOnlyNotSupported) || errors.Is(err, rueidis.ErrNoCache) {
			return nil, fail(ErrInvalid, err)
		}
		return nil, (&facts{}).notSent(err)
	}
	outer, err := config.around(dialed)
	if err != nil {
		opening.abandon(dialed)
		return nil, fail(ErrInvalid, err)
	}
	opening.done()
	db := newDB(outer, dialed.B(), config)
	db.dialed = dialed
	db.repeats = repeats
	if client.ConnLifetime > 0 {
		db.facts.resends = true
		db.guards = db.transactions // rueidis would resend the rest of a short transaction alone, and obey it
	}
	db.facts.dials = mark
	db.facts.handshakes = client.AuthCredentialsFn == nil
	db.reuses = (db.cluster || client.ConnLifetime == 0) && config.wraps == nil
	db.marks = !db.cluster
	if !client.DisableRetry {
		db.retryDelay = orNever(delay)
	}
	return db, nil
}

// setDefaults bounds what rueidis does without end.
func setDefaults(o *rueidis.ClientOption) {
	if o.ClusterOption.MaxMovedRedirections <= 0 {
		o.ClusterOption.MaxMovedRedirections = maxRedirections
	}
	if o.RetryDelay == nil {
		o.RetryDelay = readRetryDelay
	}
	if o.Sentinel.TopologyRefreshInterval == 0 {
		o.Sentinel.TopologyRefreshInterval = sentinelsRefresh
	}
}

// readRetryDelay is rueidis's own delay with an end: rueidis stops at a negative one. It knows no time, only how the last
// try ended, but nothing except timeouts makes tries long.
func readRetryDelay(attempts int, command rueidis.Completed, err error) time.Duration {
	subscribes := command.NoReply() // until its context ends, and counts what was lost meanwhile as one try after another
	if !subscribes && (attempts > maxReadRetries || attempts > maxReadTimeouts && timedOut(err)) {
		return -1
	}
	least := time.Microsecond << min(attempts, maxReadRetries)
	return min(least+rand.N(least), time.Second)
}

// timedOut reports whether err ended a wait: of a dial, of a handshake or for a reply.
func timedOut(err error) bool {
	var wait net.Error
	return errors.As(err, &wait) && wait.Timeout()
}

// ofBatch marks a command that rueidis must not repeat by itself. UnblockOnCancel means nothing to rueidis in a command
// that does not block.
func ofBatch(command rueidis.Completed) rueidis.Completed { return command.UnblockOnCancel() }

func isOfBatch(command rueidis.Completed) bool {
	return command.IsUnblockOnCancel() && !command.IsBlock()
}
