package rueidistx

import (
	"context"
	"errors"
	"strings"

	"github.com/redis/rueidis"
)

// Choice is an If: it has two branches, and executes the commands of one of them. Queue commands on Then and Else, which run
// nothing, and call Exec. Queue from one goroutine. A Choice is executed once.
type Choice struct {
	Then *Commands // runs if all conditions hold
	Else *Commands // runs if any does not

	db         *DB
	conditions []Condition
	sent       []Condition // those with the prefix of the DB
	err        error       // why nothing will be sent
	branches   [2]*queue
	each       string // whether each condition holds, 1 or 0; "" until a branch has run
	left       error  // what the futures have if the goroutine ends now
}

// choice is a Choice with its branches, in one piece of memory.
type choice struct {
	Choice
	condition [1]Condition
	branch    [2]struct {
		commands Commands
		queries  Queries
		queue    queue
		answers  answers
		rare     rare
		ops      [4]uint16
	}
}

var choiceRules = &rules{oneSlot: true, head: 1, records: true, script: queuesText}

// If returns a Choice of one or more conditions, which hold together if all of them do. It sends nothing. Conditions in a slice
// are passed as list[0], list[1:]..., so that an empty list fails there and not later.
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
//
// If Exec's outcome is Unknown, a condition can recognize its own work, so that the same can be asked again: a lock, for
// example, is taken by db.If(Or(Missing(lock), TextAt(lock).Is(owner))). A Choice is executed once, so make a new one. If that
// one is not applied, the first one may have been.
func (db *DB) If(first Condition, more ...Condition) *Choice {
	u := new(choice)
	c := &u.Choice
	if c.db = db; db == nil {
		c.db = &noDB
	}
	u.condition[0] = first
	c.conditions = append(u.condition[:], more...)
	slot, all := uint16(anySlot), term{}
	for i, condition := range c.conditions {
		if c.err = c.check(condition, &all, &slot); c.err != nil {
			c.err = &ConditionError{i, condition.label(), c.err}
			break
		}
	}
	if c.sent = c.conditions; c.db.prefix != "" && c.err == nil {
		c.sent = make([]Condition, len(c.conditions))
		for i, condition := range c.conditions {
			c.sent[i] = Condition{term: condition.term.under(c.db.prefix)}
		}
	}
	for i := range u.branch {
		b := &u.branch[i]
		b.commands.Queries, b.queries.queue = &b.queries, &b.queue
		b.rare.ops, b.answers.rare = b.ops[:0], &b.rare
		b.queue.open(c.db, choiceRules, &b.answers, slot)
		c.branches[i] = &b.queue
	}
	if c.db.tellsKit() {
		c.db.created("Choice", c.branches[:]...)
	}
	c.Then, c.Else = &u.branch[0].commands, &u.branch[1].commands
	return c
}

// check returns why a condition cannot be evaluated together with all before, which it adds it to, and enters the slot of its
// keys.
func (c *Choice) check(condition Condition, all *term, slot *uint16) error {
	if all.count(condition); all.err != nil {
		return all.err
	}
	if !c.db.usesSlots() && !noEntityUsed.Load() {
		return nil
	}
	var err error
	condition.term.keys(func(key string) bool {
		s := Slot(c.db.prefix + key)
		switch {
		case isNoEntity(key):
			err = checkEntities([]string{key})
		case !c.db.usesSlots():
		case *slot != anySlot && *slot != s:
			err = crossSlot(*slot, s)
		default:
			*slot = s
		}
		return err == nil
	})
	return err
}

// ChoiceOption is an option of [Choice.Exec]: [ByScript], [ByWatch].
type ChoiceOption interface{ apply(*choiceOptions) }

type choiceOption func(*choiceOptions)

func (o choiceOption) apply(c *choiceOptions) { o(c) }

// choiceOptions are how a Choice is run.
type choiceOptions struct{ carrier choiceCarrier }

type choiceCarrier uint8

const (
	fittingCarrier choiceCarrier = iota // as its commands and the DB suggest
	scriptCarrier
	watchCarrier
)

// ByScript runs a Choice by a script, however many commands it has. If a script cannot run them, or the client has a
// ConnLifetime, the error is [ErrForbidden], and nothing is sent.
func ByScript() ChoiceOption {
	return choiceOption(func(o *choiceOptions) { o.carrier = scriptCarrier })
}

// ByWatch runs a Choice by WATCH and MULTI, however few commands it has.
func ByWatch() ChoiceOption {
	return choiceOption(func(o *choiceOptions) { o.carrier = watchCarrier })
}

