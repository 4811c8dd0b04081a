package conformance

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// testExactReplies is about replies that RESP2 and RESP3 have in different forms, or of which something used to be lost.
func (s *suite) testExactReplies(t *testing.T, w ways.Way) {
	k := s.keysOf(t)
	t.Run("stream entries", func(t *testing.T) {
		s.given(t, "XADD $x 1-1 f 1 g 2 f 3", k)
		e := reply(t, s, w, "XRANGE $x - +", k, rueidistx.AsStreamEntries).Must()[0]
		assert.Equal(t, rueidistx.StreamEntry{ID: "1-1", Fields: []rueidistx.Field{{Name: "f", Value: "1"}, {Name: "g", Value: "2"}, {Name: "f", Value: "3"}}}, e)
		first, ok := e.Get("f")
		assert.True(t, ok)
		assert.Equal(t, "1", first)
		_, ok = e.Get("h")
		assert.False(t, ok)
		assert.Equal(t, map[string]string{"f": "3", "g": "2"}, e.Map())
	})
	t.Run("an entry that was deleted while it was pending", func(t *testing.T) {
		s.given(t, "XADD $p 1-1 f 1; XGROUP CREATE $p g 0; XREADGROUP GROUP g c STREAMS $p >; XDEL $p 1-1", k)
		type stream struct{ entries []rueidistx.StreamEntry }
		var f rueidistx.Future[[]rueidistx.StreamEntry]
		require.NoError(t, w.Run(redistest.Context(t), s.db, func(c *commands) {
			text := "return redis.call('XREADGROUP','GROUP','g','c','STREAMS',KEYS[1],'0')[1][2]"
			f = rueidistx.NewScript(text, rueidistx.AsStreamEntries).Queue(c, []string{k("p")})
		}))
		assert.Equal(t, stream{[]rueidistx.StreamEntry{{ID: "1-1"}}}, stream{f.Must()})
	})
	if !s.lacks("6.2") {
		s.given(t, "HSET $h f 1 g 2", k)
		t.Run("fields with values in pairs", func(t *testing.T) {
			is(reply(t, s, w, "HRANDFIELD $h 5 WITHVALUES", k, rueidistx.AsStringMap), map[string]string{"f": "1", "g": "2"}).run(t)
		})
	}
	t.Run("an element that cannot be decoded", func(t *testing.T) {
		s.given(t, "RPUSH $json 1 x 3", k)
		_, err := reply(t, s, w, "LRANGE $json 0 -1", k, rueidistx.AsSlice(rueidistx.AsJSON[int])).Value()
		require.ErrorIs(t, err, rueidistx.ErrDecode)
		assert.ErrorContains(t, err, "element 1: invalid JSON")

		each := reply(t, s, w, "LRANGE $json 0 -1", k, rueidistx.AsEach(rueidistx.AsJSON[int])).Must()
		require.Len(t, each, 3)
		assert.Equal(t, []int{1, 0, 3}, []int{each[0].Value, each[1].Value, each[2].Value})
		require.NoError(t, each[0].Err)
		require.ErrorIs(t, each[1].Err, rueidistx.ErrDecode)
		assert.ErrorContains(t, each[1].Err, "element 1: ")
		require.NoError(t, each[2].Err)

		s.given(t, "HSET $m a 1", k)
		each2 := reply(t, s, w, "HMGET $m a b", k, rueidistx.AsEach(rueidistx.AsString)).Must()
		assert.Equal(t, []rueidistx.Each[string]{{Value: "1"}, {Err: rueidistx.ErrNil}}, each2)
	})
	t.Run("no numbers, and infinite ones", func(t *testing.T) {
		for _, text := range []string{"nan", "-nan", "inf", "-inf"} {
			s.given(t, "SET $f "+text, k)
			byDecoder, err := reply(t, s, w, "GET $f", k, rueidistx.AsFloat64).Value()
			require.NoError(t, err, text)
			byFuture, err := rueidistx.Float(reply(t, s, w, "GET $f", k, rueidistx.AsString)).Value()
			require.NoError(t, err, text)
			assert.Equal(t, math.IsNaN(byDecoder), math.IsNaN(byFuture), text)
			assert.Equal(t, math.IsInf(byDecoder, 0), math.IsInf(byFuture, 0), text)
		}
	})
}

