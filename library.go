package rueidistx

import (
	"context"
	"errors"
	"strings"

	"github.com/redis/rueidis"
)

// command returns the command that loads the library.
func (l *Library) command(db *DB) rueidis.Completed {
	return db.builder.Arbitrary("FUNCTION", "LOAD", l.text).Build()
}

// isThere reports whether the reply to FUNCTION LOAD says that the server has the library. It does not replace one: the
// digest in the name says that it is the same.
func (l *Library) isThere(err error) bool {
	return err == nil || isServerError(err) && err.Error() == "Library '"+l.name+"' already exists"
}

// isNoFunction reports whether text is the reply of Redis or Valkey to the name of a function that they do not have.
func isNoFunction(text string) bool { return text == "Function not found" }

// loadLibrary loads the library on the node of a slot, which may be any.
func (db *DB) loadLibrary(ctx context.Context, l *Library, slot uint16) rueidis.RedisResult {
	command := l.command(db)
	if db.cluster && slot != anySlot {
		command = command.SetSlot(keyOf(slot, nil))
	}
	return db.single(ctx, opFunctionLoad, command)
}

// loadNow loads the library on the one server.
func (db *DB) loadNow(ctx context.Context, l *Library) error {
	q := &queue{db: db, ctx: ctx, rules: autoRules, state: immediate}
	if db.hooks != nil {
		return q.observed(opFunctionLoad, anySlot, func(q *queue) ref { return ref{answers: q.loadNow(l)} }).answers.errOf(0)
	}
	return q.loadNow(l).errOf(0)
}

// loadNow is the DB's without its hooks.
func (q *queue) loadNow(l *Library) *answers {
	a, unsent := perform(q.ctx, q.db, func(ctx context.Context) *answers {
		r := q.db.loadLibrary(ctx, l, anySlot)
		switch err := r.Error(); {
		case l.isThere(err):
			return &answers{state: clean, op: opFunctionLoad.id}
		case isServerError(err) && r.NonRedisError() == nil && !ofConnection(err) && !q.db.facts.resends: // it did nothing
			refused := q.db.facts.rejected(opFunctionLoad, 0, err)
			explainScript(refused, l.text)
			return failed(refused)
		}
		return q.db.settleSingle(opFunctionLoad, &r).explain(l.text)
	})
	if unsent != nil {
		return failed(unsent)
	}
	return a
}

// prepare loads a library on the node of a slot when the DB uses it for the first time. It returns why the library cannot
// be used, with kind, or why that could not be found out: nothing else was sent then. A server that refuses to load it now,
// or for this user, may have it all the same.
func (db *DB) prepare(ctx context.Context, l *Library, slot uint16, kind error) *failure {
	if _, known := db.libraries.Load(l.name); known {
		return nil
	}
	r := db.loadLibrary(ctx, l, slot)
	err := r.Error()
	switch {
	case l.isThere(err), code(err) == "NOPERM" && isServerError(err):
		db.libraries.Store(l.name, true)
		return nil
	case r.NonRedisError() != nil:
		f := db.facts.notSent(err)
		f.note = "loading a library: "
		var j *classified
		f.transient = f.transient && !errors.As(err, &j)
		return f
	case code(err) != "":
		return nil
	}
	f := failCommand(kind, -1, opFunctionLoad.name, err)
	explainScript(f, l.text)
	return f
}

// prepareBatch prepares the libraries of the functions among the commands of a Batch.
func (db *DB) prepareBatch(ctx context.Context, p *plan) error {
	var last *Library
	for i := range p.scripts {
		c := &p.scripts[i]
		if c.source == nil || c.source.library == nil || c.source.library == last {
			continue
		}
		last = c.source.library
		if failed := db.prepare(ctx, last, p.commands[c.index].Slot(), ErrRejected); failed != nil {
			return failed
		}
	}
	return nil
}

