// Package kit is what the test kit, the module rueidistxtest, needs of rueidistx and nobody else does.
package kit

// Observer is a hook that also examines how a program uses units. Sealed keeps others from implementing it by chance.
type Observer interface {
	// Rehearse reports whether the first run of a closure of a Transact or Watch, which has just returned, is thrown away
	// as if it had ended with a conflict, so that the closure runs again.
	Rehearse(Sealed) bool

	// Created is called for each Batch, Tx and Choice that is filled by hand. ended reports whether it was executed or
	// discarded. Until then, names returns the names of its commands; nobody may queue at the same time.
	Created(of Sealed, kind string, ended func() bool, names func() []string)

	// Outside calls a callback that a unit runs besides its closure, where other units may be executed.
	Outside(of Sealed, callback func())
}

// Sealed is an argument that only modules below github.com/rueidistx/rueidistx can name.
type Sealed struct{ _ byte }

// Plan is what a unit would send.
type Plan struct {
	Kind       string   // "auto", "batch", "transaction", "reader" or "if"
	Conditions []string // of an If, without values
	Branches   [][]Step // one, or Then and Else of an If
	Refused    error    // why nothing would be sent
}

// Step is a command of a plan. Instead of a script's or a library's text, it has the script's digest or the library's name.
type Step struct {
	Words  []string
	Values []int // the indexes of the words that are not the name, a key or the number of keys
	Slot   int   // of its first key; -1 if none is known
}

// PlanOf returns the plan of a rueidistx.Querier or *rueidistx.Choice. Package rueidistx sets it.
var PlanOf func(unit any) (Plan, error)
