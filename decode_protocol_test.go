package rueidistx_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// inBothProtocols returns databases that speak RESP2 and RESP3 to a server of the test's own.
func inBothProtocols(t *testing.T) (s *redistest.Server, two, three *rueidistx.DB) {
	t.Helper()
	s = redistest.Start(t)
	for _, o := range []struct {
		option rueidis.ClientOption
		db     **rueidistx.DB
	}{{inRESP2(s.Option()), &two}, {s.Option(), &three}} {
		db, err := rueidistx.Open(o.option)
		require.NoError(t, err)
		t.Cleanup(db.Close)
		*o.db = db
	}
	return s, two, three
}

func boxed[T any](decode rueidistx.Decoder[T]) rueidistx.Decoder[any] {
	return func(m rueidis.RedisMessage) (any, error) { return decode(m) }
}

// agreeing are the decoders that make the same of a reply in both protocols. Those of lists do not know pairs.
var agreeing = []struct {
	name   string
	decode rueidistx.Decoder[any]
	pairs  bool
}{
	{"AsString", boxed(rueidistx.AsString), true},
	{"AsBytes", boxed(rueidistx.AsBytes), true},
	{"AsInt64", boxed(rueidistx.AsInt64), true},
	{"AsFloat64", boxed(rueidistx.AsFloat64), true},
	{"AsBool", boxed(rueidistx.AsBool), true},
	{"AsDone", boxed(rueidistx.AsDone), true},
	{"AsOptional", boxed(rueidistx.AsOptional(rueidistx.AsInt64)), true},
	{"AsStringMap", boxed(rueidistx.AsStringMap), true},
	{"AsScoredMembers", boxed(rueidistx.AsScoredMembers), true},
	{"AsStruct", boxed(rueidistx.AsStruct[decodeTarget]), true},
	{"AsStreamEntry", boxed(rueidistx.AsStreamEntry), true},
	{"AsStreamEntries", boxed(rueidistx.AsStreamEntries), true},
	{"AsStrings", boxed(rueidistx.AsStrings), false},
	{"AsInt64s", boxed(rueidistx.AsInt64s), false},
	{"AsFloat64s", boxed(rueidistx.AsFloat64s), false},
	{"AsBools", boxed(rueidistx.AsBools), false},
	{"AsOptionals", boxed(rueidistx.AsOptionals), false},
	{"AsSlice of AsStrings", boxed(rueidistx.AsSlice(rueidistx.AsStrings)), false},
	{"AsSlice of AsStringMap", boxed(rueidistx.AsSlice(rueidistx.AsStringMap)), false},
	{"AsEach", boxed(rueidistx.AsEach(rueidistx.AsString)), false},
}

