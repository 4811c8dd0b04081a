package rueidistx

import (
	"context"
	"time"
)

// Cached reads through the client-side cache: see [DB.Cached]. Any number of goroutines may use it.
type Cached struct {
	db    *DB
	rules *cachedRules // nil: no DB has made it
}

// cachedRules are the rules of its ways to run commands.
type cachedRules struct{ auto, batch rules }

// Cached returns a way to read through the client-side cache of rueidis: a reply is kept in this process, so that the next
// reads of the same need no round trip. The server sends an invalidation when a key changes, and all replies that are cached
// for the key are dropped then. [Future.FromCache] says whether a reply was cached.
//
//	names := db.Cached(time.Minute)
//	name, err := names.Auto(ctx).HGet("user:7", "name").Value()
//
// A read that begins when an invalidation has arrived returns what was there after the change, or something later. Until it
// arrives, a read may return what was there before, also after a write of this program's own: read by [DB.Auto] what you have
// just written, and in a [DB.Watch] what you decide on. Reads of several keys may be of different moments. When a connection is
// lost, all that was read over it is dropped; until the client notices that, by a PING that is not answered, no invalidations
// arrive. Of a field of a hash that expires, the server tells the client when it removes the field, which may be later.
//
// A reply is cached for ttl at most, which is that of the read that has fetched it and at least a millisecond, and not longer
// than its key lives from when the reply arrives. A nil reply is cached too, and an error of the value or of the arguments, such
// as WRONGTYPE. The client drops the least recently used replies beyond ClientOption.CacheSizeEachConn, 128 MiB for each of its
// connections by default. A read whose context has ended is [ErrNotSent], even if its reply is cached. What is read by
// [AsMessage] is the cache's own memory: do not change what the message's AsBytes returns.
//
// The commands are those of [Queries] that read one key, their first argument, and whose replies change only if the key does.
// Others are [ErrForbidden]: those without a key or with several, scripts, functions, pages of SCAN and the like, random
// members, remaining TTLs, DUMP, SORT_RO, TOUCH, OBJECT, MEMORY, XINFO and XPENDING. Instead of an MGET, queue a GET for each
// key. [Query] accepts only commands that have methods.
//
// A read that is not cached takes one round trip with five commands: CLIENT CACHING, MULTI, PTTL, the read, and EXEC. If
// several goroutines read the same at the same time, one of them sends it for all. If the server refuses MULTI, PTTL, EXEC or
// the read, as with NOPERM, or the read that another goroutine has sent fails, the read is sent without the cache, in another
// round trip. That happens once with DisableRetry too if the connection is lost, as it may be the other's that was.
//
// In some cases no invalidations come, and only ttl bounds the age of a reply: if the server refuses CLIENT CACHING, because
// the user has no right to run it, or a script keeps the server busy just then; if other code has sent CLIENT TRACKING OFF, HELLO
// or RESET on the shared connection; after SWAPDB; in a
// cluster, if a slot moves to another node, for keys that are missing or are read meanwhile; and for what ClientTrackingOptions
// exclude, such as keys without a prefix of BCAST, and writes after an own one with NOLOOP.
//
// rueidis cannot tell apart some reads of a key, such as LRANGE 1 10 and LRANGE 11 0. Of those, one is cached at a time, and
// the others are sent without the cache until ttl after its last read. So are they if the process has about a million such reads,
// of HMGET, ranges and the like, in its caches, and after one of them that has ended without its reply: for an hour, or twice
// the sum of Dialer.KeepAlive and ConnWriteTimeout if that is longer, and for good with [New], [Wrap], or without PINGs.
// Programs that call the client's DoCache on the same keys are not protected from that, nor are stores of
// ClientOption.NewCacheStoreFn that do not tell keys and commands apart, such as that of rueidis.NewSimpleCacheAdapter.
//
// With ClientOption.DisableCache, and with RESP2, which needs that, all reads are sent without the cache. With SendToReplicas,
// a replica that is read sends the invalidations of what it has. After the first of these reads, rueidis pipelines on its
// connection for good.
func (db *DB) Cached(ttl time.Duration) Cached {
	r := &cachedRules{cachedAutoRules, cachedBatchRules}
	r.auto.ttl, r.batch.ttl = ttl, ttl
	return Cached{db, r}
}

// cachedAutoRules and cachedBatchRules are those of reads through the client-side cache, but for their ttl. The words of a Batch
// are recorded, because rueidis may reuse the memory of a command although it has not sent it.
var (
	cachedAutoRules  = rules{way: WayCached, cached: true, readsRepeat: true, knownKeys: true, script: refusesScripts}
	cachedBatchRules = rules{
		way: WayCached, cached: true, readsRepeat: true, repeatsItself: true, knownKeys: true, records: true, script: refusesScripts,
	}
)

// Auto returns the reads, each of which runs immediately within ctx: see [DB.Auto]. Any number of goroutines may use them.
func (c Cached) Auto(ctx context.Context) *Queries {
	return &Queries{&queue{db: c.db, ctx: ctx, rules: c.autoRules(), state: immediate}}
}

// CachedBatch reads many keys through the client-side cache, in one round trip for those that are not cached. Like a [Batch], it
// is not atomic, is executed once, and must be filled from one goroutine.
type CachedBatch struct {
	*Queries
	batch *Batch
}

// Batch returns an empty CachedBatch. Nothing is sent before Exec. The options are those of [DB.Batch].
func (c Cached) Batch(options ...BatchOption) *CachedBatch {
	u := c.db.newUnit(c.batchRules(), "CachedBatch")
	u.queue.stream = streamOf(options) // where hits are counted
	return &CachedBatch{&u.queries, &u.batch}
}

func (c Cached) autoRules() *rules {
	if c.rules == nil {
		return &cachedAutoRules
	}
	return &c.rules.auto
}

func (c Cached) batchRules() *rules {
	if c.rules == nil {
		return &cachedBatchRules
	}
	return &c.rules.batch
}

// Execute queues reads in fn and then executes them: see [DB.Execute].
func (c Cached) Execute(ctx context.Context, fn func(b *CachedBatch) error, options ...BatchOption) error {
	if fn == nil {
		return invalid("the closure is nil")
	}
	u := c.db.newUnit(c.batchRules(), "")
	b := &CachedBatch{&u.queries, &u.batch}
	return u.execute(ctx, func(*Batch) error {
		err := fn(b)
		u.commands.Queries = b.Queries // the Batch finds out if they were replaced
		return err
	}, options)
}

// Exec reads what is queued and settles the futures. It takes no round trip if everything is cached, and otherwise one for each
// chunk, or two: see [DB.Cached]. Its errors are those of [Batch.Exec].
func (b *CachedBatch) Exec(ctx context.Context) error {
	batch := b.plain()
	if b != nil && b.Queries.to() != batch.queue {
		batch = &Batch{queue: batch.queue} // which finds out that its Commands were replaced
	}
	return batch.Exec(ctx)
}

// Len returns the number of commands queued.
func (b *CachedBatch) Len() int { return b.plain().Len() }

// Err is [Batch.Err].
func (b *CachedBatch) Err() error { return b.plain().Err() }

// Results is [Batch.Results].
func (b *CachedBatch) Results() []Result { return b.plain().Results() }

// plain returns the Batch that it is, an unusable one if Cached has not made it.
func (b *CachedBatch) plain() *Batch {
	if b == nil || b.batch == nil {
		return new(Batch)
	}
	return b.batch
}
