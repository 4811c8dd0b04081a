package conformance

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/rueidistx/rueidistx"
)

// words that steps work with: some of them numbers, some awkward, and few so that the steps meet.
var stepWords = append([]string{"", "0", "1", "-7", "2.5", "1e3", "9223372036854775807", " 1", "text", "field", "m"}, awkward...)

// drawn are arguments of one step.
type drawn struct {
	t    *rapid.T
	text string
}

func note[T any](d *drawn, v T) T {
	d.text += fmt.Sprintf(" %#v", v)
	return v
}

func (d *drawn) word() string {
	return note(d, rapid.OneOf(
		rapid.SampledFrom(stepWords),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 40), func(b []byte) string { return string(b) }),
	).Draw(d.t, "word"))
}

// few draws from a handful of members and fields.
func (d *drawn) few() string { return note(d, rapid.SampledFrom(stepWords[:6]).Draw(d.t, "member")) }

func (d *drawn) key() string { return note(d, rapid.SampledFrom(keyNames).Draw(d.t, "key")) }

func (d *drawn) number() int64 { return note(d, rapid.Int64Range(-9, 9).Draw(d.t, "number")) }

func (d *drawn) yes() bool { return note(d, rapid.Bool().Draw(d.t, "yes")) }

func (d *drawn) float() float64 {
	return note(d, rapid.SampledFrom([]float64{0, 1, -1.5, 0.1, 3e10, 1e-7, 123456789.125}).Draw(d.t, "float"))
}

// early are the steps whose failure the embedded server reports when they are queued, so that it aborts a transaction.
var early = []string{"SetRange"}

// anyStep draws a command with its arguments. None needs more than Redis 6.0.
func anyStep(embedded bool) func(t *rapid.T) step {
	var names []string
	steps := map[string]func(*drawn) run{}
	for _, kind := range []map[string]func(*drawn) run{stringSteps, keySteps, hashSteps, listSteps, setSteps, sortedSetSteps} {
		for name, draw := range kind {
			if !embedded || !slices.Contains(early, name) {
				names = append(names, name)
				steps[name] = draw
			}
		}
	}
	slices.Sort(names)
	return func(t *rapid.T) step {
		name := rapid.SampledFrom(names).Draw(t, "command")
		d := &drawn{t: t, text: name}
		run := steps[name](d)
		return step{d.text, run}
	}
}

// run queues a step's command with the keys behind a prefix.
type run = func(c *commands, prefix string) (read func() string)

var stringSteps = map[string]func(*drawn) run{
	"Set": func(d *drawn) run {
		k, v := d.key(), d.word()
		return func(c *commands, p string) func() string { return reading(c.Set(p+k, v)) }
	},
	"Set NX": func(d *drawn) run {
		k, v := d.key(), d.word()
		return func(c *commands, p string) func() string { return reading(c.Set(p+k, v, rueidistx.NX)) }
	},
	"Set EX": func(d *drawn) run {
		k, v := d.key(), d.word()
		return func(c *commands, p string) func() string { return reading(c.Set(p+k, v, rueidistx.EX(time.Hour))) }
	},
	"Get": func(d *drawn) run {
		k := d.key()
		return func(c *commands, p string) func() string { return reading(c.Get(p + k)) }
	},
	"Append": func(d *drawn) run {
		k, v := d.key(), d.word()
		return func(c *commands, p string) func() string { return reading(c.Append(p+k, v)) }
	},
	"Incr": func(d *drawn) run {
		k := d.key()
		return func(c *commands, p string) func() string { return reading(c.Incr(p + k)) }
	},
	"DecrBy": func(d *drawn) run {
		k, n := d.key(), d.number()
		return func(c *commands, p string) func() string { return reading(c.DecrBy(p+k, n)) }
	},
	"IncrByFloat": func(d *drawn) run {
		k, f := d.key(), d.float()
		return func(c *commands, p string) func() string { return reading(c.IncrByFloat(p+k, f)) }
	},
	"SetRange": func(d *drawn) run {
		k, n, v := d.key(), d.number(), d.word()
		return func(c *commands, p string) func() string { return reading(c.SetRange(p+k, n, v)) }
	},
	"GetRange": func(d *drawn) run {
		k, from, to := d.key(), d.number(), d.number()
		return func(c *commands, p string) func() string { return reading(c.GetRange(p+k, from, to)) }
	},
	"MGet": func(d *drawn) run {
		k, l := d.key(), d.key()
		return func(c *commands, p string) func() string { return reading(c.MGet(p+k, p+l)) }
	},
	"MSet": func(d *drawn) run {
		k, v, l, w := d.key(), d.word(), d.key(), d.word()
		return func(c *commands, p string) func() string { return reading(c.MSet(p+k, v, p+l, w)) }
	},
	"StrLen": func(d *drawn) run {
		k := d.key()
		return func(c *commands, p string) func() string { return reading(c.StrLen(p + k)) }
	},
	"SetBit": func(d *drawn) run {
		k, bit := d.key(), d.yes()
		return func(c *commands, p string) func() string { return reading(c.SetBit(p+k, 11, bit)) }
	},
}

var keySteps = map[string]func(*drawn) run{
	"Del": func(d *drawn) run {
		k, l := d.key(), d.key()
		return func(c *commands, p string) func() string { return reading(c.Del(p+k, p+l)) }
	},
	"Exists": func(d *drawn) run {
		k, l := d.key(), d.key()
		return func(c *commands, p string) func() string { return reading(c.Exists(p+k, p+l)) }
	},
	"Type": func(d *drawn) run {
		k := d.key()
		return func(c *commands, p string) func() string { return reading(c.Type(p + k)) }
	},
	"Rename": func(d *drawn) run {
		k, l := d.key(), d.key()
		return func(c *commands, p string) func() string { return reading(c.Rename(p+k, p+l)) }
	},
	"RenameNX": func(d *drawn) run {
		k, l := d.key(), d.key()
		return func(c *commands, p string) func() string { return reading(c.RenameNX(p+k, p+l)) }
	},
	"Expire": func(d *drawn) run {
		k := d.key()
		return func(c *commands, p string) func() string { return reading(c.Expire(p+k, time.Hour)) }
	},
	"Persist": func(d *drawn) run {
		k := d.key()
		return func(c *commands, p string) func() string { return reading(c.Persist(p + k)) }
	},
	"any command": func(d *drawn) run {
		k := d.key()
		return func(c *commands, p string) func() string {
			return reading(rueidistx.Queue(c, c.B().Lrange().Key(p+k).Start(0).Stop(-1).Build(), rueidistx.AsAny))
		}
	},
	"script": func(d *drawn) run {
		k, v := d.key(), d.word()
		return func(c *commands, p string) func() string { return reading(appending.Queue(c, []string{p + k}, v)) }
	},
}

const appendScript = "return redis.call('APPEND', KEYS[1], ARGV[1])"

var appending = rueidistx.NewScript(appendScript, rueidistx.AsInt64)

// scoredMembers makes members of a sorted set.
func (d *drawn) scoredMembers() []rueidistx.ScoredMember {
	list := make([]rueidistx.ScoredMember, 1+rapid.IntRange(0, 3).Draw(d.t, "more"))
	for i := range list {
		list[i] = rueidistx.ScoredMember{Member: d.few(), Score: d.float()}
	}
	return list
}
