package rueidistx

// errDiscarded is ErrDiscarded without a cause.
var errDiscarded error = fail(ErrDiscarded, nil)

// Discard ends the transaction without sending anything; its futures get [ErrDiscarded]. After Exec, or a second time,
// it does nothing, so it is safe to defer. Inside the closure of Transact or Watch it has no effect: return an error instead.
func (tx *Tx) Discard() { tx.own().discardUnlessManaged() }

// Discard ends the Batch without sending anything; its futures get [ErrDiscarded]. After Exec, or a second time, it does
// nothing, so it is safe to defer. Inside the closure of Execute or EachPrimary it has no effect: return an error instead.
func (b *Batch) Discard() { b.own().discardUnlessManaged() }

// Discard is [Batch.Discard].
func (b *CachedBatch) Discard() { b.plain().Discard() }

// Discard ends the Choice without sending anything; the futures of both branches get [ErrDiscarded]. After Exec, or a second
// time, it does nothing, so it is safe to defer.
func (c *Choice) Discard() {
	if _, err := c.begin(); err != ErrDone && c != nil && c.branches[0] != nil {
		_ = c.settle(errDiscarded)
	}
}

// discardUnlessManaged is discard for what the caller of a unit has. A unit with a closure ends with that.
func (q *queue) discardUnlessManaged() {
	if q != nil && !q.managed {
		q.discard(errDiscarded)
	}
}

// discard ends a unit without sending it.
func (q *queue) discard(why error) {
	if _, err := q.end(); err == ErrDone {
		return
	}
	_ = q.answers.settle(why)
}
