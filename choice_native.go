package rueidistx

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/redis/rueidis"
)

// native is a server's own way to compare a string and change its key.
type native uint8

const (
	setIfEq native = iota // Redis 8.4, Valkey 8.1
	setIfNe               // Redis 8.4
	delEx                 // Redis 8.4
	delIfEq               // Valkey 9.0
	natives
)

// lacks records which of them the server has said that it does not have.
type lacks [natives]atomic.Bool

// byNative runs the Choice by a command of the server's own, if it has one for it. done is false if it has none, or if the
// command failed and so had no effect: the script will tell why.
func (c *Choice) byNative(ctx context.Context, seen *observation, plans *[2]*plan) (done bool, err error) {
	candidates, argv := c.natives(plans)
	for _, n := range candidates {
		if c.db.lacks[n].Load() {
			continue
		}
		o, words := opSet, []string(nil)
		switch n {
		case setIfEq:
			words = append(slices.Clone(argv), "IFEQ", c.sent[0].term.value)
		case setIfNe:
			words = append(slices.Clone(argv), "IFNE", c.sent[0].term.value)
		case delEx:
			o, words = opDelEx, []string{"DELEX", argv[1], "IFEQ", c.sent[0].term.value}
		case delIfEq:
			o, words = opDelIfEq, []string{"DELIFEQ", argv[1], c.sent[0].term.value}
		}
		c.left = errUnfinished
		a := &queue{db: c.db, ctx: seen.begin(ctx), rules: autoRules, state: immediate, seen: true}
		c.left = errAbandoned
		reply, err := (Future[rueidis.RedisMessage]{a.run(o, words), asMessage}).Value()
		if err != nil {
			if c.left = err; unsupported(err) {
				c.left = c.db.facts.rejected(o, 0, err)
			}
			seen.sawChoice(c)
			seen.end(c.left)
		}
		switch {
		case err == nil:
			return true, c.settleNative(plans, n, reply)
		case OutcomeOf(err) == Unknown:
			return true, c.settle(err)
		case unsupported(err):
			c.db.lacks[n].Store(true)
		default:
			return false, nil
		}
	}
	return false, nil
}

func asMessage(m rueidis.RedisMessage) (rueidis.RedisMessage, error) { return m, nil }

// unsupported reports whether a server's error says that it does not have the command, or the word IFEQ or IFNE of SET. It may
// also mean that other words are wrong; then the script tells.
func unsupported(err error) bool {
	var c *CommandError
	if !errors.As(err, &c) || !isServerError(c.Err) {
		return false
	}
	text := c.Err.Error()
	return strings.HasPrefix(text, "unknown command") || strings.HasPrefix(text, "syntax error")
}

// natives returns the server's commands that do what the Choice does, and the one command of Then.
func (c *Choice) natives(plans *[2]*plan) (candidates []native, argv []string) {
	term := c.sent[0].term
	if len(c.sent) != 1 || term.kind != kindText || term.read[0] != "GET" || term.operator != "=" && term.operator != "~" ||
		len(plans[0].commands) != 2 || len(plans[1].commands) != 1 {
		return nil, nil
	}
	o := c.branches[0].answers.opAt(0)
	argv = plans[0].wordsOf(0)
	if o != opSet && o != opDel || argv[1] != term.key {
		return nil, nil
	}
	switch {
	case o == opDel && len(argv) == 2 && term.operator == "=":
		return []native{delEx, delIfEq}, argv
	case o == opDel, !plainSet(argv):
	case term.operator == "~":
		return []native{setIfNe}, argv
	default:
		return []native{setIfEq}, argv
	}
	return nil, nil
}

// plainSet reports whether a SET only sets, perhaps with a TTL.
func plainSet(argv []string) bool {
	switch len(argv) {
	case 3:
		return true
	case 4:
		return argv[3] == "KEEPTTL"
	case 5:
		return slices.Contains([]string{"EX", "PX", "EXAT", "PXAT"}, argv[3])
	}
	return false
}

// settleNative settles the Choice with the reply of a native command.
func (c *Choice) settleNative(plans *[2]*plan, n native, reply rueidis.RedisMessage) error {
	held, known := !reply.IsNil(), true
	if n >= delEx {
		deleted, err := reply.ToInt64()
		held, known = deleted == 1, err == nil && (deleted == 0 || deleted == 1)
	} else if held {
		status, err := reply.ToString()
		known = err == nil && status == "OK"
	}
	if !known {
		return c.settle(fail(ErrProtocol, errRuling))
	}
	each := "0"
	if held {
		each = "1"
	}
	taken := c.decide(each)
	q, replies := c.branches[taken], []rueidis.RedisMessage(nil)
	if held {
		replies = []rueidis.RedisMessage{reply}
	}
	return q.conclude(plans[taken], verdictOfReplies(q.answers, replies))
}