// testExactScripts is the same for types that only scripts reply with.
func (s *suite) testExactScripts(t *testing.T, w ways.Way) {
	run := func(t *testing.T, text string, decode func(*testing.T, *commands, string)) {
		t.Helper()
		require.NoError(t, w.Run(redistest.Context(t), s.db, func(c *commands) { decode(t, c, "redis.setresp(3); return "+text) }))
	}
	k := s.keysOf(t)
	one := []string{k("k")}
	t.Run("verbatim strings", func(t *testing.T) {
		if s.lacks("7.0") {
			return // 6.0 does not know them in scripts
		}
		var f rueidistx.Future[string]
		var list rueidistx.Future[any]
		run(t, "{verbatim_string={format='txt',string='hello'}}", func(t *testing.T, c *commands, text string) {
			f = rueidistx.NewScript(text, rueidistx.AsString).Queue(c, one)
			list = rueidistx.NewScript("redis.setresp(3); return {{verbatim_string={format='mkd',string='a:b'}}}", rueidistx.AsAny).Queue(c, one)
		})
		is(f, "hello").run(t)
		is(list, any([]any{"a:b"})).run(t)
	})
	t.Run("booleans", func(t *testing.T) {
		var text, no rueidistx.Future[string]
		var n rueidistx.Future[int64]
		var list rueidistx.Future[[]string]
		var m rueidistx.Future[map[string]string]
		var number rueidistx.Future[float64]
		var truth rueidistx.Future[[]bool]
		run(t, "true", func(t *testing.T, c *commands, script string) {
			text = rueidistx.NewScript(script, rueidistx.AsString).Queue(c, one)
			n = rueidistx.NewScript(script, rueidistx.AsInt64).Queue(c, one)
			number = rueidistx.NewScript(script, rueidistx.AsFloat64).Queue(c, one)
			no = rueidistx.NewScript("redis.setresp(3); return false", rueidistx.AsString).Queue(c, one)
			list = rueidistx.NewScript("redis.setresp(3); return {true, false, true}", rueidistx.AsStrings).Queue(c, one)
			truth = rueidistx.NewScript("redis.setresp(3); return {true, false, true}", rueidistx.AsBools).Queue(c, one)
			m = rueidistx.NewScript("redis.setresp(3); return {map={a=true}}", rueidistx.AsStringMap).Queue(c, one)
		})
		is(text, "1").run(t)
		is(no, "0").run(t)
		is(n, 1).run(t)
		is(number, 1.0).run(t)
		is(list, []string{"1", "0", "1"}).run(t)
		is(truth, []bool{true, false, true}).run(t)
		is(m, map[string]string{"a": "1"}).run(t)
	})
	t.Run("maps with integer keys", func(t *testing.T) {
		var m rueidistx.Future[map[string]string]
		var v rueidistx.Future[any]
		run(t, "{map={[1]='a',[22]='b'}}", func(t *testing.T, c *commands, text string) {
			m = rueidistx.NewScript(text, rueidistx.AsStringMap).Queue(c, one)
			v = rueidistx.NewScript(text, rueidistx.AsAny).Queue(c, one)
		})
		is(m, map[string]string{"1": "a", "22": "b"}).run(t)
		if s.resp() == 3 {
			is(v, any(map[string]any{"1": "a", "22": "b"})).run(t)
		}
	})
	t.Run("errors inside arrays", func(t *testing.T) {
		var v rueidistx.Future[any]
		var list rueidistx.Future[[]string]
		var each rueidistx.Future[[]rueidistx.Each[string]]
		run(t, "{'a', {err='MINE secret'}}", func(t *testing.T, c *commands, text string) {
			v = rueidistx.NewScript(text, rueidistx.AsAny).Queue(c, one)
			list = rueidistx.NewScript(text, rueidistx.AsStrings).Queue(c, one)
			each = rueidistx.NewScript(text, rueidistx.AsEach(rueidistx.AsString)).Queue(c, one)
		})
		values := v.Must().([]any)
		require.Len(t, values, 2)
		assert.Equal(t, "a", values[0])
		inner, ok := values[1].(error)
		require.True(t, ok)
		for _, err := range []error{inner, list.Err(), each.Must()[1].Err} {
			require.ErrorIs(t, err, rueidistx.ErrDecode)
			require.ErrorIs(t, err, rueidistx.ErrService)
		}
		assert.ErrorContains(t, list.Err(), "element 1: ")
		assert.Equal(t, "a", each.Must()[0].Value)
	})
}

