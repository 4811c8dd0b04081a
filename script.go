package rueidistx

import (
	"context"
	"crypto/fips140"
	"crypto/sha1"
	"encoding/hex"
	"slices"
	"strconv"

	"github.com/redis/rueidis"
)

// Script is a Lua script with the type of its answer. Create it once, as a package variable, from a constant: what
// varies belongs into keys and args. Any number of goroutines may use it.
type Script[T any] struct {
	source *source
	decode Decoder[T]
}

// source is a script without its type.
type source struct {
	text, digest     string
	byDigest, byText *op
	noDigest         bool // SHA-1 is not allowed here
}

// ScriptOption changes how a script runs.
type ScriptOption interface{ apply(*source) }

type scriptOption func(*source)

func (o scriptOption) apply(s *source) { o(s) }

// ReadOnly runs a script with EVALSHA_RO and EVAL_RO (Redis 7.0): it cannot write, may run on replicas, and rueidis sends
// it again when a connection breaks.
func ReadOnly() ScriptOption {
	return scriptOption(func(s *source) { s.byDigest, s.byText = scripting["EVALSHA_RO"], scripting["EVAL_RO"] })
}

// NewScript returns a script whose answer decode takes. It sends nothing. The script's SHA-1 digest is computed here,
// unless the program runs in a FIPS 140 mode that does not allow that: then the text is always sent.
//
// A script must not answer with the server's own words for an unknown script ("NOSCRIPT No matching script.", in Redis
// with "Please use EVAL." behind it): it would be taken as not run.
//
// See https://redis.io/docs/latest/develop/programmability/eval-intro/.
func NewScript[T any](text string, decode Decoder[T], options ...ScriptOption) *Script[T] {
	s := &source{text: text, byDigest: scripting["EVALSHA"], byText: scripting["EVAL"], noDigest: fips140.Enforced()}
	if !s.noDigest {
		sum := sha1.Sum([]byte(text))
		s.digest = hex.EncodeToString(sum[:])
	}
	for _, o := range options {
		if o != nil {
			o.apply(s)
		}
	}
	return &Script[T]{s, decode}
}

// Run runs the script now, once: by its digest, and where the server does not know that, by its text. One round trip, or
// two where the server sees the script for the first time since it started or since SCRIPT FLUSH. In a cluster the keys
// must be of one slot. The errors are those of a command of an [Auto]; a script that fails after it has written something
// is not rolled back.
func (s *Script[T]) Run(ctx context.Context, db *DB, keys []string, args ...string) (T, error) {
	return s.Queue(db.Auto(ctx), keys, args...).Value()
}

// Queue queues the script in a Batch or a Tx, or runs it at once in an Auto.
//
// In a Tx it always runs, whatever the server knows: the text is sent with the first use in the transaction, the digest
// with any further one. In a Batch the digest is sent, and where the server does not know it, the text in a second round
// trip: then the script runs after the Batch's other commands.
func (s *Script[T]) Queue(q Queuer, keys []string, args ...string) Future[T] {
	if q == nil || s == nil || s.decode == nil {
		err := invalid("a script needs a Queuer and a Decoder")
		return Future[T]{decode: func(rueidis.RedisMessage) (none T, _ error) { return none, err }}
	}
	return Future[T]{q.commands().queue.script(s.source, keys, args), s.decode}
}

// isNoScript reports whether text is what Redis or Valkey answers to a digest that it does not know. A script's own error
// of that name has other words.
func isNoScript(text string) bool {
	return text == "NOSCRIPT No matching script. Please use EVAL." || text == "NOSCRIPT No matching script."
}

// unknownScript reports whether the server did not run a script because it does not know its digest.
func unknownScript(r rueidis.RedisResult) bool {
	err := r.Error()
	return err != nil && isServerError(err) && isNoScript(err.Error())
}

// scriptCall is a script that was sent by its digest.
type scriptCall struct {
	source *source
	index  int
	keys   []string
	args   []string
}

func (s *source) argv(head, body string, keys, args []string, buffer []string) []string {
	argv := append(buffer, head, body, strconv.Itoa(len(keys)))
	argv = append(argv, keys...)
	return append(argv, args...)
}

// eval is the call by text.
func (c *scriptCall) eval() *op { return c.source.byText }

func (c *scriptCall) full() []string {
	return c.source.argv(c.source.byText.name, c.source.text, c.keys, c.args, nil)
}

// maxLoaded is how many scripts a Tx relies on after having sent them. Redis keeps at least the last 500 that came by
// EVAL.
const maxLoaded = 100

// loaded are the scripts that the Tx has sent in full.
func (q *queue) loaded() []*source {
	q.open()
	return q.slab.loaded
}

func (q *queue) script(s *source, keys, args []string) ref {
	if q.db == nil {
		return ref{frame: orphan}
	}
	buffer := make([]string, 0, 16)
	byText := s.noDigest
	if q.mode == modeTx && !byText {
		if loaded := q.loaded(); !slices.Contains(loaded, s) {
			byText = true
			if len(loaded) < maxLoaded {
				q.slab.loaded = append(loaded, s)
			}
		}
	}
	if byText {
		return q.do(s.byText, s.argv(s.byText.name, s.text, keys, args, buffer)...)
	}
	argv := s.argv(s.byDigest.name, s.digest, keys, args, buffer)
	command, err := q.build(s.byDigest, argv)
	if q.mode == modeAuto {
		return q.run(s.byDigest, command, err, &scriptCall{source: s, keys: keys, args: args})
	}
	if q.mode == modeBatch && !q.closed && err == nil {
		q.open()
		slab := q.slab
		from := len(slab.strings)
		slab.strings = append(append(slab.strings, keys...), args...)
		own := slab.strings[from:len(slab.strings):len(slab.strings)]
		slab.calls = append(slab.calls, scriptCall{s, len(q.frame.ops), own[:len(keys):len(keys)], own[len(keys):]})
	}
	return q.add(s.byDigest, command, err)
}

// repair sends the scripts that a server did not know by their text, from the given command on. Each of them was not run
// and now is, once.
func (q *queue) repair(ctx context.Context, f *frame, from int) {
	var again []rueidis.Completed
	var indexes []int
	for _, c := range q.slab.calls {
		if c.index < from || c.index >= len(f.results) || !unknownScript(f.results[c.index]) {
			continue
		}
		command, err := q.build(c.eval(), c.full())
		if err != nil {
			continue
		}
		f.ops[c.index] = c.eval().id
		again, indexes = append(again, command), append(indexes, c.index)
	}
	if len(again) == 0 || q.db.check(ctx) != nil {
		return
	}
	for i, r := range q.db.send(ctx, again) {
		f.results[indexes[i]] = r
	}
}
