package rueidistx

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx/internal/kit"
)

// stream sends a Batch in chunks, possibly while it is being filled.
type stream struct {
	*batchOptions
	ctx     context.Context // of a Batch that is sent while it is being filled
	tally   tally
	dropped *answers // the answers of commands that are queued after sending has stopped
	late    int      // the number of these commands
	hits    int      // commands that were cached
}

// flush sends what is queued, and empties the Batch.
func (s *stream) flush(q *queue) {
	if !s.streams {
		return
	}
	p, err := q.end()
	if err == ErrDone {
		return
	}
	a, n := q.answers, q.answers.len()
	defer func() {
		if q.load() == spent { // the client or the progress callback has panicked: nothing more is sent
			s.tally.total += n
			s.stop(q, errDiscarded)
		}
	}()
	if err == nil {
		err = s.send(s.ctx, q, p)
	}
	if err != nil && !a.done() {
		s.tally.failAll(n, a.settle(err))
	} else {
		s.tally.total += n
	}
	if err == nil && !atomic.CompareAndSwapUint32(&q.tickets, uint32(n), 0) {
		err = errSeveralGoroutines // one of them queued while the chunk was in flight
	}
	if err != nil {
		s.stop(q, err)
		return
	}
	q.answers = s.newAnswers()
	q.answers.rare.ops = make([]uint16, 0, s.chunk)
	q.plan = newPlan()
	q.become(filling)
}

// newAnswers returns the answers of what is queued after a chunk.
func (s *stream) newAnswers() *answers {
	a := newOddAnswers(pending)
	a.odd().base = s.tally.total
	return a
}

// stop prevents what is still queued from being sent, because of err.
func (s *stream) stop(q *queue, err error) {
	q.answers = s.newAnswers()
	s.dropped = failed(err)
	q.recordRefusal(err)
	q.become(stopped)
}

// drop handles a command after sending has stopped.
func (s *stream) drop() ref {
	if s.tally.failed == 0 { // the reason is no command's
		s.tally.addError(s.dropped.err())
	}
	s.tally.drop(1)
	s.late++
	return ref{answers: s.dropped}
}

// send sends the commands of a plan in chunks and settles their answers. It returns the reason, if any, why later
// commands must not be sent. If the answers are not settled then, nothing was sent.
func (s *stream) send(ctx context.Context, q *queue, p *plan) error {
	stop, unsent := perform(ctx, q.db, func(ctx context.Context) error {
		if len(p.scripts) > 0 {
			if refused := q.db.prepareBatch(ctx, p); refused != nil {
				return refused
			}
		}
		return s.sendChunks(ctx, q, p)
	})
	if unsent != nil {
		return unsent
	}
	return stop
}

func (s *stream) sendChunks(ctx context.Context, q *queue, p *plan) (stop error) {
	a, n, known, under := q.answers, len(p.commands), 0, 0
	defer func() { // even if the client or the progress callback panics
		s.settle(a, n, known, under, stop)
	}()
	q.db.sizeHint(n)
	repeats := q.db.repeated()
	for from := 0; from < n && stop == nil; from = under {
		if from > 0 {
			if stop = q.db.check(ctx); stop != nil {
				return stop
			}
		}
		under = min(from+s.chunk, n)
		if p.bytes > maxChunkBytes {
			under = from + chunkOf(min(n-from, s.chunk), func(i int) int { return p.bytesOf(from + i) })
		}
		var results []rueidis.RedisResult
		if q.rules.cached {
			results = q.readManyCached(ctx, a, p, from, under)
		} else {
			q.db.pin(p.commands[from:under])
			results = q.db.many(ctx, p.commands[from:under], p.solos(q.db, a, from, under), p.result[:])
		}
		if done(ctx) {
			results = replaceNone(results)
		}
		var one *rueidis.RedisMessage
		if n == 1 {
			one = &a.one
		}
		well := q.allWell(results, one)
		if !well && !q.rules.cached {
			q.mend(ctx, a, p, from, results)
		}
		if !well || p.lessons != nil {
			q.note(a, p, from, results)
		}
		switch {
		case n == 1 && well: // allWell has stored it
		case n > 1 && a.rare.results == nil:
			a.rare.results = slices.Grow(results, n-under)
		default:
			a.rare.results = append(a.rare.results, results...)
		}
		s.tally.answered, s.tally.sent = s.tally.answered+len(results), s.tally.sent+len(results)
		if !well {
			stop = s.classify(q, a, from)
			p.explainScripts(a.errs(), from, under)
		}
		known = under
		if s.progress != nil {
			q.report(a, under, n)
			if stop == nil && a.load() == asked { // what is sent later might be derived from that
				stop = a.askedTooEarly(q.rules)
			}
		}
	}
	if stop == nil && (q.rules.cached || q.db.reuses && !p.held && q.db.repeated() == repeats) {
		p.release()
	}
	return stop
}

// maxChunkBytes bounds the names and arguments of a chunk. On a connection that is not in its pipelining mode, rueidis
// writes a whole chunk before it reads. A server that stops reading until its replies are read, unlike Redis and
// Valkey, would then deadlock with rueidis if the chunk did not fit into the socket buffers. With Linux's defaults, and
// replies as large as the commands, that takes more than 4 MiB on the loopback interface, and more than 2 MiB with
// Ethernet segments.
const maxChunkBytes = 1 << 20

