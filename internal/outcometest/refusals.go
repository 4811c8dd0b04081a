package outcometest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// Start starts a server for a test alone, with the given arguments after its own, and returns it with its address.
type Start func(t *testing.T, args ...string) (s Server, addr string)

// RunRefusals runs the tests of what a server may answer instead of running commands, with servers of start. old is true
// for Redis before 7.0.
func RunRefusals(t *testing.T, start Start, old bool) {
	list := slices.Clone(refusals)
	if old { // it answers only once for each 2 MB that it has loaded
		list = slices.DeleteFunc(list, func(c refusal) bool { return c.name == "LOADING" })
	}
	t.Run("Commands", func(t *testing.T) { testRefusedCommands(t, start, list) })
	t.Run("Again", func(t *testing.T) { testTransactRunsAgain(t, start, list) })
	t.Run("Choice", func(t *testing.T) { testRefusedChoices(t, start, list, old) })
	t.Run("Exec", func(t *testing.T) { testRefusedExec(t, start) })
	t.Run("InExec", func(t *testing.T) { testFailureInExec(t, start) })
}

// target is a server with its address.
type target struct {
	Server
	addr string
}

// refusal is a reason for a server not to run commands.
type refusal struct {
	name       string
	begin, end func(t *testing.T, s target)
	third      []string // instead of the SET

	index         int      // the first command that the server does not queue
	verb, message string   // its name, and the server's message
	runs          string   // what runs where each command is on its own: of GET, and of those that leave a trace
	args          []string // of the server
	passes        bool     // it ends by itself, so that Transact waits for that
	readsToo      bool     // before Redis 8.0, and in a transaction only, the GET is not queued either
}

var refusals = []refusal{
	{name: "unknown command", third: []string{"NOSUCH", "x"}, index: 2, verb: "NOSUCH", message: "unknown command", runs: "g1-1"},
	{name: "wrong arity", third: []string{"GET", "x", "y"}, index: 2, verb: "GET", message: "wrong number of arguments", runs: "g1-1"},
	{
		name:  "OOM",
		begin: does("CONFIG", "SET", "maxmemory", "1"), end: ends("CONFIG", "SET", "maxmemory", "0"),
		index: 1, verb: "INCR", message: "OOM command not allowed", runs: "g---", readsToo: true,
	},
	{
		name: "READONLY", passes: true,
		begin: does("REPLICAOF", "127.0.0.1", "1"), end: ends("REPLICAOF", "NO", "ONE"),
		index: 1, verb: "INCR", message: "READONLY You can't write", runs: "g---",
	},
	{
		name: "MASTERDOWN", passes: true, args: []string{"--replica-serve-stale-data", "no"},
		begin: does("REPLICAOF", "127.0.0.1", "1"), end: ends("REPLICAOF", "NO", "ONE"),
		index: 0, verb: "GET", message: "MASTERDOWN", runs: "----",
	},
	{
		name: "NOREPLICAS", passes: true,
		begin: does("CONFIG", "SET", "min-replicas-to-write", "1"), end: ends("CONFIG", "SET", "min-replicas-to-write", "0"),
		index: 1, verb: "INCR", message: "NOREPLICAS", runs: "g---",
	},
	{
		name:  "NOPERM",
		begin: does("ACL", "SETUSER", "default", "-incr"), end: ends("ACL", "SETUSER", "default", "+incr"),
		index: 1, verb: "INCR", message: "NOPERM", runs: "g-1-",
	},
	{
		name: "MISCONF", args: []string{"--dir", "/proc"}, // where nothing can be saved
		begin: failToSave, end: ends("CONFIG", "SET", "save", ""),
		index: 1, verb: "INCR", message: "MISCONF", runs: "g---",
	},
	{
		name: "BUSY", passes: true, args: []string{"--lua-time-limit", "5"},
		begin: runEndlessScript, end: ends("SCRIPT", "KILL"),
		index: 0, verb: "GET", message: "is busy running a script", runs: "----",
	},
	{
		name: "LOADING", passes: true, args: []string{"--loading-process-events-interval-bytes", "1024"},
		begin: loadSlowly, end: ends("CONFIG", "SET", "key-load-delay", "0"),
		index: 0, verb: "GET", message: "LOADING", runs: "----",
	},
}

