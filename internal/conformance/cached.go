package conformance

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// testCached reads through the client-side cache with each method that it accepts, changes what was read with each command
// that has a key, and waits until a read returns what the server has: each change of a reply has to be told to the client.
func (s *suite) testCached(t *testing.T) {
	s.given(t, "", nil)
	var reads, writes []example
	for _, e := range examples {
		switch {
		case e.alone || e.auto != nil || !s.shows(e) || len(named(e.sends)) == 0 || strings.Contains(e.given, "SCRIPT") || strings.Contains(e.sends, "FCALL"):
		case s.cachedRead(s.db.Cached(time.Minute).Batch(), e, s.keysOf(t)) != nil:
			reads = append(reads, e)
		default:
			writes = append(writes, e)
		}
	}
	require.Greater(t, len(reads), 50)
	require.Greater(t, len(writes), 100)
	t.Run("Expiry", s.testCachedExpiry)
	oneIn := 10
	switch {
	case testing.Short():
		oneIn = 200
	case s.Thorough:
		oneIn = 1
	}
	var changed atomic.Int64
	t.Cleanup(func() { // when all have ended
		t.Logf("%d replies of %d reads were changed by %d commands, of which 1 in %d was tried", changed.Load(), len(reads), len(writes), oneIn)
		require.Greater(t, changed.Load(), int64(1000/oneIn))
	})
	for at, read := range reads {
		some := slices.Collect(func(yield func(example) bool) {
			for i, write := range writes {
				if (i+at)%oneIn == 0 && !yield(write) {
					return
				}
			}
		})
		t.Run(fmt.Sprint(read.method, "/", read.shows), func(t *testing.T) {
			t.Parallel()
			changed.Add(s.testCachedRead(t, at, read, some))
		})
	}
}

// cachedRead queues what an example sends, and returns nil if the cache is not for it.
func (s *suite) cachedRead(b *rueidistx.CachedBatch, e example, k keys) *rueidistx.Future[any] {
	f := rueidistx.Query(b, s.command(e.sends, k), rueidistx.AsAny)
	if err := b.Err(); err != nil {
		return nil
	}
	return &f
}

// command builds a command without the library's help.
func (s *suite) command(command string, k keys) rueidis.Completed {
	client := s.db.Client()
	words := split(command, k)
	build := client.B().Arbitrary(words[0])
	for i, word := range strings.Fields(command)[1:] {
		if strings.HasPrefix(word, "$") {
			build = build.Keys(words[i+1])
		} else {
			build = build.Args(words[i+1])
		}
	}
	return build.Build()
}

// pair is a read of a key, and a command that may change it.
type pair struct {
	write  example
	of, to keys
}

// testCachedRead returns how many replies to the read were changed by the writes.
func (s *suite) testCachedRead(t *testing.T, at int, read example, writes []example) (changed int64) {
	k := s.keysOf(t)
	key := named(read.sends)[0]
	var pairs []pair
	for i, w := range writes {
		for _, same := range named(w.sends) { // the key that is read
			of := func(name string) string {
				return fmt.Sprint("{", strings.Trim(k(""), "{}:"), at, ".", i, same, "}", name)
			}
			pairs = append(pairs, pair{w, of, func(name string) string {
				if name == same {
					return of(key)
				}
				return of("w" + name)
			}})
		}
	}
	var before, after []rueidis.Completed
	for _, p := range pairs {
		for _, given := range []struct {
			lines string
			k     keys
		}{{p.write.given, p.to}, {read.given, p.of}} { // whose type remains that of the first
			for line := range strings.SplitSeq(given.lines, "; ") {
				if line != "" {
					before = append(before, s.command(line, given.k))
				}
			}
		}
		after = append(after, s.command(p.write.sends, p.to))
	}
	s.sendAll(t, before)
	old := s.sendAll(t, s.plain(read, pairs))
	for round := range 2 {
		for i, f := range s.readCached(t, read, pairs) {
			require.True(t, f.FromCache() || round == 0, "%s: %v", pairs[i].write.sends, f.Err())
		}
	}
	s.sendAll(t, after)
	for i, r := range s.sendAll(t, s.plain(read, pairs)) {
		if !sameReply(&old[i], &r) {
			changed++
		}
	}
	redistest.Succeeds(t, "each change is noticed", func() (err error) {
		pairs, err = s.unnoticed(t, read, pairs)
		return err
	})
	return changed
}

