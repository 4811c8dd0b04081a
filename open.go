package rueidistx

import (
	"errors"
	"math/rand/v2"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

const (
	maxRedirections  = 16
	maxReadRetries   = 20
	maxReadTimeouts  = 1 // the first may be the connection's fault, the second is the server's
	sentinelsRefresh = 5 * time.Second

	// bufferSize is that of each connection's two buffers. With rueidis's own, of 512 KiB, the first byte of a Batch leaves
	// when all of it was encoded; with this one the server works meanwhile: 10,000 SETs take 0.95 of the time. Smaller ones
	// make values of 16 KiB and more slower.
	bufferSize  = 32 << 10
	leastBuffer = 32 // for rueidis smaller ones count as not set
)

// Open dials a client and returns a DB that owns it. It is the safe way to get a DB. Before it dials, it refuses, with
// [ErrInvalid], options that make rueidis resend commands, a SendToReplicas that is true for MULTI or EXEC, and options
// that rueidis itself refuses or that would end the process later. It also returns ErrInvalid if the server does not
// support what the options require, such as client-side caching, or ReplicaOnly on a single server.
//
// Open changes these options:
//
//   - ClusterOption.MaxMovedRedirections, if not positive, becomes 16; rueidis would follow redirections forever.
//   - RetryDelay, if nil, becomes a function that bounds the retries of reads: there are at most 20, with pauses of
//     about 3 seconds in all, and none after the second timeout. So a read on a hanging server ends after two timeouts,
//     or earlier if its context ends. Each timeout is ConnWriteTimeout, 10 seconds by default, or Dialer.Timeout if a
//     connection is being set up. On pipelining connections it is the timeout of a PING, which is sent every
//     Dialer.KeepAlive, 1 second by default; if that is negative, only the context bounds the wait. A subscription (the
//     client's Receive) is retried until its context ends.
//   - ReadBufferEachConn and WriteBufferEachConn, if less than 32, become 32 KiB, a sixteenth of rueidis's 512 KiB. Large
//     batches are faster where the server has a core of its own, and a connection takes less memory. Without TLS, values of
//     64 KiB and more are written faster with a larger WriteBufferEachConn: see docs/performance.md.
//   - Sentinel.TopologyRefreshInterval, if 0, becomes 5 seconds; otherwise a client that misses the announcement of a
//     failover stays with the old primary.
//   - DialCtxFn becomes a function that dials in the same way and marks its errors, so that errors that prove that
//     nothing was sent are recognized. If the caller set a dial function, rueidis gets its connections wrapped in a
//     type whose NetConn method returns the original.
//   - RetryDelay, also the caller's own, is wrapped: for the commands that a Batch resends by itself, rueidis is told
//     not to.
//   - DialCtxFn, DialFn, AuthCredentialsFn, SendToReplicas, ReadNodeSelector, ReplicaSelector, RetryDelay and
//     OnInvalidations are wrapped, so that a panic in them does not end the process, though rueidis calls them in
//     goroutines of its own. A panic while dialing or getting credentials counts as a failure; a panic while choosing a
//     node counts as no choice. NewCacheStoreFn, and the store that it returns, must not panic.
//
// Dialer.Timeout, 5 seconds by default, bounds the time to set up a connection: here, after one has broken, and when
// rueidis first uses another one of its PipelineMultiplex connections. If the server accepts the connection but does not
// reply, a context that ends may end the wait only after that timeout. A context does not bound the wait for a connection
// that another goroutine is setting up either.
//
// If the client cannot be dialed, the error is [ErrNotSent]. It also matches [ErrService] if the server replied with an
// error, for example because of a wrong password. After any error, no connection remains.
func Open(client rueidis.ClientOption, options ...Option) (*DB, error) {
	config := configOf(options)
	config.opened, config.pool = true, client.BlockingPoolSize
	config.pipeline = client.BlockingPipeline
	config.pipelines = client.AlwaysPipelining || client.OnInvalidations != nil
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
		// On the shared connection rueidis would resend the rest of a short transaction alone, and follow a redirection in it.
		db.guards = db.transactions
	}
	db.facts.dials = mark
	db.facts.handshakes = client.AuthCredentialsFn == nil
	db.reuses = (db.cluster || client.ConnLifetime == 0) && config.wraps == nil
	db.marks = !db.cluster
	db.cacheless, db.overdue = client.DisableCache, overdueAfter(&client)
	if !client.DisableRetry {
		db.retryDelay = orNever(delay)
	}
	return db, nil
}

