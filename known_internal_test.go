package rueidistx

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Believe makes a DB believe that all servers know the script, for tests of what it does when they have forgotten it.
func (s *Script[T]) Believe(db *DB) { db.learnAll(s.source) }

func TestKnownScriptsAreBounded(t *testing.T) {
	t.Parallel()
	var db DB
	for i := range 10 * maxKnown {
		s := newSource(fmt.Sprint("return ", i), false)
		require.False(t, db.known.of(s).has(0))
		db.learn(s, 0)
		require.True(t, db.known.of(s).has(0))
		require.LessOrEqual(t, len(db.known.scripts), maxKnown)
	}
	db.known.forget()
	require.Empty(t, db.known.scripts)
}

func TestKnownSlots(t *testing.T) {
	t.Parallel()
	var db DB
	s := newSource("return 1", false)
	set := db.known.grow(s, anySlot)
	var learning sync.WaitGroup
	for first := range 8 {
		learning.Go(func() {
			for slot := uint16(first); slot <= anySlot; slot += 16 {
				assert.False(t, set.has(slot))
				db.learn(s, slot)
				assert.True(t, db.known.of(newSource("return 1", true)).has(slot), "it is the same text")
			}
		})
	}
	learning.Wait()
	for slot := range uint16(anySlot + 1) {
		require.Equal(t, slot%16 < 8, set.has(slot), "slot %d", slot)
	}
}

// What an answer says about a script, for one that was not known and one that was.
func TestAnswersTeachWhatIsKnown(t *testing.T) {
	t.Parallel()
	const noEval = "NOPERM User u has no permissions to run the 'eval' command"
	for _, c := range []struct {
		err            error
		unknown, known bool // whether it is known afterwards
		denies, denied bool // whether texts are denied afterwards, if they were not, and if they were
	}{
		{err: nil, unknown: true, known: true},
		{err: ErrNil, unknown: true, known: true},
		{err: errorOf("WRONGTYPE mine"), unknown: true, known: true},
		{err: errorOf("ERR mine"), unknown: true, known: true},
		{err: errorOf("NOSCRIPT No matching script."), denied: true},
		{err: errorOf("NOSCRIPT mine"), known: true, denied: true},
		{err: errorOf("OOM mine"), known: true, denied: true},
		{err: errorOf("MOVED 1 a:1"), known: true, denied: true},
		{err: &classified{fail(ErrRejected, errorOf("OOM mine"))}, known: true, denied: true},
		{err: errors.New("lost"), known: true, denied: true},
		{err: errorOf(noEval), known: true, denies: true, denied: true},
	} {
		s := newSource("return 1", false)
		for _, o := range []*op{s.byDigest, s.byText} {
			var db DB
			db.note(o, s, 0, c.err)
			require.Equal(t, c.unknown, db.known.of(s).has(0), "%s: %v", o.name, c.err)
			require.Equal(t, o == s.byText && c.denies, db.known.denied.Load(), "%s: %v", o.name, c.err)
			db.learn(s, 0)
			db.known.denied.Store(true)
			db.note(o, s, 0, c.err)
			require.Equal(t, c.known, db.known.of(s).has(0), "%s: %v", o.name, c.err)
			require.Equal(t, o == s.byDigest || c.denied, db.known.denied.Load(), "%s: %v", o.name, c.err)

			s.noDigest = true
			db.known.forget()
			db.note(o, s, 0, c.err)
			require.Empty(t, db.known.scripts)
			s.noDigest = false
		}
	}
}

// The text goes with the first use in each slot, up to a total; at least one does.
func TestPlanTeachesUpToATotal(t *testing.T) {
	t.Parallel()
	for size, want := range map[int]int{1: 200, maxTextBytes / 200: 200, maxTextBytes / 20: 20, maxTextBytes: 1, 10 * maxTextBytes: 1} {
		var p plan
		s, other := &source{text: string(make([]byte, size))}, &source{text: "return 1"}
		texts := 0
		for range 2 {
			for slot := range uint16(200) {
				if p.teaches(s, slot) {
					texts++
				}
			}
		}
		require.Equal(t, want, texts, "size %d", size)
		require.True(t, p.teaches(other, 7))
		require.False(t, p.teaches(other, 7))
	}
}