// chunkOf returns how many of the first n commands form a chunk. bytes returns the length of one.
func chunkOf(n int, bytes func(i int) int) int {
	size := 0
	for i := range n {
		size += bytes(i)
		if size > maxChunkBytes && i > 0 {
			return i
		}
	}
	return n
}

// bytesOf returns the length of a command's name and arguments.
func bytesOf(command rueidis.Completed) int { return lengthOf(command.Commands()) }

func (p *plan) bytesOf(i int) int {
	if p.commands[i].IsEmpty() {
		return lengthOf(p.recorded(i))
	}
	return bytesOf(p.commands[i])
}

func lengthOf(words []string) (n int) {
	for _, word := range words {
		n += len(word)
	}
	return n
}

// repeated returns how often rueidis has resent commands.
func (db *DB) repeated() uint64 {
	if db.repeats == nil {
		return 0
	}
	return db.repeats.Load()
}

// classify sets the errors of the commands from the given index on, corrects the tally, and returns the reason, if any,
// why the next chunk must not be sent.
func (s *stream) classify(q *queue, a *answers, from int) error {
	results := a.rare.results
	broken := q.db.facts.classify(a, results, from, a.setErr)
	if broken == nil {
		return nil
	}
	n, unsent := len(results)-from, true
	for _, err := range a.errs()[from:len(results)] {
		unsent = unsent && errors.Is(err, ErrNotSent)
	}
	s.tally.answered -= n
	if unsent {
		s.tally.sent -= n
	}
	f := q.db.facts.notSent(broken)
	f.note = "an earlier chunk of the Batch failed: "
	return f
}

// settle settles the answers of n commands. Those before known have theirs, those before under are in flight, and the
// others were not sent because of stop.
func (s *stream) settle(a *answers, n, known, under int, stop error) {
	if known < n {
		lost := fail(ErrUnknown, errors.New("the client panicked, or ended the goroutine, while it executed the Batch"))
		if stop == nil {
			stop = errDiscarded
		}
		for i := known; i < n; i++ {
			if i < under {
				a.setErr(i, lost)
			} else {
				a.setErr(i, stop)
			}
		}
	}
	_ = a.settle(nil)
	s.tally.add(a)
}

func (q *queue) report(a *answers, done, n int) {
	s, base := q.stream, a.base()
	report := func() { s.progress(base+done, max(base+n, s.expected)) }
	if q.db.tellsKit() {
		q.db.hooks.kit.Outside(kit.Sealed{}, report)
	} else {
		report()
	}
}

// mend resends what failed and may be resent: reads whose replies were lost, and scripts that the server did not know.
func (q *queue) mend(ctx context.Context, a *answers, p *plan, from int, results []rueidis.RedisResult) {
	if q.db.retryDelay != nil && !q.db.cluster {
		p.held = q.repeatReads(ctx, p.commands[from:from+len(results)], results) || p.held
	}
	(&repair{q, a, p, from, results}).run(ctx)
}

// note remembers what the results of a chunk say about its scripts.
func (q *queue) note(a *answers, p *plan, from int, results []rueidis.RedisResult) {
	for _, c := range p.calls(from, from+len(results)) {
		if c.source != nil {
			q.db.note(a.opAt(c.index), c.source, q.db.slotOf(p.commands[c.index]), results[c.index-from].Error())
		}
	}
}

// repeatReads resends commands whose replies were lost, if all commands only read, and reports whether it did. In a
// cluster rueidis does that.
func (q *queue) repeatReads(ctx context.Context, commands []rueidis.Completed, results []rueidis.RedisResult) (repeated bool) {
	for attempt := 1; ; attempt++ {
		var again []rueidis.Completed
		var indexes []int
		var lost error
		for i := range results {
			if err := results[i].NonRedisError(); err != nil {
				again, indexes, lost = append(again, commands[i]), append(indexes, i), err
			}
		}
		if again == nil || !allRepeatable(commands) || !q.db.again(ctx, attempt, again[0], lost) {
			return repeated
		}
		repeated = true
		for i := range again {
			// The broken connection may still be reading the command, so its memory must not be reused.
			again[i] = again[i].Pin()
		}
		for at, r := range q.db.shared.many(ctx, again, nil) {
			results[indexes[at]] = r
		}
	}
}

// pin keeps rueidis from reusing the memory of reads that code around the client may call lost although they were executed: then
// they are sent again.
func (db *DB) pin(commands []rueidis.Completed) {
	if db.pins {
		for i := range commands {
			commands[i] = commands[i].Pin()
		}
	}
}

// again reports whether commands whose replies were lost may be sent again, and pauses before that. first is the first of them.
func (db *DB) again(ctx context.Context, attempt int, first rueidis.Completed, lost error) bool {
	if lost == nil || !mayRepeat(lost) || ctx.Err() != nil {
		return false
	}
	d := db.retryDelay(attempt, first, lost)
	return d >= 0 && pause(ctx, d)
}

// mayRepeat reports whether another try may succeed: the server has not refused the connection, and the client was
// neither closed nor returned malformed results.
func mayRepeat(err error) bool {
	_, nonsense := err.(*classified)
	return !nonsense && !isServerError(err) && !errors.Is(err, rueidis.ErrClosing)
}

func allRepeatable(commands []rueidis.Completed) bool {
	for i := range commands {
		if !commands[i].IsRetryable() {
			return false
		}
	}
	return true
}
