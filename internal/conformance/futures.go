package conformance

import (
	"errors"
	"strconv"
	"sync"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// testFutures is about what can be done with answers.
func (s *suite) testFutures(t *testing.T) {
	t.Parallel()
	for _, w := range ways.All {
		t.Run(w.Name+"/combined", func(t *testing.T) {
			t.Parallel()
			s.testCombined(t, w)
		})
		t.Run(w.Name+"/read by many", func(t *testing.T) {
			t.Parallel()
			s.testReadByMany(t, w)
		})
		t.Run(w.Name+"/any command and type", func(t *testing.T) {
			t.Parallel()
			s.testAnyCommand(t, w)
		})
	}
	for _, kind := range ways.Kinds {
		t.Run(kind.Type+"/results", func(t *testing.T) {
			t.Parallel()
			s.testResults(t, kind)
		})
	}
	t.Run("the zero future is never settled", func(t *testing.T) {
		t.Parallel()
		var f rueidistx.Future[string]
		require.Equal(t, rueidistx.ErrPending, f.Err())
		require.Equal(t, "else", f.Or("else"))
	})
	t.Run("numbers in strings", s.testNumbers)
	t.Run("an Auto for many goroutines", s.testSharedAuto)
}

func (s *suite) testCombined(t *testing.T, w ways.Way) {
	k := s.keysOf(t)
	s.given(t, "SET $a 1; SET $b 2; RPUSH $list x", k)
	var a, b, gone, bad rueidistx.Future[string]
	var doubled rueidistx.Future[int64]
	var pair rueidistx.Future[rueidistx.Pair[string, int64]]
	var all, some rueidistx.Future[[]string]
	calls := 0
	wrong := errors.New("wrong")
	err := w.Run(redistest.Context(t), s.db, func(c *commands) {
		a, b, gone, bad = c.Get(k("a")), c.Get(k("b")), c.Get(k("gone")), c.Get(k("list"))
		doubled = rueidistx.Map(b, func(s string) (int64, error) {
			calls++
			n, err := strconv.ParseInt(s, 10, 64)
			return 2 * n, err
		})
		pair = rueidistx.Zip(a, doubled)
		all, some = rueidistx.All(a, b), rueidistx.All(a, gone, bad)
		if !w.Now {
			for _, err := range []error{doubled.Err(), pair.Err(), all.Err(), some.Err()} {
				assert.ErrorIs(t, err, rueidistx.ErrPending)
			}
			assert.Zero(t, calls)
		}
	})
	if !w.Now {
		requireCommandError(t, err, 3, "GET", "WRONGTYPE")
	}
	is(doubled, 4).run(t)
	is(pair, rueidistx.Pair[string, int64]{First: "1", Second: 4}).run(t)
	is(all, []string{"1", "2"}).run(t)
	isNil(some).run(t)
	isNil(rueidistx.Map(gone, strconv.Atoi)).run(t)
	isNil(rueidistx.Zip(gone, bad)).run(t)
	assert.ErrorIs(t, rueidistx.Zip(bad, gone).Err(), rueidistx.ErrService)
	converted := rueidistx.Map(a, func(string) (int, error) { return 0, wrong }).Err() // as a decoder's
	assert.ErrorIs(t, converted, wrong)
	assert.ErrorIs(t, converted, rueidistx.ErrDecode)
	assert.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(converted))
	is(rueidistx.All[string](), []string{}).run(t)

	is(rueidistx.Int(b), 2).run(t)
	is(rueidistx.Float(b), 2).run(t)
	isNil(rueidistx.Int(gone)).run(t)
	assert.ErrorIs(t, rueidistx.Float(bad).Err(), rueidistx.ErrService)

	assert.Equal(t, "1", a.Or("else"))
	assert.Equal(t, "else", bad.Or("else"))
	assert.Equal(t, "1", a.Must())
	assert.PanicsWithError(t, gone.Err().Error(), func() { gone.Must() })
	assert.Equal(t, "1,2", rueidistx.Map(all, func(list []string) (string, error) { return list[0] + "," + list[1], nil }).Must())
}

func (s *suite) testReadByMany(t *testing.T, w ways.Way) {
	k := s.keysOf(t)
	s.given(t, "HSET $h a 1 b 2", k)
	var f rueidistx.Future[map[string]string]
	require.NoError(t, w.Run(redistest.Context(t), s.db, func(c *commands) { f = c.HGetAll(k("h")) }))
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			got := f.Must()
			assert.Equal(t, map[string]string{"a": "1", "b": "2"}, got)
			got["a"] = "changed" // the map is the reader's own
		})
	}
	readers.Wait()
	is(f, map[string]string{"a": "1", "b": "2"}).run(t)
}

