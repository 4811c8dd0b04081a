package main

import (
	"context"
	"fmt"
	"time"

	"github.com/rueidistx/rueidistx"
)

// takeTokens is a script, because a condition compares, and this has to compute.
//
// It goes by the server's clock, as it is the same for all processes that share the bucket. Theirs differ, and one that is
// ahead would fill the bucket for all of them. If the server's clock is set back, an emptier bucket is the worst that happens.
//
// KEYS[1] is the time at which the bucket is full, in microseconds. That one integer says how many tokens are in it at any
// time. Without the key it is full, so the key expires then.
// ARGV: the size, the microseconds that a token takes to come, and how many are taken.
// Reply: 1 or 0, how many tokens are left, and in how many microseconds there are enough.
var takeTokens = rueidistx.NewScript(`
local size, every, take = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local stored = tonumber(redis.call('GET', KEYS[1]) or now)
local full = math.min(math.max(stored, now), now + size * every)
local early = full + take * every - (now + size * every)
if early <= 0 then full = full + take * every end
if full ~= stored then
	-- Lua alone would write the number with 14 digits.
	redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
end
return {early <= 0 and 1 or 0, math.floor(size - (full - now) / every), math.max(early, 0)}`, rueidistx.AsInt64s)

// Bucket limits a rate and allows bursts: for each user there is a bucket of tokens, which fills again at a steady rate.
// Any number of goroutines may use it.
type Bucket struct {
	db    *rueidistx.DB
	size  int64
	every time.Duration
}

var (
	errBucket = fmt.Errorf("%w: a bucket has a size, and at least a microsecond for each token, and is full within a year", rueidistx.ErrInvalid)
	errAmount = fmt.Errorf("%w: so many tokens never are in the bucket", rueidistx.ErrInvalid)
)

// NewBucket returns buckets that hold size tokens and get one more every so often, in whole microseconds. It sends nothing.
func NewBucket(db *rueidistx.DB, size int64, every time.Duration) (*Bucket, error) {
	const year = 365 * 24 * time.Hour // keeps the script's numbers exact
	if size < 1 || every < time.Microsecond || size > int64(year/every) {
		return nil, errBucket
	}
	return &Bucket{db, size, every}, nil
}

func (b *Bucket) key(user string) string { return rueidistx.Tag("rueidistx-bucket", user).Key() }

// Taken tells whether tokens were taken.
type Taken struct {
	OK   bool
	Left int64         // in the bucket
	In   time.Duration // until there are enough, if it is not OK and nobody takes any before
}

// Take takes n tokens from a user's bucket, or none if there are too few, in one round trip. That is not an error. If the
// outcome of an error is Unknown, they may have been taken; to take them again is at worst stricter than it should be.
// Whether to serve users while the server cannot be asked is up to the caller.
func (b *Bucket) Take(ctx context.Context, user string, n int64) (Taken, error) {
	if n < 1 || n > b.size {
		return Taken{}, errAmount
	}
	reply, err := takeTokens.Run(ctx, b.db, []string{b.key(user)}, rueidistx.Args(b.size, b.every.Microseconds(), n)...)
	if err != nil {
		return Taken{}, err
	}
	return Taken{reply[0] == 1, reply[1], time.Duration(reply[2]) * time.Microsecond}, nil
}

// Wait takes n tokens as soon as there are enough, or returns an error if ctx ends before.
func (b *Bucket) Wait(ctx context.Context, user string, n int64) error {
	for {
		taken, err := b.Take(ctx, user, n)
		if err != nil || taken.OK {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", rueidistx.ErrNotApplied, context.Cause(ctx))
		case <-time.After(taken.In):
		}
	}
}
