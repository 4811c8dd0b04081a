// Command goredis limits rates with buckets of tokens, which fill again at a steady rate.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"time"

	"github.com/redis/go-redis/v9"
)

// takeTokens takes tokens, if there are enough. KEYS[1] is the time at which the bucket is full, in microseconds.
// ARGV: the size, the microseconds that a token takes to come, and how many are taken.
// Reply: 1 or 0, how many tokens are left, and in how many microseconds there are enough.
var takeTokens = redis.NewScript(`
local size, every, take = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local stored = tonumber(redis.call('GET', KEYS[1]) or now)
local full = math.min(math.max(stored, now), now + size * every)
local early = full + take * every - (now + size * every)
if early <= 0 then full = full + take * every end
if full ~= stored then
	redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
end
return {early <= 0 and 1 or 0, math.floor(size - (full - now) / every), math.max(early, 0)}`)

var errAmount = errors.New("so many tokens never are in the bucket")

// Bucket has a bucket for each user.
type Bucket struct {
	client *redis.Client
	size   int64
	every  time.Duration
}

// Taken tells whether tokens were taken.
type Taken struct {
	OK   bool
	Left int64
	In   time.Duration // until there are enough
}

// Take takes n tokens from a user's bucket, or none if there are too few. That is not an error.
func (b *Bucket) Take(ctx context.Context, user string, n int64) (Taken, error) {
	if n < 1 || n > b.size {
		return Taken{}, errAmount
	}
	keys := []string{"bucket:" + user}
	reply, err := takeTokens.Run(ctx, b.client, keys, b.size, b.every.Microseconds(), n).Int64Slice()
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
			return context.Cause(ctx)
		case <-time.After(taken.In):
		}
	}
}

func main() {
	addr := flag.String("addr", "127.0.0.1:6379", "host:port of the server")
	flag.Parse()
	if err := run(context.Background(), *addr); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, addr string) error {
	client := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1}) // tokens must not be taken twice
	defer client.Close()
	return rush(ctx, &Bucket{client, 3, time.Second})
}

// rush takes more tokens than there are, and waits for more.
func rush(ctx context.Context, b *Bucket) error {
	for _, n := range []int64{3, 2, 4} {
		taken, err := b.Take(ctx, "ann", n)
		fmt.Println(n, taken.OK, taken.Left, err)
	}
	if err := b.Wait(ctx, "ann", 2); err != nil {
		return err
	}
	taken, err := b.Take(ctx, "ann", 1)
	fmt.Println(1, taken.OK, taken.Left)
	return err
}
