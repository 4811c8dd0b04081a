package rueidistx

import (
	"context"
	"crypto/fips140"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"strconv"
)

// Script is a Lua script with the type of its reply. Create it once, as a package variable, from a constant: pass
// everything that varies in keys and args. Any number of goroutines may use it.
type Script[T any] struct {
	source *source
	decode Decoder[T]
}

// source is a script without its type.
type source struct {
	text, digest     string
	byDigest, byText *op
	noDigest         bool // SHA-1 is not allowed here
	reads            bool
}

// ScriptOption changes how a script runs.
type ScriptOption interface{ apply(*source) }

type scriptOption func(*source)

func (o scriptOption) apply(s *source) { o(s) }

// ReadOnly runs a script with EVALSHA_RO and EVAL_RO (Redis 7.0): it cannot write. If its text has no way to answer with an
// error of its own, it may also run on replicas and be sent again when a connection breaks, as commands that only read
// may; else it runs once, on a primary.
func ReadOnly() ScriptOption {
	return scriptOption(func(s *source) { s.reads = true })
}

// NewScript returns a script whose reply is decoded by decode. It sends nothing. The script's SHA-1 digest is computed
// here, unless the program runs in a FIPS 140 mode that does not allow that: then the text is always sent.
//
// What a script answers is data, and never taken for an answer of the server's. So an error that reads like a refusal, such
// as MOVED or OOM, is [ErrUnknown] if the script may have made it up: the script may have written before. There is one
// exception: a script must not answer with the server's own words for an unknown script ("NOSCRIPT No matching script.",
// in Redis with "Please use EVAL." behind it). It would be taken as not run.
//
// In a cluster, a script whose text has a way to answer with an error of its own runs inside MULTI and EXEC, unless it is
// in a Tx anyway: elsewhere rueidis would follow an error such as "MOVED 1 host:port". That costs the server little, but
// needs the right to use MULTI.
//
// See https://redis.io/docs/latest/develop/programmability/eval-intro/.
func NewScript[T any](text string, decode Decoder[T], options ...ScriptOption) *Script[T] {
	s := &source{text: text, noDigest: fips140.Enforced()}
	if !s.noDigest {
		sum := sha1.Sum([]byte(text))
		s.digest = hex.EncodeToString(sum[:])
	}
	applyAll(s, options)
	suffix := ""
	if s.reads {
		suffix = "_RO"
	}
	speech := speechOf(text)
	s.byDigest, s.byText = scripting["EVALSHA"+suffix][speech], scripting["EVAL"+suffix][speech]
	return &Script[T]{s, decode}
}

// Run runs the script now, once: by its digest, and where the server does not know that, by its text. One round trip, or
// two where the server sees the script for the first time since it started or since SCRIPT FLUSH. In a cluster the keys
// must be of one slot. The errors are those of a command of an [Auto]; a script that fails after it has written something
// is not rolled back.
func (s *Script[T]) Run(ctx context.Context, db *DB, keys []string, args ...string) (T, error) {
	return s.Queue(db.Auto(ctx), keys, args...).Value()
}

// Queue queues the script in a Batch or a Tx, or runs it immediately in an Auto.
//
// In a Tx it always runs, whatever the server knows: the text is sent with the first use in the transaction, the digest
// with further ones. In a Batch the digest is sent, and where the server does not know it, the text: then the script runs
// after the other commands of its chunk. That takes one more round trip, and in a cluster two for each round, if the texts of
// all calls are more than 16 KiB: then up to 3 calls of different slots have the text, and the others the digest again; if a
// node still does not know it, twice as many, and so on up to 6 rounds, and then all that are left.
func (s *Script[T]) Queue(q Queuer, keys []string, args ...string) Future[T] {
	if q == nil || s == nil || s.decode == nil {
		return failedFuture[T](invalid("a script needs a Queuer and a Decoder"))
	}
	to := queueOf(q)
	if to.db == nil {
		return Future[T]{ref{answers: notFromDB}, s.decode}
	}
	return Future[T]{to.rules.script(to, s.source, keys, args), s.decode}
}

// isNoScript reports whether text is what Redis or Valkey answers to a digest that it does not know. A script's own error
// of that name has other words.
func isNoScript(text string) bool {
	return text == "NOSCRIPT No matching script. Please use EVAL." || text == "NOSCRIPT No matching script."
}

// unknownScript reports whether the server did not run a script because it does not know its digest.
func unknownScript(err error) bool {
	return err != nil && isServerError(err) && isNoScript(err.Error())
}

// argv returns a call of the script, in a buffer of the caller's.
func (s *source) argv(o *op, keys, args []string, buffer []string) []string {
	script := s.text
	if o == s.byDigest {
		script = s.digest
	}
	argv := append(buffer, o.name, script, strconv.Itoa(len(keys)))
	argv = append(argv, keys...)
	return append(argv, args...)
}

// scriptCall is a script among the commands of a plan.
type scriptCall struct {
	index  int
	source *source // nil for one that is sent by its text, or that the caller has built
	text   string  // of one without source; "" if it is not known
	keys   []string
	args   []string
	first  int // in a Tx, the command that has the text
}

