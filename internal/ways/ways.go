// Package ways lists the ways to run commands, once for all suites: what is added here is tested by each of them.
package ways

import (
	"context"
	"errors"
	"fmt"

	"github.com/rueidistx/rueidistx"
)

// Way is a way to run commands.
type Way struct {
	Name string
	Kind
	Now     bool    // commands run when they are queued, so that there is no unit, and no error of the whole
	Managed bool    // a closure fills the unit
	Options Options // of the closure that fills it
}

// Options are those of the units that take them.
type Options struct {
	Batch []rueidistx.BatchOption
	Tx    []rueidistx.TxOption
}

// Kind is a kind of unit. That of a way without units is the zero Kind.
type Kind struct {
	Type   string // the name of its type
	Atomic bool   // all of its commands run or none does

	// Unit returns an empty unit.
	Unit func(db *rueidistx.DB) Unit

	managed func(ctx context.Context, db *rueidistx.DB, fn func(u Unit) error, o Options) error
}

// Unit is what is filled with commands and then executed.
type Unit interface {
	rueidistx.Queuer
	Exec(context.Context) error
	Len() int
	Results() []rueidistx.Result
	Incr(key string) rueidistx.Future[int64]
}

var (
	batch = Kind{
		Type: "Batch",
		Unit: func(db *rueidistx.DB) Unit { return db.Batch() },
		managed: func(ctx context.Context, db *rueidistx.DB, fn func(Unit) error, o Options) error {
			return db.Execute(ctx, func(b *rueidistx.Batch) error { return fn(b) }, o.Batch...)
		},
	}
	tx = Kind{
		Type:   "Tx",
		Atomic: true,
		Unit:   func(db *rueidistx.DB) Unit { return db.Atomic() },
		managed: func(ctx context.Context, db *rueidistx.DB, fn func(Unit) error, o Options) error {
			return db.Transact(ctx, func(tx *rueidistx.Tx) error { return fn(tx) }, o.Tx...)
		},
	}
	watching = Kind{
		Type:   "Tx",
		Atomic: true,
		Unit:   tx.Unit,
		managed: func(ctx context.Context, db *rueidistx.DB, fn func(Unit) error, o Options) error {
			return db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
				r.Unwatched().Time() // is sent with the commit, which takes a connection of its own
				return fn(tx)
			}, o.Tx...)
		},
	}
)

// choice is a Kind of units that are the branch of an If.
func choice(by ...rueidistx.ChoiceOption) Kind {
	return Kind{
		Type:   "Choice",
		Atomic: true,
		managed: func(ctx context.Context, db *rueidistx.DB, fn func(Unit) error, _ Options) error {
			c, err := taken(db, "ways:none", fn)
			if err != nil {
				return err
			}
			held, err := c.Exec(ctx, by...)
			var cross *rueidistx.CommandError
			if errors.Is(err, rueidistx.ErrCrossSlot) && errors.As(err, &cross) && cross.Index == 0 {
				// Nothing was sent. The condition must be on a key in the slot of the commands.
				var other, slot int
				_, _ = fmt.Sscanf(cross.Err.Error(), "slots %d and %d", &other, &slot)
				if c, err = taken(db, keyIn(slot), fn); err != nil {
					return err
				}
				held, err = c.Exec(ctx, by...)
			}
			if rueidistx.OutcomeOf(err) == rueidistx.Applied && !held {
				return errors.New("the condition does not hold")
			}
			return err
		},
	}
}

// taken returns an If whose condition holds, unless there is the key.
func taken(db *rueidistx.DB, key string, fn func(Unit) error) (*rueidistx.Choice, error) {
	c := db.If(rueidistx.Missing(key))
	return c, fn(branch{c.Then, c})
}

// keyIn returns a key in a slot, which no test uses.
func keyIn(slot int) string {
	for i := 0; ; i++ {
		if key := fmt.Sprintf("ways:none{%d}", i); int(rueidistx.Slot(key)) == slot {
			return key
		}
	}
}

// branch is the Then of an If as a Unit.
type branch struct {
	*rueidistx.Commands
	choice *rueidistx.Choice
}

func (b branch) Exec(ctx context.Context) error {
	_, err := b.choice.Exec(ctx)
	return err
}
func (branch) Len() int                    { return 0 }
func (branch) Results() []rueidistx.Result { return nil }

// The ways.
var (
	Auto     = Way{Name: "Auto", Now: true}
	Batch    = Way{Name: "Batch", Kind: batch}
	Execute  = Way{Name: "Execute", Kind: batch, Managed: true}
	Atomic   = Way{Name: "Atomic", Kind: tx}
	Transact = Way{Name: "Transact", Kind: tx, Managed: true}
	Watch    = Way{Name: "Watch", Kind: watching, Managed: true}
	If       = Way{Name: "If", Kind: choice(), Managed: true}
	IfWatch  = Way{Name: "If by WATCH", Kind: choice(rueidistx.ByWatch()), Managed: true}
)

// All are all ways.
var All = []Way{Auto, Batch, Execute, Atomic, Transact, Watch, If, IfWatch}

// Direct are the ways that send commands as they were queued, and nothing else but MULTI and EXEC around them.
var Direct = where(func(w Way) bool { return w.Type != "Choice" })

// Kinds are all kinds of units.
var Kinds = []Kind{batch, tx}

// Queueing are the ways that send nothing before all commands are queued.
var Queueing = where(func(w Way) bool { return !w.Now })

// Transactions are the ways in which all commands run or none does.
var Transactions = where(func(w Way) bool { return w.Atomic })

// Batches are the ways that queue commands, each of which succeeds or fails on its own.
var Batches = where(func(w Way) bool { return !w.Now && !w.Atomic })

// OfEachKind are a few of them, one of each kind, for tests that are about what happens to the commands and not about who
// fills the unit.
var OfEachKind = where(func(w Way) bool { return !w.Managed })

func where(is func(Way) bool) (list []Way) {
	for _, w := range All {
		if is(w) {
			list = append(list, w)
		}
	}
	return list
}

// RunClosure lets fn fill a unit, perhaps several times, and executes it unless fn returns an error.
func (k Kind) RunClosure(ctx context.Context, db *rueidistx.DB, fn func(u Unit) error) error {
	return k.managed(ctx, db, fn, Options{})
}

// CommandsOf returns the commands that a unit is filled with.
func CommandsOf(u Unit) *rueidistx.Commands {
	switch u := u.(type) {
	case *rueidistx.Batch:
		return u.Commands
	case *rueidistx.Tx:
		return u.Commands
	case branch:
		return u.Commands
	}
	panic("ways: a unit of an unknown type")
}

// Run lets queue queue commands and executes them. A closure may call queue several times. The error is that of the whole,
// and nil where there is none.
func (w Way) Run(ctx context.Context, db *rueidistx.DB, queue func(c *rueidistx.Commands)) error {
	if w.Now {
		queue(db.Auto(ctx).Commands)
		return nil
	}
	fill := func(u Unit) error {
		queue(CommandsOf(u))
		return nil
	}
	if w.Managed {
		return w.managed(ctx, db, fill, w.Options)
	}
	u := w.Unit(db)
	if tx, ok := u.(*rueidistx.Tx); ok {
		defer tx.Discard() // as a program should
	}
	_ = fill(u)
	return u.Exec(ctx)
}
