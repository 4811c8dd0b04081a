// Package rueidistxotel reports the units that a rueidistx.DB executes to OpenTelemetry, as spans and metrics that follow
// its semantic conventions for database clients, version 1.43.0.
//
//	option := rueidis.ClientOption{InitAddress: []string{"redis.example.com:6379"}}
//	db, err := rueidistx.Open(option, rueidistx.Hooks(rueidistxotel.New(rueidistxotel.WithClientOption(option))))
//
// Neither spans nor metrics contain keys, values or other arguments.
//
// # Spans
//
// There is one span of kind client for each unit: a command of an Auto, a Batch, a Transact, a Watch, an If, a read or
// batch of a Cached. It is a child of the span in the unit's context. It begins before the unit's closure runs and ends after
// its futures are settled, so it includes all attempts and the pauses between them. [WithAttempts] adds a span for each
// attempt. Spans of a tracing client, such as those of rueidisotel around the client (see rueidistx.Wrap), are children of it:
// each is one call of the client.
//
// Its name is db.operation.name, followed by the server's address if that is known.
//
//	db.operation.name        the command, such as HSET or CONFIG GET, of an Auto and of a Batch with one command. Of a
//	                         larger Batch it is PIPELINE, and of a transaction of any kind MULTI, followed by the command
//	                         if all of them have the same: PIPELINE SET
//	db.operation.batch.size  how many commands were queued, if not one; of a Watch, those that read too
//	db.system.name           redis: see WithSystem
//	db.namespace             the database's number: see WithNamespace and WithClientOption
//	server.address           see WithServer and WithClientOption
//	server.port
//	error.type               if the unit failed: the server's code, such as WRONGTYPE, or else the word of Unit.Class, such as
//	                         conflict, connection or deadline_exceeded. A code that servers are not known to have is _OTHER
//	db.response.status_code  the server's code, if the unit failed because of one, also if it is unknown
//	rueidistx.way            auto, batch, transact, watch, if or cached
//	rueidistx.outcome        applied, not_applied or unknown: see rueidistx.OutcomeOf
//	rueidistx.attempts       how many attempts there were; 0 if the unit was refused before
//	rueidistx.slot           the hash slot of all keys, if it is known
//	rueidistx.cache.hits     of a unit of DB.Cached, how many replies were in the cache
//
// # What is a failure
//
// The status of a span is Error, and error.type is set, if the unit's error is not nil, with two exceptions. One is an error
// that the unit's closure has returned, unless that is the error of a server or connection, or of an ended context: the closure has
// decided that nothing is sent, and rueidistx.outcome is not_applied. The other is rueidistx.ErrAlreadyApplied without
// ErrRepliesLost: the work is done. A conflict that is followed by another attempt is not a failure of the unit, and neither
// is a nil reply. The status has the error's message, except if the closure returned it, as the program's own errors may
// contain anything.
//
// # Metrics
//
// All have db.system.name, db.namespace, server.address, server.port and [WithAttributes], if they are known.
//
//	db.client.operation.duration  histogram, in seconds, of the duration of units. It has db.operation.name, error.type,
//	                              db.response.status_code, rueidistx.way and rueidistx.outcome
//	rueidistx.units               counter of units, with rueidistx.way, rueidistx.outcome and error.type
//	rueidistx.attempts            counter of attempts, with rueidistx.way
//	rueidistx.cache.reads         counter of reads through the client-side cache, with rueidistx.cache.result, hit or miss
//
// A unit of rueidistx.units with rueidistx.outcome unknown may or may not have been applied, which is worth an alert.
// Attempts minus units are those that were tried again, as after conflicts, less the units that were refused before.
//
// The number of attribute sets is bounded. A hook reports up to 400 values of db.operation.name in metrics, and later ones as
// _OTHER. Codes that servers are not known to have, which scripts can make up, are _OTHER too.
package rueidistxotel
