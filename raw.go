package rueidistx

import (
	"fmt"
	"slices"
	"strings"

	"github.com/redis/rueidis"
)

// Queue queues any command, or in an [Auto] runs it immediately, and decodes its reply with decode. It is for commands
// without a method and for replies of another type. Build the command with B, and mark its keys.
//
// The command is copied, so the caller may still use it. A command that would change the state of the shared
// connection, such as MULTI or SUBSCRIBE, is [ErrForbidden] in any letter case. So is a command that blocks, except in
// an Auto. WAIT and WAITAOF are forbidden too: they refer to writes on their own connection, which may not be the one
// that the caller's writes used. rueidis may send a write twice if the caller has marked it with ToRetryable, so its
// error matches [ErrNotApplied] only if this package refused it.
func Queue[T any](q Queuer, command rueidis.Completed, decode Decoder[T]) Future[T] {
	if q == nil || decode == nil {
		return failedFuture[T](invalid("Queue needs a Queuer and a Decoder"))
	}
	to := commandsOf(q).to()
	return Future[T]{to.raw(command, false), decode}
}

// Query is [Queue] for a command that only reads, also for a [Reader]. A command is known to only read if the commands of
// this package say so, or else if it was built with ReadOnly; any other is [ErrForbidden]. In a [Reader], commands that have
// no method are [ErrInvalid], because it is not known which of their words are keys: use [Reader.Unwatched].
func Query[T any](q Querier, command rueidis.Completed, decode Decoder[T]) Future[T] {
	if q == nil || decode == nil {
		return failedFuture[T](invalid("Query needs a Querier and a Decoder"))
	}
	return Future[T]{queriesOf(q).to().raw(command, true), decode}
}

// raw accepts a command built by the caller. It is built again, because rueidis reuses the memory of a command once it
// was sent: the caller's may be gone already or, if it is queued twice, may be freed twice.
//
// reads says that it must only read.
func (q *queue) raw(command rueidis.Completed, reads bool) ref {
	if q.db == nil {
		return ref{answers: notFromDB}
	}
	if command.IsEmpty() || command.Commands()[0] == "" {
		return q.reject(opUnknown, invalid("the command is empty"))
	}
	argv := command.Commands()
	if strings.Contains(argv[0], "\x00") { // Redis may treat what precedes it as the name
		return q.reject(opUnknown, invalid("the command's name has a NUL"))
	}
	verb := strings.ToUpper(argv[0])
	o := lookup(verb, argv)
	if o == opUnknown && printable(verb) {
		o = &op{name: verb, effect: effectAccumulate}
		if command.IsReadOnly() { // according to the caller
			o.effect, o.mayRepeat = effectRead, true
		}
	}
	if why := forbidden(verb, argv); why != "" {
		return q.reject(o, fail(ErrForbidden, fmt.Errorf("%s", why)))
	}
	if why := q.db.unprefixable(o, argv); why != nil {
		return q.reject(o, why)
	}
	blocks := command.IsBlock() || blocking(verb, argv)
	switch {
	case (reads || q.rules.readsOnly) && o.effect != effectRead:
		return q.reject(o, errMayWrite)
	case blocks && !q.rules.blocking:
		return q.reject(o, errBlocks)
	case q.rules.knownKeys && o.id == 0:
		return q.reject(o, invalid("it is not known which of its words are keys"))
	case q.rules.knownKeys:
		if int(o.numkeys) >= len(argv) || o.firstKey(argv) >= len(argv) {
			return q.reject(o, invalid("its keys are missing"))
		}
		return q.do(o, argv...) // its keys need not be marked
	}
	if q.db.cluster && command.Slot()&noSlot != 0 {
		return q.reject(o, invalid("the command comes from the builder of another client"))
	}
	if q.db.prefix != "" {
		own, err := q.db.prefixed(o, argv)
		if err != nil {
			return q.reject(o, err)
		}
		if argv = own; q.db.usesSlots() && int(o.numkeys) < len(argv) {
			if first := o.firstKey(argv); first > 0 && first < len(argv) {
				command = command.SetSlot(argv[first])
			}
		}
	}
	if command.IsRetryable() && !command.IsReadOnly() && o.effect != effectRead {
		repeated := *o
		repeated.id, repeated.mayRepeat = 0, true
		o = &repeated
	}
	if err := q.checkRaw(o, &command, argv); err != nil {
		return q.reject(o, err)
	}
	return q.queueRaw(o, command, argv, blocks)
}

// checkRaw returns why the keys of a caller's command are refused, as far as it is known which of its words they are.
func (q *queue) checkRaw(o *op, command *rueidis.Completed, argv []string) error {
	if err := checkEntities(argv); err != nil || !q.db.checksSlots {
		return err
	}
	if err := q.checkKeys(o, argv); err != nil {
		return err
	}
	if marked := command.Slot() &^ noSlot; q.rules.oneSlot && marked != 0 { // an unmarked one looks like slot 0
		return q.enter(marked)
	}
	return nil
}

// queueRaw builds the caller's command again and queues it.
func (q *queue) queueRaw(o *op, command rueidis.Completed, argv []string, blocks bool) ref {
	a := q.db.builder.Arbitrary(argv...)
	var c rueidis.Completed
	switch {
	case blocks:
		c = a.Blocking()
		if command.IsUnblockOnCancel() {
			c = c.UnblockOnCancel()
		}
	case o.mayRepeat && o.effect != effectRead && q.rules.readsRepeat:
		c = q.mark(a.Build().ToRetryable())
	case q.repeats(o):
		c = q.mark(a.ReadOnly())
	default:
		c = a.Build()
	}
	if q.db.cluster && command.Slot() != anySlot {
		c = c.SetSlot(keyOf(command.Slot(), argv[1:]))
		if q.rules.oneSlot && q.load() == filling {
			if err := q.enter(command.Slot()); err != nil {
				return q.take(o, c, err)
			}
		}
	}
	if o.name == "SCRIPT" && len(argv) > 1 && normalize(argv[1]) == "FLUSH" {
		q.db.known.forget()
	}
	switch q.load() {
	case filling:
		p, i := q.turn()
		q.noteScript(p, i, o, argv)
		return q.place(p, i, o, c, nil)
	case immediate:
		var script []string
		if o.scriptText(argv) != "" {
			script = slices.Clone(argv) // it is looked at after the round trip, when the caller's may be another command's
		}
		if q.db.hooks != nil {
			return q.observed(o, q.slotOfKeys(o, argv), func(q *queue) ref { return q.send(o, c, script) })
		}
		return q.send(o, c, script)
	}
	return q.divert(o, nil)
}
