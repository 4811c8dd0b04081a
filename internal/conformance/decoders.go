package conformance

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// user is what the tests decode hashes and JSON into.
type user struct {
	Name     string `redis:"name" json:"name"`
	Age      int    `redis:"age" json:"age"`
	Score    float64
	Admin    bool `redis:"admin,omitempty"`
	Picture  []byte
	Small    uint8
	Joined   time.Time
	Nickname *string
	Ignored  string `redis:"-"`
	private  string
}

// testDecoders is about replies as Go values: the same ones in RESP2 and RESP3, and in every way of running.
func (s *suite) testDecoders(t *testing.T) {
	t.Parallel()
	t.Run("results", s.testResultValues)
	for _, w := range ways.OfEachKind {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			t.Run("values", func(t *testing.T) { s.testDecoded(t, w) })
			t.Run("structs", func(t *testing.T) { s.testStructs(t, w) })
			t.Run("embedded structs", func(t *testing.T) { s.testEmbeddedStructs(t, w) })
			t.Run("replies of another kind", func(t *testing.T) { s.testMismatches(t, w) })
			if !s.Embedded {
				t.Run("types of RESP3 from scripts", func(t *testing.T) { s.testScriptTypes(t, w) })
				t.Run("exact replies", func(t *testing.T) { s.testExactReplies(t, w) })
				t.Run("exact replies of scripts", func(t *testing.T) { s.testExactScripts(t, w) })
				t.Run("far times", func(t *testing.T) { s.testFarTimes(t, w) })
			}
		})
	}
}

// reply runs one command.
func reply[T any](t *testing.T, s *suite, w ways.Way, command string, k keys, decode rueidistx.Decoder[T]) rueidistx.Future[T] {
	t.Helper()
	var f rueidistx.Future[T]
	err := w.Run(redistest.Context(t), s.db, func(c *commands) {
		argv := split(command, k)
		build := c.B().Arbitrary(argv[0])
		if key := named(command); len(key) > 0 {
			build = build.Args(argv[1:]...)
			f = rueidistx.Queue(c, build.Build().SetSlot(k(key[0])), decode)
			return
		}
		f = rueidistx.Queue(c, build.Args(argv[1:]...).Build(), decode)
	})
	require.NoError(t, err, command)
	return f
}

