package rueidistx

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/redis/rueidis"
)

// verdict says what happened to a transaction.
type verdict struct {
	replies []rueidis.RedisMessage // from EXEC, by command
	loading []rueidis.RedisMessage // from EXEC, by load
	results []rueidis.RedisResult  // by command, if they ran one by one
	errs    []error                // by command; nil if there are none
	err     error                  // of the whole transaction
}

// verdictOf decides what happened to a transaction from the replies to MULTI, to each command of ops, with the loads
// between them, and to EXEC. slot is that of its keys in a cluster. It depends on nothing else, and changes nothing.
func (k *facts) verdictOf(ops *answers, loads []load, slot uint16, results []rueidis.RedisResult) verdict {
	n := ops.len() + len(loads)
	if len(results) != n+2 {
		return verdict{err: fail(ErrProtocol, fmt.Errorf("%d results for %d commands", len(results), n+2))}
	}
	multi, queued, exec := results[0], results[1:n+1], results[n+1]
	if err := exec.NonRedisError(); err != nil {
		return verdict{err: k.noReply(err, k.resends)}
	}
	first, strange := scanQueued(queued)
	replies, err := exec.ToArray()
	if err == nil && len(replies) == n && first < 0 && !strange {
		loaded, replies := apart(replies, loads)
		v := verdictOfReplies(ops, replies)
		v.loading = loaded
		return v
	}
	loading, queued := apart(queued, loads)
	rejected, _ := scanQueued(queued)
	switch {
	case err == ErrNil && first < 0 && !strange:
		f := fail(ErrForeignWatch, nil)
		f.transient = true // EXEC has cleared it
		return verdict{err: f}
	case err == nil, err == ErrNil, !isServerError(err):
		return verdict{err: fail(ErrProtocol, nil)}
	case code(err) == "EXECABORT" && !strange && rejected < 0 && first >= 0:
		at, _ := scanQueued(loading)
		return verdict{err: k.abortedBy(-1, opFunctionLoad.name, multi.Error(), loading[at].Error())}
	case code(err) == "EXECABORT" && !strange:
		return verdict{err: k.aborted(ops, slot, multi.Error(), rejected, queued, err)}
	case multi.Error() != nil:
		return k.verdictOfSingles(ops, multi.Error(), queued)
	case strange:
		return verdict{err: fail(ErrProtocol, err)}
	case isRefusal(err):
		return verdict{err: k.aborted(ops, slot, nil, rejected, queued, err)}
	}
	// "EXEC without MULTI" is not a refusal either. If a slot has moved before EXEC, rueidis sends EXEC alone to its
	// new owner. But if the slot moved while the commands were being queued, rueidis sends that EXEC after the whole
	// transaction, which has been executed then.
	return verdict{err: fail(ErrProtocol, err)}
}

// scanQueued returns the index of the first error reply, -1 if there is none, and whether any reply is neither an error
// nor QUEUED: then the command was not queued, but may have been executed.
func scanQueued(replies []rueidis.RedisResult) (rejected int, strange bool) {
	rejected = -1
	for i := range replies {
		s, err := replies[i].ToString()
		switch {
		case err == nil && s == "QUEUED":
		case !isServerError(err):
			strange = true
		case rejected < 0:
			rejected = i
		}
	}
	return rejected, strange
}

// verdictOfReplies collects the errors of the commands that failed while the transaction ran.
func verdictOfReplies(ops *answers, replies []rueidis.RedisMessage) verdict {
	v := verdict{replies: replies}
	var failed commandErrors
	for i := range replies {
		if err := replies[i].Error(); err != nil && err != ErrNil {
			if v.errs == nil {
				v.errs = make([]error, len(replies))
			}
			v.errs[i] = &CommandError{Index: i, Name: ops.opAt(i).name, Err: err}
			failed = append(failed, v.errs[i])
		}
	}
	if failed != nil {
		v.err = failed
	}
	return v
}

// aborted returns the error of a transaction that the server did not execute. multi is MULTI's own error, if the
// connection was already inside a MULTI.
func (k *facts) aborted(ops *answers, slot uint16, multi error, rejected int, queued []rueidis.RedisResult, exec error) error {
	if rejected < 0 {
		f := fail(ErrAborted, exec)
		f.transient = multi != nil || k.isTransient(code(exec)) || k.isTransient(abortReason(exec))
		return f
	}
	cause := queued[rejected].Error()
	name := ops.opAt(rejected).name
	if s := movedSlot(cause); k.cluster && s >= 0 && s != int(slot) {
		return failCommand(ErrCrossSlot, rejected, name, cause) // a key that was not marked as one
	}
	return k.abortedBy(rejected, name, multi, cause)
}

// abortedBy returns the error of a transaction that was not executed because of a command in it.
func (k *facts) abortedBy(index int, name string, multi, cause error) error {
	f := failCommand(ErrAborted, index, name, cause)
	f.transient = multi != nil || k.isTransient(code(cause))
	return f
}

