package rueidistx

import (
	"context"
	"errors"
	"slices"

	"github.com/redis/rueidis"
)

// Choice is an If: it has two branches, and executes the commands of one of them. Queue commands on Then and Else, which run
// nothing, and call Exec. Queue from one goroutine. A Choice is executed once.
type Choice struct {
	Then *Commands // runs if all conditions hold
	Else *Commands // runs if any does not

	db         *DB
	conditions []Condition
	err        error // why nothing will be sent
	branches   [2]*queue
	ruling     ruling
	ruled      bool // the conditions were evaluated, and a branch ran
}

var choiceRules = &rules{oneSlot: true, head: 1, script: queuesText}

// If returns a Choice of one or more conditions, which hold together if all of them do. It sends nothing.
//
//	lock := db.If(rueidistx.TextAt("lock").Is(token))
//	lock.Then.Del("lock")
//	released, err := lock.Exec(ctx)
//
// The conditions are evaluated, and the commands of one branch run, atomically: no other client's command runs in between.
// Commands can be queued on both branches at any time before Exec, in any order. Their futures are settled by Exec: those of
// the branch that ran with their replies, those of the other with [ErrNotTaken]; see [Either]. Each branch may be empty.
//
// In a cluster, all keys of the conditions and of both branches must be in one slot.
func (db *DB) If(first Condition, more ...Condition) *Choice {
	c := &Choice{db: db, conditions: append([]Condition{first}, more...)}
	if db == nil {
		c.db = &noDB
	}
	then, other := c.db.newUnit(choiceRules), c.db.newUnit(choiceRules)
	c.Then, c.Else = &then.commands, &other.commands
	c.branches = [2]*queue{&then.queries.queue, &other.queries.queue}
	slot, all := uint16(anySlot), new(term)
	for i, condition := range c.conditions {
		if c.err = c.check(condition, all, &slot); c.err != nil {
			c.err = &ConditionError{i, condition.label(), c.err}
			break
		}
	}
	for _, q := range c.branches {
		q.slot = slot
	}
	return c
}

// check returns why a condition cannot be evaluated, adds it to all, and enters the slot of its keys.
func (c *Choice) check(condition Condition, all *term, slot *uint16) (err error) {
	if all.add(condition); all.err != nil {
		return all.err
	}
	condition.term.keys(func(key string) bool {
		err = checkEntities([]string{key})
		if err == nil && (c.db.cluster || c.db.checksSlots) {
			s := Slot(key)
			if *slot == anySlot {
				*slot = s
			}
			if *slot != s {
				err = crossSlot(*slot, s)
			}
		}
		return err == nil
	})
	return err
}

// ChoiceOption is an option of [Choice.Exec]: [ByScript], [ByWatch].
type ChoiceOption interface{ apply(*choiceOptions) }

type choiceOption func(*choiceOptions)

func (o choiceOption) apply(c *choiceOptions) { o(c) }

type choiceOptions struct{ script, watch bool }

// ByScript runs a Choice by a script, however many commands it has. If a script cannot run them, the error is [ErrForbidden],
// and nothing is sent.
func ByScript() ChoiceOption {
	return choiceOption(func(o *choiceOptions) { o.script, o.watch = true, false })
}

// ByWatch runs a Choice by WATCH and MULTI, however few commands it has.
func ByWatch() ChoiceOption {
	return choiceOption(func(o *choiceOptions) { o.script, o.watch = false, true })
}

// Exec evaluates all conditions and runs the commands of one branch: Then if all of them hold, which held reports, or else
// those of Else. It takes one round trip, by a script: see below. ctx bounds the wait: what was sent may be applied even if ctx
// has ended.
//
// The error is nil if the branch ran and no command failed; a nil reply is not a failure. Otherwise [OutcomeOf] tells what
// happened:
//
//   - [NotApplied]: no branch ran. [ErrCondition] if a condition could not be evaluated; [ErrAborted] or [ErrRejected] if the
//     server refused; [ErrCrossSlot], [ErrForbidden] or [ErrInvalid] if a condition or a command was refused before anything was
//     sent; [ErrNotSent]; [ErrPending] if a future was read too early; [ErrConflict] by WATCH. held is false and says nothing.
//   - [Applied]: the branch ran, and some of its commands failed, each with its own [*CommandError]; the others were applied.
//     held is valid.
//   - [Unknown]: [ErrUnknown]. The connection was lost, ctx ended before the reply came, or the script was killed by SCRIPT
//     KILL. held is false and says nothing.
//
// If the server refuses for a transient reason (LOADING, CLUSTERDOWN and the others of [DB.Transact]), Exec tries again, up to
// 10 times. A second Exec, at the same time or later, returns [ErrDone].
//
// # Script or WATCH
//
// The script is one for all, sent by its digest, and by its text if the server does not know it, which takes one more round
// trip. A branch of more than 10 commands or 1,000 words runs by WATCH instead, because a server serves nobody else while it
// runs a script, and so do commands that a script cannot run or whose reply it would change: those for [Queue] without a
// method, scripts and functions, those of more than 1,000 words, BITFIELD, XINFO, XPENDING, XREADGROUP, CONFIG, and those of
// arrays. The conditions are then evaluated by a script that changes nothing, their keys are watched, and the commands run in
// MULTI and EXEC on the same connection: 2 round trips, or 1 if the branch is empty. If a key was changed in between, that is
// repeated, as in [DB.Watch]: the error may be a [*ConflictError]. [ByScript] and [ByWatch] override the choice.
//
// The answers are the same, except that a command which the server would refuse to queue in MULTI, because it is unknown, has
// the wrong number of arguments or is not permitted to the user, keeps the others from running only by WATCH. In a script that
// command fails alone, and the outcome is Applied. Also, a reply of one integer beyond 2^53 that is not that of INCR, DECR,
// INCRBY, DECRBY or HINCRBY, such as PTTL's, is an error of that command's future; and a [Decoder] of the caller's gets replies
// in the form of RESP2.
//
// If the conditions compare one string with [Text.Is] or [Text.IsNot], Then has one SET or DEL of the same key, and Else is
// empty, the server is first asked with its own command, where it has it: SET with IFEQ or IFNE, DELEX or DELIFEQ.
func (c *Choice) Exec(ctx context.Context, options ...ChoiceOption) (held bool, err error) {
	var plans [2]*plan
	if plans, err = c.begin(); err == ErrDone || c == nil || c.branches[0] == nil {
		return false, err
	}
	defer c.abandon()
	var o choiceOptions
	if len(options) > 0 {
		o = choiceOptionsOf(options)
	}
	if err == nil && o.script && !c.scriptable(&plans) {
		err = fail(ErrForbidden, errors.New("a script cannot run one of the commands, or would change its reply"))
	}
	if err != nil {
		return false, c.settle(err)
	}
	byWatch := o.watch
	if !o.watch && !o.script {
		byWatch = plans[0].long() || plans[1].long() || !c.scriptable(&plans)
	}
	if byWatch {
		err = c.byWatch(ctx, &plans)
	} else {
		err = c.byScript(ctx, &plans)
	}
	return c.ruled && c.ruling.held, err
}

