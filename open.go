package rueidistx

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"time"

	"github.com/redis/rueidis"
)

const (
	maxRedirections = 16
	maxReadRetries  = 20
)

// Open dials a client and returns a DB that owns it. It is the safe way to get one: it refuses, with [ErrInvalid],
// the options that make rueidis send commands again by itself or send transactions to replicas, and it bounds two retries
// that are endless by default: redirections in a cluster (16, unless ClusterOption.MaxMovedRedirections is set), and
// those of reads (about 3 seconds, unless RetryDelay is set). Its functions for dialing and for delays call those of the
// given options.
//
// Setting up a connection, here and whenever one has broken, is bounded by Dialer.Timeout, 5 seconds by default: a context
// that is cancelled while the server accepts the connection and does not answer ends the wait only then.
//
// If the client cannot be dialed, the error is [ErrNotSent], and [ErrService] if a server answered and refused, such as
// for a wrong password.
func Open(client rueidis.ClientOption, options ...Option) (*DB, error) {
	config := configOf(options)
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
	client.RetryDelay = repeatSafely(delay)
	mark := new(dialMark)
	client.DialCtxFn = mark.dialer(client)

	c, err := rueidis.NewClient(client)
	if err != nil {
		if c != nil {
			c.Close()
		}
		return nil, (&facts{}).notSent(err)
	}
	db := newDB(c, config)
	db.owned = true
	db.facts.opened = true
	db.facts.resends = client.ConnLifetime > 0
	db.facts.dials = mark
	db.facts.handshakes = client.AuthCredentialsFn == nil
	db.reuses = db.cluster || client.ConnLifetime == 0
	db.marks = !db.cluster
	if !client.DisableRetry {
		db.retryDelay = delay
	}
	if client.SendToReplicas != nil && (client.SendToReplicas(db.multi) || client.SendToReplicas(db.exec)) {
		c.Close()
		return nil, invalid("ClientOption.SendToReplicas is true for MULTI or EXEC: transactions belong on the primary")
	}
	return db, nil
}

// readRetryDelay is rueidis's own delay with an end: rueidis stops at a negative one.
func readRetryDelay(attempts int, _ rueidis.Completed, _ error) time.Duration {
	if attempts > maxReadRetries {
		return -1
	}
	least := time.Microsecond << attempts
	return min(least+rand.N(least), time.Second)
}

// repeatSafely wraps the function that rueidis asks before it sends a command again, which it does for commands that only
// read. A connection that broke while it was being written may still be reading the command then, and rueidis would use
// the command's memory for others as soon as the second try is answered: so the memory is kept from that. Where it would
// repeat a whole Batch it is not asked about each command; a Batch does that by itself.
func repeatSafely(delay rueidis.RetryDelayFn) rueidis.RetryDelayFn {
	return func(attempts int, command rueidis.Completed, err error) (d time.Duration) {
		if isOfBatch(command) {
			return -1
		}
		defer func() {
			if recover() != nil { // rueidis may ask in a goroutine of its own, where a panic ends the process
				d = -1
			}
		}()
		return delay(attempts, command.Pin(), err)
	}
}

// ofBatch marks a command that rueidis must not repeat by itself. UnblockOnCancel means nothing to rueidis in a command
// that does not block.
func ofBatch(command rueidis.Completed) rueidis.Completed { return command.UnblockOnCancel() }

func isOfBatch(command rueidis.Completed) bool {
	return command.IsUnblockOnCancel() && !command.IsBlock()
}

// dialer returns a function that dials as rueidis would with these options, and marks the errors.
func (m *dialMark) dialer(o rueidis.ClientOption) func(context.Context, string, *net.Dialer, *tls.Config) (net.Conn, error) {
	return func(ctx context.Context, addr string, dialer *net.Dialer, config *tls.Config) (conn net.Conn, err error) {
		defer func() {
			if v := recover(); v != nil { // rueidis may dial in a goroutine of its own, where a panic ends the process
				conn, err = nil, &dialError{m, fmt.Errorf("the dial function panicked (%T)", v)}
			}
		}()
		switch {
		case o.DialCtxFn != nil:
			conn, err = o.DialCtxFn(ctx, addr, dialer, config)
		case o.DialFn != nil: //nolint:staticcheck // deprecated, but there
			conn, err = o.DialFn(addr, dialer, config)
		case config != nil:
			conn, err = (&tls.Dialer{NetDialer: dialer, Config: config}).DialContext(ctx, "tcp", addr)
		default:
			conn, err = dialer.DialContext(ctx, "tcp", addr)
		}
		switch {
		case err != nil:
			return nil, &dialError{m, err}
		case conn == nil:
			return nil, &dialError{m, errors.New("the dial function returned no connection")}
		}
		return conn, nil
	}
}
