package rueidistx

import "context"

// Auto runs each command at once. What several goroutines run at the same time goes to the server together:
// rueidis pipelines it by itself. Any number of goroutines may use one Auto.
type Auto struct{ *Commands }

// Auto returns a way to run single commands within ctx. A method sends its command, waits for the answer and returns
// a settled future: one round trip, in the pipeline of all goroutines.
//
//	hits, err := db.Auto(ctx).Incr("hits").Value()
//
// A command that failed has its own outcome: see [OutcomeOf]. Commands that only read are sent again by rueidis when a
// connection breaks; others never are. Commands that block, such as BLPOP, run on a connection of their own: see [Queue].
func (db *DB) Auto(ctx context.Context) Auto {
	// No more than this, so that the compiler inlines it and an Auto of one command stays on the stack.
	c := new(Commands)
	c.queue = queue{db: db, ctx: ctx, mode: modeAuto}
	return Auto{c}
}
