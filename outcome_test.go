package rueidistx_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// wire is a way for rueidis to talk to a server. A connection is synchronous until something makes rueidis pipeline on
// it, such as the option or a context that can be cancelled but has no deadline; the two take different paths when it breaks.
type wire struct {
	name             string
	pipelined, resp2 bool
	noRetry          bool // of reads
}

var wires = []wire{
	{name: "sync RESP3"},
	{name: "sync RESP2", resp2: true},
	{name: "pipelined RESP3", pipelined: true},
	{name: "pipelined RESP2", pipelined: true, resp2: true},
}

func (w wire) option(addr string) rueidis.ClientOption {
	return rueidis.ClientOption{
		InitAddress:       []string{addr},
		ForceSingleClient: true,
		AlwaysPipelining:  w.pipelined,
		AlwaysRESP2:       w.resp2,
		DisableCache:      w.resp2,
		DisableRetry:      w.noRetry,
		PipelineMultiplex: -1,                        // one shared connection
		Dialer:            net.Dialer{KeepAlive: -1}, // no PINGs of rueidis's own, as bytes are counted
	}
}

// proxied is a DB that reaches its server through a proxy.
type proxied struct {
	*rueidistx.DB
	server *redistest.Server
	proxy  *faultproxy.Proxy
}

func (w wire) through(t *testing.T, s *redistest.Server, options ...rueidistx.Option) *proxied {
	t.Helper()
	p := faultproxy.Start(t, s.Addr)
	return &proxied{w.open(t, p.Addr(), options...), s, p}
}

func (w wire) open(t *testing.T, addr string, options ...rueidistx.Option) *rueidistx.DB {
	t.Helper()
	db, err := rueidistx.Open(w.option(addr), options...)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	return db
}

// warm makes the connection and gets the question over with that a DB asks before its first transaction. Afterwards the
// proxy counts from zero.
func (p *proxied) warm(t *testing.T) *proxied {
	t.Helper()
	require.NoError(t, p.Transact(bounded(t), func(tx *rueidistx.Tx) error {
		tx.Exists("warm")
		return nil
	}))
	p.proxy.Reset()
	return p
}

// bounded is a context that keeps a hanging test from hanging for long. It has a deadline, so a synchronous connection stays so.
func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// until waits for a condition that something else brings about.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	require.Eventually(t, done, 20*time.Second, time.Millisecond, "%s", what)
}

// settled is a future of any type.
type settled interface{ Err() error }

var sentinels = []error{
	rueidistx.ErrNotApplied, rueidistx.ErrNotSent, rueidistx.ErrAborted, rueidistx.ErrRejected, rueidistx.ErrConflict,
	rueidistx.ErrForeignWatch, rueidistx.ErrCrossSlot, rueidistx.ErrForbidden, rueidistx.ErrInvalid, rueidistx.ErrDiscarded,
	rueidistx.ErrUnknown, rueidistx.ErrProtocol, rueidistx.ErrNotAtomic, rueidistx.ErrDecode, rueidistx.ErrDone,
	rueidistx.ErrPending, rueidistx.ErrNil, rueidistx.ErrConnection, rueidistx.ErrService, context.Canceled, context.DeadlineExceeded,
}

// requireVerdict expects an error of this outcome that is each of these sentinels, and none of the others.
func requireVerdict(t *testing.T, err error, outcome rueidistx.Outcome, is ...error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, outcome, rueidistx.OutcomeOf(err), "%v", err)
	switch outcome {
	case rueidistx.NotApplied:
		is = append(is, rueidistx.ErrNotApplied)
	case rueidistx.Unknown:
		is = append(is, rueidistx.ErrUnknown)
	}
	for _, s := range sentinels {
		require.Equal(t, slices.Contains(is, s), errors.Is(err, s), "%q is %q", err, s)
	}
}

// requireFault expects an error that names the command at fault.
func requireFault(t *testing.T, err error, index int, name, message string) {
	t.Helper()
	var command *rueidistx.CommandError
	require.ErrorAs(t, err, &command)
	require.Equal(t, index, command.Index, "%v", err)
	require.Equal(t, name, command.Name)
	require.ErrorContains(t, command.Err, message)
	var server *rueidis.RedisError
	require.ErrorAs(t, command.Err, &server)
}

