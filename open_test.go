package rueidistx_test

import (
	"slices"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestOpenWithoutServerIsNotSent(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Modes() {
		p := faultproxy.Start(t, "127.0.0.1:1")
		p.Refuse(true)
		_, err := rueidistx.Open(w.Option(p.Addr()))
		outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrNotSent, rueidistx.ErrConnection)
	}
	s := redistest.Start(t, "--requirepass", "secret")
	for _, w := range outcometest.Modes() {
		_, err := rueidistx.Open(w.Option(s.Addr))
		outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrNotSent, rueidistx.ErrService)
	}
}

func TestOpenRefusesOptionsThatSendTwice(t *testing.T) {
	t.Parallel()
	toReplicas := func(names ...string) func(*rueidis.ClientOption) {
		return func(o *rueidis.ClientOption) {
			o.SendToReplicas = func(c rueidis.Completed) bool { return slices.Contains(names, c.Commands()[0]) }
		}
	}
	p := faultproxy.Start(t, redistest.Shared(t).Addr)
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			for _, c := range []struct {
				name   string
				change func(*rueidis.ClientOption)
			}{
				{"ConnLifetime", func(o *rueidis.ClientOption) { o.ConnLifetime = time.Hour }},
				{"EnableRedirect", func(o *rueidis.ClientOption) { o.Standalone.EnableRedirect = true }},
				{"SendToReplicas", toReplicas("MULTI")},
				{"SendToReplicas", toReplicas("GET", "EXEC")},
			} {
				option := w.Option(p.Addr())
				c.change(&option)
				db, err := rueidistx.Open(option)
				outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrInvalid)
				require.ErrorContains(t, err, c.name)
				require.Nil(t, db)
			}
			option := w.Option(p.Addr())
			option.ConnLifetime = time.Hour
			toReplicas("GET")(&option)
			db, err := rueidistx.Open(option, rueidistx.DedicatedTransactions(0))
			require.NoError(t, err)
			outcometest.RequireUsable(t, db)
			db.Close()
			redistest.Eventually(t, "no connection is left", func() bool { return p.Conns() == 0 })
		})
	}
}