// testResultValues expects the same Go values of [rueidistx.Result] in RESP2 and RESP3: those of the methods.
func (s *suite) testResultValues(t *testing.T) {
	k := s.keysOf(t)
	s.given(t, "HSET $h f 1; ZADD $z 1.5 a; SET $s v; XADD $x 1-1 f 1", k)
	b := s.db.Batch()
	b.HGetAll(k("h"))
	b.ZRangeWithScores(k("z"), 0, -1)
	b.ZScore(k("z"), "a")
	b.XRange(k("x"), "-", "+")
	b.Exists(k("s"))
	b.TTL(k("s"))
	b.TTL(k("gone"))
	b.HMGet(k("h"), "f", "g")
	require.NoError(t, b.Exec(redistest.Context(t)))
	var values []any
	for _, r := range b.Results() {
		require.NoError(t, r.Err)
		values = append(values, r.Value)
	}
	assert.Equal(t, []any{
		map[string]string{"f": "1"},
		scored("a", 1.5),
		1.5,
		[]rueidistx.StreamEntry{entry("1-1", "f", "1")},
		int64(1),
		rueidistx.NoTTL,
		nil,
		[]rueidistx.Optional[string]{optional("1"), missing},
	}, values)
}

// address is embedded by [person].
type address struct {
	City   string `redis:"city"`
	Street string
}

// Contact is embedded by [person], as a pointer.
type Contact struct {
	Mail string `redis:"mail"`
	Name string `redis:"name"` // the outer one goes first
}

type person struct {
	Name string `redis:"name"`
	address
	*Contact
}

// testEmbeddedStructs is about structs in structs, and structs that a map has nothing for.
func (s *suite) testEmbeddedStructs(t *testing.T, w ways.Way) {
	k := s.keysOf(t)
	s.given(t, "HSET $p name ann city Rome Street Main mail a@b; HSET $bare name bob; HSET $other x 1", k)
	got := reply(t, s, w, "HGETALL $p", k, rueidistx.AsStruct[person]).Must()
	assert.Equal(t, person{Name: "ann", address: address{City: "Rome", Street: "Main"}, Contact: &Contact{Mail: "a@b"}}, got)
	assert.Equal(t, person{Name: "bob"}, reply(t, s, w, "HGETALL $bare", k, rueidistx.AsStruct[person]).Must())

	for _, err := range []error{
		reply(t, s, w, "HGETALL $other", k, rueidistx.AsStruct[person]).Err(),
		reply(t, s, w, "HGETALL $other", k, rueidistx.AsStruct[struct{}]).Err(),
	} {
		require.ErrorIs(t, err, rueidistx.ErrDecode)
		assert.ErrorContains(t, err, "has no field for any value in the reply")
	}
}

// testFarTimes is about TTLs and times near what servers and Durations can hold.
func (s *suite) testFarTimes(t *testing.T, w ways.Way) {
	const second = math.MaxInt64/1000 - 1
	k := s.keysOf(t)
	s.given(t, "SET $a v; SET $b v; SET $c v; EXPIRE $c 9000000000000", k)
	var set, at rueidistx.Future[bool]
	require.NoError(t, w.Run(redistest.Context(t), s.db, func(c *commands) {
		set = c.Set(k("a"), "v", rueidistx.EX(math.MaxInt64))
		at = c.ExpireAt(k("b"), time.Unix(second, 999_999_999))
	}))
	is(set, true).run(t)
	is(at, true).run(t)
	var ttls []rueidistx.Future[time.Duration]
	require.NoError(t, w.Run(redistest.Context(t), s.db, func(c *commands) {
		ttls = append(ttls, c.PTTL(k("a")), c.TTL(k("a")), c.PTTL(k("b")), c.TTL(k("b")), c.PTTL(k("c")), c.TTL(k("c")))
	}))
	for i, f := range ttls {
		ttl, err := f.Value()
		require.NoError(t, err)
		if i < 2 {
			assert.InDelta(t, math.MaxInt64, int64(ttl), float64(time.Hour))
		} else {
			assert.Equal(t, time.Duration(math.MaxInt64), ttl, i)
		}
	}
}