func does(args ...string) func(*testing.T, target) {
	return func(t *testing.T, s target) { s.Do(t, args...) }
}

// ends has the server do that and waits until it answers.
func ends(args ...string) func(*testing.T, target) {
	return func(t *testing.T, s target) {
		s.Do(t, args...)
		redistest.Eventually(t, "the server answers", func() bool {
			_, err := s.TryDo("GET", "x")
			return err == nil
		})
	}
}

func failToSave(t *testing.T, s target) {
	s.Do(t, "CONFIG", "SET", "save", "3600 100000")
	redistest.Eventually(t, "saving has failed", func() bool {
		info, err := s.Do(t, "INFO", "persistence").ToString()
		if err != nil || strings.Contains(info, "rdb_last_bgsave_status:err") {
			return err == nil
		}
		_, _ = s.TryDo("BGSAVE") // one may be running already
		return false
	})
}

// answers waits for the server to answer any command with this error.
func answers(t *testing.T, s target, message string) {
	t.Helper()
	redistest.Eventually(t, "the server answers "+message, func() bool {
		_, err := s.TryDo("GET", "x")
		return err != nil && strings.HasPrefix(err.Error(), message)
	})
}

// background runs one command that takes a while, and waits for its end when the test ends.
func background(t *testing.T, s target, args ...string) {
	t.Helper()
	client, err := rueidis.NewClient(ClientModes[0].Option(s.addr))
	require.NoError(t, err)
	t.Cleanup(client.Close)
	ctx, ended := redistest.Context(t), make(chan struct{})
	go func() {
		defer close(ended)
		client.Do(ctx, client.B().Arbitrary(args...).Blocking())
	}()
	t.Cleanup(func() { <-ended })
}

func runEndlessScript(t *testing.T, s target) {
	s.Do(t, "PING") // for a connection: a busy server lets none be set up
	background(t, s, "EVAL", "while true do end", "0")
	answers(t, s, "BUSY")
}

func loadSlowly(t *testing.T, s target) {
	s.Do(t, "DEBUG", "POPULATE", "16000") // 8 seconds
	s.Do(t, "CONFIG", "SET", "key-load-delay", "500")
	background(t, s, "DEBUG", "RELOAD")
	answers(t, s, "LOADING")
}

func testRefusedCommands(t *testing.T, start Start, list []refusal) {
	for _, c := range list {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server, addr := start(t, c.args...)
			for _, w := range Modes() {
				w.NoRetry = true // rueidis repeats a read for as long as it is told LOADING
				t.Run(w.Name, func(t *testing.T) { c.run(t, w.Through(t, server, addr).Warm(t), target{server, addr}) })
			}
		})
	}
}

func (c *refusal) run(t *testing.T, p *Proxied, s target) {
	if c.begin != nil {
		c.begin(t, s)
	}
	tx, b := p.Atomic(), p.Batch()
	inTx := Four(tx.Commands, redistest.Key(t, "tx"), c.third...)
	inBatch := Four(b.Commands, redistest.Key(t, "batch"), c.third...)
	txErr, batchErr := tx.Exec(redistest.Context(t)), b.Exec(redistest.Context(t))
	inAuto := Four(p.Auto(redistest.Context(t)).Commands, redistest.Key(t, "auto"), c.third...)
	if c.end != nil {
		c.end(t, s)
	}

	RequireVerdict(t, txErr, rueidistx.NotApplied, rueidistx.ErrAborted, rueidistx.ErrService)
	index, verb := c.index, c.verb
	var command *rueidistx.CommandError
	if c.readsToo && errors.As(txErr, &command) && command.Index == 0 {
		index, verb = 0, "GET"
	}
	RequireFault(t, txErr, index, verb, c.message)
	for i, f := range inTx {
		require.Equal(t, txErr, f.Err(), "command %d", i)
	}
	require.Equal(t, "---", Traces(t, s, redistest.Key(t, "tx")))

	whole := rueidistx.Applied
	if c.runs == "----" {
		whole = rueidistx.NotApplied
	}
	require.Equal(t, whole, rueidistx.OutcomeOf(batchErr), "%v", batchErr)
	for i := range c.runs {
		c.requireOwn(t, inBatch[i].Err(), i, i)
		c.requireOwn(t, inAuto[i].Err(), i, 0)
	}
	require.Equal(t, c.runs[1:], Traces(t, s, redistest.Key(t, "batch")))
	require.Equal(t, c.runs[1:], Traces(t, s, redistest.Key(t, "auto")))
}

