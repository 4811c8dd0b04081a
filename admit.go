package rueidistx

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

// admit builds a command of the table, with its slot in a cluster, and returns an error if it may not be queued here.
func (q *queue) admit(o *op, argv []string) (c rueidis.Completed, _ error) {
	a := q.db.builder.Arbitrary(argv...)
	switch {
	case o.blocks:
		if !q.rules.blocking { // through an Auto{Commands: tx.Commands}
			return c, errBlocks
		}
		c = a.Blocking()
	case q.repeats(o):
		c = q.mark(a.ReadOnly())
	case q.rules.readsOnly && o.effect != effectRead: // through a Commands{Queries: r.Queries}
		return c, errMayWrite
	default:
		c = a.Build()
	}
	if q.db.usesSlots() || noEntityUsed.Load() {
		return q.admitKeys(o, argv, c)
	}
	return c, nil
}

// admitKeys returns a command with its slot in a cluster, and an error if one of its keys may not be used here.
func (q *queue) admitKeys(o *op, argv []string, c rueidis.Completed) (rueidis.Completed, error) {
	first := 0
	if q.db.cluster { // otherwise the slot is not needed, and the key need not be hashed
		if first = o.firstKey(argv); first > 0 {
			c = c.SetSlot(argv[first])
		}
	}
	switch err := checkEntities(argv); {
	case err != nil:
		return c, err
	case first > 0:
		return c, q.checkSlots(o, argv, c.Slot())
	case q.db.checksSlots:
		return c, q.checkKeys(o, argv)
	}
	return c, nil
}

var (
	errMayWrite error = fail(ErrForbidden, errors.New("it may write"))
	errBlocks   error = fail(ErrForbidden, errors.New("it blocks: use Auto"))
)

// checkKeys is checkSlots without a cluster, where commands have no slots.
func (q *queue) checkKeys(o *op, argv []string) error {
	if int(o.numkeys) >= len(argv) {
		return nil // of the caller's own; the server says what is missing
	}
	first := o.firstKey(argv)
	if first == 0 || first >= len(argv) {
		return nil
	}
	return q.checkSlots(o, argv, slot(argv[first]))
}

// checkSlots returns an error unless all keys are in the slot of the first one, which must be the unit's if oneSlot
// holds.
func (q *queue) checkSlots(o *op, argv []string, first uint16) error {
	if o.first != o.last || o.numkeys != 0 || o.streams != 0 {
		for i := range o.moreKeys(argv) {
			if s := slot(argv[i]); s != first {
				return crossSlot(first, s)
			}
		}
	}
	if q.rules.oneSlot {
		return q.enter(first)
	}
	return nil
}

// repeats reports whether a command is marked as read-only, which allows rueidis to send it to replicas and to resend
// it. It is if it only reads, the way of running permits it, and it cannot return an error of its own: rueidis would
// resend a script that says LOADING. In a transaction the mark would make rueidis resend the whole transaction. Pages must
// all come from one server.
func (q *queue) repeats(o *op) bool {
	return o.effect == effectRead && q.rules.readsRepeat && !o.speaks() && !o.paged
}

// mark keeps rueidis from resending a command of a Batch by itself, if marks are known to work.
func (q *queue) mark(command rueidis.Completed) rueidis.Completed {
	if q.rules.repeatsItself && q.db.marks {
		return ofBatch(command)
	}
	return command
}

// enter returns an error unless a key's slot is that of the unit.
func (q *queue) enter(s uint16) error {
	if q.slot == anySlot {
		q.slot = s
	}
	if q.slot != s {
		return crossSlot(q.slot, s)
	}
	return nil
}

func crossSlot(a, b uint16) error {
	return fail(ErrCrossSlot, fmt.Errorf("slots %d and %d: give the keys a common {tag}", a, b))
}

