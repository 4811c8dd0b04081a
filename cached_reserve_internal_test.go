package rueidistx

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/bits"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx/internal/redistest"
)

// in returns a time from now.
func in(d time.Duration) int64 { return time.Now().Add(d).UnixMilli() }

// A cache key that is split in one way is not in another while it is used, and until what was cached has expired.
func TestReservationsExcludeEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s reservationShard
		require.True(t, s.enter(1, 10))
		require.False(t, s.enter(1, 11))
		require.True(t, s.enter(1, 10), "the same way")
		require.True(t, s.enter(2, 11), "of another cache key")
		s.leave(1, in(2*time.Hour))
		time.Sleep(3 * time.Hour)
		require.False(t, s.enter(1, 11), "it is used once more")
		s.leave(1, in(time.Second))
		require.True(t, s.enter(1, 10))
		s.leave(1, in(time.Millisecond)) // of a shorter ttl
		time.Sleep(time.Second - time.Millisecond)
		require.False(t, s.enter(1, 11))
		time.Sleep(time.Millisecond)
		require.True(t, s.enter(1, 11))
		require.False(t, s.enter(1, 10))
		s.leave(1, math.MaxInt64)
		time.Sleep(1000 * time.Hour)
		require.True(t, s.enter(1, 11))
		require.False(t, s.enter(1, 10))
	})
}

// How long a read excludes others that rueidis cannot tell apart from it.
func TestKeptUntil(t *testing.T) {
	replied, aborted := rueidis.NewResult(*redistest.Shared(t).Do(t, "PING"), nil), rueidis.NewErrorResult(rueidis.ErrDoCacheAborted)
	lost, gaveUp := rueidis.NewErrorResult(io.EOF), rueidis.NewErrorResult(context.Canceled)
	for name, test := range map[string]struct {
		result  rueidis.RedisResult
		overdue time.Duration
		wrapped bool
		want    time.Duration
	}{
		"reply":                {result: replied, want: time.Minute},
		"aborted":              {result: aborted, wrapped: true, want: time.Minute},
		"lost":                 {result: lost, want: time.Minute},
		"lost, wrapped":        {result: lost, wrapped: true, want: forEver},
		"wrapped, PINGs":       {result: lost, overdue: time.Hour, wrapped: true, want: forEver},
		"gave up":              {result: gaveUp, want: forEver},
		"gave up, PINGs":       {result: gaveUp, overdue: time.Hour, want: time.Hour + time.Minute},
		"no result (a panic)":  {want: forEver},
		"panic between PINGs":  {overdue: 2 * time.Hour, want: 2*time.Hour + time.Minute},
		"reply between others": {result: replied, overdue: time.Hour, wrapped: true, want: time.Minute},
	} {
		synctest.Test(t, func(t *testing.T) {
			db := &DB{overdue: test.overdue, own: &dedicated{shared: &shared{wrapped: test.wrapped}}}
			q := &queue{db: db, rules: &rules{ttl: time.Minute}}
			want := int64(math.MaxInt64)
			if test.want != forEver {
				want = in(test.want) + 1
			}
			require.Equal(t, want, q.keptUntil(&test.result), name)
		})
	}
}

const forEver = time.Duration(math.MaxInt64)

func TestOverdueAfter(t *testing.T) {
	for _, test := range []struct{ keepAlive, timeout, want time.Duration }{
		{0, 0, time.Hour},
		{-1, 0, 0},
		{0, -1, 0},
		{2 * time.Hour, time.Hour, 6 * time.Hour},
		{time.Hour, 0, 22 * time.Hour},
		{forEver, 0, 0},
		{0, forEver, 0},
	} {
		option := &rueidis.ClientOption{ConnWriteTimeout: test.timeout}
		option.Dialer.KeepAlive = test.keepAlive
		require.Equal(t, test.want, overdueAfter(option), "%+v", test)
	}
}

// The memory of a shard is bounded, and what has expired is removed.
func TestReservationsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s reservationShard
		for i := range uint64(maxReservations) {
			require.True(t, s.enter(i, 1))
			if i > 0 {
				s.leave(i, in(time.Minute+time.Duration(i)*time.Millisecond))
			}
		}
		require.False(t, s.enter(maxReservations, 1))
		require.True(t, s.enter(5, 1), "it is there already")
		s.leave(5, 0)
		time.Sleep(time.Minute + 10*time.Millisecond)
		require.True(t, s.enter(maxReservations, 1))
		require.Len(t, s.used, maxReservations-9, "10 have expired, and one was added")
		require.Contains(t, s.used, uint64(0), "it is used")
		require.NotContains(t, s.used, uint64(10))
		require.Contains(t, s.used, uint64(11))
		for i := uint64(1); i < 10; i++ {
			require.True(t, s.enter(maxReservations+i, 1))
		}
		time.Sleep(time.Second - time.Millisecond)
		require.False(t, s.enter(2*maxReservations, 1), "expired ones were removed less than a second ago")
		time.Sleep(time.Millisecond)
		require.True(t, s.enter(2*maxReservations, 1))
	})
}