func choiceOptionsOf(options []ChoiceOption) (o choiceOptions) {
	applyAll(&o, options)
	return o
}

func (c *Choice) scriptable(plans *[2]*plan) bool {
	for i, p := range plans {
		if !p.scriptable(c.branches[i].answers) {
			return false
		}
	}
	return true
}

// begin ends the filling of both branches. Whoever gets the first one owns both.
func (c *Choice) begin() (plans [2]*plan, err error) {
	if c == nil || c.branches[0] == nil {
		return plans, invalid("this Choice was not made by a DB")
	}
	err = c.err
	for i, q := range c.branches {
		p, refused := q.begin()
		if refused == ErrDone {
			return plans, ErrDone
		}
		plans[i] = p
		if err == nil {
			err = refused
		}
		if commands := [2]*Commands{c.Then, c.Else}[i]; err == nil && !q.ownedBy(commands) {
			err = invalid("the Commands of the Choice were replaced")
		}
	}
	return plans, err
}

// settle gives err to all futures.
func (c *Choice) settle(err error) error {
	for _, q := range c.branches {
		_ = q.answers.settle(err)
	}
	return err
}

// abandon settles what is pending because the client has panicked or ended the goroutine.
func (c *Choice) abandon() {
	for _, q := range c.branches {
		q.answers.abandon()
	}
}

// decide records a ruling, settles the branch that did not run, and returns the one that did, 0 or 1.
func (c *Choice) decide(r ruling) int {
	taken := 1
	if r.held {
		taken = 0
	}
	c.ruling, c.ruled = r, true
	c.ruling.replies = nil
	_ = c.branches[1-taken].answers.settle(errNotTaken)
	return taken
}

var errNotTaken error = fail(ErrNotTaken, nil)

// commands returns the number of commands of a branch.
func (c *Choice) commands(held bool) int {
	if held {
		return c.branches[0].answers.len()
	}
	return c.branches[1].answers.len()
}

// byScript evaluates the conditions and runs a branch by a script.
func (c *Choice) byScript(ctx context.Context, plans *[2]*plan) error {
	words := 0
	for _, p := range plans {
		for i := range p.commands[1:] {
			words += 1 + len(p.commands[1+i].Commands())
		}
	}
	prog := newProgram(c.conditions, len(c.conditions)+2, words)
	for i, p := range plans {
		prog.commands(i, c.branches[i].answers, p.commands[1:])
	}
	for attempt := 1; ; attempt++ {
		r, err := prog.run(ctx, c.db)
		if err == nil {
			err = r.check(&c.db.facts, c.conditions, c.commands)
		}
		switch {
		case err == nil:
			taken := c.decide(r)
			q := c.branches[taken]
			return q.conclude(plans[taken], verdictOfReplies(q.answers, r.replies))
		case !transient(err) || !defaultTxOptions.refusals.again(ctx, attempt):
			return c.settle(err)
		}
	}
}

// Held reports for each condition of If whether it holds. It is nil before Exec and if no branch is known to have run.
func (c *Choice) Held() []bool {
	if c == nil || !c.ruled {
		return nil
	}
	return slices.Clone(c.ruling.each)
}

// Unmet returns the conditions of If that did not hold, as they were given. It is nil if Held is.
func (c *Choice) Unmet() (unmet []Condition) {
	if c == nil || !c.ruled {
		return nil
	}
	for i, holds := range c.ruling.each {
		if !holds {
			unmet = append(unmet, c.conditions[i])
		}
	}
	return unmet
}

// Either returns the future of the branch that ran, of one that was queued on Then and one that was queued on Else. It has
// [ErrNotTaken] only if both do.
func Either[T any](then, other Future[T]) Future[T] {
	both := combine(then.ref, other.ref)
	both.answers.rare.odd.either = true
	return Future[T]{both, func(rueidis.RedisMessage) (T, error) {
		v, err := then.Value()
		if errors.Is(err, ErrNotTaken) {
			return other.Value()
		}
		return v, err
	}}
}
