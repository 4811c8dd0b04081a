// Package rueidistx runs Redis and Valkey commands on a [rueidis] client: one at a time, many in one round trip, as a
// transaction, or as a Lua script. Every command returns a typed future, and every error says whether the work was
// done.
//
// A [DB] is a client with the ways to run commands on it. [Auto], [Batch] and [Tx] are these ways; they share the methods
// of [Commands]: [Queries.Get] and the other commands that only read, [Commands.Set] and the others that write. A [Future]
// is the reply of one command. A [Script] is a Lua script with the type of its reply.
//
//	db, err := rueidistx.Open(rueidis.ClientOption{InitAddress: []string{"127.0.0.1:6379"}})
//	...
//	var from, to rueidistx.Future[int64]
//	err = db.Transact(ctx, func(tx *rueidistx.Tx) error {
//		from, to = tx.DecrBy("{wallet}:alice", 100), tx.IncrBy("{wallet}:bob", 100)
//		return nil
//	})
//
// # Ways to run commands
//
//   - [DB.Auto] runs a command now and returns its settled future: one round trip, in one pipeline with the commands
//     of other goroutines.
//   - [DB.Batch] with [Batch.Exec], or [DB.Execute] with a closure, sends many commands in one round trip, in a
//     cluster one for each node at the same time. It is not atomic. [Chunk] bounds the memory of large ones.
//   - [DB.Transact] with a closure, or [DB.Atomic] with [Tx.Exec], runs many commands in one MULTI/EXEC, in one round
//     trip: all or none of them, and no other client's in between. The first one of a DB takes another round trip, to
//     ask whether MULTI is allowed. Transact retries what was certainly not applied, if the cause is transient.
//   - [Script.Run] runs a script now; [Script.Queue] puts it into any of the above.
//   - [Queue] accepts the commands that have no method, and decodes a reply to another type.
//
// If a closure returns an error or panics, nothing that it queued is sent, except the chunks of a [Chunk] that already
// were. A function that accepts a *Commands works in all three ways.
//
// A DB, an Auto, a Script and a settled Future may be used by any number of goroutines. Queue the commands of a Batch or a
// Tx from one goroutine. If several execute or discard one at the same time, one does, and the others get [ErrDone].
//
// # Commands
//
// A command is a method of [Commands], which Auto, Batch and Tx embed:
//
//   - strings: [Commands.Get], [Commands.Set], [Commands.Incr], [Commands.MGet] …
//   - bitmaps and HyperLogLogs: [Commands.SetBit], [Commands.BitOp], [Commands.PFAdd] …
//   - keys: [Commands.Del], [Commands.Exists], [Commands.Expire], [Commands.TTL], [Commands.Rename] …
//   - hashes: [Commands.HGetAll], [Commands.HSet], [Commands.HIncrBy] …
//   - lists: [Commands.LPush], [Commands.RPop], [Commands.LRange], [Commands.LMove] …
//   - sets: [Commands.SAdd], [Commands.SMembers], [Commands.SInter] …
//   - sorted sets: [Commands.ZAdd], [Commands.ZRange], [Commands.ZRangeByScore], [Commands.ZPopMin] …
//   - streams: [Commands.XAdd], [Commands.XRange], [Commands.XTrim] …
//   - without keys: [Commands.Publish], [Commands.DBSize], [Commands.Time], [Commands.Ping] …
//
// The methods of [Queries] are those that only read. [Queue] accepts any other command. Options are values such as [NX],
// [EX] or [Rev]; which of them a command accepts is checked by the compiler, and options that exclude each other are
// [ErrInvalid], as are other arguments that cannot make a command.
//
// # Futures
//
// A future is a small value. [Future.Value] returns the reply or the reason why there is none, [Future.Or] a fallback
// in its place, [Future.Default] a future with a value for a missing key. It never blocks: before Exec the reason is
// [ErrPending], and the Batch or Tx is then not sent, because what the program does with a value that it does not have yet
// must not be committed. After Exec every future is settled, whatever happened. A nil reply, such as GET's for a missing
// key, is [ErrNil] on its own future, to be asked for with errors.Is, and not an error of Exec's. [Map], [Zip] and [All] make futures of others. A future
// keeps all replies that came with its own in memory.
//
// # Errors and outcomes
//
// Every error answers first whether the work was done. [OutcomeOf] tells, and so does errors.Is with one of three
// sentinels:
//
//   - [NotApplied]: nothing was changed, it is safe to run again. The error is [ErrNotApplied] and one of
//     [ErrNotSent], [ErrCrossSlot], [ErrForbidden], [ErrInvalid], [ErrDiscarded] and [ErrPending], with which nothing was
//     sent, or [ErrAborted], [ErrRejected] and [ErrForeignWatch], with which the server did not run it.
//   - [Applied]: the server ran it, so do not send it again. A nil error is Applied; so is a [*CommandError] that is
//     neither of the other two: that command failed while running, or its reply is nil ([ErrNil]) or could not be decoded
//     ([ErrDecode]). [ErrNotAtomic] is Applied too: the server has stopped allowing MULTI, and the commands ran one by one.
//     The error is [ErrApplied].
//   - [Unknown]: the connection was lost, or the context ended, after the work may have been sent; or the reply does not
//     tell, because it does not fit, comes from a proxy rather than the server, or may be a script's own words. The error
//     is [ErrUnknown]. Running it again may do it twice.
//
// An error is about one unit of work. A transaction is one, and so is each command of an Auto. In a Batch each command
// is one: its future has its own error, and Exec's [*BatchError] sums them up. The error of a closure that built a unit is
// NotApplied, whatever else it is about. Misuse is [ErrDone] or [ErrPending]. Apart from the outcome, [ErrConnection]
// matches every failure to reach a server or to read its reply, except a context that ended, and [ErrService] every error
// reply of a server.
//
// Messages are one line, name a command and its index, and leave its arguments out: of a server's text they have what
// servers are known to say, and else the code, such as WRONGTYPE, which [Code] returns. A script's own code is there if it
// stands in the script. What is unwrapped is the server's own error.
//
// # Clusters
//
// The keys of a transaction, of a script and of a command with several keys must be in one hash slot: give them a
// common {tag}. Else they are [ErrCrossSlot], before anything is sent. A Batch may go to any number of nodes; commands
// of one slot keep their order, unless reads go to replicas or the slot is being moved; those of different slots have none,
// nor have those without a key. The client follows redirections, but not those that a script makes up: see [NewScript].
//
// # Caveats
//
// Redis does not roll back. When a command of a transaction fails while it runs, such as INCR on a list, the others
// are applied all the same. Exec then returns an error whose outcome is Applied.
//
// Transact may call its closure more than once. It should only queue commands and assign futures.
//
// A context that ends does not undo what was sent. It only stops the wait: the outcome is Unknown.
//
// A context that can be cancelled but has no deadline, such as an http.Request's, switches rueidis's connection to
// background reader and writer goroutines permanently, which slows down sequences of small commands. Give it a deadline
// with context.WithTimeout where that matters. Cancelling a context before its deadline may then go unnoticed until the
// reply or the deadline.
//
// A connection on which nothing has switched that on writes all of a transaction before it reads. Redis and Valkey read on
// meanwhile. A server or proxy that waits until its replies are read, before it reads more, blocks a transaction whose
// commands and replies both are larger than the socket buffers, some MiB, until the client's ConnWriteTimeout: the outcome
// is Unknown. With ClientOption.AlwaysPipelining, or a context that can be cancelled and has no deadline, it goes through.
// A Batch is sent in chunks of at most 1 MiB, which do.
//
// [Open] is the safe way to get a DB. [New] accepts any client and cannot see its options: leave
// Standalone.EnableRedirect false, and ConnLifetime 0 or add [DedicatedTransactions], else rueidis may run a transaction
// twice; and let SendToReplicas be false for MULTI and EXEC. Nor can it see how the client dials, so a connection that
// could not be set up is Unknown there. What traces or hooks a client goes around it with [Wrap]: code around a client must hand
// on each command at most once.
//
// Outside of transactions, rueidis may send commands that only read again when their connection breaks. Those that
// write it sends once, unless the client has a ConnLifetime or the caller has marked a command for [Queue] with
// ToRetryable.
//
// Commands that would change the state of the shared connection are [ErrForbidden]: MULTI, WATCH, SELECT, SUBSCRIBE
// and the like. To subscribe, use the client: [DB.Client]. Commands that block, such as BLPOP, are allowed in an Auto
// only, where they take a connection of their own. WAIT and WAITAOF are forbidden too: they speak of the writes of their
// own connection, which need not be the one that the writes before it took.
//
// A server that breaks the protocol, with a length of 2^63-1 or a reply that nobody asked for, makes rueidis panic in a
// goroutine of its own, which ends the process. This package cannot prevent that.
//
// A script in a Batch that its server does not know yet runs after the other commands of its chunk. Where the order
// matters, use a transaction.
//
// [rueidis]: https://github.com/redis/rueidis
package rueidistx