// abortedBecauseOf is the prefix of EXEC's error if only EXEC was refused. The code and text of the reason follow.
const abortedBecauseOf = "EXECABORT Transaction discarded because of: "

// abortReason returns the code of that reason.
func abortReason(exec error) string {
	_, reason, _ := strings.Cut(exec.Error(), abortedBecauseOf)
	return codeWord(reason)
}

// verdictOfSingles decides what happened to a transaction whose MULTI was refused: its commands ran one by one.
func (k *facts) verdictOfSingles(ops *answers, multi error, results []rueidis.RedisResult) verdict {
	v := verdict{results: results, errs: make([]error, len(results))}
	k.classify(ops, results, 0, func(i int, err error) { v.errs[i] = err })
	kind := ErrAborted
	for _, err := range v.errs {
		switch OutcomeOf(err) {
		case Applied:
			kind = ErrNotAtomic
		case Unknown:
			if kind == ErrAborted {
				kind = ErrUnknown
			}
		}
	}
	f := failCommand(kind, -1, "MULTI", multi)
	f.transient = kind == ErrAborted && k.isTransient(code(multi))
	v.err = f
	return v
}

// classify calls set with the error of each command that has one, from the given index on. It returns the last error
// that is not a server's reply.
func (k *facts) classify(ops *answers, results []rueidis.RedisResult, from int, set func(i int, err error)) (broken error) {
	var lost *failure // shared by all commands that were lost together
	lostRepeats := false
	for i := from; i < len(results); i++ {
		err := results[i].Error()
		if (err == nil || err == ErrNil) && !isQueued(&results[i]) {
			continue
		}
		o := ops.opAt(i)
		if results[i].NonRedisError() == nil {
			if err = k.replyError(o, ops.base()+i, &results[i]); err != nil {
				set(i, err)
			}
			continue
		}
		if !isLost(err) {
			set(i, k.noReply(err, false))
			continue
		}
		repeats := o.mayRepeat || k.resends
		if broken == nil || lostRepeats != repeats || !reflect.ValueOf(err).Comparable() || err != broken {
			broken, lost, lostRepeats = err, k.noReply(err, repeats), repeats
		}
		set(i, lost)
	}
	return broken
}

// replyError returns the error of a reply, including that of a reply which should not be there.
func (k *facts) replyError(o *op, index int, r *rueidis.RedisResult) error {
	switch err := r.Error(); {
	case err == ErrNil:
		return nil
	case err != nil:
		return k.commandFailure(o, index, err)
	case leftInMulti(o, r):
		return failCommand(ErrProtocol, index, o.name, errors.New("queued in a MULTI that other code left behind on the connection"))
	}
	return nil
}

// soloResult returns the result of a command that ran alone between MULTI and EXEC. If the command was not even queued,
// its error is certainly the server's own, whatever the command can return, so it is classified here. So is that of a
// function that the server does not have although its library was to be loaded.
func (k *facts) soloResult(s *solo, results []rueidis.RedisResult) rueidis.RedisResult {
	if len(results) != s.width() {
		return rueidis.NewErrorResult(&classified{fail(ErrProtocol, fmt.Errorf("%d results for %d commands", len(results), s.width()))})
	}
	last := len(results) - 1
	multi, queued, exec := results[0], results[last-1], results[last]
	if exec.NonRedisError() != nil {
		return exec
	}
	replies, err := exec.ToArray()
	o, all, reason := s.op, isQueued(&queued), queued.Error()
	if s.library != nil {
		if first := results[1].Error(); isServerError(first) && reason == nil {
			o, reason = opFunctionLoad, first
		}
		all = all && isQueued(&results[1])
	}
	switch {
	case isServerError(queued.Error()) && multi.Error() != nil:
		return queued // MULTI was refused, so the command ran individually
	case isServerError(reason) && isServerError(err) && isRefusal(err):
		return rueidis.NewErrorResult(&classified{k.rejected(o, s.index, reason)})
	case err == nil && len(replies) == last-1 && all:
		own := &replies[last-2]
		if err := own.Error(); s.library != nil && isServerError(err) && isNoFunction(err.Error()) {
			if first := replies[0].Error(); !s.library.isThere(first) {
				o, err = opFunctionLoad, first
			}
			return rueidis.NewErrorResult(&classified{k.rejected(o, s.index, err)})
		}
		return rueidis.NewResult(*own, nil)
	case err == ErrNil && all:
		return rueidis.NewErrorResult(&classified{fail(ErrForeignWatch, nil)})
	case isServerError(err) && all && isRefusal(err):
		return rueidis.NewErrorResult(&classified{k.rejected(o, s.index, err)})
	}
	return rueidis.NewErrorResult(&classified{fail(ErrProtocol, nil)})
}