func (s *suite) testDecoded(t *testing.T, w ways.Way) {
	k := s.keysOf(t)
	s.given(t, `SET $s text; SET $n 42; SET $f 2.5; SET $one 1; SET $json {"name":"ann","age":7}; SET $empty ""`, k)
	s.given(t, "RPUSH $l 1 2; HSET $h a 1 b 2; SADD $set 3; ZADD $z 1 a 2.5 b; XADD $x 1-1 f v", k)

	is(reply(t, s, w, "GET $s", k, rueidistx.AsString), "text").run(t)
	is(reply(t, s, w, "STRLEN $s", k, rueidistx.AsString), "4").run(t)
	is(reply(t, s, w, "GET $n", k, rueidistx.AsInt64), 42).run(t)
	is(reply(t, s, w, "STRLEN $s", k, rueidistx.AsInt64), 4).run(t)
	is(reply(t, s, w, "GET $f", k, rueidistx.AsFloat64), 2.5).run(t)
	is(reply(t, s, w, "STRLEN $s", k, rueidistx.AsFloat64), 4.0).run(t)
	is(reply(t, s, w, "ZSCORE $z b", k, rueidistx.AsFloat64), 2.5).run(t)
	is(reply(t, s, w, "EXISTS $s", k, rueidistx.AsBool), true).run(t)
	is(reply(t, s, w, "EXISTS $gone", k, rueidistx.AsBool), false).run(t)
	is(reply(t, s, w, "GET $one", k, rueidistx.AsBool), true).run(t)
	is(reply(t, s, w, "SET $new 1", k, rueidistx.AsBool), true).run(t)
	is(reply(t, s, w, "SET $new 1 NX", k, rueidistx.AsDone), false).run(t)
	is(reply(t, s, w, "LRANGE $l 0 -1", k, rueidistx.AsStrings), []string{"1", "2"}).run(t)
	is(reply(t, s, w, "LRANGE $l 0 -1", k, rueidistx.AsInt64s), []int64{1, 2}).run(t)
	is(reply(t, s, w, "LRANGE $l 0 0", k, rueidistx.AsBools), []bool{true}).run(t)
	is(reply(t, s, w, "LRANGE $l 0 -1", k, rueidistx.AsSlice(rueidistx.AsFloat64)), []float64{1, 2}).run(t)
	is(reply(t, s, w, "SMEMBERS $set", k, rueidistx.AsInt64s), []int64{3}).run(t)
	is(reply(t, s, w, "HGETALL $h", k, rueidistx.AsStringMap), map[string]string{"a": "1", "b": "2"}).run(t)
	is(reply(t, s, w, "HGETALL $gone", k, rueidistx.AsStringMap), map[string]string{}).run(t)
	is(reply(t, s, w, "HMGET $h a x", k, rueidistx.AsOptionals), []rueidistx.Optional[string]{optional("1"), missing}).run(t)
	is(reply(t, s, w, "HMGET $h a x", k, rueidistx.AsSlice(rueidistx.AsOptional(rueidistx.AsInt64))),
		[]rueidistx.Optional[int64]{{Value: 1, OK: true}, {}}).run(t)
	is(reply(t, s, w, "GET $gone", k, rueidistx.AsOptional(rueidistx.AsString)), missing).run(t)
	is(reply(t, s, w, "GET $empty", k, rueidistx.AsOptional(rueidistx.AsString)), optional("")).run(t)
	is(reply(t, s, w, "ZRANGE $z 0 -1 WITHSCORES", k, rueidistx.AsScoredMembers), scored("a", 1.0, "b", 2.5)).run(t)
	is(reply(t, s, w, "XRANGE $x - +", k, rueidistx.AsStreamEntries), []rueidistx.StreamEntry{entry("1-1", "f", "v")}).run(t)
	is(reply(t, s, w, "GET $s", k, rueidistx.AsAny), any("text")).run(t)
	is(reply(t, s, w, "STRLEN $s", k, rueidistx.AsAny), any(int64(4))).run(t)
	is(reply(t, s, w, "LRANGE $l 0 -1", k, rueidistx.AsAny), any([]any{"1", "2"})).run(t)
	isNil(reply(t, s, w, "GET $gone", k, rueidistx.AsAny)).run(t)
	assert.Equal(t, "else", rueidistx.Optional[string]{}.Or("else"))
	assert.Equal(t, "1", optional("1").Or("else"))

	message := reply(t, s, w, "GET $s", k, rueidistx.AsMessage).Must()
	text, err := message.ToString()
	require.NoError(t, err)
	assert.Equal(t, "text", text)

	bytes := reply(t, s, w, "GET $s", k, rueidistx.AsBytes)
	own := bytes.Must()
	assert.Equal(t, []byte("text"), own)
	own[0] = 'X'
	assert.Equal(t, []byte("text"), bytes.Must(), "the slice is the caller's own")

	is(reply(t, s, w, "GET $json", k, rueidistx.AsJSON[user]), user{Name: "ann", Age: 7}).run(t)
	is(reply(t, s, w, "GET $json", k, rueidistx.AsJSON[map[string]any]), map[string]any{"name": "ann", "age": 7.0}).run(t)
	is(reply(t, s, w, "LRANGE $l 0 -1", k, rueidistx.AsSlice(rueidistx.AsJSON[int])), []int{1, 2}).run(t)
	isNil(reply(t, s, w, "GET $gone", k, rueidistx.AsJSON[user])).run(t)
}

func (s *suite) testStructs(t *testing.T, w ways.Way) {
	k := s.keysOf(t)
	s.given(t, `HSET $u name ann age 7 Score 2.5 admin 1 Picture ÿ Small 255 Joined 2024-02-29T12:00:00Z Nickname annie - x Ignored y private z more w`, k)
	got := reply(t, s, w, "HGETALL $u", k, rueidistx.AsStruct[user]).Must()
	require.NotNil(t, got.Nickname)
	assert.Equal(t, "annie", *got.Nickname)
	got.Nickname = nil
	assert.Equal(t, user{
		Name: "ann", Age: 7, Score: 2.5, Admin: true, Picture: []byte("ÿ"), Small: 255,
		Joined: time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC),
	}, got)
	assert.Empty(t, got.private)

	s.given(t, "HSET $part name bob", k)
	is(reply(t, s, w, "HGETALL $part", k, rueidistx.AsStruct[user]), user{Name: "bob"}).run(t)
	isNil(reply(t, s, w, "HGETALL $gone", k, rueidistx.AsStruct[user])).run(t)
	is(reply(t, s, w, "HGETALL $gone", k, rueidistx.AsOptional(rueidistx.AsStringMap)),
		rueidistx.Optional[map[string]string]{Value: map[string]string{}, OK: true}).run(t)
}

