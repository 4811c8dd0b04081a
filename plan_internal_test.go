package rueidistx

import (
	"reflect"
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

// Whatever a plan held alone, nothing of it is there when the plan comes out of the pool.
func TestPoolForgetsEachFieldOfAPlan(t *testing.T) {
	for name, fill := range map[string]func(p *plan){
		"scripts": func(p *plan) { p.scripts = append(p.scripts, scriptCall{}) },
		"strings": func(p *plan) { p.strings = append(p.strings, "") },
		"loaded":  func(p *plan) { p.loaded = append(p.loaded, loaded{}) },
		"loads":   func(p *plan) { p.loads = append(p.loads, load{}) },
		"words":   func(p *plan) { p.words = append(p.words, "") },
		"ends":    func(p *plan) { p.ends = append(p.ends, 0) },
		"reads":   func(p *plan) { p.reads = append(p.reads, rueidis.CacheableTTL{}) },
		"texts":   func(p *plan) { p.texts = 1 },
		"bytes":   func(p *plan) { p.bytes = 1 },
		"result":  func(p *plan) { p.result[0] = rueidis.NewErrorResult(ErrNil) },
	} {
		p := newPlan()
		fill(p)
		p.release()
		sum := len(p.scripts) + len(p.strings) + len(p.loaded) + len(p.loads) + len(p.words) + len(p.ends) + len(p.reads) + p.texts + p.bytes
		require.Zero(t, sum, name)
		require.True(t, p.result[0] == rueidis.RedisResult{}, name)
	}
}

// What one allocation of a Batch or Tx costs goes with its size: the runtime has a size class of 256 bytes.
func TestUnitIsSmall(t *testing.T) {
	require.LessOrEqual(t, reflect.TypeFor[unitWithOps[[4]uint16]]().Size(), uintptr(256))
	require.LessOrEqual(t, reflect.TypeFor[answers]().Size(), uintptr(64))
}
