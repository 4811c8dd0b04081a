package rueidistx_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

func FuzzDecodePopped(f *testing.F) {
	fuzzDecoders(f,
		of("ZMPopMin", func(c *rueidistx.Commands) rueidistx.Future[rueidistx.Popped[rueidistx.ScoredMember]] {
			return c.ZMPopMin(1, "k")
		}),
		of("ZRankWithScore", func(c *rueidistx.Commands) rueidistx.Future[rueidistx.RankedScore] { return c.ZRankWithScore("k", "m") }),
		of("ZScan", func(c *rueidistx.Commands) rueidistx.Future[rueidistx.Page[rueidistx.ScoredMember]] {
			return c.ZScan("k", 0)
		}),
		func(b *rueidistx.Batch) readable { // of strings, which pairs are not
			return readableOf("LMPop", b.LMPop(rueidistx.Left, 1, "k"), method)
		},
		func(b *rueidistx.Batch) readable { return readableOf("SScan", b.SScan("k", 0), method) },
	)
}

func FuzzDecodeGeo(f *testing.F) {
	fuzzDecoders(f,
		of("GeoPos", func(c *rueidistx.Commands) rueidistx.Future[[]rueidistx.Optional[rueidistx.GeoPoint]] {
			return c.GeoPos("k", "m")
		}),
		of("GeoSearchMatches", func(c *rueidistx.Commands) rueidistx.Future[[]rueidistx.GeoMatch] {
			return c.GeoSearchMatches("k", rueidistx.Circle(rueidistx.FromMember("m"), 1, rueidistx.Miles))
		}),
	)
}

// TestMalformedCollections has replies in which something is missing, or is something else.
func TestMalformedCollections(t *testing.T) {
	c := newCannery(t)
	a := c.db.Auto(redistest.Context(t))
	circle := rueidistx.Circle(rueidistx.FromMember("m"), 1, rueidistx.Miles)
	for name, use := range map[string]struct {
		call    func() error
		replies []string
	}{
		"BLPOP": {func() error { return a.BLPop(0, "k").Err() }, []string{
			":1\r\n", "*0\r\n", "*1\r\n+k\r\n", "*3\r\n+k\r\n+a\r\n+b\r\n", "*2\r\n_\r\n+a\r\n", "*2\r\n+k\r\n_\r\n", "*2\r\n+k\r\n*0\r\n",
		}},
		"BZPOPMIN": {func() error { return a.BZPopMin(0, "k").Err() }, []string{
			"+k\r\n", "*2\r\n+k\r\n+a\r\n", "*3\r\n_\r\n+a\r\n,1\r\n", "*3\r\n+k\r\n_\r\n,1\r\n", "*3\r\n+k\r\n+a\r\n+b\r\n",
		}},
		"LMPOP": {func() error { return a.LMPop(rueidistx.Left, 1, "k").Err() }, []string{
			":1\r\n", "*1\r\n+k\r\n", "*2\r\n_\r\n*0\r\n", "*2\r\n+k\r\n+a\r\n", "*2\r\n+k\r\n*1\r\n_\r\n",
		}},
		"ZMPOP": {func() error { return a.ZMPopMax(1, "k").Err() }, []string{
			"*2\r\n+k\r\n*1\r\n+a\r\n", "*2\r\n+k\r\n*1\r\n*2\r\n+a\r\n+b\r\n", "*2\r\n+k\r\n_\r\n",
		}},
		"ZRANK": {func() error { return a.ZRankWithScore("k", "m").Err() }, []string{
			":1\r\n", "*1\r\n:1\r\n", "*2\r\n_\r\n,1\r\n", "*2\r\n+a\r\n,1\r\n", "*2\r\n:1\r\n_\r\n",
		}},
		"GEOPOS": {func() error { return a.GeoPos("k", "m").Err() }, []string{
			":1\r\n", "*1\r\n:1\r\n", "*1\r\n*1\r\n,1\r\n", "*1\r\n*2\r\n,1\r\n+a\r\n", "*1\r\n*2\r\n_\r\n,1\r\n",
		}},
		"GEOSEARCH": {func() error { return a.GeoSearchMatches("k", circle).Err() }, []string{
			"+a\r\n", "*1\r\n+a\r\n", "*1\r\n*3\r\n+a\r\n+1\r\n:1\r\n", "*1\r\n*4\r\n_\r\n+1\r\n:1\r\n*2\r\n,1\r\n,1\r\n",
			"*1\r\n*4\r\n+a\r\n+x\r\n:1\r\n*2\r\n,1\r\n,1\r\n", "*1\r\n*4\r\n+a\r\n+1\r\n+x\r\n*2\r\n,1\r\n,1\r\n",
			"*1\r\n*4\r\n+a\r\n+1\r\n:1\r\n*1\r\n,1\r\n", "*1\r\n*4\r\n+a\r\n+1\r\n:1\r\n_\r\n",
		}},
		"ZSCAN": {func() error { return a.ZScan("k", 0).Err() }, []string{
			":1\r\n", "*1\r\n+0\r\n", "*2\r\n+x\r\n*0\r\n", "*2\r\n+0\r\n_\r\n", "*2\r\n+0\r\n*1\r\n+a\r\n", "*2\r\n_\r\n*0\r\n",
		}},
	} {
		for _, reply := range use.replies {
			c.conn.Serve(reply)
			assert.ErrorIs(t, use.call(), rueidistx.ErrDecode, "%s: %q", name, reply)
		}
	}
}
