package rueidistx

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

// Library is the source of functions that run on the server. Create it once, as a package variable, from a constant. Any
// number of goroutines may use it.
type Library struct {
	name, text string // as the server gets them
	suffix     string // of the functions' names
	speech     speech
	err        error // why it cannot be used
}

// NewLibrary returns a library of functions in Lua. It sends nothing. source is the code without its first line, the
// "#!lua name=…": that is made from name. The code registers each of its functions with redis.register_function, in
// either form, written out like that:
//
//	local function bump(keys, args) return redis.call('INCRBY', keys[1], args[1]) end
//	redis.register_function('bump', bump)
//	redis.register_function{function_name = 'peek', callback = function(keys) … end, flags = {'no-writes'}}
//
// Those words are replaced wherever they are in source, also in a string.
//
// On the server, the names of the library and of its functions end in a digest of name and source. So another version of
// the source is another library: programs with different versions use the same server at the same time, and none of them
// ever runs another version's functions. A version that no program uses any more stays on the server until it is deleted.
//
// The server gets the library when it is needed. The first use by a [DB] loads it on one server, and takes one more round
// trip; [Library.Load] does that before, on all primaries. A library that the server does not accept, because it does not
// compile or the server is older than Redis 7.0, is [ErrRejected], and in a [Tx] [ErrAborted]: nothing of the unit was
// sent. A user who may not use FUNCTION LOAD can use functions that are there already, except in a Tx.
//
// A name that is empty, or has anything but ASCII letters, digits and underscores, and a source that is empty, begins with
// "#!", or does not name redis.register_function or server.register_function are [ErrInvalid] whenever the library is used. The
// server must support functions: Redis 7.0.
//
// See https://redis.io/docs/latest/develop/programmability/functions-intro/.
func NewLibrary(name, source string) *Library {
	switch {
	case !functionName.MatchString(name):
		return &Library{err: invalid("the name of a library needs letters, digits and underscores, and nothing else")}
	case strings.TrimSpace(source) == "":
		return &Library{err: invalid("the source of the library is empty")}
	case strings.HasPrefix(strings.TrimSpace(source), "#!"):
		return &Library{err: invalid("the source of the library begins with #!, which this package writes itself")}
	case !registering.MatchString(source):
		return &Library{err: invalid("the source of the library does not call redis.register_function")}
	}
	sum := sha256.Sum256([]byte(name + "\n" + registers + "\n" + source))
	suffix := "_" + hex.EncodeToString(sum[:8])
	return &Library{
		name:   name + suffix,
		suffix: suffix,
		text: "#!lua name=" + name + suffix + "\n" +
			strings.ReplaceAll(registers, "SUFFIX", "'"+suffix+"'") + " " + registering.ReplaceAllLiteralString(source, registrar),
		speech: speechOf(registering.ReplaceAllLiteralString(source, registrar)),
	}
}

// Name returns the name of the library on the server, which ends in its digest: see [Queries.FunctionList] and
// [Commands.FunctionDelete]. It is "" if the library cannot be used.
func (l *Library) Name() string {
	if l == nil {
		return ""
	}
	return l.name
}

var (
	functionName = regexp.MustCompile(`^[A-Za-z0-9_]+$`)
	registering  = regexp.MustCompile(`\b(?:redis|server)\s*\.\s*register_function\b`)
)

// registers defines the function that a library calls to register its functions, under names that end in the digest. A
// local table in the place of redis would not do: while a library is loaded, servers offer nothing to look up its other
// fields with, neither pairs nor setmetatable, nor type: so it accepts a callback of another type, which fails when it is
// called. The function is on the first line of the source, so that the server counts the others as they are.
//
// It also changes an error of a function's own that begins with the text of the server's for a function that it does not have:
// the server sends it without what may follow, such as the end of a line, and with spaces for ends of lines within.
const (
	registrar = "rueidistx_register"
	registers = "local function " + registrar + "_own(f)return f and function(...)local r=f(...)" +
		"local e=type(r)=='table'and rawget(r,'err')if type(e)=='string'then " +
		"e=e:gsub('[\\r\\n]',' ')e=e:match('^(" + missingFunction + ".*)')or e:match('^ERR (" + missingFunction + ".*)')" +
		"if e then rawset(r,'err','ERR " + saidByItself + "'..e)end end return r end end " +
		"local function " + registrar + "(f,c,...)local name,own=f.function_name," + registrar + "_own " + // nil if f is a string
		"if not name then return redis.register_function(f..SUFFIX,own(c),...)end c=f.callback " +
		"f.function_name,f.callback=name..SUFFIX,own(c)redis.register_function(f)f.function_name,f.callback=name,c end"
	missingFunction = "Function not found"
	saidByItself    = "the function says: "
)

// check returns why the library cannot be used.
func (l *Library) check() error {
	switch {
	case l == nil:
		return invalid("the library is nil")
	case l.err == nil && l.text == "":
		return invalid("the library was not made by NewLibrary")
	}
	return l.err
}