func (s *suite) testAnyCommand(t *testing.T, w ways.Way) {
	type reply struct{ text string }
	k := s.keysOf(t)
	s.given(t, "SET $a hello", k)
	verb := "substr" // an old name of GETRANGE
	if s.Embedded {
		verb = "getrange"
	}
	var own rueidistx.Future[reply]
	var built, copied rueidistx.Future[string]
	require.NoError(t, w.Run(redistest.Context(t), s.db, func(c *commands) {
		own = rueidistx.Queue(c, c.B().Arbitrary(verb).Keys(k("a")).Args("0", "1").Build(),
			func(m rueidis.RedisMessage) (reply, error) {
				text, err := m.ToString()
				return reply{text}, err
			})
		command := c.B().Get().Key(k("a")).Build()
		built = rueidistx.Queue(c, command, rueidistx.AsString)
		copied = rueidistx.Queue(c, command, rueidistx.AsString) // the first call has copied it
	}))
	is(own, reply{"he"}).run(t)
	is(built, "hello").run(t)
	is(copied, "hello").run(t)
}

func (s *suite) testResults(t *testing.T, kind ways.Kind) {
	k := s.keysOf(t)
	s.given(t, "SET $a 1; RPUSH $list x y", k)
	u := kind.Unit(s.db)
	c := ways.CommandsOf(u)
	c.Get(k("a"))
	c.Get(k("gone"))
	c.LRange(k("list"), 0, -1)
	c.Incr(k("list"))
	c.ZAdd(k("z"), scored("m", 1.5))
	c.Set(k("a"), "2", rueidistx.NX)
	err := u.Exec(redistest.Context(t))
	requireCommandError(t, err, 3, "INCR", "WRONGTYPE")
	require.Equal(t, 6, u.Len())
	results := u.Results()
	require.Len(t, results, 6)
	requireCommandError(t, results[3].Err, 3, "INCR", "WRONGTYPE")
	results[3].Err = nil
	assert.Equal(t, []rueidistx.Result{
		{Index: 0, Name: "GET", Value: "1"},
		{Index: 1, Name: "GET"},
		{Index: 2, Name: "LRANGE", Value: []string{"x", "y"}},
		{Index: 3, Name: "INCR"},
		{Index: 4, Name: "ZADD", Value: int64(1)},
		{Index: 5, Name: "SET", Value: false},
	}, results)
}

func (s *suite) testNumbers(t *testing.T) {
	t.Parallel()
	k := s.keysOf(t)
	s.given(t, "SET $i -9223372036854775808; SET $f 2.5e3; SET $s text", k)
	c := s.db.Auto(redistest.Context(t))
	is(rueidistx.Int(c.Get(k("i"))), -1<<63).run(t)
	is(rueidistx.Float(c.Get(k("f"))), 2500).run(t)
	for _, err := range []error{rueidistx.Int(c.Get(k("f"))).Err(), rueidistx.Int(c.Get(k("s"))).Err(), rueidistx.Float(c.Get(k("s"))).Err()} {
		assert.ErrorIs(t, err, rueidistx.ErrDecode)
		assert.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
	}
}

// commandsOf returns the commands of a Batch or Tx.
func (s *suite) testSharedAuto(t *testing.T) {
	t.Parallel()
	const goroutines, each = 16, 50
	k := s.keysOf(t)
	key := k("n")
	c := s.db.Auto(redistest.Context(t))
	var seen sync.Map
	var adders sync.WaitGroup
	for range goroutines {
		adders.Go(func() {
			for i := range each {
				if i%10 == 0 { // several words have to be looked at more closely
					exists := rueidistx.Queue(c, c.B().ScriptExists().Sha1("x").Build(), rueidistx.AsBools)
					assert.Equal(t, []bool{false}, exists.Or(nil))
				}
				n, err := c.Incr(key).Value()
				if !assert.NoError(t, err) {
					return
				}
				_, twice := seen.LoadOrStore(n, true)
				assert.False(t, twice, "%d was answered twice", n)
			}
		})
	}
	adders.Wait()
	is(c.Get(key), strconv.Itoa(goroutines*each)).run(t)
}
