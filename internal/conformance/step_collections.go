package conformance

import "github.com/rueidistx/rueidistx"

var hashSteps = map[string]func(*drawn) run{
	"HSet": func(d *drawn) run {
		k, f, v, g, w := d.key(), d.few(), d.word(), d.few(), d.word()
		return func(c *commands, p string) func() string { return reading(c.HSet(p+k, f, v, g, w)) }
	},
	"HSetNX": func(d *drawn) run {
		k, f, v := d.key(), d.few(), d.word()
		return func(c *commands, p string) func() string { return reading(c.HSetNX(p+k, f, v)) }
	},
	"HGet": func(d *drawn) run {
		k, f := d.key(), d.few()
		return func(c *commands, p string) func() string { return reading(c.HGet(p+k, f)) }
	},
	"HMGet": func(d *drawn) run {
		k, f, g := d.key(), d.few(), d.few()
		return func(c *commands, p string) func() string { return reading(c.HMGet(p+k, f, g)) }
	},
	"HGetAll": func(d *drawn) run {
		k := d.key()
		return func(c *commands, p string) func() string { return reading(c.HGetAll(p + k)) }
	},
	"HDel": func(d *drawn) run {
		k, f := d.key(), d.few()
		return func(c *commands, p string) func() string { return reading(c.HDel(p+k, f)) }
	},
	"HIncrBy": func(d *drawn) run {
		k, f, n := d.key(), d.few(), d.number()
		return func(c *commands, p string) func() string { return reading(c.HIncrBy(p+k, f, n)) }
	},
	"HIncrByFloat": func(d *drawn) run {
		k, f, n := d.key(), d.few(), d.float()
		return func(c *commands, p string) func() string { return reading(c.HIncrByFloat(p+k, f, n)) }
	},
	"HKeys": func(d *drawn) run {
		k := d.key()
		return func(c *commands, p string) func() string { return unordered(c.HKeys(p + k)) }
	},
	"HVals": func(d *drawn) run {
		k := d.key()
		return func(c *commands, p string) func() string { return unordered(c.HVals(p + k)) }
	},
	"HExists": func(d *drawn) run {
		k, f := d.key(), d.few()
		return func(c *commands, p string) func() string { return reading(c.HExists(p+k, f)) }
	},
}

var listSteps = map[string]func(*drawn) run{
	"LPush": func(d *drawn) run {
		k, v, w := d.key(), d.word(), d.word()
		return func(c *commands, p string) func() string { return reading(c.LPush(p+k, v, w)) }
	},
	"RPush": func(d *drawn) run {
		k, v, w := d.key(), d.few(), d.few()
		return func(c *commands, p string) func() string { return reading(c.RPush(p+k, v, w)) }
	},
	"LPop": func(d *drawn) run {
		k := d.key()
		return func(c *commands, p string) func() string { return reading(c.LPop(p + k)) }
	},
	"RPop": func(d *drawn) run {
		k := d.key()
		return func(c *commands, p string) func() string { return reading(c.RPop(p + k)) }
	},
	"LRange": func(d *drawn) run {
		k, from, to := d.key(), d.number(), d.number()
		return func(c *commands, p string) func() string { return reading(c.LRange(p+k, from, to)) }
	},
	"LIndex": func(d *drawn) run {
		k, n := d.key(), d.number()
		return func(c *commands, p string) func() string { return reading(c.LIndex(p+k, n)) }
	},
	"LSet": func(d *drawn) run {
		k, n, v := d.key(), d.number(), d.word()
		return func(c *commands, p string) func() string { return reading(c.LSet(p+k, n, v)) }
	},
	"LRem": func(d *drawn) run {
		k, n, v := d.key(), d.number(), d.few()
		return func(c *commands, p string) func() string { return reading(c.LRem(p+k, n, v)) }
	},
	"LTrim": func(d *drawn) run {
		k, from, to := d.key(), d.number(), d.number()
		return func(c *commands, p string) func() string { return reading(c.LTrim(p+k, from, to)) }
	},
	"LInsert": func(d *drawn) run {
		k, before, pivot, v := d.key(), d.yes(), d.few(), d.word()
		return func(c *commands, p string) func() string { return reading(c.LInsert(p+k, before, pivot, v)) }
	},
	"LLen": func(d *drawn) run {
		k := d.key()
		return func(c *commands, p string) func() string { return reading(c.LLen(p + k)) }
	},
}