// runScript runs a script at once.
func (q *queue) runScript(s *source, keys, args []string) ref {
	if q.db == nil {
		return ref{answers: notFromDB}
	}
	buffer := make([]string, 0, 16)
	o := s.byDigest
	if s.noDigest {
		o = s.byText
	}
	command, refusal := q.admit(o, s.argv(o, keys, args, buffer))
	if refusal != nil {
		return refuseSingle(o, refusal)
	}
	a, unsent := perform(q.ctx, q.db, func(ctx context.Context) *answers {
		r := q.db.single(ctx, o, command)
		if o != s.byText && unknownScript(r.Error()) && q.db.check(ctx) == nil {
			o = s.byText
			command, _ := q.admit(o, s.argv(o, keys, args, buffer)) // of the keys that were good before
			r = q.db.single(ctx, o, command)
		}
		return q.db.settleSingle(o, s.text, &r)
	})
	if unsent != nil {
		return refuseSingle(o, unsent)
	}
	return ref{answers: a}
}

// queueDigest queues a script in a Batch: repair sends the text where the server does not know the digest.
func (q *queue) queueDigest(s *source, keys, args []string) ref {
	buffer := make([]string, 0, 16)
	if s.noDigest {
		return q.queueCall(s.byText, s.argv(s.byText, keys, args, buffer), scriptCall{})
	}
	return q.queueCall(s.byDigest, s.argv(s.byDigest, keys, args, buffer), scriptCall{source: s, keys: keys, args: args})
}

// queueCall queues a script with what has to be known of it later.
func (q *queue) queueCall(o *op, argv []string, call scriptCall) ref {
	if q.load() != filling {
		return q.divert(o, argv)
	}
	command, err := q.admit(o, argv)
	p, i := q.turn()
	if p != nil && err == nil {
		if call.index = i; call.source == nil {
			call.text = o.scriptText(argv)
		}
		p.keepCall(call)
	}
	return q.place(p, i, o, command, err)
}

// keepCall keeps a call, with copies of its keys and arguments.
func (p *plan) keepCall(c scriptCall) {
	from, keys := len(p.strings), len(c.keys)
	p.strings = append(append(p.strings, c.keys...), c.args...)
	own := p.strings[from:len(p.strings):len(p.strings)]
	c.keys, c.args = own[:keys:keys], own[keys:]
	p.scripts = append(p.scripts, c)
}

// loaded is a script that a Tx has sent in full.
type loaded struct {
	source *source
	index  int // of the command
	texts  int // how many EVALs there were then
}

// maxTexts is how many scripts may come by EVAL after another one which is then still relied on to be known by its digest:
// Redis and Valkey keep at least the last 500.
const maxTexts = 100

// queueText queues a script in a Tx: in full, unless the server is certain to know it by then.
func (q *queue) queueText(s *source, keys, args []string) ref {
	buffer := make([]string, 0, 16)
	now := q.plan
	if q.load() != filling || now == nil {
		return q.divert(s.byText, nil)
	}
	if known := now.knows(s); known != nil && !s.noDigest {
		return q.queueCall(s.byDigest, s.argv(s.byDigest, keys, args, buffer), scriptCall{source: s, first: known.index})
	}
	command, err := q.admit(s.byText, s.argv(s.byText, keys, args, buffer))
	p, i := q.turn()
	if p != nil {
		p.texts++
		p.loaded = append(p.loaded, loaded{s, i, p.texts})
	}
	return q.place(p, i, s.byText, command, err)
}

// knows returns where the plan has a script's text, if the server can be relied on to know its digest behind that.
func (p *plan) knows(s *source) *loaded {
	for i := len(p.loaded) - 1; i >= p.flushed && p.texts-p.loaded[i].texts < maxTexts; i-- {
		if p.loaded[i].source == s {
			return &p.loaded[i]
		}
	}
	return nil
}

// noteScript looks at a command that the caller has built, for the place i, for what it means to the scripts of its unit.
func (q *queue) noteScript(p *plan, i int, o *op, argv []string) {
	if p == nil {
		return
	}
	switch o.name {
	case "SCRIPT":
		p.flushed = len(p.loaded) // what the Tx relies on
	case "EVAL", "EVAL_RO":
		p.texts++
	}
	if text := o.scriptText(argv); text != "" || q.db.guarded(o) {
		p.keepCall(scriptCall{index: i, text: text})
	}
}

// explainUnknownScripts gives a script that a transaction relied on, and that the server does not know after all, the error
// of the command that had its text: that one did not compile, or was not allowed.
func (p *plan) explainUnknownScripts(a *answers, v *verdict) {
	for _, c := range p.scripts {
		if c.source == nil || v.replies == nil || !unknownScript(v.replies[c.index].Error()) {
			continue
		}
		if err := v.replies[c.first].Error(); err != nil {
			v.errs[c.index].(*CommandError).Err = err
		}
	}
}

// sourceText is the text of a call, "" if it is not known.
func (c *scriptCall) sourceText() string {
	if c.source != nil {
		return c.source.text
	}
	return c.text
}

// explainScripts completes the errors of the commands in [from, to): see explainScript.
func (p *plan) explainScripts(errs []error, from, to int) {
	if errs == nil {
		return
	}
	calls := p.calls(from, to)
	for i := range calls {
		explainScript(errs[calls[i].index], calls[i].sourceText())
	}
	for _, l := range p.loaded {
		explainScript(errs[l.index], l.source.text)
	}
}

// explainScript completes the message of a script's error with what is only safe to repeat because it is in the script's
// text.
func explainScript(err error, text string) {
	var c *CommandError
	if text != "" && errors.As(err, &c) {
		c.says = redactScript(c.Err.Error(), c.Name, text)
	}
}
