package rueidistx_test

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// onEachRESP3 runs a test in the modes in which the client keeps replies.
func onEachRESP3(t *testing.T, test func(t *testing.T, mode outcometest.ClientMode)) {
	t.Helper()
	for _, mode := range outcometest.ClientModes {
		if !mode.RESP2 {
			t.Run(mode.Name, func(t *testing.T) {
				t.Parallel()
				test(t, mode)
			})
		}
	}
}

// What other code has left on the connection is not taken for the reply.
func TestCachedAfterLeftovers(t *testing.T) {
	t.Parallel()
	onEachRESP3(t, func(t *testing.T, mode outcometest.ClientMode) {
		for name, leave := range map[string][]string{
			"MULTI": {"MULTI"}, "MULTI and commands": {"MULTI", "SET $ foreign", "GET $"}, "WATCH": {"WATCH $", "SET $ x"},
			"a refused command": {"MULTI", "NOSUCH"}, "a failing command": {"MULTI", "INCR $", "GET $"},
		} {
			db := mode.Open(t, redistest.Shared(t).Addr)
			ctx, key := redistest.Context(t), redistest.Key(t, strings.ReplaceAll(name, " ", ""))
			leftover := func() {
				var commands []rueidis.Completed
				for _, words := range leave {
					argv := strings.Fields(strings.ReplaceAll(words, "$", key+"foreign"))
					commands = append(commands, db.Client().B().Arbitrary(argv...).Build())
				}
				_ = db.Client().DoMulti(ctx, commands...)
			}
			require.NoError(t, db.Auto(ctx).Set(key, "mine").Err())
			require.NoError(t, db.Auto(ctx).Set(key+"foreign", "text").Err())
			for range 2 {
				leftover()
				require.Equal(t, "mine", db.Cached(time.Minute).Auto(ctx).Get(key).Must(), name)
				require.NoError(t, db.Auto(ctx).Set(key, "mine").Err(), name)
				leftover()
				b := db.Cached(time.Minute).Batch()
				first, second := b.Get(key), b.StrLen(key)
				require.NoError(t, b.Exec(ctx), name)
				require.Equal(t, "mine", first.Must(), name)
				require.EqualValues(t, 4, second.Must(), name)
				require.NoError(t, db.Auto(ctx).Set(key, "mine").Err(), name)
				redistest.Eventually(t, "the invalidation arrives", func() bool { return !db.Cached(time.Minute).Auto(ctx).Get(key).FromCache() })
				require.NoError(t, db.Auto(ctx).Set(key, "mine").Err(), name)
				redistest.Eventually(t, "the invalidation arrives", func() bool { return !db.Cached(time.Minute).Auto(ctx).StrLen(key).FromCache() })
			}
		}
	})
}

// readTogether reads a key from several goroutines at the same time, alone and in Batches, and returns what failed.
func readTogether(ctx context.Context, db *rueidistx.DB, key, want string, n int) <-chan error {
	ended := make(chan error, n)
	for i := range n {
		go func() {
			f := db.Cached(time.Minute).Auto(ctx).Get
			if i%2 == 1 {
				f = func(key string) (v rueidistx.Future[string]) {
					b := db.Cached(time.Minute).Batch()
					v = b.Get(key)
					_ = b.Exec(ctx)
					return v
				}
			}
			v, err := f(key).Value()
			if err == nil && v != want {
				err = fmt.Errorf("%q instead of %q", v, want)
			}
			ended <- err
		}()
	}
	return ended
}

// waitForGoroutines waits until so many goroutines are in a function. Those of other tests count too.
func waitForGoroutines(t *testing.T, n int, function string) {
	t.Helper()
	stacks := make([]byte, 8<<20)
	redistest.Eventually(t, fmt.Sprint(n, " goroutines are in ", function), func() bool {
		return bytes.Count(stacks[:runtime.Stack(stacks, true)], []byte(function+"(")) >= n
	})
}