// TestDecodersMakeTheSameOfBothProtocols runs commands whose replies the protocols write differently, and others.
func TestDecodersMakeTheSameOfBothProtocols(t *testing.T) {
	s, two, three := inBothProtocols(t)
	const setup = `HSET h A 1 OK 7 1 9;HSET h1 f 1;ZADD z 1.5 a 3 b -inf m inf i 0.1 x;ZADD z1 1.5 a;ZADD z2 1.5 b;
		XADD x 1-1 f 1 g 2 f 3;XADD x 2-1 a b;XGROUP CREATE x g 0;XREADGROUP GROUP g c STREAMS x >;XDEL x 2-1;
		SADD s 1 2 3;SADD s2 1 2;GEOADD geo 13.361389 38.115556 P 15.087269 37.502669 C;SET a ohmytext;SET b mynewtext;
		RPUSH l a b 1 a;SET n 1;SET nan -nan;SET long 1e4000`
	for _, command := range strings.Split(setup, ";") {
		s.Do(t, strings.Fields(command)...)
	}
	plain := strings.Split(`HGETALL h;HGETALL none;CONFIG GET maxmemory*;HRANDFIELD h1;HMGET h A none;HSCAN h1 0;GET none;GET nan;GET long;
		ZRANGE z 0 -1;ZRANDMEMBER z1;ZPOPMIN none;ZPOPMIN none 2;ZMPOP 1 none MIN;ZMSCORE z a q;ZRANK z a;ZSCORE z i;ZSCORE z x;
		ZINCRBY z1 0 a;ZSCAN z1 0;XRANGE x - +;XREVRANGE x + -;XINFO GROUPS x;XPENDING x g;SSCAN s2 0;SMEMBERS s2;SMISMEMBER s 1 9;
		SPOP none;SPOP none 2;SINTERCARD 2 s s2;XAUTOCLAIM x g d 9999999 0;COMMAND DOCS GET;COMMAND INFO GET;COMMAND COUNT;
		GEOPOS geo P none;GEODIST geo P C;GEOSEARCH geo FROMLONLAT 15 37 BYRADIUS 200 km WITHDIST WITHCOORD;OBJECT ENCODING a;
		OBJECT ENCODING none;LCS a b;LCS a b LEN;LCS a b IDX;LCS a b IDX WITHMATCHLEN;INCRBYFLOAT n 0;LPOS l a COUNT 0;LPOS l none;
		LMPOP 1 none LEFT;LPOP none 2;LRANGE l 0 -1;ACL WHOAMI;ACL GETUSER default;FUNCTION STATS;FUNCTION LIST;MODULE LIST;
		SCRIPT EXISTS abc;PUBSUB NUMSUB c;ROLE;TYPE a;MEMORY DOCTOR;XADD y * f v`, ";")
	paired := strings.Split(`HRANDFIELD h1 5 WITHVALUES;ZRANGE z 0 -1 WITHSCORES;ZDIFF 2 z z2 WITHSCORES;ZINTER 2 z z WITHSCORES;
		ZUNION 1 z1 WITHSCORES;ZRANDMEMBER z1 2 WITHSCORES;ZPOPMAX p2 2;XREAD STREAMS x 0;XREADGROUP GROUP g c STREAMS x 0;XINFO STREAM x`, ";")
	scripts := []string{
		"{map={a='1',b=true}}", "{map={[1]='a'}}", "{map={[1]={map={x=1}}}}", "{map={}}", "{set={a=true}}", "{double=2.5}",
		"{double=1e308*10}", "{double=0/0}", "true", "false", "nil", "3.7", "{true, false, true}", "{1, {double=1}, {set={z=true}}, false}",
		"{big_number='1234567890123456789012345'}", "{big_number='42'}", "{verbatim_string={format='t',string='x:y'}}",
		"{verbatim_string={format='text',string='1'}}", "{'a', {err='MINE secret'}}", "{ok='fine'}",
		"redis.call('HGETALL','h')", "redis.call('GET','none')", "redis.call('SMEMBERS','s2')", "redis.call('ZSCORE','z','x')",
	}
	run := func(db *rueidistx.DB, argv []string) (rueidis.RedisMessage, error) {
		a := db.Auto(redistest.Context(t))
		return rueidistx.Queue(a, a.B().Arbitrary(argv...).Build(), rueidistx.AsMessage).Value()
	}
	compare := func(argv []string, pairs bool) {
		m2, err2 := run(two, argv)
		m3, err3 := run(three, argv)
		assert.Equal(t, err2, err3, argv)
		for _, d := range agreeing {
			if err2 != nil || pairs && !d.pairs || argv[0] == "XADD" {
				continue
			}
			v2, err2 := d.decode(m2)
			v3, err3 := d.decode(m3)
			assert.Equal(t, render(v2), render(v3), "%s of %q", d.name, argv)
			assert.Equal(t, err2 == nil, err3 == nil, "%s of %q: %v, %v", d.name, argv, err2, err3)
			assert.Equal(t, errors.Is(err2, rueidistx.ErrNil), errors.Is(err3, rueidistx.ErrNil), "%s of %q", d.name, argv)
		}
	}
	for _, command := range plain {
		compare(strings.Fields(command), false)
	}
	for _, command := range paired {
		compare(strings.Fields(command), true)
	}
	for _, text := range scripts {
		compare([]string{"EVAL", "redis.setresp(3); return " + text, "0"}, false)
		compare([]string{"EVAL", "return " + text, "0"}, false)
	}
	compare([]string{"EVAL", "redis.setresp(3); return redis.call('ZRANGE','z','0','-1','WITHSCORES')", "0"}, true)
	for _, db := range []*rueidistx.DB{two, three} { // what changes from one call to the next
		for command, begins := range map[string]string{"INFO server": "# Server", "CLIENT LIST": "id=", "CLIENT INFO": "id="} {
			m, err := run(db, strings.Fields(command))
			require.NoError(t, err)
			text, err := rueidistx.AsString(m)
			require.NoError(t, err)
			assert.True(t, strings.HasPrefix(text, begins), "%s: %.20q", command, text)
		}
		m, err := run(db, []string{"MEMORY", "STATS"})
		require.NoError(t, err)
		names, err := rueidistx.AsEach(rueidistx.AsString)(m)
		require.NoError(t, err)
		assert.Equal(t, "peak.allocated", names[0].Value)
	}
}

