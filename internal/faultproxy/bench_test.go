package faultproxy

import (
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx/internal/redistest"
)

// What the proxy costs a client: one round trip, and a pipeline of 100.
func BenchmarkProxy(b *testing.B) {
	s := redistest.Shared(b)
	key := redistest.Key(b, "n")
	for name, addr := range map[string]string{"direct": s.Addr, "proxy": Start(b, s.Addr).Addr()} {
		for size, n := range map[string]int{"1": 1, "100": 100} {
			b.Run(name+"/"+size, func(b *testing.B) {
				c, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{addr}, ForceSingleClient: true})
				require.NoError(b, err)
				defer c.Close()
				for b.Loop() {
					commands := make(rueidis.Commands, n)
					for i := range commands {
						commands[i] = c.B().Incr().Key(key).Build()
					}
					for _, reply := range c.DoMulti(b.Context(), commands...) {
						require.NoError(b, reply.Error())
					}
				}
			})
		}
	}
}
