package conformance

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/forbidden"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// refused queues what is to be refused between two good commands, and expects that nothing at all is sent.
func (s *suite) refused(t *testing.T, db *rueidistx.DB, recorder *recorder, w ways.Way, sentinel error, name string, queue func(c *commands) error) {
	t.Helper()
	recorder.clear()
	var first, before, after error
	var futures []rueidistx.Future[string]
	err := w.Run(redistest.Context(t), db, func(c *commands) {
		if w.Now {
			first = queue(c)
			return
		}
		futures = append(futures[:0], c.Get("before"))
		first = queue(c)
		futures = append(futures, c.Get("after"))
	})
	require.Empty(t, recorder.sent(), "something was sent")
	require.False(t, recorder.has(name), "%s was sent", name)
	index := 0
	errs := []error{first}
	if !w.Now {
		index = 1
		before, after = futures[0].Err(), futures[1].Err()
		errs = []error{err, before, after}
		require.ErrorIs(t, first, rueidistx.ErrPending, "the future knew before Exec")
		require.Equal(t, err, before)
		require.Equal(t, err, after)
	}
	for _, err := range errs {
		outcometest.RequireVerdict(t, err, rueidistx.NotApplied, sentinel)
		var command *rueidistx.CommandError
		require.ErrorAs(t, err, &command)
		assert.Equal(t, index, command.Index)
		assert.Equal(t, name, command.Name)
	}
}

// testRefusals is about commands that never leave the program.
func (s *suite) testRefusals(t *testing.T) {
	t.Parallel()
	db, recorder := s.record(t)
	refuse := func(t *testing.T, w ways.Way, name string, build func(b rueidis.Builder) rueidis.Completed) {
		t.Run(w.Name+"/"+name, func(t *testing.T) {
			command := build(db.Client().B())
			verb := strings.ToUpper(command.Commands()[0])
			s.refused(t, db, recorder, w, rueidistx.ErrForbidden, verb, func(c *commands) error {
				return rueidistx.Queue(c, build(c.B()), rueidistx.AsAny).Err()
			})
		})
	}
	refuseAll := func(t *testing.T, w ways.Way, list []string) {
		for _, command := range list {
			for _, spelling := range forbidden.Spellings(command) {
				refuse(t, w, spelling, func(b rueidis.Builder) rueidis.Completed { return forbidden.Build(b, spelling) })
			}
		}
	}
	everywhere, blocking := forbidden.Typed(db.Client().B())
	t.Run("commands that change a connection's state", func(t *testing.T) {
		for _, w := range ways.All {
			refuseAll(t, w, forbidden.Everywhere)
			for _, c := range everywhere {
				refuse(t, w, "typed "+c.Commands()[0], func(rueidis.Builder) rueidis.Completed { return c })
			}
		}
	})
	t.Run("commands that block", func(t *testing.T) {
		for _, w := range ways.Queueing {
			refuseAll(t, w, forbidden.Blocking)
			for _, c := range blocking {
				refuse(t, w, "typed "+c.Commands()[0], func(rueidis.Builder) rueidis.Completed { return c })
			}
		}
	})
	t.Run("invalid arguments", func(t *testing.T) {
		for _, w := range ways.All {
			for _, i := range invalid {
				t.Run(w.Name+"/"+i.name, func(t *testing.T) {
					verb, _, _ := strings.Cut(i.name, " ")
					s.refused(t, db, recorder, w, rueidistx.ErrInvalid, verb, i.queue)
				})
			}
		}
	})
	t.Run("misuse", func(t *testing.T) { s.testMisuse(t, db, recorder) })
}

