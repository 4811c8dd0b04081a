package rueidistx

import (
	"slices"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"
)

// One large unit must not keep its memory for good.
func TestPoolKeepsNoLargePlans(t *testing.T) {
	for name, grow := range map[string]func(p *plan){
		"commands": func(p *plan) { p.commands = slices.Grow(p.commands[:0], maxPooled+1)[:1] },
		"scripts":  func(p *plan) { p.scripts = slices.Grow(p.scripts[:0], maxPooled+1)[:1] },
		"strings":  func(p *plan) { p.strings = slices.Grow(p.strings[:0], maxPooled+1)[:1] },
	} {
		for range 20 { // the pool may lose some
			p := newPlan()
			grow(p)
			p.release()
			next := newPlan()
			require.LessOrEqual(t, max(cap(next.commands), cap(next.scripts), cap(next.strings), cap(next.loaded)), maxPooled, name)
			next.release()
		}
	}
}

// What a plan held is nobody's any more when it comes out of the pool.
func TestPoolForgetsWhatPlansHeld(t *testing.T) {
	for range 20 {
		p := newPlan()
		p.commands = append(p.commands, rueidis.Completed{})
		p.scripts = append(p.scripts, scriptCall{keys: []string{"k"}})
		p.strings = append(p.strings, "secret")
		p.loaded = append(p.loaded, loaded{source: new(source)})
		p.texts = 7
		p.release()
		next := newPlan()
		require.Empty(t, next.commands)
		require.Empty(t, next.scripts)
		require.Empty(t, next.strings)
		require.Empty(t, next.loaded)
		require.Zero(t, next.texts)
		require.False(t, next.held)
		for _, s := range next.strings[:cap(next.strings)] {
			require.Empty(t, s)
		}
		next.release()
	}
}
