package rueidistx_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestConnectionLostInAutoIsUnknownForWrites(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Modes() {
		for phase, want := range map[faultproxy.Phase]string{
			faultproxy.BeforeCommand: "---", faultproxy.MidCommand: "---", faultproxy.AfterCommand: "1-1", faultproxy.MidReply: "1-1",
		} {
			t.Run(fmt.Sprint(w.Name, ", phase ", phase), func(t *testing.T) {
				t.Parallel()
				p, key := through(t, w, redistest.Shared(t)).Warm(t), redistest.Key(t, "k")
				p.Proxy.Arm(faultproxy.Fault{Command: "INCR", Phase: phase})
				_, err := p.Auto(redistest.Context(t)).Incr(key + "1").Value()
				outcometest.RequireVerdict(t, err, rueidistx.Unknown, rueidistx.ErrConnection)

				p.Proxy.Arm(faultproxy.Fault{Command: "GET", Phase: phase})
				err = p.Auto(redistest.Context(t)).Get(key + "2").Err()
				require.ErrorIs(t, err, rueidistx.ErrNil) // it was asked again

				p.Proxy.Arm(faultproxy.Fault{Command: "APPEND", Phase: phase})
				raw := p.Client().B().Arbitrary("append", key+"3", "1").Build()
				err = rueidistx.Queue(p.Auto(redistest.Context(t)), raw, rueidistx.AsInt64).Err()
				outcometest.RequireVerdict(t, err, rueidistx.Unknown, rueidistx.ErrConnection)
				require.Equal(t, want, outcometest.Traces(t, p.Server, key))
				require.Equal(t, 3, p.Proxy.Fired())
			})
		}
	}
}
