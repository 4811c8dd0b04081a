package rueidistx

import (
	"context"
	"crypto/fips140"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"strconv"

	"github.com/redis/rueidis"
)

// Script is a Lua script with the type of its reply. Create it once, as a package variable, from a constant: see
// [NewScript]. Any number of goroutines may use it.
type Script[T any] struct {
	source *source
	decode Decoder[T]
}

// source is a script or a function without its type. The digest of a function is its name on the server, and its text is
// that of its library, which is sent in a command of its own.
type source struct {
	text, digest     string
	byDigest, byText *op
	noDigest         bool     // SHA-1 is not allowed by FIPS 140 mode
	library          *Library // of a function
	err              error    // why the function cannot be used
}

// NewScript returns a script whose reply is decoded by decode. It sends nothing. It computes the script's SHA-1 digest,
// unless the program runs in a FIPS 140 mode that forbids it: then the text is always sent.
//
// Pass everything that varies in keys and args. A text that is built with Sprintf is another script for each value. Each
// is sent and compiled, and servers keep all of them until SCRIPT FLUSH or a restart; newer versions keep the last 500 at
// least, and forget others. And a value in the text can be taken for code.
//
// The reply of a script is data, and not mistaken for the server's own. So an error that reads like a refusal, such as
// MOVED or OOM, is [ErrUnknown] if the script may have made it up, because the script may already have written. There
// is one exception: a script must not return the server's own message for an unknown script ("NOSCRIPT No matching
// script.", followed in Redis by "Please use EVAL."). It would be treated as not run.
//
// In a cluster, a script whose text has a way to return an error of its own runs inside MULTI and EXEC, even outside a
// Tx: otherwise rueidis would follow an error such as "MOVED 1 host:port". This costs the server little, but the user
// must be allowed to use MULTI.
//
// See https://redis.io/docs/latest/develop/programmability/eval-intro/.
func NewScript[T any](text string, decode Decoder[T]) *Script[T] {
	return &Script[T]{newSource(text, false), decode}
}

// Digest returns the script's SHA-1 digest in hexadecimal, by which servers know it: see [Queries.ScriptExists]. It is "" in a
// FIPS 140 mode that forbids SHA-1, and if NewScript has not made the script.
func (s *Script[T]) Digest() string {
	if s == nil || s.source == nil {
		return ""
	}
	return s.source.digest
}

func newSource(text string, reads bool) *source {
	s := &source{text: text, noDigest: fips140.Enforced()}
	if !s.noDigest {
		sum := sha1.Sum([]byte(text))
		s.digest = hex.EncodeToString(sum[:])
	}
	suffix := ""
	if reads {
		suffix = "_RO"
	}
	speech := speechOf(text)
	s.byDigest, s.byText = scripting["EVALSHA"+suffix][speech], scripting["EVAL"+suffix][speech]
	return s
}

// Run runs the script immediately and once: by its digest, or by its text if the server does not know the digest. It
// takes one round trip, or two if the server sees the script for the first time since it started or since SCRIPT FLUSH.
// In a cluster, the keys must be in one slot. The errors are those of a command of an [Auto]. A script that fails after
// it has written something is not rolled back.
func (s *Script[T]) Run(ctx context.Context, db *DB, keys []string, args ...string) (T, error) {
	return s.Queue(db.Auto(ctx), keys, args...).Value()
}

// Queue queues the script in a Batch or a Tx, or runs it immediately in an Auto.
//
// In a Tx the script always runs, whether or not the server knows it: its first use in the transaction sends the text,
// further uses the digest.
//
// In a Batch, too, the text goes with the script's first use, in a cluster with the first in each slot, and the digest with
// the others. So the script runs in its turn, and takes no further round trip. Once a server has answered, in a cluster that
// of the slot, the DB's Batches send the digest only; it keeps this in mind for 256 scripts. [Script.Load] and [Script.Run]
// have the same effect.
//
// The script does not run in its turn, but after the other commands of its chunk, if its digest was sent to a server that
// does not know it. That is so if
//   - the server has forgotten it: at SCRIPT FLUSH, when it was restarted, or because it was sent many others;
//   - the slot has another primary now, or the script only reads and runs on a replica;
//   - in a cluster, the texts of the script in this Batch would exceed 128 KiB: further slots are sent the digest.
//
// Then the text is sent, which takes one more round trip. In a cluster it may take more, if the texts for all such slots
// exceed 128 KiB: up to 3 of them are then sent the text, and the others the digest, in two round trips. This is repeated
// with twice as many texts while a node does not know the script, up to 6 times. Then all remaining calls are sent by text.
//
// If the user may not run EVAL, a Batch sends the digest instead of a text that was refused, except for a script with a way
// to return an error of its own: its first use fails. That call of the script runs after the other commands of its chunk, and
// after the script's other calls. After such a refusal, the DB's Batches send the digest first.
func (s *Script[T]) Queue(q Queuer, keys []string, args ...string) Future[T] {
	if q == nil || s == nil || s.decode == nil {
		return failedFuture[T](invalid("a script needs a Queuer and a Decoder"))
	}
	return Future[T]{commandsOf(q).to().script(s.source, keys, args), s.decode}
}

