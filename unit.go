package rueidistx

import "sync/atomic"

// unit is a Batch or Tx with its answers in one piece of memory. unitWithOps adds room for its commands, so that one
// allocation is enough if a Batch is about as large as the one before.
type unit struct {
	batch    Batch // or a Tx: see tx
	commands Commands
	queries  Queries
	queue    queue
	answers  answers
	rare     rare
}

type unitWithOps[A any] struct {
	unit
	ops A
}

// allocateUnit returns a unit with room for about n commands.
func allocateUnit(n int32) *unit {
	switch {
	case n <= 4:
		u := new(unitWithOps[[4]uint16])
		u.rare.ops = u.ops[:0]
		return &u.unit
	case n <= 16:
		u := new(unitWithOps[[16]uint16])
		u.rare.ops = u.ops[:0]
		return &u.unit
	case n <= 128:
		u := new(unitWithOps[[128]uint16])
		u.rare.ops = u.ops[:0]
		return &u.unit
	}
	u := new(unitWithOps[[maxSizeHint]uint16])
	u.rare.ops = u.ops[:0]
	return &u.unit
}

const maxSizeHint = 1024

// noDB makes units that report their misuse.
var noDB DB

// newUnit returns an empty unit. byHand is its type if no closure fills it.
func (db *DB) newUnit(r *rules, byHand string) *unit {
	if db == nil {
		db = &noDB
	}
	u := allocateUnit(db.size.Load())
	u.commands.Queries, u.queries.queue = &u.queries, &u.queue
	u.batch.Commands, u.batch.queue = &u.commands, &u.queue
	u.answers.rare = &u.rare
	u.queue.open(db, r, &u.answers, anySlot)
	if byHand != "" && db.tellsKit() {
		db.created(byHand, &u.queue)
	}
	return u
}

// tx returns the unit as a Tx, which has the same fields as a Batch and so needs no memory of its own.
func (u *unit) tx() *Tx { return (*Tx)(&u.batch) }

// open lets the queue accept commands, in a slot if that is known.
func (q *queue) open(db *DB, r *rules, a *answers, slot uint16) {
	q.db, q.rules, q.plan, q.answers, q.slot = db, r, newPlan(), a, slot
	if r.head > 0 {
		q.plan.commands = append(q.plan.commands, db.multi)
	}
	q.state = filling // nobody else has the queue yet
}

// sizeHint makes the next Batch or Tx allocate as much room as this one needed.
func (db *DB) sizeHint(n int) {
	if old := db.size.Load(); n > int(old) || n < int(old)/4 {
		db.size.Store(int32(min(n, maxSizeHint)))
	}
}

// begin ends the filling of a unit. One caller gets the plan, and executes or discards it; all others get ErrDone, even
// at the same time. Any other error says why the unit must not be sent.
//
// A plan that is not sent is not returned to the pool: another goroutine may be adding a command to it.
func (q *queue) begin() (*plan, error) {
	if q == nil {
		return nil, invalid("this Batch or Tx was not made by a DB")
	}
	if q.managed {
		return nil, ErrDone
	}
	return q.end()
}

// end is begin for the function that runs the unit's closure.
func (q *queue) end() (*plan, error) {
	was := atomic.SwapUint32(&q.state, spent)
	if was == spent {
		return nil, ErrDone
	}
	p := q.plan
	q.plan = nil
	err := q.recordedRefusal()
	switch was {
	case filling:
		err = q.complete(p)
	case scattered:
		err = errSeveralGoroutines
	}
	if err != nil {
		q.recordRefusal(err)
	}
	return p, err
}

// complete returns the reason, if any, why a unit must not be sent although none of its commands was refused.
func (q *queue) complete(p *plan) error {
	n := int(atomic.LoadUint32(&q.tickets))
	if invariants && q.db.client != nil && !q.rules.records {
		for i := range p.commands {
			assertf(!p.commands[i].IsEmpty(), "command %d of the plan is empty", i)
		}
	}
	switch {
	case q.answers.len() != n || len(p.commands) != n+q.rules.head:
		return errSeveralGoroutines
	case q.answers.load() == asked:
		return q.answers.askedTooEarly(q.rules)
	}
	return nil
}

// refusal returns the error, if any, that will keep the unit, or what is queued from now on, from being sent.
func (q *queue) refusal() error {
	switch {
	case q == nil:
		return nil
	case q.recordedRefusal() != nil:
		return q.recordedRefusal()
	case q.load() == scattered:
		return errSeveralGoroutines
	case q.answers.load() == asked:
		return q.answers.askedTooEarly(q.rules)
	}
	return nil
}