// checkCached returns why a command cannot be read through the client-side cache.
func (q *queue) checkCached(o *op, argv []string) error {
	switch {
	case q.rules.ttl < time.Millisecond:
		return invalid("the ttl of the cache must be at least a millisecond")
	case o.effect != effectRead:
		return errMayWrite
	case o.first != 1 || o.numkeys != 0 || o.scope == scopeChannel:
		return fail(ErrForbidden, errors.New("the cache is for commands whose only key is their first argument"))
	case o.last < 0 && len(argv) != 2, o.last > 1:
		return fail(ErrForbidden, errors.New("the cache is for commands with one key: queue one for each key"))
	case o.varies || o.paged:
		return fail(ErrForbidden, errors.New("its reply may change although its key does not, so it cannot be cached"))
	case len(argv) < 2:
		return invalid("its key is missing")
	}
	return nil
}

// forbidden returns the reason why a command may not be sent, "" if it may.
func forbidden(verb string, argv []string) string {
	switch verb {
	case "MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH":
		return "this package sends it itself"
	case "MONITOR", "RESET", "QUIT", "HELLO", "AUTH", "SELECT", "ASKING", "READONLY", "READWRITE", "HIMPORT":
		return "it changes the state of the shared connection"
	case "SYNC", "PSYNC", "REPLCONF", "SHUTDOWN", "SAVE", "REPLICAOF", "SLAVEOF", "FAILOVER", "DEBUG", "MIGRATE":
		return "it stops the server or the connection from serving others"
	case "POST", "HOST:":
		return "servers close the connection when they read this word"
	case "WAIT", "WAITAOF":
		return "it refers to writes on its own connection, which may not be yours: use rueidis's Dedicated for both"
	case "CLIENT":
		if len(argv) > 1 {
			switch normalize(argv[1]) {
			case "GETNAME", "GETREDIR", "HELP", "ID", "INFO", "KILL", "LIST", "PAUSE", "TRACKINGINFO", "UNBLOCK", "UNPAUSE":
				return ""
			}
		}
		return "it changes the state of the shared connection"
	case "SCRIPT":
		if len(argv) > 1 && normalize(argv[1]) == "DEBUG" {
			return "it changes the state of the shared connection"
		}
	}
	if strings.HasSuffix(verb, "SUBSCRIBE") {
		return "it changes the state of the shared connection: use rueidis's Receive"
	}
	return ""
}

// normalize returns an argument as Redis compares it with keywords: in upper case, and up to a NUL.
func normalize(argument string) string {
	argument, _, _ = strings.Cut(argument, "\x00")
	return strings.ToUpper(argument)
}

// alwaysBlock are the commands that may wait on the server whatever their arguments are: those of an Auto, except the ones
// that wait only with BLOCK, and two that have no methods.
var alwaysBlock = func() map[string]bool {
	found := map[string]bool{"BRPOPLPUSH": true, "BZMOVE": true}
	for _, o := range ops {
		if o.blocks && o.streams == 0 {
			found[o.name] = true
		}
	}
	return found
}()

// blocking reports whether a command may wait on the server.
func blocking(verb string, argv []string) bool {
	switch verb {
	case "XREAD", "XREADGROUP":
		return blocksReading(argv)
	case "TS.READ":
		for _, a := range argv[1:] {
			if normalize(a) == "BLOCK" {
				return true
			}
		}
	}
	return alwaysBlock[verb]
}

// blocksReading looks for BLOCK among the options of XREAD and XREADGROUP.
func blocksReading(argv []string) bool {
	_, blocks := readingWords(argv)
	return blocks
}

// readingWords returns the position behind the word STREAMS of XREAD and XREADGROUP, 0 if there is none, and whether BLOCK
// is among the options, which precede it in any order. It skips the names of groups and consumers.
func readingWords(argv []string) (streams int, blocks bool) {
	for i := 1; i < len(argv); i++ {
		switch normalize(argv[i]) {
		case "BLOCK":
			blocks = true
			i++
		case "STREAMS":
			return i + 1, blocks
		case "COUNT", "MAXCOUNT", "MAXSIZE", "CLAIM":
			i++
		case "GROUP":
			i += 2
		}
	}
	return 0, blocks
}
