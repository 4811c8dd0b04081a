package parity

import (
	"strconv"

	"github.com/rueidistx/rueidistx"
)

func streamReadShapes() []shape {
	return []shape{
		use("XRead", "3", streamsOf(3),
			func(c *commands) futureOf[[]rueidistx.Stream] {
				return c.XRead([]rueidistx.StreamOffset{{Key: key, ID: entryID}})
			},
			func(b builder) completed { return b.Xread().Streams().Key(key).Id(entryID).Build() }),
		use("XRead", "100", streamsOf(100),
			func(c *commands) futureOf[[]rueidistx.Stream] {
				return c.XRead([]rueidistx.StreamOffset{{Key: key, ID: entryID}})
			},
			func(b builder) completed { return b.Xread().Streams().Key(key).Id(entryID).Build() }),
		use("XRead", "no entries", noStreams,
			func(c *commands) futureOf[[]rueidistx.Stream] {
				return c.XRead([]rueidistx.StreamOffset{{Key: key, ID: entryID}})
			},
			func(b builder) completed { return b.Xread().Streams().Key(key).Id(entryID).Build() }),
		use("XRead", "COUNT", streamsOf(3),
			func(c *commands) futureOf[[]rueidistx.Stream] {
				return c.XRead([]rueidistx.StreamOffset{{Key: key, ID: entryID}}, rueidistx.Count(small))
			},
			func(b builder) completed { return b.Xread().Count(small).Streams().Key(key).Id(entryID).Build() }),
		use("XRead", "3 streams", streamsOf(3),
			func(c *commands) futureOf[[]rueidistx.Stream] {
				return c.XRead([]rueidistx.StreamOffset{{Key: key, ID: entryID}, {Key: key2, ID: "0"}, {Key: key3, ID: "$"}})
			},
			func(b builder) completed {
				return b.Xread().Streams().Key(key, key2, key3).Id(entryID, "0", "$").Build()
			}),
		use("XRead", "MAXCOUNT", streamsOf(3),
			func(c *commands) futureOf[[]rueidistx.Stream] {
				return c.XRead([]rueidistx.StreamOffset{{Key: key, ID: entryID}}, rueidistx.MaxCount(large))
			},
			func(b builder) completed {
				return b.Arbitrary("XREAD", "MAXCOUNT", strconv.FormatInt(large, 10), "STREAMS").Keys(key).Args(entryID).Build()
			}),
		useAuto("XReadBlock", "MAXCOUNT", streamsOf(3),
			func(a rueidistx.Auto) futureOf[[]rueidistx.Stream] {
				return a.XReadBlock(whole, []rueidistx.StreamOffset{{Key: key, ID: entryID}}, rueidistx.MaxCount(large))
			},
			func(b builder) completed {
				return b.Arbitrary("XREAD", "MAXCOUNT", strconv.FormatInt(large, 10), "BLOCK", inMillis(whole), "STREAMS").Keys(key).Args(entryID).Build()
			}),
		use("XReadGroup", "MAXCOUNT", streamsOf(3),
			func(c *commands) futureOf[[]rueidistx.Stream] {
				return c.XReadGroup(value, key2, []rueidistx.StreamOffset{{Key: key, ID: entryID}}, rueidistx.MaxCount(large))
			},
			func(b builder) completed {
				return b.Arbitrary("XREADGROUP", "GROUP", value, key2, "MAXCOUNT", strconv.FormatInt(large, 10), "STREAMS").Keys(key).Args(entryID).Build()
			}),
		useAuto("XReadGroupBlock", "MAXCOUNT", streamsOf(3),
			func(a rueidistx.Auto) futureOf[[]rueidistx.Stream] {
				return a.XReadGroupBlock(whole, value, key2, []rueidistx.StreamOffset{{Key: key, ID: entryID}}, rueidistx.MaxCount(large))
			},
			func(b builder) completed {
				return b.Arbitrary("XREADGROUP", "GROUP", value, key2, "MAXCOUNT", strconv.FormatInt(large, 10), "BLOCK", inMillis(whole), "STREAMS").Keys(key).Args(entryID).Build()
			}),
		use("XReadGroupClaim", "MAXCOUNT", deliveredOf(3),
			func(c *commands) futureOf[[]rueidistx.DeliveredStream] {
				return c.XReadGroupClaim(value, key2, whole, []rueidistx.StreamOffset{{Key: key, ID: entryID}}, rueidistx.MaxCount(large))
			},
			func(b builder) completed {
				return b.Arbitrary("XREADGROUP", "GROUP", value, key2, "MAXCOUNT", strconv.FormatInt(large, 10), "CLAIM", inMillis(whole), "STREAMS").Keys(key).Args(entryID).Build()
			}),
		useAuto("XReadGroupClaimBlock", "MAXCOUNT", deliveredOf(3),
			func(a rueidistx.Auto) futureOf[[]rueidistx.DeliveredStream] {
				return a.XReadGroupClaimBlock(fraction, value, key2, whole, []rueidistx.StreamOffset{{Key: key, ID: entryID}}, rueidistx.MaxCount(large))
			},
			func(b builder) completed {
				return b.Arbitrary("XREADGROUP", "GROUP", value, key2, "MAXCOUNT", strconv.FormatInt(large, 10), "BLOCK", inMillis(fraction), "CLAIM", inMillis(whole), "STREAMS").Keys(key).Args(entryID).Build()
			}),
		use("XRead", "MAXSIZE", streamsOf(3),
			func(c *commands) futureOf[[]rueidistx.Stream] {
				return c.XRead([]rueidistx.StreamOffset{{Key: key, ID: entryID}}, rueidistx.MaxSize(large))
			},
			func(b builder) completed {
				return b.Arbitrary("XREAD", "MAXSIZE", strconv.FormatInt(large, 10), "STREAMS").Keys(key).Args(entryID).Build()
			}),
		useAuto("XReadBlock", "MAXSIZE", streamsOf(3),
			func(a rueidistx.Auto) futureOf[[]rueidistx.Stream] {
				return a.XReadBlock(whole, []rueidistx.StreamOffset{{Key: key, ID: entryID}}, rueidistx.MaxSize(large))
			},
			func(b builder) completed {
				return b.Arbitrary("XREAD", "MAXSIZE", strconv.FormatInt(large, 10), "BLOCK", inMillis(whole), "STREAMS").Keys(key).Args(entryID).Build()
			}),
		use("XReadGroup", "MAXSIZE", streamsOf(3),
			func(c *commands) futureOf[[]rueidistx.Stream] {
				return c.XReadGroup(value, key2, []rueidistx.StreamOffset{{Key: key, ID: entryID}}, rueidistx.MaxSize(large))
			},
			func(b builder) completed {
				return b.Arbitrary("XREADGROUP", "GROUP", value, key2, "MAXSIZE", strconv.FormatInt(large, 10), "STREAMS").Keys(key).Args(entryID).Build()
			}),
		useAuto("XReadGroupBlock", "MAXSIZE", streamsOf(3),
			func(a rueidistx.Auto) futureOf[[]rueidistx.Stream] {
				return a.XReadGroupBlock(whole, value, key2, []rueidistx.StreamOffset{{Key: key, ID: entryID}}, rueidistx.MaxSize(large))
			},
			func(b builder) completed {
				return b.Arbitrary("XREADGROUP", "GROUP", value, key2, "MAXSIZE", strconv.FormatInt(large, 10), "BLOCK", inMillis(whole), "STREAMS").Keys(key).Args(entryID).Build()
			}),
		use("XReadGroupClaim", "MAXSIZE", deliveredOf(3),
			func(c *commands) futureOf[[]rueidistx.DeliveredStream] {
				return c.XReadGroupClaim(value, key2, whole, []rueidistx.StreamOffset{{Key: key, ID: entryID}}, rueidistx.MaxSize(large))
			},
			func(b builder) completed {
				return b.Arbitrary("XREADGROUP", "GROUP", value, key2, "MAXSIZE", strconv.FormatInt(large, 10), "CLAIM", inMillis(whole), "STREAMS").Keys(key).Args(entryID).Build()
			}),
		useAuto("XReadGroupClaimBlock", "MAXSIZE", deliveredOf(3),
			func(a rueidistx.Auto) futureOf[[]rueidistx.DeliveredStream] {
				return a.XReadGroupClaimBlock(fraction, value, key2, whole, []rueidistx.StreamOffset{{Key: key, ID: entryID}}, rueidistx.MaxSize(large))
			},
			func(b builder) completed {
				return b.Arbitrary("XREADGROUP", "GROUP", value, key2, "MAXSIZE", strconv.FormatInt(large, 10), "BLOCK", inMillis(fraction), "CLAIM", inMillis(whole), "STREAMS").Keys(key).Args(entryID).Build()
			}),
		useAuto("XReadBlock", "", streamsOf(3),
			func(a rueidistx.Auto) futureOf[[]rueidistx.Stream] {
				return a.XReadBlock(fraction, []rueidistx.StreamOffset{{Key: key, ID: entryID}})
			},
			func(b builder) completed { return b.Xread().Block(5_400_250).Streams().Key(key).Id(entryID).Build() }),
		useAuto("XReadBlock", "COUNT", streamsOf(3),
			func(a rueidistx.Auto) futureOf[[]rueidistx.Stream] {
				return a.XReadBlock(fraction, []rueidistx.StreamOffset{{Key: key, ID: entryID}}, rueidistx.Count(small))
			},
			func(b builder) completed {
				return b.Xread().Count(small).Block(5_400_250).Streams().Key(key).Id(entryID).Build()
			}),
		use("XReadGroup", "", streamsOf(3),
			func(c *commands) futureOf[[]rueidistx.Stream] {
				return c.XReadGroup(value, key2, []rueidistx.StreamOffset{{Key: key, ID: entryID}})
			},
			func(b builder) completed {
				return b.Xreadgroup().Group(value, key2).Streams().Key(key).Id(entryID).Build()
			}),
		use("XReadGroup", "COUNT NOACK", streamsOf(3),
			func(c *commands) futureOf[[]rueidistx.Stream] {
				return c.XReadGroup(value, key2, []rueidistx.StreamOffset{{Key: key, ID: entryID}}, rueidistx.Count(small), rueidistx.NoAck)
			},
			func(b builder) completed {
				return b.Xreadgroup().Group(value, key2).Count(small).Noack().Streams().Key(key).Id(entryID).Build()
			}),
		useAuto("XReadGroupBlock", "COUNT", streamsOf(3),
			func(a rueidistx.Auto) futureOf[[]rueidistx.Stream] {
				return a.XReadGroupBlock(whole, value, key2, []rueidistx.StreamOffset{{Key: key, ID: entryID}}, rueidistx.Count(small))
			},
			func(b builder) completed {
				return b.Xreadgroup().Group(value, key2).Count(small).Block(5_400_000).Streams().Key(key).Id(entryID).Build()
			}),
		useAuto("XReadGroupBlock", "NOACK", streamsOf(3),
			func(a rueidistx.Auto) futureOf[[]rueidistx.Stream] {
				return a.XReadGroupBlock(whole, value, key2, []rueidistx.StreamOffset{{Key: key, ID: entryID}}, rueidistx.NoAck)
			},
			func(b builder) completed {
				return b.Xreadgroup().Group(value, key2).Block(5_400_000).Noack().Streams().Key(key).Id(entryID).Build()
			}).sends("NOACK precedes BLOCK"),
		use("XReadGroupClaim", "COUNT NOACK", deliveredOf(3),
			func(c *commands) futureOf[[]rueidistx.DeliveredStream] {
				return c.XReadGroupClaim(value, key2, whole, []rueidistx.StreamOffset{{Key: key, ID: entryID}}, rueidistx.Count(small), rueidistx.NoAck)
			},
			func(b builder) completed {
				return b.Xreadgroup().Group(value, key2).Count(small).Noack().Claim(inMillis(whole)).Streams().Key(key).Id(entryID).Build()
			}),
		useAuto("XReadGroupClaimBlock", "COUNT", deliveredOf(3),
			func(a rueidistx.Auto) futureOf[[]rueidistx.DeliveredStream] {
				return a.XReadGroupClaimBlock(fraction, value, key2, whole, []rueidistx.StreamOffset{{Key: key, ID: entryID}}, rueidistx.Count(small))
			},
			func(b builder) completed {
				return b.Xreadgroup().Group(value, key2).Count(small).Block(5_400_250).Claim(inMillis(whole)).Streams().Key(key).Id(entryID).Build()
			}),
		useAuto("XReadGroupClaimBlock", "NOACK", deliveredOf(3),
			func(a rueidistx.Auto) futureOf[[]rueidistx.DeliveredStream] {
				return a.XReadGroupClaimBlock(fraction, value, key2, whole, []rueidistx.StreamOffset{{Key: key, ID: entryID}}, rueidistx.NoAck)
			},
			func(b builder) completed {
				return b.Xreadgroup().Group(value, key2).Block(5_400_250).Noack().Claim(inMillis(whole)).Streams().Key(key).Id(entryID).Build()
			}).sends("NOACK precedes BLOCK"),
	}
}