// Load makes all primaries of a cluster that have slots, or the one server, know the script: with SCRIPT LOAD, at the same
// time. It takes one round trip to each, and in a cluster one before. After that, a Batch sends only the script's digest.
// A server keeps it until SCRIPT FLUSH or a restart. Replicas, and primaries that come later, may not know it.
//
// The errors are those of [DB.EachPrimary]. A text that does not compile is [ErrRejected]. Load may be repeated. In a FIPS 140
// mode that forbids SHA-1, it sends nothing and returns nil: then the text is always sent.
//
// See https://redis.io/docs/latest/commands/script-load/.
func (s *Script[T]) Load(ctx context.Context, db *DB) error {
	if s == nil || s.source == nil {
		return invalid("the script was not made by NewScript")
	}
	return db.loadScript(ctx, s.source)
}

// scriptWay says how a way of running runs scripts.
type scriptWay uint8

const (
	runsScript   scriptWay = iota // immediately
	queuesDigest                  // by digest; the text is sent later if a server does not know the digest
	queuesText                    // by text, before the digest is used
	refusesScripts
)

// script runs or queues a script. The calls are direct: through a function value, the caller's slices would move to the
// heap.
func (q *queue) script(s *source, keys, args []string) ref {
	if q.db == nil {
		return ref{answers: notFromDB}
	}
	switch {
	case s == nil:
		return q.reject(opUnknown, invalid("the script or function was not made by this package"))
	case s.err != nil:
		return q.reject(s.byDigest, s.err)
	}
	if q.db.prefix != "" {
		own, err := q.db.prefixedKeys(keys)
		if err != nil {
			return q.reject(s.byDigest, err)
		}
		keys = own
	}
	return q.call(s, keys, args)
}

// call is script without the prefix of the DB.
func (q *queue) call(s *source, keys, args []string) ref {
	switch q.rules.script {
	case queuesDigest:
		return q.queueDigest(s, keys, args)
	case queuesText:
		if s.library != nil {
			return q.queueLoaded(s, keys, args)
		}
		return q.queueText(s, keys, args)
	case refusesScripts:
		return q.reject(s.byDigest, fail(ErrForbidden, errors.New("the cache is not for scripts and functions")))
	}
	return q.runScript(s, keys, args)
}

// isNoScript reports whether text is the reply of Redis or Valkey to an unknown digest. A script's own NOSCRIPT error
// has a different text.
func isNoScript(text string) bool {
	return text == "NOSCRIPT No matching script. Please use EVAL." || text == "NOSCRIPT No matching script."
}

// unknown reports whether the server did not run a script or function because it does not have it.
func (s *source) unknown(err error) bool {
	switch {
	case err == nil, !isServerError(err):
		return false
	case s.library != nil:
		return isNoFunction(err.Error())
	}
	return isNoScript(err.Error())
}

// argv returns a call of the script, in the caller's buffer if it fits.
func (s *source) argv(o *op, keys, args []string, buffer []string) []string {
	argv := append(buffer, "", "", strconv.Itoa(len(keys)))
	argv = append(argv, keys...)
	return s.call(o, append(argv, args...))
}

// call makes argv, whose first two words are replaced, a call of the script by its text or by its digest.
func (s *source) call(o *op, argv []string) []string {
	argv[0], argv[1] = o.name, s.text
	if o == s.byDigest { // which is that of a function in both cases
		argv[1] = s.digest
	}
	return argv
}

// scriptCall is a script among the commands of a plan.
type scriptCall struct {
	index  int
	source *source // nil if the call is sent by its text, or was built by the caller
	text   string  // if source is nil; "" if it is not known
	keys   []string
	args   []string
	first  int // in a Tx, the index of the command that has the text; of a function, the index of its load
}

// runScript runs a script immediately.
func (q *queue) runScript(s *source, keys, args []string) ref {
	buffer := make([]string, 0, 16)
	argv := s.argv(s.byDigest, keys, args, buffer)
	if q.db.hooks != nil {
		return q.observed(s.byDigest, q.slotOfKeys(s.byDigest, argv), func(q *queue) ref { return q.runCall(s, argv) })
	}
	return q.runCall(s, argv)
}

// runCall runs a call of a script immediately, without the hooks of the DB. It replaces its first two words.
func (q *queue) runCall(s *source, argv []string) ref {
	o := s.byDigest
	if s.noDigest {
		o = s.byText
	}
	command, refusal := q.admit(o, s.call(o, argv))
	if refusal != nil {
		return refuseSingle(o, refusal)
	}
	a, unsent := perform(q.ctx, q.db, func(ctx context.Context) *answers {
		if s.library != nil {
			if refusal := q.db.prepare(ctx, s.library, command.Slot(), ErrRejected); refusal != nil {
				return failed(refusal)
			}
		}
		slot := q.db.slotOf(command)
		r := q.db.single(ctx, o, command)
		if !s.noDigest && s.unknown(r.Error()) && q.db.check(ctx) == nil {
			o = s.byText
			r = q.db.singleWith(ctx, o, s.library, q.admitText(s, s.call(o, argv)))
		}
		q.db.note(o, s, slot, r.Error())
		return q.db.settleSingle(o, &r).explain(s.text)
	})
	if unsent != nil {
		return refuseSingle(o, unsent)
	}
	return ref{answers: a}
}