// four queues four commands: one that reads, and three that leave a trace, the middle one of which may be another.
func four(c *rueidistx.Commands, key string, third ...string) []settled {
	if third == nil {
		third = []string{"SET", key + "2", "1"}
	}
	return []settled{
		c.Get(key + "1"),
		c.Incr(key + "1"),
		rueidistx.Queue(c, c.B().Arbitrary(third...).Build(), rueidistx.AsAny),
		c.Incr(key + "3"),
	}
}

// traces are what the server has of four: "111" where all were applied, and a dash for each that was not.
func traces(t *testing.T, s *redistest.Server, key string) string {
	t.Helper()
	values, err := s.Do(t, "MGET", key+"1", key+"2", key+"3").ToArray()
	require.NoError(t, err)
	var found strings.Builder
	for _, v := range values {
		if text, err := v.ToString(); err == nil {
			found.WriteString(text)
		} else {
			found.WriteString("-")
		}
	}
	return found.String()
}

// refusal is a reason for a server not to run commands.
type refusal struct {
	name       string
	begin, end func(t *testing.T, s *redistest.Server)
	third      []string // instead of the SET

	index         int    // the first command that the server does not queue
	verb, message string // its name, and the server's message
	runs          string // what runs where each command is on its own: of GET, and of those that leave a trace
	args          func(t *testing.T) []string
}

var refusals = []refusal{
	{name: "unknown command", third: []string{"NOSUCH", "x"}, index: 2, verb: "NOSUCH", message: "unknown command", runs: "g1-1"},
	{name: "wrong arity", third: []string{"GET", "x", "y"}, index: 2, verb: "GET", message: "wrong number of arguments", runs: "g1-1"},
	{
		name:  "OOM",
		begin: does("CONFIG", "SET", "maxmemory", "1"), end: ends("CONFIG", "SET", "maxmemory", "0"),
		index: 0, verb: "GET", message: "OOM command not allowed", runs: "g---", // in a transaction reads are refused too
	},
	{
		name:  "READONLY",
		begin: does("REPLICAOF", "127.0.0.1", "1"), end: ends("REPLICAOF", "NO", "ONE"),
		index: 1, verb: "INCR", message: "READONLY You can't write", runs: "g---",
	},
	{
		name:  "MASTERDOWN",
		args:  func(*testing.T) []string { return []string{"--replica-serve-stale-data", "no"} },
		begin: does("REPLICAOF", "127.0.0.1", "1"), end: ends("REPLICAOF", "NO", "ONE"),
		index: 0, verb: "GET", message: "MASTERDOWN", runs: "----",
	},
	{
		name:  "NOREPLICAS",
		begin: does("CONFIG", "SET", "min-replicas-to-write", "1"), end: ends("CONFIG", "SET", "min-replicas-to-write", "0"),
		index: 1, verb: "INCR", message: "NOREPLICAS", runs: "g---",
	},
	{
		name:  "NOPERM",
		begin: does("ACL", "SETUSER", "default", "-incr"), end: ends("ACL", "SETUSER", "default", "+incr"),
		index: 1, verb: "INCR", message: "NOPERM", runs: "g-1-",
	},
	{name: "MISCONF", args: ownDir, begin: failToSave, end: ends("CONFIG", "SET", "save", ""), index: 1, verb: "INCR", message: "MISCONF", runs: "g---"},
	{
		name: "BUSY", args: func(*testing.T) []string { return []string{"--lua-time-limit", "5"} },
		begin: runEndlessScript, end: ends("SCRIPT", "KILL"),
		index: 0, verb: "GET", message: "BUSY Redis is busy", runs: "----",
	},
	{
		name: "LOADING", args: func(*testing.T) []string { return []string{"--loading-process-events-interval-bytes", "1024"} },
		begin: loadSlowly, end: ends("CONFIG", "SET", "key-load-delay", "0"),
		index: 0, verb: "GET", message: "LOADING", runs: "----",
	},
}

func does(args ...string) func(*testing.T, *redistest.Server) {
	return func(t *testing.T, s *redistest.Server) { s.Do(t, args...) }
}

// ends has the server do that and waits until it answers.
func ends(args ...string) func(*testing.T, *redistest.Server) {
	return func(t *testing.T, s *redistest.Server) {
		s.Do(t, args...)
		until(t, "the server answers", func() bool {
			_, err := s.TryDo("GET", "x")
			return err == nil
		})
	}
}

func ownDir(t *testing.T) []string { return []string{"--dir", t.TempDir()} }