// prepareTx prepares the libraries of the functions in a transaction.
func (db *DB) prepareTx(ctx context.Context, p *plan, slot uint16) *failure {
	for _, l := range p.loads {
		if failed := db.prepare(ctx, l.library, slot, ErrAborted); failed != nil {
			return failed
		}
	}
	return nil
}

// load is a FUNCTION LOAD that a transaction or a wave of reads has besides the commands that were queued.
type load struct {
	library *Library
	before  int // the index of the command that it precedes
}

// queueLoaded queues a function in a Tx or a Reader, behind a FUNCTION LOAD of its library.
func (q *queue) queueLoaded(s *source, keys, args []string) ref {
	if q.load() != filling {
		return q.divert(s.byDigest, nil)
	}
	buffer := make([]string, 0, 16)
	command, err := q.admit(s.byDigest, s.argv(s.byDigest, keys, args, buffer))
	p, i := q.turn()
	if p != nil && err == nil {
		p.keepCall(scriptCall{index: i, source: s, first: p.loadOf(s.library, q.answers.rare.ops)}, nil, nil)
	}
	return q.place(p, i, s.byDigest, command, err)
}

// loadOf returns which of the loads of a plan holds for the next command, after those with the given ops. It adds one if
// there is none, or if a FUNCTION command since then may have removed the library.
func (p *plan) loadOf(l *Library, ops []uint16) int {
	for _, id := range ops[p.examined:] {
		if o := opByID[id]; o.effect != effectRead && strings.HasPrefix(o.name, "FUNCTION ") {
			p.removed = len(p.loads)
		}
	}
	p.examined = len(ops)
	for i := p.removed; i < len(p.loads); i++ {
		if p.loads[i].library == l {
			return i
		}
	}
	p.loads = append(p.loads, load{l, len(ops)})
	return len(p.loads) - 1
}

// wire returns what is sent: the commands, with each FUNCTION LOAD in its place behind the first head commands.
func (p *plan) wire(db *DB, head int) []rueidis.Completed {
	if len(p.loads) == 0 {
		return p.commands
	}
	wire := make([]rueidis.Completed, 0, len(p.commands)+len(p.loads))
	from := 0
	for _, l := range p.loads {
		wire = append(append(wire, p.commands[from:head+l.before]...), l.library.command(db))
		from = head + l.before
	}
	return append(wire, p.commands[from:]...)
}

// apart separates the replies to the FUNCTION LOADs of a unit from those to its commands.
func apart[R any](replies []R, loads []load) (loading, own []R) {
	if len(loads) == 0 {
		return nil, replies
	}
	own = make([]R, 0, len(replies)-len(loads))
	from := 0
	for i, l := range loads {
		at := l.before + i
		own, loading, from = append(own, replies[from:at]...), append(loading, replies[at]), at+1
	}
	return loading, append(own, replies[from:]...)
}

// explainMissing replaces the error of each function that the server turned out not to have, in a wave of reads, with the
// error of its FUNCTION LOAD.
func (p *plan) explainMissing(k *facts, a *answers, loading, results []rueidis.RedisResult) {
	for _, c := range p.scripts {
		if c.source == nil || c.source.library == nil || !c.source.unknown(results[c.index].Error()) {
			continue
		}
		if err := loading[c.first].Error(); !c.source.has(err) {
			a.setErr(c.index, k.rejected(opFunctionLoad, -1, err))
		}
	}
}

// chunkOfAttempts returns how many of the first attempts form a chunk, with the libraries that are sent with them.
func chunkOfAttempts(commands []rueidis.Completed, attempts []attempt) int {
	n, size := chunkOf(len(commands), func(i int) int { return bytesOf(commands[i]) }), 0
	for i, t := range attempts[:n] {
		if t.loads() != nil {
			size += len(t.source.text)
		}
		if size > maxChunkBytes && i > 0 {
			return i
		}
	}
	return n
}

// has reports whether the error of the command with the text says that the server has it.
func (s *source) has(err error) bool { return s.library != nil && s.library.isThere(err) }