// The reads of several goroutines that wait for the same do not fail because the one that has sent it gives up.
func TestCachedOutlastsTheOneThatReads(t *testing.T) {
	t.Parallel()
	onEachRESP3(t, func(t *testing.T, mode outcometest.ClientMode) {
		for name, leads := range map[string]func(context.Context) (context.Context, context.CancelFunc){
			"cancelled": context.WithCancel,
			"late": func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithTimeout(ctx, time.Duration(redistest.Times(4, 1))*time.Second)
				return ctx, func() { <-ctx.Done(); cancel() }
			},
		} {
			p := through(t, mode, redistest.Shared(t))
			ctx, key := context.Background(), redistest.Key(t, name)
			require.NoError(t, p.Auto(ctx).Set(key, "value").Err())
			p.Proxy.Arm(faultproxy.Fault{Command: "EXEC", Action: faultproxy.Hold})
			leading, end := leads(ctx)
			leader := readTogether(leading, p.DB, key, "value", 1)
			redistest.Eventually(t, "the read is held", func() bool { return p.Proxy.Held() == 1 })
			followers := readTogether(ctx, p.DB, key, "value", 6)
			waitForGoroutines(t, 6, "rueidis.(*cacheEntry).Wait")
			end()
			err := <-leader
			assert.ErrorIs(t, err, leading.Err(), name)
			p.Proxy.Release()
			for range 6 {
				require.NoError(t, <-followers, name)
			}
		}
	})
}

// Nor because the connection is lost, which the client reads again over another one.
func TestCachedOutlastsAConnection(t *testing.T) {
	t.Parallel()
	test := func(t *testing.T, mode outcometest.ClientMode) {
		for _, command := range []string{"CLIENT", "MULTI", "PTTL", "GET", "EXEC"} {
			for _, phase := range []faultproxy.Phase{faultproxy.BeforeCommand, faultproxy.MidCommand, faultproxy.AfterCommand, faultproxy.MidReply, faultproxy.AfterReply} {
				p := through(t, mode, redistest.Shared(t))
				ctx, key := redistest.Context(t), redistest.Key(t, fmt.Sprint(command, phase))
				require.NoError(t, p.Auto(ctx).Set(key, "value").Err())
				p.Proxy.Arm(faultproxy.Fault{Command: command, Phase: phase})
				ended := readTogether(ctx, p.DB, key, "value", 6)
				for range 6 {
					err := <-ended
					if mode.NoRetry && err != nil { // it read again over the same connection, as the client had not noticed yet
						require.ErrorIs(t, err, rueidistx.ErrUnknown, "%s, %d", command, phase)
						continue
					}
					require.NoError(t, err, "%s, %d", command, phase)
				}
				redistest.Eventually(t, "it is read", func() bool { return <-readTogether(ctx, p.DB, key, "value", 1) == nil })
			}
		}
	}
	onEachRESP3(t, test)
	t.Run("no retries", func(t *testing.T) {
		t.Parallel()
		test(t, outcometest.ClientMode{NoRetry: true})
	})
}

// A reply that comes when its read has given up is not taken for that to another command, for as long as it may come.
func TestCachedAfterALateReply(t *testing.T) {
	t.Parallel()
	onEachRESP3(t, func(t *testing.T, mode outcometest.ClientMode) {
		for name, alone := range map[string]bool{"alone": true, "batch": false} {
			p := through(t, mode, redistest.Shared(t))
			ctx, list, text := context.Background(), redistest.Key(t, name+"list"), redistest.Key(t, name+"text")
			require.NoError(t, p.Auto(ctx).RPush(list, strings.Split("abcdefghijklmnopqrstuvwxyz", "")...).Err())
			require.NoError(t, p.Auto(ctx).Set(text, "value").Err())
			impatient, cancel := context.WithCancel(ctx)
			p.Proxy.Arm(faultproxy.Fault{Command: "EXEC", Action: faultproxy.Hold})
			late, gaveUp := p.Cached(time.Millisecond), make(chan error, 1)
			go func() {
				if alone {
					gaveUp <- late.Auto(impatient).LRange(list, 1, 10).Err()
					return
				}
				b := late.Batch()
				b.LRange(list, 1, 10)
				gaveUp <- b.Exec(impatient)
			}()
			redistest.Eventually(t, "the read is held", func() bool { return p.Proxy.Held() == 1 })
			cancel()
			require.ErrorIs(t, <-gaveUp, context.Canceled)
			time.Sleep(2 * time.Millisecond) // more than the ttl

			cached := p.Cached(time.Minute)
			ended := make(chan []string, 4)
			for range 4 {
				go func() { ended <- cached.Auto(ctx).LRange(list, 11, 0).Or([]string{"none"}) }()
			}
			value := make(chan string, 1)
			go func() { value <- cached.Auto(ctx).Get(text).Or("none") }()
			waitForGoroutines(t, 5, "rueidistx.(*queue).readCached")
			redistest.Eventually(t, "the reply comes", func() bool { return p.Proxy.Release() > 0 })
			for range 4 {
				require.Empty(t, <-ended)
			}
			require.Equal(t, "value", <-value)
			require.Empty(t, cached.Auto(ctx).LRange(list, 11, 0).Must())
			require.Len(t, cached.Auto(ctx).LRange(list, 1, 10).Must(), 10)
			hit := cached.Auto(ctx).Get(text)
			require.Equal(t, "value", hit.Must())
			require.True(t, hit.FromCache(), "the late reply, or the own one")
		}
	})
}