var setSteps = map[string]func(*drawn) run{
	"SAdd": func(d *drawn) run {
		k, v, w := d.key(), d.few(), d.word()
		return func(c *commands, p string) func() string { return reading(c.SAdd(p+k, v, w)) }
	},
	"SRem": func(d *drawn) run {
		k, v := d.key(), d.few()
		return func(c *commands, p string) func() string { return reading(c.SRem(p+k, v)) }
	},
	"SIsMember": func(d *drawn) run {
		k, v := d.key(), d.few()
		return func(c *commands, p string) func() string { return reading(c.SIsMember(p+k, v)) }
	},
	"SMembers": func(d *drawn) run {
		k := d.key()
		return func(c *commands, p string) func() string { return unordered(c.SMembers(p + k)) }
	},
	"SMove": func(d *drawn) run {
		k, l, v := d.key(), d.key(), d.few()
		return func(c *commands, p string) func() string { return reading(c.SMove(p+k, p+l, v)) }
	},
	"SUnion": func(d *drawn) run {
		k, l := d.key(), d.key()
		return func(c *commands, p string) func() string { return unordered(c.SUnion(p+k, p+l)) }
	},
	"SDiffStore": func(d *drawn) run {
		to, k, l := d.key(), d.key(), d.key()
		return func(c *commands, p string) func() string { return reading(c.SDiffStore(p+to, p+k, p+l)) }
	},
	"SInter": func(d *drawn) run {
		k, l := d.key(), d.key()
		return func(c *commands, p string) func() string { return unordered(c.SInter(p+k, p+l)) }
	},
}

var sortedSetSteps = map[string]func(*drawn) run{
	"ZAdd": func(d *drawn) run {
		k, members := d.key(), d.scoredMembers()
		return func(c *commands, p string) func() string { return reading(c.ZAdd(p+k, members)) }
	},
	"ZAdd NX CH": func(d *drawn) run {
		k, members := d.key(), d.scoredMembers()
		return func(c *commands, p string) func() string {
			return reading(c.ZAdd(p+k, members, rueidistx.NX, rueidistx.CH))
		}
	},
	"ZAddIncr XX": func(d *drawn) run {
		k, m, f := d.key(), d.few(), d.float()
		return func(c *commands, p string) func() string { return reading(c.ZAddIncr(p+k, m, f, rueidistx.XX)) }
	},
	"ZIncrBy": func(d *drawn) run {
		k, f, m := d.key(), d.float(), d.few()
		return func(c *commands, p string) func() string { return reading(c.ZIncrBy(p+k, f, m)) }
	},
	"ZScore": func(d *drawn) run {
		k, m := d.key(), d.few()
		return func(c *commands, p string) func() string { return reading(c.ZScore(p+k, m)) }
	},
	"ZRank": func(d *drawn) run {
		k, m := d.key(), d.few()
		return func(c *commands, p string) func() string { return reading(c.ZRank(p+k, m)) }
	},
	"ZRange": func(d *drawn) run {
		k, from, to := d.key(), d.number(), d.number()
		return func(c *commands, p string) func() string { return reading(c.ZRange(p+k, from, to)) }
	},
	"ZRangeWithScores": func(d *drawn) run {
		k, from, to := d.key(), d.number(), d.number()
		return func(c *commands, p string) func() string { return reading(c.ZRangeWithScores(p+k, from, to)) }
	},
	"ZPopMin": func(d *drawn) run {
		k := d.key()
		return func(c *commands, p string) func() string { return reading(c.ZPopMin(p + k)) }
	},
	"ZPopMaxCount": func(d *drawn) run {
		k := d.key()
		return func(c *commands, p string) func() string { return reading(c.ZPopMaxCount(p+k, 2)) }
	},
	"ZRem": func(d *drawn) run {
		k, m := d.key(), d.few()
		return func(c *commands, p string) func() string { return reading(c.ZRem(p+k, m)) }
	},
	"ZUnionStore": func(d *drawn) run {
		to, k, l := d.key(), d.key(), d.key()
		return func(c *commands, p string) func() string { return reading(c.ZUnionStore(p+to, []string{p + k, p + l})) }
	},
	"ZCount": func(d *drawn) run {
		k := d.key()
		return func(c *commands, p string) func() string { return reading(c.ZCount(p+k, "(0", "+inf")) }
	},
}
