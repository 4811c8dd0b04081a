package rueidistx

import (
	"cmp"
	"context"
	"slices"

	"github.com/redis/rueidis"
)

// guarded reports whether a command must run inside MULTI. rueidis's cluster client follows any error that begins with
// MOVED or ASK as a redirection, even if a script made it up, but not inside EXEC's reply.
func (db *DB) guarded(o *op) bool { return db.cluster && o.speaks() }

// single sends a single command, inside MULTI if it must be.
func (db *DB) single(ctx context.Context, o *op, command rueidis.Completed) rueidis.RedisResult {
	return db.singleWith(ctx, o, nil, command)
}

// singleWith is single for a function whose library, if it is not nil, is loaded inside the same MULTI.
func (db *DB) singleWith(ctx context.Context, o *op, l *Library, command rueidis.Completed) (r rueidis.RedisResult) {
	db.singleInto(ctx, o, l, command, &r)
	return r
}

// singleInto is singleWith, but stores the result, which takes time to copy.
func (db *DB) singleInto(ctx context.Context, o *op, l *Library, command rueidis.Completed, r *rueidis.RedisResult) {
	s, ok := db.shared.(*shared) // of an interface, the place would be on the heap
	switch {
	case l != nil || db.guarded(o):
		*r = db.singleGuarded(ctx, solo{op: o, library: l}, command)
	case ok:
		s.singleInto(ctx, command, r)
	default:
		*r = db.shared.single(ctx, command)
	}
	if done(ctx) {
		*r = replaceNone([]rueidis.RedisResult{*r})[0]
	}
}

func (db *DB) singleGuarded(ctx context.Context, s solo, command rueidis.Completed) rueidis.RedisResult {
	if err := db.probeMulti(ctx, command.Slot()); err != nil {
		return rueidis.NewErrorResult(&classified{err})
	}
	results, err := db.guards.together(ctx, s.wire(db, nil, command))
	if err != nil {
		return rueidis.NewErrorResult(&classified{err})
	}
	return db.facts.soloResult(&s, results)
}

// solo is a command that runs inside a MULTI of its own, behind the FUNCTION LOAD of its library, if it has one.
type solo struct {
	at      int // its index among the commands that are sent with it
	op      *op
	index   int // its index in the Batch
	library *Library
}

// wire appends what is sent for the solo.
func (s *solo) wire(db *DB, wire []rueidis.Completed, command rueidis.Completed) []rueidis.Completed {
	wire = append(wire, db.multi)
	if s.library != nil {
		wire = append(wire, s.library.command(db))
	}
	return append(wire, command, db.exec)
}

// width returns how many commands are sent for the solo.
func (s *solo) width() int {
	if s.library != nil {
		return 4
	}
	return 3
}

// solos returns the commands in [from, to) of a Batch that must run inside MULTI.
func (p *plan) solos(db *DB, a *answers, from, to int) (list []solo) {
	if !db.cluster {
		return nil
	}
	for _, c := range p.calls(from, to) {
		if o := a.opAt(c.index); db.guarded(o) {
			list = append(list, solo{at: c.index - from, op: o, index: a.base() + c.index})
		}
	}
	return list
}

// many sends commands of a Batch, some of which are solos. For room see carrier.
func (db *DB) many(ctx context.Context, commands []rueidis.Completed, solos []solo, room []rueidis.RedisResult) []rueidis.RedisResult {
	if len(solos) == 0 {
		return db.shared.many(ctx, commands, room)
	}
	if err := db.probeMulti(ctx, commands[solos[0].at].Slot()); err != nil {
		unsent := *err
		unsent.kind = ErrNotSent
		return slices.Repeat([]rueidis.RedisResult{rueidis.NewErrorResult(&classified{&unsent})}, len(commands))
	}
	// A DoMulti with a MULTI allows only keys of one slot. So each slot with a solo is sent separately, with all its
	// commands in order.
	apart := map[uint16]int{}
	for _, solo := range solos {
		if s := commands[solo.at].Slot(); apart[s] == 0 {
			apart[s] = len(apart) + 1
		}
	}
	groups := make([][]int, len(apart)+1)
	for i := range commands {
		g := apart[commands[i].Slot()]
		groups[g] = append(groups[g], i)
	}
	results := make([]rueidis.RedisResult, len(commands))
	concurrently(len(groups), func(g int) {
		if g == 0 {
			rest := make([]rueidis.Completed, len(groups[0]))
			for at, i := range groups[0] {
				rest[at] = commands[i]
			}
			for at, r := range db.shared.many(ctx, rest, nil) {
				results[groups[0][at]] = r
			}
			return
		}
		db.manyOfSlot(ctx, commands, solos, groups[g], results)
	})
	return results
}

// manyOfSlot sends the commands at places, which are all those of one slot, and stores their results at the same
// places.
func (db *DB) manyOfSlot(ctx context.Context, commands []rueidis.Completed, solos []solo, places []int, results []rueidis.RedisResult) {
	soloAt := func(at int) *solo {
		i, found := slices.BinarySearchFunc(solos, at, func(s solo, at int) int { return cmp.Compare(s.at, at) })
		if !found {
			return nil
		}
		return &solos[i]
	}
	var wire []rueidis.Completed
	for _, at := range places {
		if s := soloAt(at); s != nil {
			wire = s.wire(db, wire, commands[at])
		} else {
			wire = append(wire, commands[at])
		}
	}
	replies, err := db.guards.together(ctx, wire)
	if err != nil {
		replies = slices.Repeat([]rueidis.RedisResult{rueidis.NewErrorResult(&classified{err})}, len(wire))
	}
	replies = fit(replies, len(wire))
	for _, at := range places {
		if s := soloAt(at); s != nil {
			results[at], replies = db.facts.soloResult(s, replies[:s.width()]), replies[s.width():]
		} else {
			results[at], replies = replies[0], replies[1:]
		}
	}
}
