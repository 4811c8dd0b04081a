package rueidistx

import "context"

// ReadScript is a [Script] that only reads: it runs with EVALSHA_RO and EVAL_RO (Redis 7.0), so the server does not let it
// write, and a [Reader] accepts it. If its text has no way to return an error of its own, it may also run on replicas, and
// be resent if a connection breaks, like other commands that only read. Otherwise it runs once, on a primary.
type ReadScript[T any] struct{ script Script[T] }

// NewReadScript is [NewScript] for a script that only reads.
//
// See https://redis.io/docs/latest/commands/eval_ro/.
func NewReadScript[T any](text string, decode Decoder[T]) *ReadScript[T] {
	return &ReadScript[T]{Script[T]{newSource(text, true), decode}}
}

// Digest is [Script.Digest].
func (s *ReadScript[T]) Digest() string {
	if s == nil {
		return ""
	}
	return s.script.Digest()
}

// Run runs the script immediately: see [Script.Run].
func (s *ReadScript[T]) Run(ctx context.Context, db *DB, keys []string, args ...string) (T, error) {
	return s.Queue(db.Auto(ctx), keys, args...).Value()
}

// Load makes all primaries know the script: see [Script.Load].
func (s *ReadScript[T]) Load(ctx context.Context, db *DB) error {
	if s == nil {
		return invalid("the script was not made by NewReadScript")
	}
	return s.script.Load(ctx, db)
}

// Queue queues the script, or runs it immediately in an Auto: see [Script.Queue]. In a [Reader], its keys are watched, and
// its text is sent with the first use in each round trip.
func (s *ReadScript[T]) Queue(q Querier, keys []string, args ...string) Future[T] {
	if q == nil || s == nil || s.script.decode == nil {
		return failedFuture[T](invalid("a script needs a Querier and a Decoder"))
	}
	return Future[T]{queriesOf(q).to().script(s.script.source, keys, args), s.script.decode}
}
