package rueidistx

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/redis/rueidis"
)

// known is what a DB believes about the scripts that servers know. Servers forget: at SCRIPT FLUSH, when they restart, and
// when a slot gets another primary. So it only decides whether a Batch sends a script by its digest or by its text. If a
// belief was wrong, the server did not run the script, and repair does that.
type known struct {
	mu      sync.RWMutex
	scripts map[string]slotSet // by digest: the slots whose servers know the script
	denied  atomic.Bool        // a server did not allow EVAL: the digest is tried first
}

// maxKnown bounds the number of scripts in known: in a cluster, each takes 2 KiB. A script that had to make room for
// another is sent by its text again. Redis and Valkey keep only the last 500 themselves, if they came with EVAL.
const maxKnown = 256

// slotSet is a set of what slotOf returns.
type slotSet []atomic.Uint64

func (s slotSet) has(slot uint16) bool { return s != nil && s[slot/64].Load()&(1<<(slot%64)) != 0 }

// slotOf returns the slot of a command in a cluster, which is anySlot without keys, and 0 elsewhere.
func (db *DB) slotOf(command rueidis.Completed) uint16 {
	if !db.cluster {
		return 0
	}
	return command.Slot()
}

// of returns the slots whose servers know a script.
func (k *known) of(s *source) slotSet {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.scripts[s.digest]
}

// believes reports whether the DB believes that the server of a slot knows a script. Calls of one script mostly follow each
// other, so the lock is not taken for each.
func (p *plan) believes(db *DB, s *source, slot uint16) bool {
	if p.asked != s {
		p.asked, p.known = s, db.known.of(s)
	}
	return p.known.has(slot)
}

// grow returns the slots of a script, with room for all up to last.
func (k *known) grow(s *source, last uint16) slotSet {
	k.mu.Lock()
	defer k.mu.Unlock()
	if set := k.scripts[s.digest]; set != nil {
		return set
	}
	if k.scripts == nil {
		k.scripts = map[string]slotSet{}
	}
	for digest := range k.scripts {
		if len(k.scripts) < maxKnown {
			break
		}
		delete(k.scripts, digest)
	}
	set := make(slotSet, last/64+1)
	k.scripts[s.digest] = set
	return set
}

// forget forgets all scripts.
func (k *known) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.scripts)
}

// learn remembers that the server of a slot knows a script.
func (db *DB) learn(s *source, slot uint16) {
	set := db.known.of(s)
	if set.has(slot) {
		return
	}
	if set == nil {
		set = db.known.grow(s, db.slotOf(db.multi)) // a command without keys
	}
	set[slot/64].Or(1 << (slot % 64))
}

// loadScript makes all primaries know a script.
func (db *DB) loadScript(ctx context.Context, s *source) error {
	if s.noDigest {
		return nil
	}
	err := db.EachPrimary(ctx, func(_ string, b *Batch) error {
		Queue(b, b.B().Arbitrary("SCRIPT", "LOAD", s.text).Build(), AsString)
		return nil
	})
	if err != nil {
		return err
	}
	db.learnAll(s)
	return nil
}

// learnAll remembers that the servers of all slots know a script.
func (db *DB) learnAll(s *source) {
	for slot := range db.slotOf(db.multi) + 1 {
		db.learn(s, slot)
	}
}

// note remembers what a server's answer to a call of a script says about it.
func (db *DB) note(o *op, s *source, slot uint16, err error) {
	refusal := refusalIn(err)
	switch {
	case s.noDigest, s.library != nil:
	case err == nil || err == ErrNil || isServerError(err) && refusal == nil:
		db.learn(s, slot)
		if o == s.byText && db.known.denied.Load() {
			db.known.denied.Store(false)
		}
	case s.unknown(err):
		if set := db.known.of(s); set.has(slot) {
			set[slot/64].And(^uint64(1 << (slot % 64)))
		}
	case o == s.byText && refusal != nil && deniesCommand(refusal):
		db.known.denied.Store(true)
	}
}