// plain builds the read of each pair. It is not marked as one, so that it goes to the primary too.
func (s *suite) plain(read example, pairs []pair) []rueidis.Completed {
	commands := make([]rueidis.Completed, len(pairs))
	for i, p := range pairs {
		commands[i] = s.command(read.sends, p.of)
	}
	return commands
}

// decoded returns what a future of AsAny has, and the text of the command's own error.
func decoded(r *rueidis.RedisResult) (value any, failed string) {
	m, err := r.ToMessage()
	if err == nil {
		value, err = rueidistx.AsAny(m)
	}
	return inOrder(value), text(err)
}

func sameReply(a, b *rueidis.RedisResult) bool {
	of, failed := decoded(a)
	other, otherFailed := decoded(b)
	return reflect.DeepEqual(of, other) && failed == otherFailed
}

// unnoticed returns the pairs of which the cache does not have what the server has, and what it has of one of them instead.
func (s *suite) unnoticed(t *testing.T, read example, pairs []pair) (left []pair, err error) {
	now := s.sendAll(t, s.plain(read, pairs))
	for i, f := range s.readCached(t, read, pairs) {
		want, wanted := decoded(&now[i])
		got, wrong := f.Value()
		if failed := text(wrong); !reflect.DeepEqual(want, inOrder(got)) || wanted != failed {
			left = append(left, pairs[i])
			err = fmt.Errorf("after %s, the cache has %v (%s) instead of %v (%s)", pairs[i].write.sends, got, failed, want, wanted)
		}
	}
	return left, err
}

// inOrder returns the elements of a list in an order that does not depend on it: that of a set may become another one, although
// the set remains the same.
func inOrder(reply any) any {
	list, ok := reply.([]any)
	if !ok {
		return reply
	}
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return list
}

// text returns that of a command's own error.
func text(err error) string {
	var command *rueidistx.CommandError
	switch {
	case rueidis.IsRedisNil(err), errors.Is(err, rueidistx.ErrNil):
		return "nil"
	case errors.As(err, &command):
		return command.Err.Error()
	}
	return fmt.Sprint(err)
}

func (s *suite) readCached(t *testing.T, read example, pairs []pair) []*rueidistx.Future[any] {
	b := s.db.Cached(time.Minute).Batch()
	futures := make([]*rueidistx.Future[any], len(pairs))
	for i, p := range pairs {
		futures[i] = s.cachedRead(b, read, p.of)
		require.NotNil(t, futures[i])
	}
	_ = b.Exec(redistest.Context(t)) // some are errors
	return futures
}

// sendAll sends commands, some of which fail.
func (s *suite) sendAll(t *testing.T, commands []rueidis.Completed) []rueidis.RedisResult {
	t.Helper()
	results := s.db.Client().DoMulti(redistest.Context(t), commands...)
	for _, r := range results {
		require.NoError(t, r.NonRedisError())
	}
	return results
}

// testCachedExpiry waits for keys and fields that expire by themselves.
func (s *suite) testCachedExpiry(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	const lives = 3 * time.Second // so that they are certainly read before
	ctx, k := redistest.Context(t), s.keysOf(t)
	auto, cached := s.db.Auto(ctx), s.db.Cached(time.Hour).Auto(ctx)
	read := func() (values []string) {
		for _, f := range []rueidistx.Future[string]{cached.Get(k("s")), cached.HGet(k("h"), "f")} {
			values = append(values, f.Default("none").Must())
		}
		return values
	}
	require.NoError(t, auto.Set(k("s"), "v", rueidistx.EX(lives)).Err())
	require.NoError(t, auto.HSet(k("h"), "f", "v").Err())
	if s.lacks("7.4") || s.valkey != "" && older(s.valkey, "9.0") {
		require.NoError(t, auto.Expire(k("h"), lives).Err())
	} else {
		require.NoError(t, auto.HExpire(k("h"), lives, []string{"f"}).Err())
	}
	require.Equal(t, []string{"v", "v"}, read())
	redistest.Eventually(t, "both expire", func() bool { return slices.Equal(read(), []string{"none", "none"}) })
}
