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
