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
	maxRedirections = 16
	maxReadRetries  = 20
	maxReadTimeouts = 1 // the first may be the connection's fault, the second is the server's
)

// Open dials a client and returns a DB that owns it. It is the safe way to get one: it refuses, with [ErrInvalid],
// the options that make rueidis send commands again by itself, or a SendToReplicas that sends transactions there, and it bounds two retries
// that are endless by default: redirections in a cluster (16, unless ClusterOption.MaxMovedRedirections is set), and
// those of reads (about 3 seconds of pauses, and two timeouts, unless RetryDelay is set). The functions DialCtxFn, DialFn, AuthCredentialsFn,
// SendToReplicas, ReadNodeSelector, ReplicaSelector, RetryDelay and OnInvalidations may panic without ending the process,
// though rueidis calls them in goroutines of its own: one that dials or knows credentials has then failed, one that chooses
// has not chosen. NewCacheStoreFn, and what it returns, must not panic.
//
// Setting up a connection, here and whenever one has broken, is bounded by Dialer.Timeout, 5 seconds by default: a context
// that ends while the server accepts the connection and does not answer may end the wait only then. Nor does a context
// bound the wait for a connection that another goroutine is setting up.
//
// If the client cannot be dialed, the error is [ErrNotSent], and [ErrService] if a server answered and refused, such as
// for a wrong password.
func Open(client rueidis.ClientOption, options ...Option) (*DB, error) {
	config := configOf(options)
	config.opened = true
	if client.ConnLifetime > 0 && config.dedicated == 0 {
		return nil, invalid("ClientOption.ConnLifetime makes rueidis send transactions twice: leave it 0, or add DedicatedTransactions")
	}
	if client.Standalone.EnableRedirect {
		return nil, invalid("ClientOption.Standalone.EnableRedirect makes rueidis send commands twice: leave it false")
	}
	if client.ClusterOption.MaxMovedRedirections <= 0 {
		client.ClusterOption.MaxMovedRedirections = maxRedirections
	}
	if client.RetryDelay == nil {
		client.RetryDelay = readRetryDelay
	}
	delay := client.RetryDelay
	repeats := new(atomic.Uint64)
	client.RetryDelay = repeatSafely(delay, repeats)
	mark := new(dialMark)
	client.DialCtxFn = mark.dialer(client)
	surviveCallbacks(&client)

	c, err := rueidis.NewClient(client)
	if err != nil {
		if c != nil {
			c.Close()
		}
		return nil, (&facts{}).notSent(err)
	}
	db := newDB(c, config)
	db.owned = true
	db.repeats = repeats
	if client.ConnLifetime > 0 {
		db.facts.resends = true
		db.guards = db.transactions // rueidis would resend the rest of a short transaction alone, and obey it
	}
	db.facts.dials = mark
	db.facts.handshakes = client.AuthCredentialsFn == nil
	db.reuses = db.cluster || client.ConnLifetime == 0
	db.marks = !db.cluster
	if !client.DisableRetry {
		db.retryDelay = orNever(delay)
	}
	if client.SendToReplicas != nil && (client.SendToReplicas(db.multi) || client.SendToReplicas(db.exec)) {
		c.Close()
		return nil, invalid("ClientOption.SendToReplicas is true for MULTI or EXEC: transactions belong on the primary")
	}
	return db, nil
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