// What a read has fetched excludes others although it comes as a hit: a first reply was not certain, so the read asked again.
func TestCachedHitsThatWereFetched(t *testing.T) {
	t.Parallel()
	letters := strings.Split("abcdefghijklmnopqrstuvwxyz", "")
	onEachRESP3(t, func(t *testing.T, mode outcometest.ClientMode) {
		opened := mode.Open(t, redistest.Shared(t).Addr)
		for name, db := range map[string]*rueidistx.DB{"Open": opened, "New": rueidistx.New(opened.Client())} {
			ctx, list := redistest.Context(t), redistest.Key(t, name)
			require.NoError(t, db.Auto(ctx).RPush(list, letters...).Err())
			require.NoError(t, db.Client().Do(ctx, db.Client().B().Multi().Build()).Error())
			require.Len(t, db.Cached(time.Minute).Auto(ctx).LRange(list, 1, 10).Must(), 10)
			require.Empty(t, db.Cached(time.Minute).Auto(ctx).LRange(list, 11, 0).Must(), name)
		}
	})
	// A Batch is read again through the cache if it follows a read that has given up.
	onEachRESP3(t, func(t *testing.T, mode outcometest.ClientMode) {
		p := through(t, mode, redistest.Shared(t))
		db := rueidistx.New(p.Client())
		ctx, list, text := redistest.Context(t), redistest.Key(t, "list"), redistest.Key(t, "text")
		require.NoError(t, db.Auto(ctx).RPush(list, letters...).Err())
		require.NoError(t, db.Auto(ctx).Set(text, "value").Err())
		impatient, cancel := context.WithCancel(ctx)
		p.Proxy.Arm(faultproxy.Fault{Command: "EXEC", Action: faultproxy.Hold})
		cached, gaveUp, ended := db.Cached(time.Minute), make(chan error, 1), make(chan error, 1)
		go func() { gaveUp <- cached.Auto(impatient).Get(text).Err() }()
		redistest.Eventually(t, "the read is held", func() bool { return p.Proxy.Held() == 1 })
		go func() {
			b := cached.Batch()
			b.LRange(list, 1, 10)
			b.Get(text)
			ended <- b.Exec(ctx)
		}()
		waitForGoroutines(t, 1, "rueidistx.(*queue).readManyCached")
		cancel()
		require.ErrorIs(t, <-gaveUp, context.Canceled)
		redistest.Eventually(t, "the reply comes", func() bool { return p.Proxy.Release() > 0 })
		require.NoError(t, <-ended)
		require.Empty(t, cached.Auto(ctx).LRange(list, 11, 0).Must())
	})
}

