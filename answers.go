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

// The state of answers says what is known of the replies of a unit.
const (
	pending  uint32 = iota // nothing yet
	onDemand               // nothing yet; asking for a value sends the commands
	asked                  // nothing yet, but a value was asked for: the unit must not be sent
	joint                  // they combine other answers
	settled                // each command has its reply or its error
	clean                  // each command has its reply
	lost                   // they were read in a run of a Watch that was not committed
	unsure                 // they are of the last run of a Once, and it is not known whether one before was committed
)

// The state is in the lower bits. Above them is, if the state is asked, the index of the command whose value was asked for.
const (
	stateBits = 4
	stateMask = 1<<stateBits - 1
)

// answers holds the replies of the commands of one unit. It is the only allocation that an Auto adds to a command. So
// what is needed only for several commands or for errors is kept separately, in rare.
type answers struct {
	state uint32               // read and written atomically, as any goroutine may read futures
	op    uint16               // the id of an Auto's one command
	rare  *rare                // nil for an Auto whose command succeeded
	one   rueidis.RedisMessage // the reply to the command of an Auto, or of a Batch of one, if it is no error
}

// rare is what the answers of a single successful command do not need.
type rare struct {
	results []rueidis.RedisResult  // by command, if they ran individually and are not in one
	replies []rueidis.RedisMessage // by command, if they ran in a transaction
	ops     []uint16               // by command, the ids of their ops
	odd     atomic.Pointer[odd]    // nil for most units; other goroutines may look while the unit is executed
}

// odd is what most units do not need.
type odd struct {
	base    int     // index of the first command; not 0 in later chunks of a Batch, and later waves of a Watch
	refusal error   // why nothing will be sent, if that is known
	err     error   // of every command that has none in errs
	errs    []error // by command; nil if there are none
	own     []ownOp // the ops of the commands with id 0, by index
	from    []ref   // the futures that a future combines
	either  bool    // it is that of the branch that was taken
	run     *run    // what sends these commands on demand
}

// newOddAnswers returns answers with room for everything in one piece of memory.
func newOddAnswers(state uint32) *answers {
	all := new(struct {
		answers
		rare
		odd
	})
	all.answers.state, all.answers.rare = state, &all.rare
	all.rare.odd.Store(&all.odd)
	return &all.answers
}

// ownOp is the op of a command that is not in the table.
type ownOp struct {
	index int
	op    *op
}

// failed returns answers that are settled with err.
func failed(err error) *answers {
	a := newOddAnswers(settled)
	a.odd().err = err
	return a
}

func (a *answers) load() uint32 { return atomic.LoadUint32(&a.state) & stateMask }

// done reports whether every command has its reply or its error.
func (a *answers) done() bool { return a.load() >= settled }

// ask records that the value of command i was asked for before there is one.
func (a *answers) ask(i int) {
	next := asked | uint32(i)<<stateBits
	if !atomic.CompareAndSwapUint32(&a.state, pending, next) {
		atomic.CompareAndSwapUint32(&a.state, onDemand, next)
	}
}

// fetch sends the commands, if reading them is what sends them, and reports whether they are settled then.
func (a *answers) fetch() bool {
	if a.load() == onDemand {
		a.odd().run.fetch(a)
	}
	return a.done()
}

// lose replaces the replies of a run of a Watch that was not committed by an error.
func (a *answers) lose() {
	if a.done() {
		atomic.StoreUint32(&a.state, lost)
	}
}

// beUnsure replaces the errors of the last run of a Once: the caller, who knows only its futures, must not take it for certain
// that nothing was applied.
func (a *answers) beUnsure() {
	if a.done() {
		atomic.StoreUint32(&a.state, unsure)
	}
}

var errUnsure error = fail(ErrUnknown, errors.New("an earlier run of the closure may have been committed"))

// askedTooEarly returns the error of a unit that must not be sent because of that.
func (a *answers) askedTooEarly(r *rules) error {
	i, kind := int(atomic.LoadUint32(&a.state)>>stateBits), errAsked
	if r.early != nil {
		kind = r.early
	}
	return failCommand(kind, a.base()+i, a.opAt(i).name, ErrPending)
}

// add makes room for the reply of one more command and returns its index.
func (a *answers) add(o *op) int {
	i := len(a.rare.ops)
	if o.id == 0 {
		a.keepOwn(o)
	}
	a.rare.ops = append(a.rare.ops, o.id)
	return i
}

// keepOwn keeps the op of the next command, which is not in the table.
func (a *answers) keepOwn(o *op) {
	if o == opUnknown {
		return
	}
	odd := a.needOdd()
	odd.own = append(odd.own, ownOp{len(a.rare.ops), o})
}

