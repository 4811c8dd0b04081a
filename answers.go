package rueidistx

import (
	"cmp"
	"errors"
	"slices"
	"sync/atomic"

	"github.com/redis/rueidis"
)

// ref points to the reply of one command.
type ref struct {
	answers *answers
	index   int
}

// What is known of the replies of a unit.
const (
	pending uint32 = iota // nothing yet
	asked                 // nothing yet, but somebody has asked for a value: the unit must not be sent
	joint                 // they are those of other answers
	settled               // each command has its reply or its error
	clean                 // each command has its reply
)

// answers holds the replies of the commands of one unit. An Auto's is the one allocation that a single command costs,
// so what is for several commands, or for what goes wrong, is kept apart, in rare.
type answers struct {
	state uint32 // read and written atomically, as futures may be read by any goroutine
	op    uint16 // the id of the one command of an Auto
	rare  *rare  // nil for an Auto whose command went well
	one   rueidis.RedisMessage
}

// rare is what the answers of a single command that went well do without.
type rare struct {
	base    int                    // index of the first command; not 0 in a Batch that is sent while it is filled
	err     error                  // every command's, unless errs has one of its own
	errs    []error                // by command; nil while there is none
	results []rueidis.RedisResult  // by command, where they ran on their own
	replies []rueidis.RedisMessage // by command, where they ran in a transaction
	ops     []uint16               // by command, the ids of what they are
	odd     *odd                   // nil for the usual
}

// odd is what most units do without.
type odd struct {
	own  []ownOp // what the commands with id 0 are, by index
	from []ref   // of a future that is made of others: those
}

// ownOp is a command that the table does not know.
type ownOp struct {
	index int
	op    *op
}

// failed returns answers that have ended with err.
func failed(err error) *answers { return &answers{state: settled, rare: &rare{err: err}} }

func (a *answers) load() uint32 { return atomic.LoadUint32(&a.state) }

// done reports whether every command has its reply or its error.
func (a *answers) done() bool { return a.load() >= settled }

// ask notes that somebody wants a value that is not there yet.
func (a *answers) ask() { atomic.CompareAndSwapUint32(&a.state, pending, asked) }

// add makes room for the reply of one more command and returns its index.
func (a *answers) add(o *op) int {
	r := a.rare
	i := len(r.ops)
	r.ops = append(r.ops, o.id)
	if o.id == 0 && o != opUnknown {
		if r.odd == nil {
			r.odd = new(odd)
		}
		r.odd.own = append(r.odd.own, ownOp{i, o})
	}
	return i
}

// len returns the number of commands.
func (a *answers) len() int { return len(a.rare.ops) }

// opAt returns what a command is.
func (a *answers) opAt(i int) *op {
	r := a.rare
	if r == nil {
		return opByID[a.op]
	}
	if i >= len(r.ops) {
		return opUnknown
	}
	if id := r.ops[i]; id != 0 {
		return opByID[id]
	}
	if r.odd == nil {
		return opUnknown
	}
	at, found := slices.BinarySearchFunc(r.odd.own, i, func(o ownOp, i int) int { return cmp.Compare(o.index, i) })
	if !found || r.odd.own[at].op == nil { // nil if goroutines have queued at the same time
		return opUnknown
	}
	return r.odd.own[at].op
}

// from are the futures that this one is made of; nil if it is not.
func (a *answers) from() []ref {
	if a.load() != joint {
		return nil
	}
	return a.rare.odd.from
}

// base is the index of the first command.
func (a *answers) base() int {
	if a.rare == nil {
		return 0
	}
	return a.rare.base
}

// errOf returns why the command has no reply to decode.
func (a *answers) errOf(i int) error {
	switch r := a.rare; {
	case !a.done():
		return ErrPending
	case r == nil:
		return nil
	case i < len(r.errs) && r.errs[i] != nil:
		return r.errs[i]
	default:
		return r.err
	}
}

// reply returns the reply of a command that has one.
func (a *answers) reply(i int) rueidis.RedisMessage {
	switch r := a.rare; {
	case r == nil:
		return a.one
	case r.replies != nil:
		return r.replies[i]
	default:
		m, _ := r.results[i].ToMessage() // an error in the reply would be in errs; nil is for the decoder
		return m
	}
}

// nilReply returns the error of a reply that is nil.
func (a *answers) nilReply(i int) error {
	index, o := a.base()+i, a.opAt(i)
	if o.id == 0 || index >= len(nilErrorsOfOp{}) {
		return newNilError(index, o)
	}
	of := nilErrors[o.id].Load()
	if of == nil {
		nilErrors[o.id].CompareAndSwap(nil, new(nilErrorsOfOp))
		of = nilErrors[o.id].Load()
	}
	err := of[index].Load()
	if err == nil {
		err = newNilError(index, o)
		of[index].Store(err)
	}
	return err
}

func newNilError(index int, o *op) *CommandError {
	return &CommandError{Index: index, Name: o.name, Err: ErrNil}
}

// nilErrors are errors of nil replies by the command's id and index: a missing key is too common to allocate for each.
var nilErrors = make([]atomic.Pointer[nilErrorsOfOp], len(opByID))

type nilErrorsOfOp [256]atomic.Pointer[CommandError]

// undecoded makes the error of a reply that its decoder did not accept. That of a nil one is left to nilReply.
func (a *answers) undecoded(i int, err error) error {
	if err == ErrNil {
		return err
	}
	if f, ok := err.(*failure); !ok || f.kind != ErrDecode {
		err = fail(ErrDecode, err)
	}
	return &CommandError{Index: a.base() + i, Name: a.opAt(i).name, Err: err}
}

// settle ends every command with err; without one they have their replies or their own errors.
func (a *answers) settle(err error) error {
	assertf(!a.done(), "answers are settled twice")
	a.rare.err = err
	state := settled
	if err == nil && a.rare.errs == nil {
		state = clean
	}
	atomic.StoreUint32(&a.state, state)
	return err
}

// abandon settles what is still pending because whatever sent it did not come back.
func (a *answers) abandon() {
	if a.done() {
		return
	}
	if a.rare == nil {
		a.rare = new(rare)
	}
	_ = a.settle(fail(ErrUnknown, errors.New("the client panicked, or ended the goroutine, while it executed the unit")))
}

func (a *answers) setErr(i int, err error) {
	r := a.rare
	if r.errs == nil {
		r.errs = make([]error, len(r.ops))
	}
	r.errs[i] = err
}

func (a *answers) result(i int) Result {
	o := a.opAt(i)
	r := Result{Index: a.base() + i, Name: o.name, Err: a.errOf(i)}
	if r.Err != nil {
		return r
	}
	value, err := values[o.reply](a.reply(i))
	switch {
	case err == nil:
		r.Value = value
	case !errors.Is(err, ErrNil):
		r.Err = a.undecoded(i, err)
	}
	return r
}

// results returns every command.
func (a *answers) results() []Result {
	list := make([]Result, a.len())
	for i := range list {
		list[i] = a.result(i)
	}
	return list
}
