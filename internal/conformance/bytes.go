package conformance

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// CheckBytes fails the test unless 10,000 random keys and values, some of 1 MiB, come back byte for byte, whichever way they go.
func CheckBytes(t *testing.T, target Target) {
	db := target.open(t, target.Option)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	keys, values := make([]string, 10_000), make([]string, 10_000)
	tag := redistest.Key(t, "")
	for i := range keys {
		keys[i] = fmt.Sprintf("%s%s:%d", tag, randomBytes(random, random.IntN(40)), i)
		values[i] = randomBytes(random, random.IntN(200))
	}
	for i := range 4 {
		values[1000*i+7] = randomBytes(random, 1<<20)
	}
	for _, w := range ways.OfEachKind {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			checkBytes(t, db, w, keys, values)
		})
	}
}

// checkBytes lets a few goroutines write and read portions of the keys.
func checkBytes(t *testing.T, db *rueidistx.DB, w ways.Way, keys, values []string) {
	ctx := redistest.Context(t)
	const portion = 500
	work := make(chan int)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for from := range work {
				checkPortion(ctx, t, db, w, keys[from:from+portion], values[from:from+portion])
			}
		})
	}
	for from := range len(keys) / portion {
		work <- from * portion
	}
	close(work)
	workers.Wait()
}

func checkPortion(ctx context.Context, t *testing.T, db *rueidistx.DB, w ways.Way, keys, values []string) {
	name := func(i int) string { return keys[i] + w.Name }
	var set []rueidistx.Future[bool]
	assert.NoError(t, w.Run(ctx, db, func(c *commands) {
		for i := range keys {
			set = append(set, c.Set(name(i), values[i]))
		}
	}))
	var get []rueidistx.Future[string]
	var raw []rueidistx.Future[[]byte]
	var del []rueidistx.Future[int64]
	assert.NoError(t, w.Run(ctx, db, func(c *commands) {
		for i := range keys {
			get = append(get, c.Get(name(i)))
			raw = append(raw, rueidistx.Queue(c, c.B().Getrange().Key(name(i)).Start(0).End(-1).Build(), rueidistx.AsBytes))
			del = append(del, c.Del(name(i)))
		}
	}))
	for i := range keys {
		one, err := get[i].Value()
		assert.NoError(t, err)
		two, err := raw[i].Value()
		assert.NoError(t, err)
		good := one == values[i] && bytes.Equal(two, []byte(values[i])) && set[i].Or(false) && del[i].Or(0) == 1
		if !assert.True(t, good, "the value of %d bytes at key %d has changed", len(values[i]), i) {
			return
		}
	}
}

// awkward are words that a protocol of lines would trip over.
var awkward = []string{"\r\n", "\x00", "\xff", "$-1\r\n", "*3\r\n", "+OK\r\n", "_\r\n", "\n", "{", "}", "é"}

func randomBytes(random *rand.Rand, n int) string {
	b := make([]byte, 0, n+16)
	for len(b) < n {
		if random.IntN(8) == 0 {
			b = append(b, awkward[random.IntN(len(awkward))]...)
		} else {
			b = append(b, byte(random.Uint32()))
		}
	}
	return string(slices.Clip(b[:n]))
}