// failToSave puts a directory where the server wants to write its file.
func failToSave(t *testing.T, s *redistest.Server) {
	dir, err := s.Do(t, "CONFIG", "GET", "dir").AsStrSlice()
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Join(dir[1], "dump.rdb"), 0o700))
	s.Do(t, "CONFIG", "SET", "save", "3600 100000")
	until(t, "saving has failed", func() bool {
		info, err := s.Do(t, "INFO", "persistence").ToString()
		if err != nil || strings.Contains(info, "rdb_last_bgsave_status:err") {
			return err == nil
		}
		_, _ = s.TryDo("BGSAVE") // one may be running already
		return false
	})
}

// answers waits for the server to answer any command with this error.
func answers(t *testing.T, s *redistest.Server, message string) {
	t.Helper()
	until(t, "the server answers "+message, func() bool {
		_, err := s.TryDo("GET", "x")
		return err != nil && strings.HasPrefix(err.Error(), message)
	})
}

// background runs one command that takes a while, and waits for its end when the test ends.
func background(t *testing.T, s *redistest.Server, args ...string) {
	t.Helper()
	client, ctx := s.Client(t), bounded(t)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		client.Do(ctx, client.B().Arbitrary(args...).Blocking())
	}()
	t.Cleanup(func() { <-ended })
}

func runEndlessScript(t *testing.T, s *redistest.Server) {
	s.Do(t, "PING") // for a connection: a busy server lets none be set up
	background(t, s, "EVAL", "while true do end", "0")
	answers(t, s, "BUSY")
}

func loadSlowly(t *testing.T, s *redistest.Server) {
	s.Do(t, "DEBUG", "POPULATE", "4000")
	s.Do(t, "CONFIG", "SET", "key-load-delay", "500")
	background(t, s, "DEBUG", "RELOAD")
	answers(t, s, "LOADING")
}

func TestRefusedCommandsAreNotApplied(t *testing.T) {
	t.Parallel()
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var args []string
			if c.args != nil {
				args = c.args(t)
			}
			s := redistest.Start(t, args...)
			for _, w := range wires {
				w.noRetry = true // rueidis repeats a read for as long as it is told LOADING
				t.Run(w.name, func(t *testing.T) { c.run(t, w.through(t, s).warm(t)) })
			}
		})
	}
}

func (c *refusal) run(t *testing.T, p *proxied) {
	if c.begin != nil {
		c.begin(t, p.server)
	}
	tx, b := p.Atomic(), p.Batch()
	inTx := four(tx.Commands, redistest.Key(t, "tx"), c.third...)
	inBatch := four(b.Commands, redistest.Key(t, "batch"), c.third...)
	txErr, batchErr := tx.Exec(bounded(t)), b.Exec(bounded(t))
	inAuto := four(p.Auto(bounded(t)).Commands, redistest.Key(t, "auto"), c.third...)
	if c.end != nil {
		c.end(t, p.server)
	}

	requireVerdict(t, txErr, rueidistx.NotApplied, rueidistx.ErrAborted, rueidistx.ErrService)
	requireFault(t, txErr, c.index, c.verb, c.message)
	for i, f := range inTx {
		require.Equal(t, txErr, f.Err(), "command %d", i)
	}
	require.Equal(t, "---", traces(t, p.server, redistest.Key(t, "tx")))

	whole := rueidistx.Applied
	if c.runs == "----" {
		whole = rueidistx.NotApplied
	}
	require.Equal(t, whole, rueidistx.OutcomeOf(batchErr), "%v", batchErr)
	for i := range c.runs {
		c.requireOwn(t, inBatch[i].Err(), i, i)
		c.requireOwn(t, inAuto[i].Err(), i, 0)
	}
	require.Equal(t, c.runs[1:], traces(t, p.server, redistest.Key(t, "batch")))
	require.Equal(t, c.runs[1:], traces(t, p.server, redistest.Key(t, "auto")))
}

// requireOwn expects what became of a command that stands on its own, in a Batch or an Auto.
func (c *refusal) requireOwn(t *testing.T, err error, command, index int) {
	t.Helper()
	if c.runs[command] != '-' {
		require.True(t, err == nil || command == 0 && err == rueidistx.ErrNil, "command %d: %v", command, err)
		return
	}
	verb, message := []string{"GET", "INCR", "SET", "INCR"}[command], ""
	if command == 2 && c.third != nil {
		verb = c.third[0]
	}
	if command == strings.IndexByte(c.runs, '-') {
		message = c.message
	}
	requireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrRejected, rueidistx.ErrService)
	requireFault(t, err, index, verb, message)
}