// invalid are arguments that make no command. The name begins with that of the command.
var invalid = []struct {
	name  string
	queue func(c *commands) error
}{
	{"MGET no keys", func(c *commands) error { return c.MGet().Err() }},
	{"DEL no keys", func(c *commands) error { return c.Del().Err() }},
	{"EXISTS no keys", func(c *commands) error { return c.Exists([]string{}...).Err() }},
	{"SINTERCARD no keys", func(c *commands) error { return c.SInterCard(0).Err() }},
	{"ZUNIONSTORE no keys", func(c *commands) error { return c.ZUnionStore("d", nil).Err() }},
	{"ZUNIONSTORE weights for other keys", func(c *commands) error {
		return c.ZUnionStore("d", []string{"a", "b"}, rueidistx.Weights(1)).Err()
	}},
	{"ZINTER no weights", func(c *commands) error { return c.ZInter([]string{"a"}, rueidistx.Weights()).Err() }},
	{"ZUNION a weight that is no number", func(c *commands) error {
		return c.ZUnion([]string{"a"}, rueidistx.Weights(math.NaN())).Err()
	}},
	{"ZINTER two aggregations", func(c *commands) error {
		return c.ZInterWithScores([]string{"a"}, rueidistx.AggregateMin, rueidistx.AggregateMax).Err()
	}},
	{"ZUNION the zero aggregation", func(c *commands) error {
		return c.ZUnionWithScores([]string{"a"}, zero(rueidistx.AggregateMin)).Err()
	}},
	{"SUNIONCARD no keys", func(c *commands) error { return c.SUnionCard(0, nil, rueidistx.Approx).Err() }},
	{"BLPOP no keys", func(c *commands) error { return rueidistx.Auto{Commands: c}.BLPop(0).Err() }},
	{"BLPOP a negative timeout", func(c *commands) error { return rueidistx.Auto{Commands: c}.BLPop(-1, "k").Err() }},
	{"LMOVEM the zero value", func(c *commands) error {
		return c.LMoveM("a", "b", rueidistx.Left, rueidistx.Left, rueidistx.Moving{}).Err()
	}},
	{"LMOVEM none", func(c *commands) error {
		return c.LMoveM("a", "b", rueidistx.Left, rueidistx.Left, rueidistx.UpTo(0, rueidistx.InBulk)).Err()
	}},
	{"LMOVEM in no order", func(c *commands) error {
		return c.LMoveM("a", "b", rueidistx.Left, rueidistx.Left, rueidistx.Exactly(1, 0)).Err()
	}},
	{"LPOS RANK 0", func(c *commands) error { return c.LPos("k", "e", rueidistx.Rank(0)).Err() }},
	{"LPOS MAXLEN negative", func(c *commands) error { return c.LPos("k", "e", rueidistx.CompareAtMost(-1)).Err() }},
	{"GEOADD no members", func(c *commands) error { return c.GeoAdd("k", nil).Err() }},
	{"GEOADD no number", func(c *commands) error {
		return c.GeoAdd("k", []rueidistx.GeoMember{{GeoPoint: rueidistx.GeoPoint{Latitude: math.NaN()}}}).Err()
	}},
	{"GEODIST no unit", func(c *commands) error { return c.GeoDist("k", "a", "b", 0).Err() }},
	{"GEOSEARCH the zero area", func(c *commands) error { return c.GeoSearch("k", rueidistx.GeoArea{}).Err() }},
	{"GEOSEARCH the zero origin", func(c *commands) error {
		return c.GeoSearch("k", rueidistx.Circle(rueidistx.GeoOrigin{}, 1, rueidistx.Miles)).Err()
	}},
	{"GEOSEARCH no unit", func(c *commands) error {
		return c.GeoSearch("k", rueidistx.Circle(rueidistx.FromMember("m"), 1, 9)).Err()
	}},
	{"GEOSEARCH a negative radius", func(c *commands) error {
		return c.GeoSearch("k", rueidistx.Circle(rueidistx.FromMember("m"), -1, rueidistx.Feet)).Err()
	}},
	{"GEOSEARCH an infinite box", func(c *commands) error {
		return c.GeoSearchMatches("k", rueidistx.Box(rueidistx.FromMember("m"), 1, math.Inf(1), rueidistx.Feet)).Err()
	}},
	{"GEOSEARCH from no number", func(c *commands) error {
		return c.GeoSearch("k", rueidistx.Circle(rueidistx.FromPoint(math.NaN(), 1), 1, rueidistx.Feet)).Err()
	}},
	{"GEOSEARCHSTORE a line", func(c *commands) error {
		return c.GeoSearchStore("d", "k", rueidistx.Polygon(rueidistx.GeoPoint{}, rueidistx.GeoPoint{Latitude: 1})).Err()
	}},
	{"GEOSEARCH a corner that is no number", func(c *commands) error {
		return c.GeoSearch("k", rueidistx.Polygon(rueidistx.GeoPoint{}, rueidistx.GeoPoint{Latitude: math.NaN()}, rueidistx.GeoPoint{})).Err()
	}},
	{"GEOSEARCH two counts", func(c *commands) error {
		return c.GeoSearch("k", rueidistx.Circle(rueidistx.FromMember("m"), 1, rueidistx.Feet), rueidistx.Count(1), rueidistx.CountAny(1)).Err()
	}},
	{"GEOSEARCH any number", func(c *commands) error {
		return c.GeoSearch("k", rueidistx.Circle(rueidistx.FromMember("m"), 1, rueidistx.Feet), rueidistx.CountAny(0)).Err()
	}},
	{"GEOSEARCH two orders", func(c *commands) error {
		return c.GeoSearch("k", rueidistx.Circle(rueidistx.FromMember("m"), 1, rueidistx.Feet), rueidistx.Ascending, rueidistx.Descending).Err()
	}},
	{"BITOP no keys", func(c *commands) error { return c.BitOp(rueidistx.BitAnd, "d").Err() }},
	{"LPUSH no elements", func(c *commands) error { return c.LPush("k").Err() }},
	{"HMGET no fields", func(c *commands) error { return c.HMGet("k").Err() }},
	{"MSET nothing", func(c *commands) error { return c.MSet().Err() }},
	{"MSET a key without a value", func(c *commands) error { return c.MSet("a", "1", "b").Err() }},
	{"MSETNX a key without a value", func(c *commands) error { return c.MSetNX("a").Err() }},
	{"HSET a field without a value", func(c *commands) error { return c.HSet("k", "f").Err() }},
	{"HSET nothing", func(c *commands) error { return c.HSet("k").Err() }},
	{"XADD a field without a value", func(c *commands) error { return c.XAdd("k", []string{"f"}).Err() }},
	{"XADD nothing", func(c *commands) error { return c.XAdd("k", nil).Err() }},
	{"XTRIM by nothing", func(c *commands) error { return c.XTrim("k", nil).Err() }},
	{"XTRIM the zero option", func(c *commands) error { return c.XTrim("k", zero(rueidistx.MaxLen(1))).Err() }},
	{"XADD the zero option", func(c *commands) error { return c.XAdd("k", []string{"f", "v"}, zero(rueidistx.MinID("1"))).Err() }},
	{"XADD an option of another type", func(c *commands) error {
		return c.XAdd("k", []string{"f", "v"}, struct{ rueidistx.XAddOption }{rueidistx.MaxLen(1)}).Err()
	}},
	{"SET a word that is none of its options", func(c *commands) error { return c.Set("k", "v", rueidistx.NX+2).Err() }},
	{"ZADD no members", func(c *commands) error { return c.ZAdd("k", nil).Err() }},
	{"ZADD NaN", func(c *commands) error {
		return c.ZAdd("k", []rueidistx.ScoredMember{{Member: "m", Score: math.NaN()}}).Err()
	}},
	{"ZADD by NaN", func(c *commands) error { return c.ZAddIncr("k", "m", math.NaN()).Err() }},
	{"ZINCRBY by NaN", func(c *commands) error { return c.ZIncrBy("k", math.NaN(), "m").Err() }},
	{"INCRBYFLOAT by NaN", func(c *commands) error { return c.IncrByFloat("k", math.NaN()).Err() }},
	{"HINCRBYFLOAT by NaN", func(c *commands) error { return c.HIncrByFloat("k", "f", math.NaN()).Err() }},
	{"SET a nil option", func(c *commands) error { return c.Set("k", "v", nil).Err() }},
	{"SET a nil option after another", func(c *commands) error { return c.SetGet("k", "v", rueidistx.KeepTTL, nil).Err() }},
	{"GETEX a nil option", func(c *commands) error { return c.GetEx("k", nil).Err() }},
	{"EXPIRE a nil option", func(c *commands) error { return c.Expire("k", time.Second, nil).Err() }},
	{"PEXPIRE a nil option", func(c *commands) error { return c.Expire("k", time.Millisecond, nil).Err() }},
	{"ZRANGE a nil option", func(c *commands) error { return c.ZRange("k", 0, 1, nil).Err() }},
	{"SET a TTL of 0", func(c *commands) error { return c.Set("k", "v", rueidistx.EX(0)).Err() }},
	{"SET a negative TTL", func(c *commands) error { return c.Set("k", "v", rueidistx.EX(-time.Minute)).Err() }},
	{"SET a TTL a little below 0", func(c *commands) error { return c.Set("k", "v", rueidistx.EX(-time.Nanosecond)).Err() }},
	{"SET the zero time", func(c *commands) error { return c.Set("k", "v", rueidistx.EXAT(time.Time{})).Err() }},
	{"SET a time before 1970", func(c *commands) error { return c.Set("k", "v", rueidistx.EXAT(time.Unix(-1, 5))).Err() }},
	{"SET the zero option", func(c *commands) error { return c.Set("k", "v", zero(rueidistx.EX(1))).Err() }},
	{"SET a time that is too far away", func(c *commands) error { return c.Set("k", "v", rueidistx.EXAT(tooFar)).Err() }},
	{"SET a time whose milliseconds are too many", func(c *commands) error {
		return c.Set("k", "v", rueidistx.EXAT(tooFar.Add(time.Nanosecond))).Err()
	}},
	{"SET NX and XX", func(c *commands) error { return c.Set("k", "v", rueidistx.NX, rueidistx.XX).Err() }},
	{"SET EX and KEEPTTL", func(c *commands) error {
		return c.Set("k", "v", rueidistx.EX(time.Second), rueidistx.KeepTTL).Err()
	}},
	{"SET EX twice", func(c *commands) error {
		return c.SetGet("k", "v", rueidistx.EX(time.Second), rueidistx.EX(time.Second)).Err()
	}},
	{"SET EX and EXAT", func(c *commands) error {
		return c.Set("k", "v", rueidistx.EX(time.Second), rueidistx.EXAT(time.Now())).Err()
	}},
	{"GETEX EX and PERSIST", func(c *commands) error { return c.GetEx("k", rueidistx.EX(time.Second), rueidistx.Persist).Err() }},
	{"EXPIRE NX and GT", func(c *commands) error { return c.Expire("k", time.Second, rueidistx.NX, rueidistx.GT).Err() }},
	{"ZADD GT and LT", func(c *commands) error {
		return c.ZAdd("k", []rueidistx.ScoredMember{{Member: "m"}}, rueidistx.GT, rueidistx.LT).Err()
	}},
	{"ZRANGE REV twice", func(c *commands) error { return c.ZRange("k", 0, 1, rueidistx.Rev, rueidistx.Rev).Err() }},
	{"ZRANGE LIMIT twice", func(c *commands) error {
		return c.ZRangeByLex("k", "-", "+", rueidistx.Limit(0, 1), rueidistx.Limit(0, 1)).Err()
	}},
	{"XADD MAXLEN and MINID", func(c *commands) error {
		return c.XAdd("k", []string{"f", "v"}, rueidistx.MaxLen(1), rueidistx.MinID("1")).Err()
	}},
	{"XTRIM to less than nothing", func(c *commands) error { return c.XTrim("k", rueidistx.MaxLen(-5)).Err() }},
	{"XADD two IDs", func(c *commands) error {
		return c.XAdd("k", []string{"f", "v"}, rueidistx.ID("1-1"), rueidistx.ID("2-1")).Err()
	}},
	{"XADD an ID that is an option", func(c *commands) error {
		return c.XAdd("k", []string{"0", "*", "f", "v"}, rueidistx.ID("MaxLen")).Err()
	}},
	{"EXPIRE NoTTL", func(c *commands) error { return c.Expire("k", rueidistx.NoTTL).Err() }},
	{"EXPIREAT the zero time", func(c *commands) error { return c.ExpireAt("k", time.Time{}).Err() }},
	{"EXPIREAT a time that is too far away", func(c *commands) error { return c.ExpireAt("k", tooFar).Err() }},
	{"EXPIREAT a time that is too long ago", func(c *commands) error { return c.ExpireAt("k", time.Unix(-1<<62, 0)).Err() }},
	{"LMOVE no end", func(c *commands) error { return c.LMove("a", "b", rueidistx.Left, 0).Err() }},
	{"LMOVE a third end", func(c *commands) error { return c.LMove("a", "b", rueidistx.Right+1, rueidistx.Left).Err() }},
	{"BITOP NOT of two keys", func(c *commands) error { return c.BitOp(rueidistx.BitNot, "d", "k", "l").Err() }},
	{"INCRBYFLOAT by infinity", func(c *commands) error { return c.IncrByFloat("k", math.Inf(1)).Err() }},
	{"HINCRBYFLOAT by infinity", func(c *commands) error { return c.HIncrByFloat("k", "f", math.Inf(-1)).Err() }},
	{"BITOP no operation", func(c *commands) error { return c.BitOp(0, "d", "k").Err() }},
	{"GETEX a TTL of 0", func(c *commands) error { return c.GetEx("k", rueidistx.EX(0)).Err() }},
	{"BITOP DIFF of one key", func(c *commands) error { return c.BitOp(rueidistx.BitDiff, "d", "k").Err() }},
	{"BITOP an operation beyond the last", func(c *commands) error { return c.BitOp(rueidistx.BitOne+1, "d", "k", "l").Err() }},
	{"BITCOUNT in two units", func(c *commands) error {
		return c.BitCountRange("k", 0, 1, rueidistx.InBytes, rueidistx.InBits).Err()
	}},
	{"BITFIELD nothing", func(c *commands) error { return c.BitField("k").Err() }},
	{"BITFIELD nil", func(c *commands) error { return c.BitField("k", nil).Err() }},
	{"BITFIELD 64 bits without a sign", func(c *commands) error {
		return c.BitField("k", rueidistx.BitGet(rueidistx.Unsigned(64), 0)).Err()
	}},
	{"BITFIELD 0 bits", func(c *commands) error { return c.BitField("k", rueidistx.BitSet(rueidistx.Signed(0), 0, 1)).Err() }},
	{"BITFIELD a negative offset", func(c *commands) error {
		return c.BitField("k", rueidistx.BitIncrBy(rueidistx.Signed(64), -1, 1)).Err()
	}},
	{"BITFIELD no overflow", func(c *commands) error { return c.BitField("k", rueidistx.Overflow(0)).Err() }},
	{"BITFIELD_RO 65 bits", func(c *commands) error {
		return c.BitFieldRO("k", rueidistx.BitGet(rueidistx.Signed(65), 0)).Err()
	}},
	{"SET two conditions", func(c *commands) error { return c.Set("k", "v", rueidistx.NX, rueidistx.IfEq("v")).Err() }},
	{"SET a short digest", func(c *commands) error { return c.Set("k", "v", rueidistx.IfDigestEq("0123456789abcde")).Err() }},
	{"DELEX no condition", func(c *commands) error { return c.DelEx("k", nil).Err() }},
	{"DELEX no digest", func(c *commands) error { return c.DelEx("k", rueidistx.IfDigestNe("0123456789abcdeg")).Err() }},
	{"INCREX a bound that is not finite", func(c *commands) error {
		return c.IncrExFloat("k", 1, rueidistx.UpperBoundFloat(math.Inf(1))).Err()
	}},
	{"INCREX ENX and PERSIST", func(c *commands) error { return c.IncrEx("k", 1, rueidistx.Persist, rueidistx.ENX).Err() }},
	{"MSETEX a key without a value", func(c *commands) error { return c.MSetEx([]string{"k"}).Err() }},
	{"HSETEX nothing", func(c *commands) error { return c.HSetEx("k", nil).Err() }},
	{"HSETEX FNX and FXX", func(c *commands) error {
		return c.HSetEx("k", []string{"f", "v"}, rueidistx.FNX, rueidistx.FXX).Err()
	}},
	{"HGETEX no fields", func(c *commands) error { return c.HGetEx("k", nil, rueidistx.Persist).Err() }},
	{"HTTL no fields", func(c *commands) error { return c.HTTL("k").Err() }},
	{"HEXPIRE NoTTL", func(c *commands) error { return c.HExpire("k", rueidistx.NoTTL, []string{"f"}).Err() }},
	{"HEXPIREAT the zero time", func(c *commands) error { return c.HExpireAt("k", time.Time{}, []string{"f"}).Err() }},
	{"SCAN COUNT 0", func(c *commands) error { return c.Scan(0, rueidistx.Count(0)).Err() }},
	{"HSCAN MATCH twice", func(c *commands) error {
		return c.HScan("k", 0, rueidistx.Match("a"), rueidistx.Match("b")).Err()
	}},
	{"COPY a negative DB", func(c *commands) error { return c.Copy("a", "b", rueidistx.DestinationDB(-1)).Err() }},
	{"RESTORE a TTL of 0", func(c *commands) error { return c.Restore("k", 0, "dump").Err() }},
	{"RESTORE a time before 1970", func(c *commands) error { return c.RestoreAt("k", time.Unix(-1, 0), "dump").Err() }},
	{"RESTORE a time that is too far away", func(c *commands) error { return c.RestoreAt("k", tooFar, "dump").Err() }},
	{"RESTORE a negative IDLETIME", func(c *commands) error {
		return c.Restore("k", time.Second, "dump", rueidistx.IdleTime(-1)).Err()
	}},
	{"RESTORE IDLETIME and FREQ", func(c *commands) error {
		return c.Restore("k", time.Second, "dump", rueidistx.IdleTime(0), rueidistx.Freq(1)).Err()
	}},
	{"RESTORE FREQ 256", func(c *commands) error { return c.Restore("k", time.Second, "dump", rueidistx.Freq(256)).Err() }},
	{"SORT no patterns", func(c *commands) error { return c.SortGet("k", nil).Err() }},
	{"SORT in two orders", func(c *commands) error { return c.Sort("k", rueidistx.Ascending, rueidistx.Descending).Err() }},
	{"FLUSHALL ASYNC and SYNC", func(c *commands) error { return c.FlushAll(rueidistx.Async, rueidistx.Sync).Err() }},
	{"VADD no dimensions", func(c *commands) error { return c.VAdd("k", nil, "e").Err() }},
	{"VADD NaN", func(c *commands) error { return c.VAdd("k", []float32{float32(math.NaN())}, "e").Err() }},
	{"VADD two quantizations", func(c *commands) error { return c.VAdd("k", []float32{1}, "e", rueidistx.Bin, rueidistx.Q8).Err() }},
	{"VADD EF 0", func(c *commands) error { return c.VAdd("k", []float32{1}, "e", rueidistx.EF(0)).Err() }},
	{"VADD M 0", func(c *commands) error { return c.VAdd("k", []float32{1}, "e", rueidistx.NumLinks(0)).Err() }},
	{"VSIM infinity", func(c *commands) error { return c.VSim("k", []float32{float32(math.Inf(1))}).Err() }},
	{"VSIM EPSILON NaN", func(c *commands) error { return c.VSimElement("k", "e", rueidistx.Epsilon(math.NaN())).Err() }},
	{"VSIM FILTER-EF -1", func(c *commands) error { return c.VSimElement("k", "e", rueidistx.FilterEF(-1)).Err() }},
	{"VSIM COUNT 0", func(c *commands) error { return c.VSimElement("k", "e", rueidistx.Count(0)).Err() }},
	{"ARDEL no indexes", func(c *commands) error { return c.ArDel("k").Err() }},
	{"ARDELRANGE no ranges", func(c *commands) error { return c.ArDelRange("k").Err() }},
	{"ARMSET no elements", func(c *commands) error { return c.ArMSet("k").Err() }},
	{"ARGREP no predicates", func(c *commands) error { return c.ArGrep("k", 0, 1, nil).Err() }},
	{"ARGREP a predicate that is none", func(c *commands) error { return c.ArGrep("k", 0, 1, make([]rueidistx.ArPredicate, 1)).Err() }},
	{"ARGREP an empty expression", func(c *commands) error {
		return c.ArGrep("k", 0, 1, []rueidistx.ArPredicate{rueidistx.ArRegexp("")}).Err()
	}},
	{"ARSCAN LIMIT 0", func(c *commands) error { return c.ArScan("k", 0, 1, rueidistx.LimitTo(0)).Err() }},
	{"AROP no operation", func(c *commands) error { return c.ArOp("k", 0, 1, 0).Err() }},
	{"AROP NOT", func(c *commands) error { return c.ArOpBits("k", 0, 1, rueidistx.BitNot).Err() }},
	{"? the zero command", func(c *commands) error {
		return rueidistx.Queue(c, rueidis.Completed{}, rueidistx.AsAny).Err()
	}},
}

