package rueidistx_test

import (
	"fmt"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// watched leaves a WATCH behind on the connection that the next transaction uses, and then changes the key.
func watched(t *testing.T, p *outcometest.Proxied, dedicated bool) {
	t.Helper()
	key := redistest.Key(t, "watched")
	watch := p.Client().B().Arbitrary("WATCH", key).Build()
	if dedicated {
		id, release := connection(t, p.DB), func() {}
		var client rueidis.DedicatedClient
		var others []func()
		redistest.Eventually(t, "the DB does not keep its connection any more", func() bool {
			others = append(others, release)
			client, release = p.Client().Dedicate()
			pooled, err := client.Do(redistest.Context(t), client.B().ClientId().Build()).AsInt64()
			require.NoError(t, err)
			left, err := p.Server.Do(t, "CLIENT", "LIST", "ID", fmt.Sprint(id)).ToString()
			require.NoError(t, err)
			return pooled == id || left == "" // pipelining connections are closed
		})
		for _, other := range others {
			other()
		}
		require.NoError(t, client.Do(redistest.Context(t), watch).Error())
		release() // the last is the next that the DB gets
	} else {
		require.NoError(t, p.Client().Do(redistest.Context(t), watch).Error())
	}
	p.Server.Do(t, "SET", key, "changed")
}

func TestForeignWatchIsNotTheCallersConflict(t *testing.T) {
	t.Parallel()
	for _, dedicated := range []bool{false, true} {
		for _, w := range outcometest.Modes() {
			t.Run(fmt.Sprintf("%s, dedicated %v", w.Name, dedicated), func(t *testing.T) {
				t.Parallel()
				var options []rueidistx.Option
				if dedicated {
					options = append(options, rueidistx.DedicatedTransactions(1))
				}
				p, key := through(t, w, redistest.Shared(t), options...).Warm(t), redistest.Key(t, "k")
				watched(t, p, dedicated)
				tx := p.Atomic()
				futures := outcometest.Four(tx.Commands, key)
				err := tx.Exec(redistest.Context(t))
				outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrForeignWatch)
				for _, f := range futures {
					require.Equal(t, err, f.Err())
				}
				require.Equal(t, "---", outcometest.Traces(t, p.Server, key))

				watched(t, p, dedicated)
				runs := 0
				require.NoError(t, p.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
					runs++
					outcometest.Four(tx.Commands, key)
					return nil
				}))
				require.Equal(t, 2, runs)
				require.Equal(t, "111", outcometest.Traces(t, p.Server, key))
				outcometest.RequireUsable(t, p.DB)
			})
		}
	}
}