// odd returns what most units do not need, nil if this one does not either.
func (a *answers) odd() *odd {
	if a.rare == nil {
		return nil
	}
	return a.rare.odd.Load()
}

// needOdd is odd, and makes it if there is none.
func (a *answers) needOdd() *odd {
	if a.odd() == nil {
		a.rare.odd.CompareAndSwap(nil, new(odd))
	}
	return a.odd()
}

// len returns the number of commands.
func (a *answers) len() int { return len(a.rare.ops) }

// opAt returns the op of a command.
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
	odd := a.odd()
	if odd == nil {
		return opUnknown
	}
	at, found := slices.BinarySearchFunc(odd.own, i, func(o ownOp, i int) int { return cmp.Compare(o.index, i) })
	if !found || odd.own[at].op == nil { // nil if goroutines have queued at the same time
		return opUnknown
	}
	return odd.own[at].op
}

// from returns the refs that these answers combine, nil if they combine none.
func (a *answers) from() []ref {
	if a.load() != joint {
		return nil
	}
	return a.odd().from
}

// base returns the index of the first command.
func (a *answers) base() int {
	if odd := a.odd(); odd != nil {
		return odd.base
	}
	return 0
}

// errOf returns the reason, if any, why the command has no reply to decode.
func (a *answers) errOf(i int) error {
	switch {
	case !a.done():
		return ErrPending
	case a.load() == lost:
		return errConflict
	case a.load() == unsure:
		return errUnsure
	}
	odd := a.odd()
	switch {
	case odd == nil:
		return nil
	case i < len(odd.errs) && odd.errs[i] != nil:
		return odd.errs[i]
	}
	return odd.err
}

// err returns the error of every command that has none of its own.
func (a *answers) err() error {
	if odd := a.odd(); odd != nil {
		return odd.err
	}
	return nil
}

// errs returns the errors by command, nil if there are none.
func (a *answers) errs() []error {
	if odd := a.odd(); odd != nil {
		return odd.errs
	}
	return nil
}

// reply returns the reply to a command that has one. Value repeats this.
func (a *answers) reply(i int) rueidis.RedisMessage {
	switch r := a.rare; {
	case r == nil:
		return a.one
	case r.replies != nil:
		return r.replies[i]
	case i < len(r.results):
		m, _ := r.results[i].ToMessage() // an error reply would be in errs; nil is for the decoder
		return m
	}
	return a.one
}

// nilReply returns the error of a nil reply.
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

func newNilError(index int, o *op) *nilError {
	return &nilError{CommandError{Index: index, Name: o.name, Err: ErrNil}}
}

// nilErrors caches the errors of nil replies, by the command's id and index: missing keys are too common to allocate
// for each.
var nilErrors = make([]atomic.Pointer[nilErrorsOfOp], len(opByID))

type nilErrorsOfOp [256]atomic.Pointer[nilError]

// undecoded returns the error of a reply that its decoder did not accept.
func (a *answers) undecoded(i int, err error) error {
	if err == ErrNil {
		return a.nilReply(i)
	}
	if f, ok := err.(*failure); !ok || f.kind != ErrDecode {
		err = fail(ErrDecode, err)
	}
	return &CommandError{Index: a.base() + i, Name: a.opAt(i).name, Err: err}
}

// settle gives every command err. If err is nil, they have their replies or their own errors.
func (a *answers) settle(err error) error {
	assertf(!a.done(), "answers are settled twice")
	state := settled
	switch {
	case err != nil:
		a.needOdd().err = err
	case a.errs() == nil:
		state = clean
	}
	atomic.StoreUint32(&a.state, state)
	return err
}

// abandon settles what is still pending because the goroutine that sent it has panicked or ended.
func (a *answers) abandon() { a.leave(errAbandoned) }

// leave settles what is still pending with err.
func (a *answers) leave(err error) {
	if a.done() {
		return
	}
	if a.rare == nil {
		a.rare = new(rare)
	}
	_ = a.settle(err)
}

// errAbandoned is the error of what the client was executing when it panicked or ended the goroutine.
var errAbandoned error = fail(ErrUnknown, errors.New("the client panicked, or ended the goroutine, while it executed the unit"))

// keep keeps the replies of the commands in one of the two forms, and their errors, if there are any.
func (a *answers) keep(replies []rueidis.RedisMessage, results []rueidis.RedisResult, errs []error) {
	a.rare.replies, a.rare.results = replies, results
	if errs != nil {
		a.needOdd().errs = errs
	}
}

func (a *answers) setErr(i int, err error) {
	odd := a.needOdd()
	if odd.errs == nil {
		odd.errs = make([]error, a.len())
	}
	odd.errs[i] = err
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

// results returns the results of all commands.
func (a *answers) results() []Result {
	list := make([]Result, a.len())
	for i := range list {
		list[i] = a.result(i)
	}
	return list
}