// Load loads the library on all primaries, at the same time: a cluster's, or the one server. A primary that has it already
// is not an error. It takes one round trip; in a cluster, another one before that asks for the primaries. The error is a
// [*NodesError] if it has failed on some of them, and otherwise as that of [DB.EachPrimary]. Loading again is safe whatever
// the outcome was. ctx bounds the wait. Programs need not call Load: it moves what the first use of the library costs, and
// what it may fail with, to their start.
//
// See https://redis.io/docs/latest/commands/function-load/.
func (l *Library) Load(ctx context.Context, db *DB) error {
	if err := l.check(); err != nil {
		return err
	}
	nodes, err := db.primaries(ctx)
	if err != nil {
		return err
	}
	errs := make([]error, len(nodes))
	concurrently(len(nodes), func(i int) { errs[i] = nodes[i].db.loadNow(ctx, l) })
	if err := nodesError(nodes, errs); err != nil {
		return err
	}
	db.libraries.Store(l.name, true)
	return nil
}

// Function is a function of a [Library] with the type of its reply. Create it once, as a package variable. Any number of
// goroutines may use it.
type Function[T any] struct {
	source *source
	decode Decoder[T]
}

// NewFunction returns the function that the library registers with a name, and whose reply is decoded by decode. It sends
// nothing. A name that the library cannot have is [ErrInvalid] when the function is used, and one that it does not register
// is the server's error "Function not found".
//
// The reply of a function is data, as that of a script: see [NewScript]. An error of its own with the server's text for a function
// that it does not have begins with "the function says: ". A function must not raise, by error, a table of its own with that
// text and a metatable: it would be taken for the server's, and the function would run again.
func NewFunction[T any](l *Library, name string, decode Decoder[T]) *Function[T] {
	return &Function[T]{newFunction(l, name, "FCALL"), decode}
}

// newFunction returns a function, without its type, that is called by a command.
func newFunction(l *Library, name, verb string) *source {
	s := &source{err: l.check(), byDigest: scripting[verb][free], library: l}
	switch {
	case s.err != nil:
	case !functionName.MatchString(name):
		s.err = invalid("the name of a function needs letters, digits and underscores, and nothing else")
	default:
		s.text, s.digest, s.byDigest = l.text, name+l.suffix, scripting[verb][l.speech]
	}
	s.byText = s.byDigest
	return s
}

// Run runs the function immediately and once, in one round trip. If the server does not have the library, for example
// after FUNCTION FLUSH, the library is sent with the call in a second round trip, inside MULTI, so that it cannot be missing
// again. In a cluster, the keys must be in one slot. The errors are those of a command of an [Auto]; see also [NewLibrary].
// A function that fails after it has written something is not rolled back.
//
// See https://redis.io/docs/latest/commands/fcall/.
func (f *Function[T]) Run(ctx context.Context, db *DB, keys []string, args ...string) (T, error) {
	return f.Queue(db.Auto(ctx), keys, args...).Value()
}

// Queue queues the function in a Batch or a Tx, or runs it immediately in an Auto.
//
// In a Tx the library is sent too, in front of its first function, so that no function is missing, whatever other clients
// do. FUNCTION LOAD is not among the commands and results of the Tx. Its cost is the size of the source: a server that has
// the library does not compile it again. If the server refuses FUNCTION LOAD, the transaction is [ErrAborted], with the
// [*CommandError] of FUNCTION LOAD.
//
// In a Batch only the call is sent. A function that its server does not have runs after the other commands of its chunk,
// which takes one more round trip, as with scripts: see [Script.Queue].
func (f *Function[T]) Queue(q Queuer, keys []string, args ...string) Future[T] {
	if q == nil || f == nil || f.decode == nil {
		return failedFuture[T](invalid("a function needs a Queuer and a Decoder"))
	}
	return Future[T]{commandsOf(q).to().script(f.source, keys, args), f.decode}
}

// ReadFunction is a [Function] that only reads: it runs with FCALL_RO, and a [Reader] accepts it. Its library must register
// it with the flag no-writes; otherwise the server refuses to run it. If the library has no way to return an error of its
// own, the function may also run on replicas, and be resent if a connection breaks, like other commands that only read.
type ReadFunction[T any] struct{ function Function[T] }

// NewReadFunction is [NewFunction] for a function that only reads.
//
// See https://redis.io/docs/latest/commands/fcall_ro/.
func NewReadFunction[T any](l *Library, name string, decode Decoder[T]) *ReadFunction[T] {
	return &ReadFunction[T]{Function[T]{newFunction(l, name, "FCALL_RO"), decode}}
}

// Run runs the function immediately: see [Function.Run].
func (f *ReadFunction[T]) Run(ctx context.Context, db *DB, keys []string, args ...string) (T, error) {
	return f.Queue(db.Auto(ctx), keys, args...).Value()
}

// Queue queues the function, or runs it immediately in an Auto: see [Function.Queue]. In a [Reader], its keys are watched,
// and the library is sent in front of its first function in each round trip.
func (f *ReadFunction[T]) Queue(q Querier, keys []string, args ...string) Future[T] {
	if q == nil || f == nil || f.function.decode == nil {
		return failedFuture[T](invalid("a function needs a Querier and a Decoder"))
	}
	return Future[T]{queriesOf(q).to().script(f.function.source, keys, args), f.function.decode}
}