func (s *suite) testMismatches(t *testing.T, w ways.Way) {
	k := s.keysOf(t)
	s.given(t, "SET $s text; RPUSH $l a; HSET $h age many Small 256 Joined never; HSET $odd Admin maybe", k)
	for _, f := range []struct {
		name string
		err  error
	}{
		{"AsInt64", reply(t, s, w, "GET $s", k, rueidistx.AsInt64).Err()},
		{"AsFloat64", reply(t, s, w, "GET $s", k, rueidistx.AsFloat64).Err()},
		{"AsBool", reply(t, s, w, "GET $s", k, rueidistx.AsBool).Err()},
		{"AsString", reply(t, s, w, "LRANGE $l 0 -1", k, rueidistx.AsString).Err()},
		{"AsBytes", reply(t, s, w, "LRANGE $l 0 -1", k, rueidistx.AsBytes).Err()},
		{"AsStrings", reply(t, s, w, "GET $s", k, rueidistx.AsStrings).Err()},
		{"AsStrings with nil", reply(t, s, w, "HMGET $h x", k, rueidistx.AsStrings).Err()},
		{"AsInt64s", reply(t, s, w, "LRANGE $l 0 -1", k, rueidistx.AsInt64s).Err()},
		{"AsStringMap", reply(t, s, w, "GET $s", k, rueidistx.AsStringMap).Err()},
		{"AsStringMap of an odd list", reply(t, s, w, "LRANGE $l 0 -1", k, rueidistx.AsStringMap).Err()},
		{"AsScoredMembers", reply(t, s, w, "GET $s", k, rueidistx.AsScoredMembers).Err()},
		{"AsStreamEntries", reply(t, s, w, "GET $s", k, rueidistx.AsStreamEntries).Err()},
		{"AsJSON", reply(t, s, w, "GET $s", k, rueidistx.AsJSON[user]).Err()},
		{"AsStruct", reply(t, s, w, "HGETALL $h", k, rueidistx.AsStruct[user]).Err()},
		{"AsStruct into no struct", reply(t, s, w, "HGETALL $h", k, rueidistx.AsStruct[int]).Err()},
		{"AsOptional", reply(t, s, w, "GET $s", k, rueidistx.AsOptional(rueidistx.AsInt64)).Err()},
	} {
		t.Run(f.name, func(t *testing.T) {
			require.ErrorIs(t, f.err, rueidistx.ErrDecode)
			require.NotErrorIs(t, f.err, rueidistx.ErrNil)
			var command *rueidistx.CommandError
			require.ErrorAs(t, f.err, &command)
			assert.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(f.err))
		})
	}
}

// testScriptTypes takes the types that only scripts answer with: maps, sets, doubles, booleans, big numbers.
func (s *suite) testScriptTypes(t *testing.T, w ways.Way) {
	k := s.keysOf(t)
	run := func(text string) rueidistx.Future[any] {
		var f rueidistx.Future[any]
		require.NoError(t, w.Run(redistest.Context(t), s.db, func(c *commands) {
			f = rueidistx.NewScript("redis.setresp(3); "+text, rueidistx.AsAny).Queue(c, []string{k("k")})
		}))
		return f
	}
	want := map[string]any{
		"return {map={a='1'}}":  map[string]any{"a": "1"},
		"return {set={a=true}}": []any{"a"},
		"return {double=2.5}":   2.5,
		"return true":           true,
		"return {big_number='123456789012345678901234567'}": "123456789012345678901234567",
		"return {1, 'a', {2}}":                              []any{int64(1), "a", []any{int64(2)}},
	}
	if s.lacks("7.0") {
		delete(want, "return {big_number='123456789012345678901234567'}")
	}
	if s.resp() == 2 {
		want["return {map={a='1'}}"] = []any{"a", "1"}
		want["return {double=2.5}"] = "2.5"
		want["return true"] = int64(1)
	}
	for text, want := range want {
		got, err := run(text).Value()
		require.NoError(t, err, text)
		assert.Equal(t, fmt.Sprint(want), fmt.Sprint(got), text)
	}
	isNil(run("return nil")).run(t)
}
