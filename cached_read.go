package rueidistx

import (
	"context"
	"errors"

	"github.com/redis/rueidis"
)

// readCached runs one read through the cache immediately.
func (q *queue) readCached(o *op, argv []string) ref {
	err := checkEntities(argv)
	if err == nil {
		err = q.checkCached(o, argv)
	}
	if err != nil {
		return refuseSingle(o, err)
	}
	a, unsent := perform(q.ctx, q.db, func(ctx context.Context) *answers {
		var r rueidis.RedisResult
		if !q.tryCache(ctx, o, argv, &r) {
			command, _ := q.admit(o, argv) // its key is there, and it is the only one
			r = q.db.single(ctx, o, command)
		}
		return q.db.settleSingle(o, &r)
	})
	if unsent != nil {
		return refuseSingle(o, unsent)
	}
	return ref{answers: a}
}

// cacheable builds a command whose key is its first argument.
func (q *queue) cacheable(o *op, argv []string) rueidis.Cacheable {
	return rueidis.Cacheable(q.mark(q.db.builder.Arbitrary(o.name).Args(argv[1:]...).ReadOnly().SetSlot(argv[1])))
}

// tryCache reads through the cache, and reports whether r is the reply, or the reason why there is none.
func (q *queue) tryCache(ctx context.Context, o *op, argv []string, r *rueidis.RedisResult) bool {
	if q.db.cacheless {
		return false
	}
	held, ok := reserve(o, argv)
	switch {
	case !ok:
		return false
	case held.shard == nil:
		return q.askCache(ctx, o, argv, r)
	}
	defer func() { held.release(q.keptUntil(r)) }()
	return q.askCache(ctx, o, argv, r)
}

// askCache is tryCache for a command that rueidis tells apart from what is cached.
func (q *queue) askCache(ctx context.Context, o *op, argv []string, r *rueidis.RedisResult) bool {
	s := q.db.own.shared
	if !q.db.cacheUnsure.Load() {
		*r = s.client.DoCache(ctx, q.cacheable(o, argv), q.rules.ttl)
		if s.wrapped {
			*r = s.fit([]rueidis.RedisResult{*r}, 1)[0]
		}
		if r.NonRedisError() != nil || hasExpiry(r) {
			return q.isReply(ctx, r)
		}
		// rueidis returns the second reply of EXEC, and caches the last, which has an expiry then. They are not the same if other
		// code has left the connection inside a MULTI. There is none either if nothing is cached, as with DisableCache, and in a
		// few other cases.
	}
	*r = rueidis.RedisResult{}
	*r = s.fit(s.client.DoMultiCache(ctx, rueidis.CT(q.cacheable(o, argv), q.rules.ttl)), 1)[0]
	if r.NonRedisError() == nil {
		if unsure := !hasExpiry(r); unsure != q.db.cacheUnsure.Load() {
			q.db.cacheUnsure.Store(unsure)
		}
	}
	return q.isReply(ctx, r)
}

// hasExpiry reports whether a reply was cached, or is now.
func hasExpiry(r *rueidis.RedisResult) bool { return r.IsCacheHit() || r.CachePXAT() > 0 }

// isReply reports whether the result of a read through the cache is that of the read. It is not if the read waited for that of
// another goroutine, whose context has ended or whose connection was lost, or if the server has refused one of the commands
// around it; and it is not final if the connection was lost and rueidis does not read again, or if it is an error that does not
// depend on the key, such as NOPERM, and may have been cached long ago.
func (q *queue) isReply(ctx context.Context, r *rueidis.RedisResult) bool {
	switch err := r.NonRedisError(); {
	case err == nil:
		return !isOfTheMoment(r)
	case ctx.Err() != nil:
		if err == rueidis.ErrDoCacheAborted {
			*r = rueidis.NewErrorResult(ctx.Err())
		}
		return true
	case err == rueidis.ErrDoCacheAborted, err == rueidis.ErrNoSlot, isServerError(err), ofContext(err):
		return false
	default:
		readsAgain := q.db.retryDelay != nil && !(q.rules.repeatsItself && q.db.marks)
		return readsAgain || !mayRepeat(err)
	}
}