// requireOwn expects what became of a command that stands on its own, in a Batch or an Auto.
func (c *refusal) requireOwn(t *testing.T, err error, command, index int) {
	t.Helper()
	if c.runs[command] != '-' {
		require.True(t, err == nil || command == 0 && errors.Is(err, rueidistx.ErrNil), "command %d: %v", command, err)
		return
	}
	verb, message := []string{"GET", "INCR", "SET", "INCR"}[command], ""
	if command == 2 && c.third != nil {
		verb = c.third[0]
	}
	if command == strings.IndexByte(c.runs, '-') {
		message = c.message
	}
	RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrRejected, rueidistx.ErrService)
	RequireFault(t, err, index, verb, message)
}

// testTransactRunsAgain: a reason that passes by itself is waited for, any other is not.
func testTransactRunsAgain(t *testing.T, start Start, list []refusal) {
	for _, c := range list {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server, addr := start(t, c.args...)
			s := target{server, addr}
			for _, w := range []ClientMode{ClientModes[0], ClientModes[2]} {
				t.Run(w.Name, func(t *testing.T) {
					p, key := w.Through(t, s, addr).Warm(t), redistest.Key(t, "k")
					if c.begin != nil {
						c.begin(t, s)
					}
					runs := 0
					err := p.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
						if runs++; runs == 2 {
							c.end(t, s)
						}
						Four(tx.Commands, key, c.third...)
						return nil
					})
					if c.passes {
						require.NoError(t, err)
						require.Equal(t, 2, runs)
						require.Equal(t, "111", Traces(t, s, key))
						return
					}
					if c.end != nil {
						c.end(t, s)
					}
					RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrAborted, rueidistx.ErrService)
					require.Equal(t, 1, runs)
				})
			}
		})
	}
}

// testRefusedExec: all commands are queued when the reason to refuse them arises.
func testRefusedExec(t *testing.T, start Start) {
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
			s, addr := start(t)
			for _, w := range Modes() {
				t.Run(w.Name, func(t *testing.T) {
					p, key := w.Through(t, s, addr).Warm(t), redistest.Key(t, "k")
					tx := p.Atomic()
					futures := Four(tx.Commands, key)
					err := p.BetweenQueueingAndExec(t, tx, func() { s.Do(t, c.begin...) })
					s.Do(t, c.end...)
					RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrAborted, rueidistx.ErrService)
					require.ErrorContains(t, err, c.message)
					for _, f := range futures {
						require.Equal(t, err, f.Err())
					}
					require.Equal(t, "---", Traces(t, s, key))
					RequireUsable(t, p.DB)
				})
			}
		})
	}
}

// testFailureInExec: a command that fails while the transaction runs leaves the others applied.
func testFailureInExec(t *testing.T, start Start) {
	for _, message := range []string{"WRONGTYPE", "NOPERM"} {
		t.Run(message, func(t *testing.T) {
			t.Parallel()
			s, addr := start(t)
			for _, w := range Modes() {
				t.Run(w.Name, func(t *testing.T) {
					p, key := w.Through(t, s, addr).Warm(t), redistest.Key(t, "k")
					tx := p.Atomic()
					futures := Four(tx.Commands, key, "LPUSHX", key+"1", "x") // key1 is a counter
					happens := []string{"PING"}
					if message == "NOPERM" {
						happens = []string{"ACL", "SETUSER", "default", "-lpushx"}
					}
					err := p.BetweenQueueingAndExec(t, tx, func() { s.Do(t, happens...) })
					s.Do(t, "ACL", "SETUSER", "default", "+lpushx")
					RequireVerdict(t, err, rueidistx.Applied, rueidistx.ErrService)
					RequireFault(t, err, 2, "LPUSHX", message)
					require.ErrorIs(t, futures[0].Err(), rueidistx.ErrNil)
					require.NoError(t, futures[1].Err())
					RequireVerdict(t, futures[2].Err(), rueidistx.Applied, rueidistx.ErrService)
					RequireFault(t, futures[2].Err(), 2, "LPUSHX", message)
					require.NoError(t, futures[3].Err())
					require.Equal(t, "1-1", Traces(t, s, key))
				})
			}
		})
	}
}