// betweenQueueingAndExec lets something happen when all commands are queued and EXEC has not reached the server yet.
func (p *proxied) betweenQueueingAndExec(t *testing.T, tx *rueidistx.Tx, happens ...string) error {
	t.Helper()
	p.proxy.Arm(faultproxy.Fault{Command: "EXEC", Action: faultproxy.Hold})
	ended := make(chan error, 1)
	go func(ctx context.Context) { ended <- tx.Exec(ctx) }(bounded(t))
	until(t, "EXEC is held", func() bool { return p.proxy.Held() == 1 })
	p.server.Do(t, happens...)
	p.proxy.Release()
	return <-ended
}

func TestRefusedExecIsNotApplied(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		begin, end []string
		message    string
	}{
		{"OOM", []string{"CONFIG", "SET", "maxmemory", "1"}, []string{"CONFIG", "SET", "maxmemory", "0"}, "OOM"},
		{"READONLY", []string{"REPLICAOF", "127.0.0.1", "1"}, []string{"REPLICAOF", "NO", "ONE"}, "READONLY"},
		{"NOPERM", []string{"ACL", "SETUSER", "default", "-exec"}, []string{"ACL", "SETUSER", "default", "+exec"}, "NOPERM"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := redistest.Start(t)
			for _, w := range wires {
				t.Run(w.name, func(t *testing.T) {
					p, key := w.through(t, s).warm(t), redistest.Key(t, "k")
					tx := p.Atomic()
					futures := four(tx.Commands, key)
					err := p.betweenQueueingAndExec(t, tx, c.begin...)
					s.Do(t, c.end...)
					requireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrAborted, rueidistx.ErrService)
					require.ErrorContains(t, err, c.message)
					for _, f := range futures {
						require.Equal(t, err, f.Err())
					}
					require.Equal(t, "---", traces(t, s, key))
					requireUsable(t, p.DB)
				})
			}
		})
	}
}

// requireUsable expects a DB whose connection is in no transaction and watches nothing.
func requireUsable(t *testing.T, db *rueidistx.DB) {
	t.Helper()
	key := redistest.Key(t, "usable")
	require.Equal(t, rueidistx.ErrNil, db.Auto(bounded(t)).Get(key).Err()) // connects again where necessary, as it is a read
	require.NoError(t, db.Auto(bounded(t)).Set(key, "yes").Err())
	value, err := db.Auto(bounded(t)).Get(key).Value()
	require.NoError(t, err)
	require.Equal(t, "yes", value) // and not QUEUED
	tx := db.Atomic()
	got := tx.Get(key)
	require.NoError(t, tx.Exec(bounded(t)))
	require.Equal(t, "yes", got.Or(""))
}

func TestCommandThatFailsInExecLeavesTheOthersApplied(t *testing.T) {
	t.Parallel()
	for _, message := range []string{"WRONGTYPE", "NOPERM"} {
		t.Run(message, func(t *testing.T) {
			t.Parallel()
			s := redistest.Start(t)
			for _, w := range wires {
				t.Run(w.name, func(t *testing.T) {
					p, key := w.through(t, s).warm(t), redistest.Key(t, "k")
					tx := p.Atomic()
					futures := four(tx.Commands, key, "LPUSHX", key+"1", "x") // key1 is a counter
					happens := []string{"PING"}
					if message == "NOPERM" {
						happens = []string{"ACL", "SETUSER", "default", "-lpushx"}
					}
					err := p.betweenQueueingAndExec(t, tx, happens...)
					s.Do(t, "ACL", "SETUSER", "default", "+lpushx")
					requireVerdict(t, err, rueidistx.Applied, rueidistx.ErrService)
					requireFault(t, err, 2, "LPUSHX", message)
					require.Equal(t, rueidistx.ErrNil, futures[0].Err())
					require.NoError(t, futures[1].Err())
					requireVerdict(t, futures[2].Err(), rueidistx.Applied, rueidistx.ErrService)
					requireFault(t, futures[2].Err(), 2, "LPUSHX", message)
					require.NoError(t, futures[3].Err())
					require.Equal(t, "1-1", traces(t, s, key))
				})
			}
		})
	}
}
