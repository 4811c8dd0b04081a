package campaign

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/rueidistx/rueidistx/internal/faultproxy"
)

// verbs are the commands at which connections are cut: any of them, those of units, and those that set up a connection or
// that rueidis sends by itself.
var verbs = []string{"", "", "", "MULTI", "EXEC", "RPUSH", "HINCRBY", "HGET", "EVAL", "EVALSHA", "HELLO", "CLIENT", "PING"}

// fault returns a random one.
func fault(rng *rand.Rand) faultproxy.Fault {
	f := faultproxy.Fault{
		Command: verbs[rng.IntN(len(verbs))],
		Nth:     1 + rng.IntN(8),
		Phase:   faultproxy.Phase(rng.IntN(5)),
		Action:  faultproxy.Action(rng.IntN(4)),
	}
	if f.Action == faultproxy.CutHold {
		f.Phase %= 2
	}
	if f.Action == faultproxy.Hold || f.Action == faultproxy.CutHold {
		f.For = time.Duration(1+rng.IntN(20)) * time.Millisecond
		if rng.IntN(4) == 0 {
			f.For = writeTimeout + time.Duration(rng.IntN(40))*time.Millisecond
		}
	}
	f.DropReplies = f.Action != faultproxy.Hold && f.Phase <= faultproxy.AfterCommand && rng.IntN(2) == 0
	return f
}

// cut breaks connections, one after the other, with a little time in between.
func (c *combination) cut(p *faultproxy.Proxy, rng *rand.Rand) {
	for !c.stopped() {
		time.Sleep(time.Duration(rng.IntN(30)) * time.Millisecond)
		before, counter := p.Fired(), &c.figures.Cuts
		switch rng.IntN(12) {
		case 0:
			p.CutAtRequestByte(rng.IntN(800))
		case 1:
			p.CutAtReplyByte(rng.IntN(800))
		case 2:
			n := p.Conns()
			p.CutAll()
			c.count(&c.figures.Cuts, n)
			continue
		case 3:
			n := p.Conns()
			p.Refuse(true)
			p.CutAll()
			time.Sleep(time.Duration(1+rng.IntN(4)) * time.Millisecond)
			p.Refuse(false)
			c.count(&c.figures.Cuts, n)
			c.count(&c.figures.Refusals, 1)
			continue
		default:
			f := fault(rng)
			if f.Action == faultproxy.Hold {
				counter = &c.figures.Holds
			}
			p.Arm(f)
		}
		for range 20 {
			if p.Fired() > before || c.stopped() {
				break
			}
			time.Sleep(time.Millisecond)
		}
		p.Disarm()
		c.count(counter, p.Fired()-before)
	}
}

func (c *combination) count(counter *int, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*counter += n
}

// killLength is how long a combination has to be for a primary to be killed.
const killLength = time.Second

// trouble lets things happen to servers until the combination is over.
func (c *combination) trouble(t *testing.T, rng *rand.Rand) {
	t.Helper()
	slow := []func(){}
	switch {
	case c.field.cluster != nil:
		slow = append(slow, func() { c.move(t, rng) }, func() { c.move(t, rng) }, func() { c.failover(t, rng) })
		if c.length >= killLength && rng.IntN(3) == 0 {
			slow = append(slow, func() { c.killing(t, rng) })
		}
		rng.Shuffle(len(slow), func(i, j int) { slow[i], slow[j] = slow[j], slow[i] })
	case c.field.sentinels != nil:
		slow = append(slow, func() { c.switchover(t) })
	}
	done := 0
	for time.Since(c.began) < c.length {
		time.Sleep(time.Duration(10+rng.IntN(40)) * time.Millisecond)
		// what takes long comes once, and again where there is the time
		if due := time.Duration(done+1) * c.length / time.Duration(len(slow)+1); len(slow) > 0 && done < len(slow) && time.Since(c.began) > due {
			slow[done]()
			done++
			continue
		}
		if c.field.cluster != nil && rng.IntN(20) == 0 {
			c.move(t, rng)
			continue
		}
		c.upset(t, rng)
	}
}
