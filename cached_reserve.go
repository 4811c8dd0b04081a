package rueidistx

import (
	"hash/maphash"
	"math"
	"math/bits"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/redis/rueidis"
)

// rueidis looks up what it caches of a key by the command's other words, put together without what separates them: LRANGE 1 10 is
// the same to it as LRANGE 11 0, and HGET with the field ALL the same as HGETALL. It would reply to one with what it caches of the
// other. So of the commands with the same cache key, which is the key and those words, only those whose words are split in the
// same way are read through the cache at a time: until all that was cached of them has expired.

// reservation is a cache key of rueidis's while a command is read through the cache. Without a shard, no other command has the
// cache key.
type reservation struct {
	shard    *reservationShard
	cacheKey uint64
}

// reserve reports whether a command of a key may be read through the cache. Then release must be called.
func reserve(o *op, argv []string) (r reservation, ok bool) {
	switch {
	case o.words > 0 && len(argv) != int(o.words): // the server refuses it
		return r, false
	case looksLikeAnother(o, argv[2:]):
		return r, false
	case o.words > 0, len(argv) == 2:
		return r, true
	}
	cacheKey, split := cacheKeyOf(o, argv)
	r = reservation{&reservationShards[cacheKey%uint64(len(reservationShards))], cacheKey}
	return r, r.shard.enter(cacheKey, split)
}

// release ends a reservation. until is when what was cached has expired, in milliseconds; it counts if it is later than before.
func (r reservation) release(until int64) {
	if r.shard != nil {
		r.shard.leave(r.cacheKey, until)
	}
}

// keptUntil returns until when something may be cached after a read with this result. A hit counts as what was fetched, because
// it may have been by this very read: rueidis and this package read again where the first reply is not certain. If a read has
// ended without its reply, rueidis may take that, when it comes, for the reply to another command with the same cache key.
func (q *queue) keptUntil(r *rueidis.RedisResult) int64 {
	now := time.Now()
	switch err := r.NonRedisError(); {
	case err == nil && *r != (rueidis.RedisResult{}), err == rueidis.ErrDoCacheAborted, isServerError(err),
		err != nil && !ofContext(err) && !q.db.own.shared.wrapped: // the connection was lost, with what was cached of it
		return now.Add(q.rules.ttl).UnixMilli() + 1
	case q.db.overdue > 0 && !q.db.own.shared.wrapped:
		return now.Add(q.rules.ttl).Add(q.db.overdue).UnixMilli() + 1
	}
	return math.MaxInt64
}

// overdueAfter returns after how long a reply does not come any more, 0 if it may come at any time: the client sends PINGs
// meanwhile, and ends the connection if one is not answered. Replies come in their order.
func overdueAfter(o *rueidis.ClientOption) time.Duration {
	gap, timeout := o.Dialer.KeepAlive, o.ConnWriteTimeout
	if gap == 0 {
		gap = rueidis.DefaultTCPKeepAlive
	}
	if timeout == 0 {
		timeout = 10 * max(rueidis.DefaultTCPKeepAlive, gap)
	}
	const least, most = time.Hour, 24 * time.Hour
	if gap < 0 || timeout < 0 || gap > most || timeout > most {
		return 0
	}
	return max(least, 2*(gap+timeout))
}

// looksLikeAnother reports whether a command has the cache key of one without arguments, or of one with a longer name: that begins
// the name and the arguments put together.
func looksLikeAnother(o *op, args []string) bool {
	for _, longer := range longerNames[o.id] {
		if rest, begins := cutPrefix(args, longer.rest); begins && (rest == 0 || !longer.alone) {
			return true
		}
	}
	if o.words > 0 || len(args) == 0 {
		return false
	}
	for _, arg := range args {
		if arg != "" {
			return false
		}
	}
	return true
}

// cutPrefix reports whether args, put together, begin with a prefix, and how long they are without it.
func cutPrefix(args []string, prefix string) (rest int, begins bool) {
	for _, arg := range args {
		n := min(len(arg), len(prefix))
		if arg[:n] != prefix[:n] {
			return 0, false
		}
		prefix = prefix[n:]
		rest += len(arg) - n
	}
	return rest, prefix == ""
}

// longerName is what follows a name in a longer one. alone says that commands with that name have no arguments but the key.
type longerName struct {
	rest  string
	alone bool
}

// longerNames holds, by the id of an op, the longer names among the commands that can be read through the cache.
var longerNames = func() [][]longerName {
	longer := make([][]longerName, len(opByID))
	for id, o := range opByID {
		for _, other := range ops {
			rest, found := strings.CutPrefix(other.name, o.name)
			if found && rest != "" && other.first == 1 && other.effect == effectRead && !other.varies && !other.paged {
				longer[id] = append(longer[id], longerName{rest, other.words == 2})
			}
		}
	}
	return longer
}()

// reservationShards are those of all clients of the process, as several DBs may use one client.
var reservationShards [64]reservationShard

// maxReservations bounds the memory of a shard.
const maxReservations = 1 << 14

type reservationShard struct {
	mu    sync.Mutex
	used  map[uint64]reserved // by the hash of the cache key
	limit int                 // of the number of those, from which on expired ones are looked for
	swept int64
}

// reserved is a way to split a cache key that is in use.
type reserved struct {
	split uint64
	users int
	until int64 // wall-clock time, as rueidis's expiry is
}

var (
	cacheKeyFactor = rand.Uint64() | 1
	splitSeed      = maphash.MakeSeed()
)

// cacheKeyOf returns a hash of the cache key, and one of how it is split. Two cache keys with the same hash only exclude each
// other.
func cacheKeyOf(o *op, argv []string) (cacheKey, split uint64) {
	cacheKey = hashOn(hashOn(hashOn(0, argv[1]), "\x00"), o.name)
	buffer := make([]byte, 0, 64)
	for _, arg := range argv[2:] {
		cacheKey = hashOn(cacheKey, arg)
		n := len(arg)
		for ; n >= 0x80; n >>= 7 {
			buffer = append(buffer, byte(n)|0x80)
		}
		buffer = append(buffer, byte(n))
	}
	return cacheKey, maphash.Bytes(splitSeed, buffer)
}

// hashOn continues a hash, so that it does not depend on how a text is split.
func hashOn(h uint64, text string) uint64 {
	for i := range len(text) {
		h = bits.RotateLeft64((h^uint64(text[i]))*cacheKeyFactor, 32)
	}
	return h
}

func (s *reservationShard) enter(cacheKey, split uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	use, there := s.used[cacheKey]
	if !there || use.split != split {
		now := time.Now().UnixMilli()
		if there && (use.users > 0 || use.until > now) || !there && !s.hasRoom(now) {
			return false
		}
		use = reserved{split: split}
	}
	use.users++
	s.used[cacheKey] = use
	return true
}

// hasRoom reports whether there may be one more. It removes what has expired when there are twice as many as after the last time.
func (s *reservationShard) hasRoom(now int64) bool {
	const least = 64
	if len(s.used) < s.limit {
		return true
	}
	if len(s.used) >= maxReservations && now-s.swept < time.Second.Milliseconds() {
		return false
	}
	left := make(map[uint64]reserved, least)
	for cacheKey, use := range s.used {
		if use.users > 0 || use.until > now {
			left[cacheKey] = use
		}
	}
	s.used, s.limit, s.swept = left, min(max(2*len(left), least), maxReservations), now
	return len(left) < maxReservations
}

func (s *reservationShard) leave(cacheKey uint64, until int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	use := s.used[cacheKey]
	use.users--
	use.until = max(use.until, until)
	s.used[cacheKey] = use
}
