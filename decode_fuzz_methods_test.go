package rueidistx_test

import (
	"testing"
	"time"

	"github.com/rueidistx/rueidistx"
)

func FuzzDecodePages(f *testing.F) {
	fuzzDecoders(f,
		of("Scan", func(c *rueidistx.Commands) rueidistx.Future[rueidistx.Page[string]] { return c.Scan(0) }),
		of("HScan", func(c *rueidistx.Commands) rueidistx.Future[rueidistx.Page[rueidistx.Field]] { return c.HScan("k", 0) }),
		of("HRandFieldsWithValues", func(c *rueidistx.Commands) rueidistx.Future[[]rueidistx.Field] {
			return c.HRandFieldsWithValues("k", 1)
		}),
	)
}

func FuzzDecodeNumbers(f *testing.F) {
	fuzzDecoders(f,
		of("IncrEx", func(c *rueidistx.Commands) rueidistx.Future[rueidistx.Increase[int64]] { return c.IncrEx("k", 1) }),
		of("IncrExFloat", func(c *rueidistx.Commands) rueidistx.Future[rueidistx.Increase[float64]] {
			return c.IncrExFloat("k", 1)
		}),
		of("LCSMatches", func(c *rueidistx.Commands) rueidistx.Future[rueidistx.LCSMatches] { return c.LCSMatches("a", "b", 0) }),
		of("BitField", func(c *rueidistx.Commands) rueidistx.Future[[]rueidistx.Optional[int64]] {
			return c.BitField("k", rueidistx.BitGet(rueidistx.Unsigned(8), 0))
		}),
		of("HExpire", func(c *rueidistx.Commands) rueidistx.Future[[]rueidistx.FieldChange] {
			return c.HExpire("k", time.Second, []string{"f"})
		}),
		of("HTTL", func(c *rueidistx.Commands) rueidistx.Future[[]rueidistx.Optional[time.Duration]] {
			return c.HTTL("k", "f")
		}),
		of("HPExpireTime", func(c *rueidistx.Commands) rueidistx.Future[[]rueidistx.Optional[time.Time]] {
			return c.HPExpireTime("k", "f")
		}),
		of("ObjectIdleTime", func(c *rueidistx.Commands) rueidistx.Future[time.Duration] { return c.ObjectIdleTime("k") }),
	)
}

func FuzzDecodeServer(f *testing.F) {
	fuzzDecoders(f,
		of("Info", func(c *rueidistx.Commands) rueidistx.Future[rueidistx.ServerInfo] { return c.Info() }),
		of("PubSubNumSub", func(c *rueidistx.Commands) rueidistx.Future[map[string]int64] { return c.PubSubNumSub("a") }),
		of("VEmb", func(c *rueidistx.Commands) rueidistx.Future[[]float32] { return c.VEmb("k", "e") }),
		of("VEmbRaw", func(c *rueidistx.Commands) rueidistx.Future[rueidistx.RawVector] { return c.VEmbRaw("k", "e") }),
		of("VInfo", func(c *rueidistx.Commands) rueidistx.Future[rueidistx.VectorSetInfo] { return c.VInfo("k") }),
		of("VLinks", func(c *rueidistx.Commands) rueidistx.Future[[][]string] { return c.VLinks("k", "e") }),
		of("VLinksWithScores", func(c *rueidistx.Commands) rueidistx.Future[[][]rueidistx.ScoredMember] {
			return c.VLinksWithScores("k", "e")
		}),
		of("VSimMatches", func(c *rueidistx.Commands) rueidistx.Future[[]rueidistx.VectorMatch] {
			return c.VSimElementMatches("k", "e")
		}),
		of("ArLen", func(c *rueidistx.Commands) rueidistx.Future[uint64] { return c.ArLen("k") }),
		of("ArGrep", func(c *rueidistx.Commands) rueidistx.Future[[]uint64] {
			return c.ArGrep("k", 0, 1, []rueidistx.ArPredicate{rueidistx.ArExact("")})
		}),
		of("ArScan", func(c *rueidistx.Commands) rueidistx.Future[[]rueidistx.Indexed] { return c.ArScan("k", 0, 1) }),
		of("ArInfo", func(c *rueidistx.Commands) rueidistx.Future[rueidistx.ArrayInfo] { return c.ArInfo("k") }),
		of("ArInfoFull", func(c *rueidistx.Commands) rueidistx.Future[rueidistx.ArrayDetail] { return c.ArInfoFull("k") }),
	)
}
