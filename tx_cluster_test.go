package rueidistx_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestKeylessCommandsGoWithTheTransaction(t *testing.T) {
	t.Parallel()
	f := startFront(t, redistest.SharedCluster(t))
	for way, open := range clusterWays {
		db := open(t, f.Option())
		for name, order := range map[string]string{ // k: with a key, r: a raw one, p: PING, d: DBSIZE
			"first": "pk", "last": "kd", "between": "kprdk", "only": "pd", "raw": "rr", "alone": "p", "many": "ppppkrkrpd",
		} {
			t.Run(way+" "+name, func(t *testing.T) {
				key := keyOn(t, f.Cluster, f.Nodes[2])
				require.NoError(t, db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { tx.Set(key, "0"); return nil }))
				f.reset()
				var got []rueidistx.Future[string]
				var want []string
				require.NoError(t, db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
					got, want = nil, nil
					n := 0
					for _, kind := range order {
						var c rueidis.Completed
						switch kind {
						case 'k':
							n++
							c, want = tx.B().Incr().Key(key).Build(), append(want, strconv.Itoa(n))
						case 'r':
							c, want = tx.B().Mget().Key(key, key).Build(), append(want, fmt.Sprintf("%[1]d %[1]d", n))
						case 'p':
							c, want = tx.B().Ping().Build(), append(want, "PONG")
						case 'd':
							c, want = tx.B().Dbsize().Build(), append(want, "int")
						}
						got = append(got, rueidistx.Queue(tx, c, inWords(kind)))
					}
					return nil
				}))
				values, err := rueidistx.All(got...).Value()
				require.NoError(t, err)
				assert.Equal(t, want, values)
				assert.Equal(t, 1, f.count("MULTI"), "at once to the right node")
				if strings.ContainsAny(order, "kr") {
					transactions, outside := f.seen(f.Nodes[2], key)
					assert.Len(t, transactions, 1)
					assert.Empty(t, outside)
				}
			})
		}
	}
}

// inWords makes one type of the replies to the commands above.
func inWords(kind rune) rueidistx.Decoder[string] {
	return func(m rueidis.RedisMessage) (string, error) {
		switch {
		case kind == 'd' && m.IsInt64():
			return "int", nil
		case m.IsArray():
			words, err := m.AsStrSlice()
			return strings.Join(words, " "), err
		case m.IsInt64():
			n, err := m.AsInt64()
			return strconv.FormatInt(n, 10), err
		}
		return m.ToString()
	}
}