// Of many reservations that expire soon, few are in memory.
func TestReservationsThatExpireAreRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s reservationShard
		for i := range uint64(100_000) {
			require.True(t, s.enter(i, 1))
			s.leave(i, in(time.Millisecond))
			if i%10 == 0 {
				time.Sleep(time.Millisecond)
			}
			require.LessOrEqual(t, len(s.used), 64)
		}
	})
}

// Nobody can choose words that seem to be split in the same way.
func TestSplitsDiffer(t *testing.T) {
	var a, b []string
	for i := range 2048 { // sequences of Thue and Morse, which collide with any polynomial
		x, y := "a", "aa"
		if bits.OnesCount(uint(i))%2 == 1 {
			x, y = y, x
		}
		a, b = append(a, x), append(b, y)
	}
	key, split := cacheKeyOf(opHMGet, append([]string{"HMGET", "k"}, a...))
	otherKey, otherSplit := cacheKeyOf(opHMGet, append([]string{"HMGET", "k"}, b...))
	require.Equal(t, key, otherKey)
	require.NotEqual(t, split, otherSplit)

	lengths := []int{0, 1, 127, 128, 129, 255, 256, 261, 389, 16_383, 16_384, 16_512}
	for i, m := range lengths {
		for _, n := range lengths[:i] {
			one, other := strings.Repeat("a", m), strings.Repeat("a", n)
			key, split := cacheKeyOf(opHMGet, []string{"HMGET", "k", one, other})
			otherKey, otherSplit := cacheKeyOf(opHMGet, []string{"HMGET", "k", other, one})
			require.Equal(t, key, otherKey)
			require.NotEqual(t, split, otherSplit, "%d, %d", m, n)
		}
	}
}

func TestLooksLikeAnother(t *testing.T) {
	for _, c := range []struct {
		o    *op
		args []string
		want bool
	}{
		{opHGet, []string{"ALL"}, true},
		{opHGet, []string{"ALLOW"}, false}, // HGETALL has no arguments
		{opHGet, []string{"AL"}, false},
		{opHGet, []string{"EXPIRES"}, false}, // HGETEX writes
		{opHGet, []string{"all"}, false},
		{opHGet, []string{"A", "L", "", "L"}, true},
		{opHGet, []string{"A", "L", "M"}, false},
		{opHGet, []string{""}, false}, // it always has an argument
		{opHMGet, []string{"", ""}, true},
		{opHMGet, []string{"", "x"}, false},
		{opLRange, []string{"0", "1"}, false},
		{opGet, []string{"RANGE0", "1"}, true},
		{opGet, []string{"BIT", "x"}, true},
		{opGet, nil, false},
		{opBitCount, nil, false},
	} {
		require.Equal(t, c.want, looksLikeAnother(c.o, c.args), "%s %q", c.o.name, c.args)
	}
}

// Whatever words two commands that may both be read through the cache consist of, rueidis tells them apart, or they are split in
// different ways.
func TestSimilarCommandsAreTriedApart(t *testing.T) {
	words := []string{"", "A", "AL", "ALL", "LL", "1", "11", "RANGE", "BIT"}
	type entry struct {
		cacheKey, split uint64
		exempt          bool
	}
	entries := map[string]map[string]entry{}
	add := func(o *op, args ...string) {
		argv := append([]string{o.name, "key"}, args...)
		r, ok := reserve(o, argv)
		if !ok {
			return
		}
		defer r.release(0)
		together := o.name
		for _, arg := range args {
			together += arg
		}
		if entries[together] == nil {
			entries[together] = map[string]entry{}
		}
		e := entry{exempt: r.shard == nil}
		if len(args) > 0 {
			e.cacheKey, e.split = cacheKeyOf(o, argv)
		}
		entries[together][fmt.Sprintf("%q", argv)] = e
	}
	for _, o := range ops {
		if o.first != 1 || o.effect != effectRead {
			continue
		}
		add(o)
		for _, a := range words {
			add(o, a)
			for _, b := range words {
				add(o, a, b)
				for _, c := range words {
					add(o, a, b, c)
				}
			}
		}
	}
	for together, of := range entries {
		if len(of) == 1 {
			continue
		}
		splits := map[uint64]bool{}
		var first entry
		for _, e := range of {
			first = e
		}
		for argv, e := range of {
			require.False(t, e.exempt, "%s: %s of %v", together, argv, of)
			require.Equal(t, first.cacheKey, e.cacheKey, "%s: %s of %v", together, argv, of)
			require.False(t, splits[e.split], "%s: %s of %v", together, argv, of)
			splits[e.split] = true
		}
	}
	require.Greater(t, len(entries), 1000)
}