// OpenURL is [Open] for a client whose options are in a URL, such as
//
//	redis://user:password@host:6379/0
//	rediss://host                                 TLS
//	redis://host1?addr=host2:6379&addr=host3:6379 a cluster
//	redis://host:26379?master_set=main            sentinels
//	unix:///run/redis.sock?db=1
//
// The schemes are those of [rueidis.ParseURL]: redis, rediss, valkey, valkeys and unix; and so are the parameters:
// dial_timeout and write_timeout (Go durations), client_cache=0 (no client-side caching, as some proxies and RESP2 need),
// protocol=2 (RESP2), client_name, max_retries=0 (reads are not resent), skip_verify and db. Others are ignored. The port is
// 6379 by default. Special characters in a password must be percent-encoded. A URL that cannot be parsed is [ErrInvalid]; the
// message repeats no part of it.
func OpenURL(address string, options ...Option) (*DB, error) {
	client, err := rueidis.ParseURL(address)
	if err != nil {
		return nil, invalid("the URL: %s", faultOfURL(err))
	}
	if scheme, rest, _ := strings.Cut(address, ":"); scheme != "unix" && !strings.HasPrefix(rest, "//") { // else it is this machine
		return nil, invalid("the URL: // is missing behind the scheme")
	}
	return Open(client, options...)
}

// faultOfURL returns what of the error of a URL is safe to repeat: not the URL, which may hold a password.
func faultOfURL(err error) string {
	var parts *url.Error
	if errors.As(err, &parts) {
		return "it is malformed; special characters in it must be percent-encoded"
	}
	fault, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "redis: "), ":")
	return fault
}

// setDefaults bounds what rueidis would do forever.
func setDefaults(o *rueidis.ClientOption) {
	if o.ClusterOption.MaxMovedRedirections <= 0 {
		o.ClusterOption.MaxMovedRedirections = maxRedirections
	}
	if o.RetryDelay == nil {
		o.RetryDelay = readRetryDelay
	}
	if o.ReadBufferEachConn < leastBuffer {
		o.ReadBufferEachConn = bufferSize
	}
	if o.WriteBufferEachConn < leastBuffer {
		o.WriteBufferEachConn = bufferSize
	}
	if o.Sentinel.TopologyRefreshInterval == 0 {
		o.Sentinel.TopologyRefreshInterval = sentinelsRefresh
	}
}

// readRetryDelay is rueidis's own delay with a bound: rueidis stops if it is negative. It is not told the time, only
// how the last try ended, but only timeouts make a try long.
func readRetryDelay(attempts int, command rueidis.Completed, err error) time.Duration {
	// A subscription is retried until its context ends. All connections that it has lost count as consecutive attempts.
	subscribes := command.NoReply()
	if !subscribes && (attempts > maxReadRetries || attempts > maxReadTimeouts && timedOut(err)) {
		return -1
	}
	least := time.Microsecond << min(attempts, maxReadRetries)
	return min(least+rand.N(least), time.Second)
}

// timedOut reports whether err is a timeout: of a dial, of a handshake or of a reply.
func timedOut(err error) bool {
	var wait net.Error
	return errors.As(err, &wait) && wait.Timeout()
}

// ofBatch marks a command that rueidis must not resend by itself. rueidis ignores UnblockOnCancel for commands that do
// not block.
func ofBatch(command rueidis.Completed) rueidis.Completed { return command.UnblockOnCancel() }

func isOfBatch(command rueidis.Completed) bool {
	return command.IsUnblockOnCancel() && !command.IsBlock()
}
