// Package rueidistx runs Redis and Valkey commands on a [rueidis] client: one at a time, many in one round trip, as a
// transaction, also one that decides on what it reads, on conditions, or as a Lua script or function. Every command
// returns a typed future, and every error says whether the work was done.
//
// A [DB] wraps a client and runs commands in several ways, which all have the methods of [Commands]: [Queries.Get] and the
// other commands that only read, [Commands.Set] and the others that write. A [Future] is the reply to one command. A [Script]
// is a Lua script with the type of its reply.
//
//	db, err := rueidistx.Open(rueidis.ClientOption{InitAddress: []string{"127.0.0.1:6379"}})
//	...
//	err = db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
//		balance, err := rueidistx.Int(r.Get("{wallet}:alice")).Value()
//		if err != nil {
//			return err
//		}
//		if balance < 100 {
//			return errInsufficient
//		}
//		tx.DecrBy("{wallet}:alice", 100)
//		tx.IncrBy("{wallet}:bob", 100)
//		return nil
//	})
//
// # Ways to run commands
//
//   - [DB.Auto] runs a command immediately and returns a settled future. It takes one round trip, pipelined with the
//     commands of other goroutines.
//   - [DB.Batch] with [Batch.Exec], or [DB.Execute] with a closure, sends many commands in one round trip; in a
//     cluster, one per node, all at the same time. It is not atomic. [Chunk] bounds the memory of large batches.
//   - [DB.Transact] with a closure, or [DB.Atomic] with [Tx.Exec], runs many commands in one MULTI/EXEC and one round
//     trip. Either all of them run or none, and no other client's command runs in between. The first transaction of a
//     DB takes a second round trip, to ask whether MULTI is allowed. Transact retries if the transaction was certainly
//     not applied and the cause is transient.
//   - [DB.Watch] with a closure that reads and queues commits only if nothing has changed that was read, and otherwise
//     runs the closure again. It takes two round trips, and one more for each further time that the closure asks for
//     values.
//   - [DB.If] evaluates conditions, such as TextAt("lock").Is(token), and runs one of two lists of commands, atomically. Queue
//     them on [Choice].Then and Else, and call [Choice.Exec]. It takes one round trip, or two for long lists.
//   - [DB.Cached] reads through the client-side cache: what is there takes no round trip.
//   - [Script.Run] runs a script immediately; [Script.Queue] adds it to any of the above. [Function] is the same for the
//     functions of a [Library], which is loaded when it is needed.
//   - [Queue] accepts commands that have no method, and decodes a reply to another type.
//
// [Once] and [OnceValue] make a Transact or Watch take effect at most once, however often it is called, and find out what
// became of it if the connection is lost. [Durable] waits for replicas. [TransactValue] and [WatchValue] are for closures
// that return a value.
//
// If a closure returns an error or panics, nothing that it queued is sent, except chunks that were already sent because
// of [Chunk]. A function that accepts a *Commands works with each way.
//
// A DB, an Auto, a Cached, a Script, a Library, a Function, a Condition and a settled Future may be used by any number of
// goroutines. Queue the commands of a Batch, a CachedBatch, a Tx or a Choice from one goroutine. If several goroutines execute
// or discard it at the same time, one succeeds and the others get [ErrDone].
//
// # Commands
//
// Each command is a method of [Commands], which Auto, Batch and Tx embed, and which the branches of a Choice are:
//
//   - strings: [Commands.Get], [Commands.Set], [Commands.Incr], [Commands.MGet] …
//   - bitmaps and HyperLogLogs: [Commands.SetBit], [Commands.BitOp], [Commands.BitField], [Commands.PFAdd] …
//   - keys: [Commands.Del], [Commands.Exists], [Commands.Expire], [Commands.TTL], [Commands.Rename], [Commands.Scan],
//     [Commands.Sort] …
//   - hashes: [Commands.HGetAll], [Commands.HSet], [Commands.HIncrBy], [Commands.HExpire], [Commands.HScan] …
//   - lists: [Commands.LPush], [Commands.RPop], [Commands.LRange], [Commands.LMove] …
//   - sets: [Commands.SAdd], [Commands.SMembers], [Commands.SInter] …
//   - sorted sets: [Commands.ZAdd], [Commands.ZRange], [Commands.ZRangeByScore], [Commands.ZPopMin], [Commands.ZUnion] …
//   - streams: [Commands.XAdd], [Commands.XRead], [Commands.XReadGroup], [Commands.XAutoClaim], [Commands.XPending] …
//   - geospatial indexes, vector sets, arrays: [Commands.GeoSearch], [Commands.VSim], [Commands.ArGet] …
//   - Pub/Sub and the server: [Commands.Publish], [Commands.DBSize], [Commands.Info], [Commands.ConfigGet], [Commands.Time] …
//
// Commands that block are methods of [Auto] only: [Auto.BLPop], [Auto.BZPopMin], [Auto.XReadGroupBlock] … The methods of
// [Queries] only read. [Queue] accepts any other command; docs/commands.md lists all. [DB.Scan] and [DB.ScanHash],
// [DB.ScanSet] and [DB.ScanSortedSet] iterate over all pages, and [DB.EachPrimary] is for commands that each primary of a
// cluster must run. Options are values such as [NX], [EX] or [Rev]. The option types, such as [SetOption], list the options
// of each command. The compiler checks which options a command accepts. Options that exclude each other are [ErrInvalid],
// and so are other arguments that cannot form a command.
//
// # Values and keys
//
// Values are strings in both directions. [Arg] makes one of a number, of bytes or of a boolean, [Millis] of a duration.
// [SetJSON], [SetBinary] and [HSetStruct] write Go values; [As] decodes a method's reply as another type, such as
// As(b.HGetAll(key), AsStruct[User]) or As(b.MGet(keys...), AsEach(AsJSON[User])). [Tag] makes the keys of one entity, which
// share a hash slot. [CheckSlots] makes a DB without a cluster refuse what a cluster would. [Prefix] keeps programs or tenants
// on one server apart.
//
// # Futures
//
// A future is a small value. [Future.Value] returns the reply, or the reason why there is none. [Future.Or] returns a
// fallback instead of an error. [Future.Default] returns a future that has a default value if the reply is nil, such as
// for a missing key.
//
// A future never blocks. Before Exec its error is [ErrPending]. Reading it then also prevents the Batch or Tx from
// being sent, because a program must not commit what it derived from a value that it does not have yet. After Exec
// every future is settled, whatever happened.
//
// A nil reply, such as GET's for a missing key, makes the error of its own future match [ErrNil] (errors.Is). It does
// not cause an error of Exec.
//
// [Map], [Zip] and [All] derive futures from others. A future keeps all replies of its Batch or Tx in memory.
//
// # Errors and outcomes
//
// Every error tells whether the work was done. [OutcomeOf] returns the outcome, and errors.Is with one of three
// sentinels reports it:
//
//   - [NotApplied]: nothing was changed, and it is safe to run the work again. The error matches [ErrNotApplied]. If
//     nothing was sent, it also matches [ErrNotSent], [ErrCrossSlot], [ErrForbidden], [ErrInvalid], [ErrDiscarded] or
//     [ErrPending]. If the server refused the work, it matches [ErrAborted], [ErrRejected], [ErrForeignWatch] or, in a
//     Watch, [ErrConflict]. If a condition of an If could not be evaluated, it matches [ErrCondition]; the futures of
//     the branch that did not run match [ErrNotTaken]. An iterator that may have left out items ends with [ErrIncomplete].
//   - [Applied]: the server ran the work, so do not send it again. A nil error is Applied. So is a [*CommandError] that
//     matches neither of the other two sentinels: the command failed while running, its reply is nil ([ErrNil]), or its
//     reply could not be decoded ([ErrDecode]). [ErrNotAtomic] is Applied too: the server has stopped allowing MULTI,
//     and the commands ran one by one. With Once it may be [ErrAlreadyApplied] or [ErrRepliesLost], with Durable
//     [ErrNotDurable]. The error matches [ErrApplied].
//   - [Unknown]: the connection was lost, or the context ended, after the work may have been sent; or the reply does
//     not tell, because it is malformed, comes from a proxy instead of the server, or may have been made up by a
//     script or function. The error matches [ErrUnknown]. Running the work again may do it twice, unless it has the same
//     mark of [Once]. An If can have a condition that recognizes its own work.
//
// An error is about one unit of work: a transaction, an If, one command of an Auto, or one command of a Batch. In a Batch each
// future has its own error, and Exec's [*BatchError] summarizes them. If the closure that builds a unit returns an
// error, that error is NotApplied, whatever else it matches. Misuse is [ErrDone] or [ErrPending].
//
// Independently of the outcome, [ErrConnection] matches every failure to reach a server or to read its reply, except a
// context that ended, and [ErrService] matches every error reply of a server.
//
// An error message is one line. It names the command and its index, but never contains arguments. It repeats a server's
// text only if that text is known to contain none; otherwise it has the error code alone, such as WRONGTYPE. [Code]
// returns that code. The code of a script's own error is repeated if it occurs in the script's text. Unwrapping returns
// the server's unedited error.
//
// # Clusters
//
// The keys of a transaction, of a script and of a command with several keys must be in one hash slot: give them a
// common {tag}. Otherwise the error is [ErrCrossSlot], and nothing is sent.
//
// A Batch may go to any number of nodes. Commands on one slot keep their order, unless reads go to replicas or the slot
// is being moved. Commands on different slots, and commands without a key, have no defined order.
//
// The client follows redirections, but not those that a script or function makes up: see [NewScript].
//
// # Caveats
//
// Redis does not roll back. If a command of a transaction fails while running, such as INCR on a list, the others are
// still applied. Exec then returns an error whose outcome is Applied.
//
// Transact and Watch may call their closure more than once. The closure should only read through its [Reader], queue
// commands and assign futures.
//
// A context that ends does not undo what was sent. It only ends the wait: the outcome is Unknown.
//
// A context that can be cancelled but has no deadline, such as an http.Request's, permanently switches rueidis's
// connection to background reader and writer goroutines, which slows down sequences of small commands. If that matters,
// add a deadline with context.WithTimeout. Cancelling a context before its deadline may then go unnoticed until the
// reply or the deadline.
//
// A connection that was not switched this way writes a whole transaction before it reads. Redis and Valkey keep reading
// meanwhile. A proxy or server that stops reading until its replies are read blocks the transaction if both its
// commands and its replies exceed the socket buffers (some MiB). It is blocked until the client's ConnWriteTimeout, and
// its outcome is Unknown. ClientOption.AlwaysPipelining, or a context that can be cancelled and has no deadline, avoids
// this. A Batch is sent in chunks of at most 1 MiB, which avoids it too.
//
// [Open] is the safe way to get a DB. [New] accepts any client, but cannot see its options. Leave
// Standalone.EnableRedirect false, and either leave ConnLifetime 0 or add [DedicatedTransactions]; otherwise rueidis
// may run a transaction twice. SendToReplicas must return false for MULTI and EXEC. New cannot see how the client dials
// either, so there the outcome of a connection that could not be set up is Unknown. Use [Wrap] for tracing and hooks:
// code around a client must pass on each command at most once.
//
// Outside transactions, rueidis may resend commands that only read when their connection breaks. It sends commands that
// write once, unless the client has a ConnLifetime or the caller has marked a command for [Queue] with ToRetryable.
//
// Commands that would change the state of the shared connection are [ErrForbidden]: MULTI, WATCH, SELECT, SUBSCRIBE and
// similar. To subscribe, use the client: [DB.Client]. Commands that block, such as BLPOP, are allowed only in an Auto,
// which runs them on a separate connection. WAIT and WAITAOF are forbidden too: they refer to writes on their own
// connection, which may not be the one that the caller's writes used.
//
// A server that violates the protocol, for example with a length of 2^63-1 or an unsolicited reply, makes rueidis panic
// in one of its goroutines, which ends the process. This package cannot prevent that.
//
// The embedded server that tests often use, miniredis, overlooks some changes of a watched key: a Watch may then be
// committed although a real server would refuse it. docs/testing.md has the list. Its clock stands still unless ClockTTL is on,
// as it is in rueidistxtest, so the marker of Once does not expire.
//
// A script in a Batch runs in its turn, except if its server has forgotten it, as after SCRIPT FLUSH, a restart or a
// failover: then it runs after the other commands of its chunk, and so does a function whose library the server has lost. See
// [Script.Queue]. If the order must hold even then, use a transaction.
//
// [rueidis]: https://github.com/redis/rueidis
package rueidistx