// admitText builds the command with the text of a script, whose keys were admitted before. For a function, that is the
// command inside the MULTI in which the library is loaded, so it is not marked as one that only reads.
func (q *queue) admitText(s *source, argv []string) rueidis.Completed {
	if s.library != nil {
		q = &queue{db: q.db, rules: loadingRules}
	}
	command, _ := q.admit(s.byText, argv)
	return command
}

var loadingRules = &rules{}

// queueDigest queues a script in a Batch: by its text if that is its first use there that its server may not know, or
// else by its digest. If the server does not know that after all, repair sends the text.
func (q *queue) queueDigest(s *source, keys, args []string) ref {
	buffer := make([]string, 0, 16)
	o := s.byDigest
	if s.noDigest {
		return q.queueCall(s.byText, s.argv(s.byText, keys, args, buffer), scriptCall{}, nil, nil)
	}
	argv := s.argv(o, keys, args, buffer)
	if q.load() != filling {
		return q.divert(o, argv)
	}
	command, err := q.admit(o, argv)
	p, i := q.turn()
	if p != nil && err == nil {
		if slot := q.db.slotOf(command); s.library == nil && !p.believes(q.db, s, slot) && !q.db.known.denied.Load() && p.teaches(s, slot) {
			o = s.byText
			command, err = q.admit(o, s.argv(o, keys, args, buffer))
		}
		p.keepCall(scriptCall{index: i, source: s}, keys, args)
	}
	return q.place(p, i, o, command, err)
}

// queueCall queues a script, and keeps what is needed later to resend it, with keys and args, or to explain its error.
func (q *queue) queueCall(o *op, argv []string, call scriptCall, keys, args []string) ref {
	if q.load() != filling {
		return q.divert(o, argv)
	}
	command, err := q.admit(o, argv)
	p, i := q.turn()
	if p != nil && err == nil {
		if call.index = i; call.source == nil {
			call.text = o.scriptText(argv)
		}
		p.keepCall(call, keys, args)
	}
	return q.place(p, i, o, command, err)
}

// keepCall keeps a call with copies of its keys and arguments.
func (p *plan) keepCall(c scriptCall, keys, args []string) {
	from, n := len(p.strings), len(keys)
	p.strings = append(append(p.strings, keys...), args...)
	own := p.strings[from:len(p.strings):len(p.strings)]
	c.keys, c.args = own[:n:n], own[n:]
	p.scripts = append(p.scripts, c)
}

// loaded is a script whose text a Tx has sent.
type loaded struct {
	source *source
	index  int // of the command
	texts  int // number of EVALs up to then
}

// maxTexts is how many other scripts may be sent by EVAL before a script's digest is no longer relied on. Redis and
// Valkey keep at least the last 500.
const maxTexts = 100

// queueText queues a script in a Tx: by its text, unless the server certainly knows the digest by then.
func (q *queue) queueText(s *source, keys, args []string) ref {
	buffer := make([]string, 0, 16)
	now := q.plan
	if q.load() != filling || now == nil {
		return q.divert(s.byText, nil)
	}
	if known := now.knows(s); known != nil && !s.noDigest {
		return q.queueCall(s.byDigest, s.argv(s.byDigest, keys, args, buffer), scriptCall{source: s, first: known.index}, nil, nil)
	}
	command, err := q.admit(s.byText, s.argv(s.byText, keys, args, buffer))
	p, i := q.turn()
	if p != nil {
		p.texts++
		p.loaded = append(p.loaded, loaded{s, i, p.texts})
	}
	return q.place(p, i, s.byText, command, err)
}

// knows returns where the plan has a script's text, if the server certainly knows the digest after that.
func (p *plan) knows(s *source) *loaded {
	for i := len(p.loaded) - 1; i >= p.flushed && p.texts-p.loaded[i].texts < maxTexts; i-- {
		if p.loaded[i].source == s {
			return &p.loaded[i]
		}
	}
	return nil
}

// noteScript records what a command built by the caller, at place i, means for the scripts of its unit.
func (q *queue) noteScript(p *plan, i int, o *op, argv []string) {
	if p == nil {
		return
	}
	switch o.name {
	case "SCRIPT":
		p.flushed, p.lessons, p.asked = len(p.loaded), nil, nil // the unit relies on none of them any more
	case "EVAL", "EVAL_RO":
		p.texts++
	}
	if text := o.scriptText(argv); text != "" || q.db.guarded(o) {
		p.keepCall(scriptCall{index: i, text: text}, nil, nil)
	}
}