// isOfTheMoment reports whether a reply is an error that says nothing of the key or of the command's words: rueidis caches any.
func isOfTheMoment(r *rueidis.RedisResult) bool {
	err := r.Error()
	if err == nil || err == ErrNil {
		return false
	}
	reason := Code(err)
	return reason != "" && reason != "WRONGTYPE" && reason != "ERR"
}

// ofContext reports whether err is that of a context.
func ofContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// readManyCached reads the commands in [from, to) of a plan through the cache, and those that it has no replies to without it.
func (q *queue) readManyCached(ctx context.Context, a *answers, p *plan, from, to int) []rueidis.RedisResult {
	results, uncached := q.tryCacheForMany(ctx, a, p, from, to)
	if len(uncached) == 0 {
		return results
	}
	commands := make([]rueidis.Completed, len(uncached))
	for at, i := range uncached {
		commands[at], _ = q.admit(a.opAt(from+i), p.recorded(from+i)) // its key is there, and it is the only one
	}
	q.db.pin(commands)
	replies := q.db.many(ctx, commands, nil, nil)
	if q.db.retryDelay != nil && !q.db.cluster {
		q.repeatReads(ctx, commands, replies)
	}
	for at, i := range uncached {
		results[i] = replies[at]
	}
	return results
}

// tryCacheForMany is tryCache for the commands in [from, to) of a plan. It returns the results, and the indexes of those that are
// still to be read.
func (q *queue) tryCacheForMany(ctx context.Context, a *answers, p *plan, from, to int) ([]rueidis.RedisResult, []int) {
	s, n := q.db.own.shared, to-from
	reads, uncached := p.reads[:0], []int(nil)
	if s.wrapped { // other code may retain them
		reads = make([]rueidis.CacheableTTL, 0, n)
	}
	var found []rueidis.RedisResult // by the index in reads
	var held []reservation
	var heldFor []int // the indexes of their commands in reads
	defer func() {    // even if the client panics
		for i, h := range held {
			var r rueidis.RedisResult
			if found != nil {
				r = found[heldFor[i]]
			}
			h.release(q.keptUntil(&r))
		}
	}()
	for i := range n {
		o, argv := a.opAt(from+i), p.recorded(from+i)
		h, ok := reservation{}, !q.db.cacheless
		if ok {
			h, ok = reserve(o, argv)
		}
		if !ok {
			uncached = append(uncached, i)
			continue
		}
		if h.shard != nil {
			held, heldFor = append(held, h), append(heldFor, len(reads))
		}
		reads = append(reads, rueidis.CT(q.cacheable(o, argv), q.rules.ttl))
	}
	if len(reads) > 0 {
		found = s.fit(s.client.DoMultiCache(ctx, reads...), len(reads))
	}
	if !s.wrapped {
		p.reads = reads
	}
	results := found
	if uncached != nil {
		results = spread(found, uncached, n)
	}
	return results, q.examine(ctx, results, uncached)
}

// spread returns n results, with empty ones at the places that were left out.
func spread(results []rueidis.RedisResult, leftOut []int, n int) []rueidis.RedisResult {
	all, next := make([]rueidis.RedisResult, n), 0
	for i := range all {
		if len(leftOut) > 0 && leftOut[0] == i {
			leftOut = leftOut[1:]
			continue
		}
		all[i] = results[next]
		next++
	}
	return all
}

// examine counts hits, and returns the indexes of the results that are still to be read, among them those that are.
func (q *queue) examine(ctx context.Context, results []rueidis.RedisResult, uncached []int) (again []int) {
	for i := range results {
		r := &results[i]
		switch {
		case len(uncached) > 0 && uncached[0] == i:
			again, uncached = append(again, i), uncached[1:]
		case !q.isReply(ctx, r):
			again = append(again, i)
		case r.IsCacheHit():
			q.stream.hits++
		}
	}
	return again
}