// tooFar is a second too late for a server to count its milliseconds.
var tooFar = time.Unix(math.MaxInt64/1000, 0)

// zero returns the zero value of a type that has no name here.
func zero[T any](T) (none T) { return none }

// testMisuse is about nil where something is needed. It is an error, never a panic.
func (s *suite) testMisuse(t *testing.T, db *rueidistx.DB, recorder *recorder) {
	ctx := redistest.Context(t)
	recorder.clear()
	get := func() rueidis.Completed { return db.Client().B().Get().Key("k").Build() }
	script := rueidistx.NewScript("return 1", rueidistx.AsInt64)
	for name, call := range map[string]func() error{
		"Queue without a decoder": func() error {
			return rueidistx.Queue[string](db.Auto(ctx), get(), nil).Err()
		},
		"Queue without a queuer": func() error {
			return rueidistx.Queue(nil, get(), rueidistx.AsString).Err()
		},
		"commands of nobody":        func() error { return new(rueidistx.Commands).Get("k").Err() },
		"Queue for nobody":          func() error { return rueidistx.Queue(new(rueidistx.Commands), get(), rueidistx.AsString).Err() },
		"a script for nobody":       func() error { return script.Queue(new(rueidistx.Commands), nil).Err() },
		"a script without a queuer": func() error { return script.Queue(nil, nil).Err() },
		"a script without a decoder": func() error {
			return rueidistx.NewScript[string]("return 1", nil).Queue(db.Auto(ctx), nil).Err()
		},
		"no script": func() error {
			var none *rueidistx.Script[string]
			return none.Queue(db.Auto(ctx), nil).Err()
		},
		"Execute without a closure":  func() error { return db.Execute(ctx, nil) },
		"Transact without a closure": func() error { return db.Transact(ctx, nil) },
		"no client: Auto":            func() error { return rueidistx.New(nil).Auto(ctx).Get("k").Err() },
		"no client: Batch": func() error {
			b := rueidistx.New(nil).Batch()
			b.Get("k")
			return b.Exec(ctx)
		},
		"no client: Tx": func() error {
			tx := rueidistx.New(nil).Atomic()
			tx.Get("k")
			return tx.Exec(ctx)
		},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			require.NotPanics(t, func() { err = call() })
			assert.ErrorIs(t, err, rueidistx.ErrInvalid)
			assert.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
			assert.Empty(t, recorder.sent())
		})
	}
	t.Run("nil options are none", func(t *testing.T) {
		require.NotPanics(t, func() {
			k := s.keysOf(t)
			require.NoError(t, rueidistx.New(db.Client(), nil).Auto(ctx).Incr(k("n")).Err())
			require.NoError(t, db.Batch(nil).Exec(ctx))
			require.NoError(t, db.Transact(ctx, func(tx *rueidistx.Tx) error { return nil }, nil))
		})
	})
}