// TestMethodsMakeTheSameOfBothProtocols is about replies that only methods decode, and far numbers.
func TestMethodsMakeTheSameOfBothProtocols(t *testing.T) {
	s, two, three := inBothProtocols(t)
	for key, at := range map[string]string{"end": "9223372036854775807", "half": "9223372036854775308", "near": "32503680000500"} {
		s.Do(t, "SET", key, "v")
		s.Do(t, "PEXPIREAT", key, at)
	}
	for _, db := range []*rueidistx.DB{two, three} {
		s.Do(t, "DEL", "z", "n", "h", "x")
		s.Do(t, "ZADD", "z", "-inf", "a", "1.5", "b", "2", "c")
		s.Do(t, "XADD", "x", "1-1", "f", "1", "g", "", "f", "3")
		b := db.Batch()
		end, half, near := b.ExpireTime("end"), b.ExpireTime("half"), b.ExpireTime("near")
		endMs, nearMs := b.PExpireTime("end"), b.PExpireTime("near")
		ttl, pttl := b.TTL("end"), b.PTTL("end")
		one, more, none, many := b.ZPopMin("z"), b.ZPopMaxCount("z", 5), b.ZPopMin("z"), b.ZPopMinCount("z", 5)
		b.IncrByFloat("n", 1.7e308)
		beyond := b.IncrByFloat("n", 1.7e308)
		tiny := b.HIncrByFloat("h", "f", 1e-17)
		entries := b.XRange("x", "-", "+")
		require.NoError(t, b.Exec(redistest.Context(t)))

		assert.EqualValues(t, 9223372036854776, end.Must().Unix(), "which the server rounds up")
		assert.EqualValues(t, 9223372036854775, half.Must().Unix())
		assert.EqualValues(t, math.MaxInt64, endMs.Must().UnixMilli())
		assert.EqualValues(t, 32503680001, near.Must().Unix())
		assert.EqualValues(t, 32503680000500, nearMs.Must().UnixMilli())
		assert.Equal(t, time.Duration(math.MaxInt64), ttl.Must())
		assert.Equal(t, time.Duration(math.MaxInt64), pttl.Must())
		assert.Equal(t, rueidistx.ScoredMember{Member: "a", Score: math.Inf(-1)}, one.Must())
		assert.Equal(t, []rueidistx.ScoredMember{{Member: "c", Score: 2}, {Member: "b", Score: 1.5}}, more.Must())
		require.ErrorIs(t, none.Err(), rueidistx.ErrNil)
		assert.Empty(t, many.Must())
		require.ErrorIs(t, beyond.Err(), rueidistx.ErrDecode)
		require.ErrorContains(t, beyond.Err(), "the reply is not in the range of a float64")
		assert.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(beyond.Err()))
		assert.Equal(t, 1e-17, tiny.Must())
		assert.Equal(t, "f1 g f3", strings.Join(slices.Collect(func(yield func(string) bool) {
			for _, f := range entries.Must()[0].Fields {
				if !yield(f.Name + f.Value) {
					return
				}
			}
		}), " "))
	}
}