// What was read over a connection is dropped with it: invalidations may be lost.
func TestCachedIsDroppedWithTheConnection(t *testing.T) {
	t.Parallel()
	onEachRESP3(t, func(t *testing.T, mode outcometest.ClientMode) {
		s := redistest.Shared(t)
		p := through(t, mode, s)
		ctx, key := redistest.Context(t), redistest.Key(t, "key")
		cached := p.Cached(time.Hour)
		for i := range 5 {
			s.Do(t, "SET", key, fmt.Sprint(i))
			redistest.Eventually(t, "the value is kept", func() bool {
				f := cached.Auto(ctx).Get(key)
				return f.FromCache() && f.Must() == fmt.Sprint(i)
			})
			unreachable(t, p)
			s.Do(t, "SET", key, "new")
			p.Proxy.Refuse(false)
			require.Equal(t, "new", cached.Auto(ctx).Get(key).Must())
		}
	})
}

// A user that may not run a command around the read reads all the same. Without CLIENT CACHING no invalidations come.
func TestCachedWithoutPermission(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	ctx := redistest.Context(t)
	for _, denied := range []string{"multi", "exec", "pttl", "client|caching"} {
		user := "without" + denied[:4]
		s.Do(t, "ACL", "SETUSER", user, "on", "nopass", "~*", "&*", "+@all", "-"+denied)
		option := s.Option()
		option.Username, option.Password, option.PipelineMultiplex = user, "any", -1
		db, err := rueidistx.Open(option)
		require.NoError(t, err)
		t.Cleanup(db.Close)
		s.Do(t, "SET", denied, "old")
		for range 2 {
			require.Equal(t, "old", db.Cached(time.Minute).Auto(ctx).Get(denied).Must(), denied)
			b := db.Cached(time.Minute).Batch()
			first, second := b.Get(denied), b.StrLen(denied)
			require.NoError(t, b.Exec(ctx), denied)
			require.Equal(t, "old", first.Must(), denied)
			require.EqualValues(t, 3, second.Must(), denied)
		}
		s.Do(t, "SET", denied, "new")
		require.NoError(t, db.Auto(ctx).Ping().Err()) // whose reply comes behind invalidations
		f := db.Cached(time.Minute).Auto(ctx).Get(denied)
		if denied == "client|caching" {
			require.Equal(t, "old", f.Must())
			require.True(t, f.FromCache())
		} else {
			require.Equal(t, "new", f.Must(), denied)
			require.False(t, f.FromCache(), denied)
		}
	}
	s.Do(t, "ACL", "SETUSER", "reader", "on", "nopass", "~*", "&*", "+@all", "-get")
	option := s.Option()
	option.Username, option.Password = "reader", "any"
	db, err := rueidistx.Open(option)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	require.Equal(t, "NOPERM", rueidistx.Code(db.Cached(time.Minute).Auto(ctx).Get("k").Err()))
}

// The round trips and commands that the documents tell.
func TestCachedTrips(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	ctx, miss := redistest.Context(t), []string{"CLIENT", "MULTI", "PTTL", "GET", "EXEC"}
	for name, c := range map[string]struct {
		disable, isNew     bool
		first, more, batch []string
	}{
		"Open": {first: miss, batch: miss},
		"New":  {isNew: true, first: miss, batch: miss},
		"Open with DisableCache": {
			disable: true, first: []string{"GET"}, more: []string{"GET"}, batch: []string{"GET", "GET", "GET"},
		},
		"New with DisableCache": { // which finds out
			disable: true, isNew: true, first: []string{"GET", "GET"}, more: []string{"GET"}, batch: []string{"GET", "GET", "GET"},
		},
	} {
		p := faultproxy.Start(t, s.Addr)
		option := outcometest.ClientModes[0].Option(p.Addr())
		option.DisableCache = c.disable
		seen := new(commandsSeen)
		db, err := rueidistx.Open(option)
		require.NoError(t, err)
		t.Cleanup(db.Close)
		if c.isNew {
			db = rueidistx.New(db.Client())
		}
		require.NoError(t, db.Auto(ctx).Ping().Err())
		p.Arm(faultproxy.Fault{Command: "", If: seen.add, Every: true})
		for i := range 3 {
			require.ErrorIs(t, db.Cached(time.Minute).Auto(ctx).Get("k").Err(), rueidistx.ErrNil)
			want := c.first
			if i > 0 {
				want = c.more
			}
			require.Equal(t, want, seen.take(), "%s, %d", name, i)
		}
		b := db.Cached(time.Minute).Batch()
		b.Get("k")
		b.Get("other")
		b.Get("other")
		require.NoError(t, b.Exec(ctx))
		require.Equal(t, c.batch, seen.take(), name)
	}
}

