package parity

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/canned"
	"github.com/rueidistx/rueidistx/internal/table"
)

// TestPrefixAllocations asserts what the doc of Prefix says of each method.
func TestPrefixAllocations(t *testing.T) {
	needCounts(t)
	ways := newCannedWays(t)
	e := &eavesdropper{Client: ways.client}
	listening := rueidistx.New(e)
	option, conn := canned.Option()
	db, err := rueidistx.Open(option, rueidistx.Prefix("app*:"))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	rows := table.Rows()
	refused := map[string]bool{}
	for _, s := range shapes {
		ways.serve(s.resp2, 1)
		conn.Serve(s.resp2)
		require.NoError(t, s.typedAuto(listening.Auto(ctx)))
		if err := s.typedAuto(db.Auto(ctx)); errors.Is(err, rueidistx.ErrForbidden) {
			refused[s.method] = true
			continue
		}
		row := rows[slices.IndexFunc(rows, func(row table.Command) bool { return row.Method == s.method })]
		more := 1 + float64(len(row.Keys.In(e.words)))
		if row.Scope() == "scopePattern" {
			more++
		}
		if row.RepliesKeys() {
			more += 2
		}
		auto, prefixed := ways.db.Auto(ctx), db.Auto(ctx)
		plain := allocated(t, func() error { return s.typedAuto(auto) })
		assert.LessOrEqual(t, allocated(t, func() error { return s.typedAuto(prefixed) }), plain+more, s)
	}
	require.Equal(t, map[string]bool{
		"DBSize": true, "FlushAll": true, "FlushDB": true, "RandomKey": true, "SortGet": true, "SortGetStore": true, "SortROGet": true,
	}, refused)
	conn.Serve("+PONG\r\n") // it says goodbye with a command
}
