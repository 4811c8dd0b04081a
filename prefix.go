package rueidistx

import (
	"errors"
	"slices"
	"strings"

	"github.com/redis/rueidis"
)

// Prefix puts a prefix before all keys of a DB, such as "app:" or "tenant-42:", so that programs or tenants share a server
// without meeting each other's keys. No prefix may begin with another one: choose a separator that the rest cannot contain. It
// is no protection against code that is not trusted: for that, give each its own user, with a key pattern (ACL).
//
// The prefix is put before
//
//   - the keys of all commands, also of those for [Queue] and [Query]; of scripts and functions, EVAL and FCALL;
//   - the keys that a [Reader] watches, of the conditions of an If, and of the marks of [Once];
//   - the patterns of KEYS and SCAN, in which its characters stand for themselves.
//
// It is taken off the keys in the replies to SCAN, KEYS, commands that pop from one of several keys, and those that read streams,
// unless [As] decodes such a reply. It is not taken off what scripts and functions return, which get their keys with it, nor
// off what servers tell about others, as in SLOWLOG. It does not cover what a command has besides keys: channels of PUBLISH,
// values, and keys that a script or function makes up or takes from its arguments.
//
// These are [ErrForbidden]: commands that concern all keys, which are DBSIZE, FLUSHALL, FLUSHDB and RANDOMKEY; SORT with
// patterns that refer to other keys, in [By] or the Get methods; and in [Queue] and [Query], SORT, commands whose replies hold
// keys (use their methods), and commands that this package does not know, such as those of modules, because it is not known
// which of their words are keys.
//
// [Slot] and [GroupBySlot] do not know the prefix, on which the slot of a key without a {tag} depends.
//
// A prefix with a brace, which could change the slots of keys with a {tag}, is [ErrInvalid]: [Open] returns it, and on a DB
// made by [New] everything fails with it. If there are several Prefixes, the last counts; "" is none. A command takes one
// allocation more for its words, and one for each key or pattern. One whose reply holds keys takes another one, and one for each
// read of its future.
func Prefix(prefix string) Option { return option(func(c *config) { c.prefix = prefix }) }

// checkPrefix returns why the prefix cannot be used.
func (c *config) checkPrefix() error {
	if strings.ContainsAny(c.prefix, "{}") {
		return errors.New("the prefix has a brace")
	}
	return nil
}

// prefixed returns a command with the prefix before its keys, or why it cannot be sent with one.
func (db *DB) prefixed(o *op, argv []string) ([]string, error) {
	if err := checkEntities(argv); err != nil {
		return nil, err
	}
	own := append(make([]string, 0, len(argv)+2), argv...) // the caller's remain on its stack
	switch o.scope {
	case scopeForbidden:
		return nil, fail(ErrForbidden, errors.New("it concerns keys without the DB's prefix too"))
	case scopeChannel:
		return argv, nil
	case scopePattern:
		return db.prefixedPattern(o, own), nil
	case scopeSort:
		if refersToKeys(own) {
			return nil, fail(ErrForbidden, errors.New("its patterns refer to keys without the DB's prefix"))
		}
	}
	if int(o.numkeys) >= len(own) {
		return own, nil // the server says what is missing
	}
	for i := range o.keys(own) {
		own[i] = db.prefix + own[i]
	}
	return own, nil
}

// unprefixable returns why a command built by the caller cannot be sent with the prefix of the DB, if it has one.
func (db *DB) unprefixable(o *op, argv []string) error {
	switch {
	case db.prefix == "", o.id == 0 && keyless(o.name, argv):
		return nil
	case o.id == 0:
		return fail(ErrForbidden, errors.New("it is not known which of its words are keys, and the DB has a prefix"))
	case o.keyed, o.scope == scopePattern, o.scope == scopeSort:
		return fail(ErrForbidden, errors.New("the DB has a prefix: use the command's method"))
	}
	return nil
}

