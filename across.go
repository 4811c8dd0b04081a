package rueidistx

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// KeysError is the error of a method of [DB] that concerns several keys, such as [DB.MGet], if it has failed for at least one.
// errors.Is and errors.As look into Errs. Only [ErrUnknown], [ErrNotApplied] and [ErrApplied] refer to all keys together: it
// is Unknown if any key's outcome is, NotApplied if that of all keys is, and otherwise Applied. So do not send all of it again
// or give up all of it by that, but what Errs says: OutcomeOf(e.Errs[i]).
type KeysError struct {
	Failed int     // keys
	Errs   []error // by key, in the order in which the keys were given; nil for those that have not failed; see MGet

	outcome Outcome
}

// Error says for how many keys it failed, and why for the first of them.
func (e *KeysError) Error() string {
	var s strings.Builder
	fmt.Fprintf(&s, "rueidistx: %d of %d keys failed", e.Failed, len(e.Errs))
	if i := slices.IndexFunc(e.Errs, func(err error) bool { return err != nil }); i >= 0 {
		joinFirst(&s, e.Errs[i:i+1], e.Failed)
	}
	return s.String()
}

// Is reports whether target is the outcome for all keys, or matches the error of one of them.
func (e *KeysError) Is(target error) bool {
	if isOutcome(target) {
		return target == e.outcome.sentinel()
	}
	return anyIs(e.Errs, target)
}

// As looks into the errors of the keys.
func (e *KeysError) As(target any) bool { return anyAs(e.Errs, target) }

// MGet returns the strings at keys, in the order of keys; OK is false for a key that is missing or not a string, or that has
// an error. In a cluster, the keys may be in any slots: there is one MGET for each slot.
//
// Like [DB.MSet], [DB.Del], [DB.Exists], [DB.Touch] and [DB.Unlink], it is a [Batch] of commands, each with the keys of one slot,
// and takes one round trip to each node, all at the same time, for up to 10,000 slots and 1 MiB. So in a cluster it is not
// atomic: other clients' commands run in between, and some keys may fail while others do not. If any has failed, the error is a
// [*KeysError], which has the outcome of each key; the keys of one slot share one [*CommandError], whose Index counts commands.
// While a slot is moved, servers may refuse its keys with TRYAGAIN: this is not tried again.
// Without a cluster it is one command, unless [CheckSlots] is set. If there are no keys, the error is [ErrInvalid].
//
// See https://redis.io/docs/latest/commands/mget/.
func (db *DB) MGet(ctx context.Context, keys ...string) ([]Optional[string], error) {
	list := make([]Optional[string], len(keys))
	err := acrossSlots(ctx, db, "keys", keys, 1, func(c *Commands, keys []string) Future[[]Optional[string]] { return c.MGet(keys...) },
		func(values []Optional[string], places []int) error {
			if len(values) != len(places) {
				return fail(ErrProtocol, errors.New("the reply has not as many values as there are keys"))
			}
			for i, at := range places {
				list[at] = values[i]
			}
			return nil
		})
	return list, err
}

// MSet sets each key to the value that follows it. The Errs of a [*KeysError] are by key: half as many as keyValues. In a
// cluster it is not atomic: see [DB.MGet].
//
// See https://redis.io/docs/latest/commands/mset/.
func (db *DB) MSet(ctx context.Context, keyValues ...string) error {
	return acrossSlots(ctx, db, "keyValues", keyValues, 2, func(c *Commands, keyValues []string) Future[string] { return c.MSet(keyValues...) },
		func(string, []int) error { return nil })
}

// Del deletes keys and returns how many of them existed, as far as servers have answered. In a cluster it is not atomic: see
// [DB.MGet].
//
// See https://redis.io/docs/latest/commands/del/.
func (db *DB) Del(ctx context.Context, keys ...string) (int64, error) {
	return countAcrossSlots(ctx, db, keys, (*Commands).Del)
}

// Exists returns how many of the keys exist, as far as servers have answered; a key that is given twice counts twice. In
// a cluster it is not atomic: see [DB.MGet].
//
// See https://redis.io/docs/latest/commands/exists/.
func (db *DB) Exists(ctx context.Context, keys ...string) (int64, error) {
	return countAcrossSlots(ctx, db, keys, (*Commands).Exists)
}

// Touch notes that keys were used, for eviction, and returns how many of them exist, as far as servers have answered. In a
// cluster it is not atomic: see [DB.MGet].
//
// See https://redis.io/docs/latest/commands/touch/.
func (db *DB) Touch(ctx context.Context, keys ...string) (int64, error) {
	return countAcrossSlots(ctx, db, keys, (*Commands).Touch)
}

// Unlink is [DB.Del] that frees the memory in the background.
//
// See https://redis.io/docs/latest/commands/unlink/.
func (db *DB) Unlink(ctx context.Context, keys ...string) (int64, error) {
	return countAcrossSlots(ctx, db, keys, (*Commands).Unlink)
}

func countAcrossSlots(ctx context.Context, db *DB, keys []string, queue func(c *Commands, keys ...string) Future[int64]) (n int64, _ error) {
	err := acrossSlots(ctx, db, "keys", keys, 1, func(c *Commands, keys []string) Future[int64] { return queue(c, keys...) },
		func(counted int64, _ []int) error { n += counted; return nil })
	return n, err
}

// acrossSlots queues one command for each slot of the keys among words, which are step apart, and calls take with each reply and
// the places of its keys.
func acrossSlots[T any](ctx context.Context, db *DB, what string, words []string, step int, queue func(c *Commands, words []string) Future[T], take func(value T, places []int) error) error {
	if len(words) == 0 || len(words)%step != 0 {
		return invalid("%s must be one or more keys%s", what, []string{1: "", 2: ", each with its value"}[step])
	}
	if db == nil {
		db = &noDB
	}
	b := db.Batch()
	groups := db.groupsOf(words, step)
	futures := make([]Future[T], len(groups))
	for i, g := range groups {
		futures[i] = queue(b.Commands, g.words)
	}
	whole := b.Exec(ctx)
	e := &KeysError{Errs: make([]error, len(words)/step)}
	for i, g := range groups {
		value, err := futures[i].Value()
		if err == nil {
			err = take(value, g.places)
		}
		if err != nil {
			e.Failed += len(g.places)
			for _, at := range g.places {
				e.Errs[at] = err
			}
		}
	}
	if e.Failed == 0 {
		return whole
	}
	e.outcome = outcomeOfAll(e.Errs)
	return e
}

// slotGroup is keys of one slot, perhaps with values, and their places among all keys.
type slotGroup struct {
	words  []string
	places []int
}

// groupsOf groups words, in which keys are step apart, by the slots of the keys, if that matters.
func (db *DB) groupsOf(words []string, step int) (groups []slotGroup) {
	at := map[uint16]int{}
	for i := 0; i < len(words); i += step {
		var s uint16
		if db.usesSlots() {
			s = slot(db.prefix + words[i])
		}
		g, ok := at[s]
		if !ok {
			g = len(groups)
			at[s], groups = g, append(groups, slotGroup{})
		}
		groups[g].words = append(groups[g].words, words[i:i+step]...)
		groups[g].places = append(groups[g].places, i/step)
	}
	return groups
}
