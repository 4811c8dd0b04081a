package rueidistx

import (
	"context"

	"github.com/redis/rueidis"
)

// Auto runs each command immediately and waits for its reply. rueidis pipelines commands that goroutines issue
// concurrently. Any number of goroutines may use one Auto.
//
// Its commands are the methods of [Commands], and those that block, such as [Auto.BLPop]: the package's documentation lists
// them by group. [Queue] accepts any other command, and [Script.Queue] runs scripts.
type Auto struct{ *Commands }

var autoRules = &rules{way: WayAuto, readsRepeat: true, blocking: true, script: runsScript}

// Auto returns a way to run single commands within ctx. A method sends its command, waits for the reply and returns a
// settled future. It takes one round trip, pipelined with the commands of other goroutines.
//
//	hits, err := db.Auto(ctx).Incr("hits").Value()
//
// A command that failed has its own outcome: see [OutcomeOf]. If a connection breaks, rueidis resends commands that
// only read, but no others, unless the client has a ConnLifetime or the caller has marked a command with ToRetryable.
// Commands that block, such as [Auto.BLPop], run on a separate connection. They end when ctx ends, too; whether the server
// has run such a command is then unknown. If ctx has a deadline, rueidis notices a cancellation only at that deadline: bound
// the wait by the command's timeout, or by a context that can only be cancelled.
func (db *DB) Auto(ctx context.Context) Auto {
	// Keep this function small enough to be inlined, so that an Auto of one command stays on the stack.
	return Auto{&Commands{&Queries{&queue{db: db, ctx: ctx, rules: autoRules, state: immediate}}}}
}

// run sends one command immediately.
func (q *queue) run(o *op, argv []string) ref {
	switch {
	case q.db == nil:
		return ref{answers: notFromDB}
	case q.db.hooks != nil && !q.seen:
		return q.observed(o, q.slotOfKeys(o, argv), func(q *queue) ref { return q.run(o, argv) })
	case q.rules.cached:
		return q.readCached(o, argv)
	}
	command, refusal := q.admit(o, argv)
	if refusal != nil {
		return refuseSingle(o, refusal)
	}
	return q.send(o, command, argv)
}

// send sends one admitted command. argv is what it was built from, if that may be a script, whose text is in its error.
func (q *queue) send(o *op, command rueidis.Completed, argv []string) ref {
	a, unsent := perform(q.ctx, q.db, func(ctx context.Context) *answers {
		var r rueidis.RedisResult
		q.db.singleInto(ctx, o, nil, command, &r)
		a := q.db.settleSingle(o, &r)
		if a.rare != nil { // it may have failed
			a.explain(o.scriptText(argv))
		}
		return a
	})
	if unsent != nil {
		return refuseSingle(o, unsent)
	}
	return ref{answers: a}
}

// refuseSingle is what becomes of a single command that was not sent.
func refuseSingle(o *op, refusal error) ref { return ref{answers: failed(ofSingle(o, refusal))} }

// ofSingle puts the name of a single command into its error, unless it is there.
func ofSingle(o *op, err error) error {
	f, ok := err.(*failure)
	if !ok {
		return err
	}
	if _, named := f.cause.(*CommandError); named {
		return err
	}
	return f.ofCommand(0, o.name)
}

// settleSingle returns the settled answers of a single command.
func (db *DB) settleSingle(o *op, r *rueidis.RedisResult) *answers {
	if m, err := r.ToMessage(); (err == nil || err == ErrNil) && o.id != 0 && !readsQueued(&m) {
		a := new(answers)
		a.state, a.op, a.one = clean, o.id, m
		return a
	}
	a := &answers{rare: &rare{results: []rueidis.RedisResult{*r}}}
	a.add(o)
	db.facts.classify(a, a.rare.results, 0, func(i int, err error) { a.setErr(i, ofSingle(o, err)) })
	_ = a.settle(nil)
	return a
}

// explain adds the text of a script to the error, if any, of the single command that has sent it.
func (a *answers) explain(text string) *answers {
	if errs := a.errs(); errs != nil {
		explainScript(errs[0], text)
	}
	return a
}