// keyless reports whether a command without a method certainly has no keys and concerns none.
func keyless(verb string, argv []string) bool {
	switch verb {
	case "ACL", "BGREWRITEAOF", "BGSAVE", "CLIENT", "COMMANDLOG", "CONFIG", "FUNCTION", "LASTSAVE", "LATENCY", "LOLWUT",
		"MODULE", "ROLE", "SCRIPT", "SLOWLOG":
		return true
	case "CLUSTER":
		return len(argv) > 1 && slices.Contains([]string{"COUNT-FAILURE-REPORTS", "INFO", "LINKS", "MYID", "MYSHARDID", "NODES", "REPLICAS",
			"SHARDS", "SLOT-STATS", "SLOTS"}, normalize(argv[1]))
	case "COMMAND":
		return len(argv) < 2 || !strings.HasPrefix(normalize(argv[1]), "GETKEYS")
	}
	return false
}

// prefixedKeys returns keys with the prefix.
func (db *DB) prefixedKeys(keys []string) ([]string, error) {
	if err := checkEntities(keys); err != nil {
		return nil, err
	}
	own := make([]string, len(keys))
	for i, key := range keys {
		own[i] = db.prefix + key
	}
	return own, nil
}

// scope says what the prefix of a DB means for a command, besides its keys.
type scope uint8

const (
	scopeKeys      scope = iota // nothing
	scopePattern                // it finds keys by a pattern
	scopeSort                   // it may have patterns that refer to keys
	scopeChannel                // its keys are shard channels
	scopeForbidden              // it concerns all keys
)

// prefixedPattern puts the prefix before the pattern of KEYS or SCAN.
func (db *DB) prefixedPattern(o *op, argv []string) []string {
	if o == opKeys {
		argv[1] = db.prefixPattern + argv[1]
		return argv
	}
	matches := false
	for i := 2; i+1 < len(argv); i += 2 {
		if argv[i] == "MATCH" {
			argv[i+1], matches = db.prefixPattern+argv[i+1], true
		}
	}
	if !matches {
		argv = append(argv, "MATCH", db.prefixPattern+"*")
	}
	return argv
}

var escapePattern = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)

// refersToKeys reports whether a SORT has patterns that refer to keys: those with a *.
func refersToKeys(argv []string) bool {
	for i := 2; i < len(argv); i++ {
		switch argv[i] {
		case "BY", "GET":
			if i++; i < len(argv) && strings.Contains(argv[i], "*") {
				return true
			}
		case "LIMIT":
			i += 2
		case "STORE":
			i++
		}
	}
	return false
}

// keyed returns the decoder of a command whose reply holds keys.
func keyed[T any](q *queue, decode Decoder[T]) Decoder[T] {
	if q.db == nil || q.db.prefix == "" {
		return decode
	}
	prefix := q.db.prefix
	return func(m rueidis.RedisMessage) (T, error) {
		v, err := decode(m)
		if err == nil {
			v = withoutPrefix(v, prefix).(T)
		}
		return v, err
	}
}

// withoutPrefix takes a prefix off the keys in a decoded reply.
func withoutPrefix(value any, prefix string) any {
	switch v := value.(type) {
	case []string:
		for i := range v {
			v[i] = strings.TrimPrefix(v[i], prefix)
		}
	case Page[string]:
		withoutPrefix(v.Items, prefix)
	case Popped[string]:
		v.Key = strings.TrimPrefix(v.Key, prefix)
		return v
	case Popped[ScoredMember]:
		v.Key = strings.TrimPrefix(v.Key, prefix)
		return v
	case []Stream:
		for i := range v {
			v[i].Key = strings.TrimPrefix(v[i].Key, prefix)
		}
	case []DeliveredStream:
		for i := range v {
			v[i].Key = strings.TrimPrefix(v[i].Key, prefix)
		}
	}
	return value
}

// results returns the results of all commands.
func (q *queue) results() []Result {
	list := q.answers.results()
	if q.db != nil && q.db.prefix != "" {
		for i := range list {
			if q.answers.opAt(i).keyed {
				list[i].Value = withoutPrefix(list[i].Value, q.db.prefix)
			}
		}
	}
	return list
}

// under returns the condition with a prefix before its keys.
func (n *term) under(prefix string) *term {
	own := *n
	if own.combines == combinesNone {
		at := 1 // where the key is in what reads it
		switch own.kind {
		case kindLength, kindMember: // which have no command
			at = 0
		case kindLast: // XINFO STREAM
			at = 2
		}
		own.key = prefix + own.key
		own.read[at] = own.key
		return &own
	}
	own.parts = make([]*term, len(n.parts))
	for i, part := range n.parts {
		own.parts[i] = part.under(prefix)
	}
	return &own
}