// Exec evaluates all conditions and runs the commands of one branch: Then if all of them hold, which held reports, or else
// those of Else. It takes one round trip, by a script: see below. ctx bounds the wait: what was sent may be applied even if ctx
// has ended.
//
// The error is nil if the branch ran and no command failed; a nil reply is not a failure, and a condition that does not hold
// is not an error: what a program makes of it is its own, and OutcomeOf does not know it. Otherwise [OutcomeOf] tells what
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
// If nothing was applied for a transient reason, those of [DB.Transact], Exec tries again, up to 10 times. Without a deadline
// that takes 1.6 to 3.3 seconds where no connection can be set up. Only ctx bounds it: an If takes no [Attempts]. A second Exec,
// at the same time or later, returns [ErrDone].
//
// # Script or WATCH
//
// The script is one for all, sent by its digest, and by its text if the server does not know it, which takes one more round
// trip. A Choice with a branch of more than 30 commands or 1,000 words runs by WATCH instead, because a server serves nobody
// else while it runs a script. So does one with a command that a script cannot run, or whose reply it would change: those for
// [Queue] without a method, scripts and functions, those of more than 1,000 words, BITFIELD, INCREX, XINFO, XPENDING,
// XREADGROUP, CONFIG, and those of arrays. So does each with [DedicatedTransactions], because a script does not have a
// connection of its own.
//
// By WATCH, the conditions are evaluated by a script that changes nothing, their keys are watched, and the commands run in MULTI
// and EXEC on the same connection. That takes 2 round trips, or 1 if the branch is empty. If a key was changed in between, it is
// repeated, as in [DB.Watch]: the error may be a [*ConflictError]. [ByScript] and [ByWatch] override the choice. In both ways the
// user must be allowed to run scripts and, since Redis 7.0, both to read and to write the keys of the conditions; in the script,
// all keys.
//
// The answers are the same, with these exceptions:
//
//   - A command which the server would refuse to queue in MULTI, because it is unknown, has the wrong number of arguments or is
//     not permitted to the user, keeps the others from running only by WATCH. In a script it fails alone, and the outcome is
//     Applied.
//   - If a server that is out of memory has run one command of a script, it runs all. Redis before 7.0 runs scripts without enough
//     replicas.
//   - In a script, a reply of one integer beyond 2^53 that is not that of INCR, DECR, INCRBY, DECRBY or HINCRBY, such as PTTL's,
//     is an error of that command's future.
//   - In a script, a [Decoder] of the caller's gets replies in the form of RESP2.
//
// If the only condition is [Text.Is] or [Text.IsNot] of [TextAt], Then has one SET or DEL of the same key, and Else is empty, the
// server's own command is tried first: SET with IFEQ or IFNE, DELEX or DELIFEQ. A server that does not have it is not asked for
// it again.
func (c *Choice) Exec(ctx context.Context, options ...ChoiceOption) (held bool, err error) {
	if c == nil || c.db == nil || c.db.hooks == nil {
		return c.exec(ctx, nil, options)
	}
	return c.execObserved(ctx, options)
}

// execObserved is Exec between the hooks of the DB.
func (c *Choice) execObserved(ctx context.Context, options []ChoiceOption) (held bool, err error) {
	ctx, seen := c.db.observe(ctx, WayIf, c.Discard)
	err = errUnfinished
	defer func() {
		if err != ErrDone {
			seen.sawChoice(c)
		}
		seen.close(&err)
	}()
	return c.exec(ctx, seen, options)
}

// exec is Exec without the hooks of the whole.
func (c *Choice) exec(ctx context.Context, seen *observation, options []ChoiceOption) (held bool, err error) {
	var plans [2]*plan
	if plans, err = c.begin(); err == ErrDone || c == nil || c.branches[0] == nil {
		return false, err
	}
	c.left = errUnfinished
	defer c.abandon()
	by := fittingCarrier
	if len(options) > 0 {
		by = choiceOptionsOf(options).carrier
	}
	switch scriptable := err == nil && c.scriptable(&plans); {
	case err != nil:
	case by == scriptCarrier && c.db.facts.resends:
		err = fail(ErrForbidden, errors.New("the client's ConnLifetime may make it send a script twice"))
	case by == scriptCarrier && !scriptable:
		err = fail(ErrForbidden, errors.New("a script cannot run one of the commands, or would change its reply"))
	case by == fittingCarrier && (c.db.dedicates() || plans[0].long() || plans[1].long() || !scriptable):
		by = watchCarrier
	}
	if err != nil {
		return false, c.settle(err)
	}
	done := false
	if by == fittingCarrier {
		done, err = c.byNative(ctx, seen, &plans)
	}
	switch {
	case done:
	case by == watchCarrier:
		err = c.byWatch(ctx, seen, &plans)
	default:
		err = c.byScript(ctx, seen, &plans)
	}
	return c.each != "" && !strings.Contains(c.each, "0"), err
}

// choiceOptionsOf is apart from Exec because what it returns moves to the heap, which most calls can do without.
func choiceOptionsOf(options []ChoiceOption) (o choiceOptions) {
	applyAll(&o, options)
	return o
}

func (c *Choice) scriptable(plans *[2]*plan) bool {
	for i, p := range plans {
		if !p.scriptable(c.branches[i].answers, maxBranchWords) {
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

// abandon settles what is pending because a hook or the client has panicked or ended the goroutine.
func (c *Choice) abandon() {
	for _, q := range c.branches {
		q.answers.leave(c.left)
	}
}

// decide records which conditions hold, settles the branch that did not run, and returns the one that did, 0 or 1.
func (c *Choice) decide(each string) int {
	c.each = each
	taken := c.taken()
	_ = c.branches[1-taken].answers.settle(errNotTaken)
	return taken
}

// taken returns the branch that ran, 0 or 1.
func (c *Choice) taken() int { return min(strings.Count(c.each, "0"), 1) }

var errNotTaken error = fail(ErrNotTaken, nil)

// Held reports for each condition of If whether it holds. It is nil before Exec and if no branch is known to have run.
func (c *Choice) Held() []bool {
	if c == nil || c.each == "" {
		return nil
	}
	held := make([]bool, len(c.each))
	for i := range held {
		held[i] = c.each[i] == '1'
	}
	return held
}

// Unmet returns the conditions of If that did not hold, as they were given. It is nil if Held is.
func (c *Choice) Unmet() (unmet []Condition) {
	for i, holds := range c.Held() {
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
	both.answers.odd().either = true
	return Future[T]{both, func(rueidis.RedisMessage) (T, error) {
		v, err := then.Value()
		if errors.Is(err, ErrNotTaken) {
			return other.Value()
		}
		return v, err
	}}
}