// commandsSeen keeps the names of commands that a proxy has seen, and has no fault happen.
type commandsSeen struct {
	mu    sync.Mutex
	names []string
}

func (s *commandsSeen) add(argv []string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names = append(s.names, argv[0])
	return false
}

func (s *commandsSeen) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := s.names
	s.names = nil
	return names
}

// badCache is a client whose cache misbehaves.
type badCache struct {
	rueidis.Client
	do      func(r rueidis.RedisResult) rueidis.RedisResult
	doMulti func(r []rueidis.RedisResult) []rueidis.RedisResult
}

func (c *badCache) DoCache(ctx context.Context, command rueidis.Cacheable, ttl time.Duration) rueidis.RedisResult {
	return c.do(c.Client.DoCache(ctx, command, ttl))
}

func (c *badCache) DoMultiCache(ctx context.Context, multi ...rueidis.CacheableTTL) []rueidis.RedisResult {
	return c.doMulti(c.Client.DoMultiCache(ctx, multi...))
}

// Wrappers that lose results are noticed, and those that panic leave nothing behind.
func TestCachedThroughBadWrappers(t *testing.T) {
	t.Parallel()
	ctx := redistest.Context(t)
	bad := &badCache{}
	db, err := rueidistx.Open(redistest.Shared(t).Option(), rueidistx.Wrap(func(c rueidis.Client) rueidis.Client {
		bad.Client = c
		return bad
	}))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	key := redistest.Key(t, "list")
	read := func() (alone, first error) {
		b := db.Cached(time.Minute).Batch()
		f := b.LRange(key, 0, 1)
		b.LRange(key, 0, 2)
		err := b.Exec(ctx)
		if f.Err() != nil {
			require.Error(t, err)
		}
		return db.Cached(time.Minute).Auto(ctx).LRange(key, 0, 1).Err(), f.Err()
	}
	well := func(r rueidis.RedisResult) rueidis.RedisResult { return r }
	allWell := func(r []rueidis.RedisResult) []rueidis.RedisResult { return r }
	none := func(rueidis.RedisResult) rueidis.RedisResult { return rueidis.RedisResult{} }
	for name, c := range map[string]struct {
		do      func(rueidis.RedisResult) rueidis.RedisResult
		doMulti func([]rueidis.RedisResult) []rueidis.RedisResult
	}{
		"nothing": {none, func([]rueidis.RedisResult) []rueidis.RedisResult { return nil }},
		"empty":   {none, func(r []rueidis.RedisResult) []rueidis.RedisResult { return make([]rueidis.RedisResult, len(r)) }},
		"fewer":   {none, func(r []rueidis.RedisResult) []rueidis.RedisResult { return r[1:] }},
		"more":    {none, func(r []rueidis.RedisResult) []rueidis.RedisResult { return append(slices.Clone(r), r...) }},
	} {
		bad.do, bad.doMulti = c.do, c.doMulti
		for err := range errorsIn(read()) {
			require.ErrorIs(t, err, rueidistx.ErrProtocol, name)
			require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(err), name)
		}
	}
	bad.do = func(rueidis.RedisResult) rueidis.RedisResult { panic("wrapper") }
	bad.doMulti = func([]rueidis.RedisResult) []rueidis.RedisResult { panic("wrapper") }
	require.PanicsWithValue(t, "wrapper", func() { read() })
	b := db.Cached(time.Minute).Batch()
	f := b.LRange(key, 0, 1)
	require.PanicsWithValue(t, "wrapper", func() { _ = b.Exec(ctx) })
	require.ErrorIs(t, f.Err(), rueidistx.ErrUnknown)
	bad.do, bad.doMulti = well, allWell
	alone, first := read()
	require.NoError(t, alone)
	require.NoError(t, first)
}

func errorsIn(errs ...error) func(yield func(error) bool) {
	return slices.Values(errs)
}
