package rueidistx_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// TestDedicatedIsNotResent has the connection's lifetime end while the reply to an If or a Transact with Once is on its way. On
// the shared connection, rueidis would send a script or a SET again: a lock, for example, would then be held by somebody else.
func TestDedicatedIsNotResent(t *testing.T) {
	redistest.Long(t) // it waits for rueidis to give up the connection
	t.Parallel()
	s := redistest.Shared(t)
	learn(t, s)
	for name, run := range map[string]func(db *rueidistx.DB, e rueidistx.Entity) (rueidistx.Future[int64], error){
		"If": func(db *rueidistx.DB, e rueidistx.Entity) (rueidistx.Future[int64], error) {
			c := db.If(rueidistx.Missing(e.Key("lock")))
			c.Then.Set(e.Key("lock"), "mine")
			n := c.Then.Incr(e.Key("n"))
			held, err := c.Exec(redistest.Context(t))
			require.True(t, held)
			return n, err
		},
		"native If": func(db *rueidistx.DB, e rueidistx.Entity) (rueidistx.Future[int64], error) {
			require.NoError(t, db.Auto(redistest.Context(t)).Set(e.Key("lock"), "free").Err())
			c := db.If(rueidistx.TextAt(e.Key("lock")).Is("free"))
			c.Then.Set(e.Key("lock"), "mine")
			held, err := c.Exec(redistest.Context(t))
			require.True(t, held)
			return db.Auto(redistest.Context(t)).Incr(e.Key("n")), err
		},
		"Once": func(db *rueidistx.DB, e rueidistx.Entity) (rueidistx.Future[int64], error) {
			return rueidistx.TransactValue(redistest.Context(t), db, func(tx *rueidistx.Tx) (rueidistx.Future[int64], error) {
				return tx.Incr(e.Key("n")), nil
			}, rueidistx.Once(e.Mark("x"), markTTL))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy, e := faultproxy.Start(t, s.Addr), entity(t)
			option := outcometest.ClientModes[2].Option(proxy.Addr())
			option.ConnLifetime = 300 * time.Millisecond
			db, err := rueidistx.Open(option, rueidistx.DedicatedTransactions(4))
			require.NoError(t, err)
			t.Cleanup(db.Close)
			for _, command := range []string{"EVALSHA", "SET", "EXEC"} {
				proxy.Arm(faultproxy.Fault{
					Command: command, Phase: faultproxy.AfterCommand, Action: faultproxy.Hold, For: 2 * time.Second,
					If: func(argv []string) bool { return len(argv) != 3 || argv[2] != "free" },
				})
			}
			n, err := run(db, e)
			require.NoError(t, err)
			require.EqualValues(t, 1, n.Must())
		})
	}
}
