package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/table"
)

func TestCommittedCodeIsUpToDate(t *testing.T) { require.NoError(t, run("../..", true)) }

// TestBadRowIsNamed has rows that cannot become methods.
func TestBadRowIsNamed(t *testing.T) {
	for _, wire := range [][]string{{"nothing"}, {"key", "'X'", "other"}} {
		c := table.Rows()[0]
		c.Wire = wire
		_, err := methods(table.Group{Name: "bad", Rows: []table.Command{c}})
		require.ErrorContains(t, err, c.Method)
	}
}

func TestEveryRowIsComplete(t *testing.T) {
	methods := map[string]bool{}
	for _, c := range table.Rows() {
		assert.False(t, methods[c.Method], "two rows make the method %s", c.Method)
		methods[c.Method] = true
		assert.Regexp(t, `^[A-Z_]+( [A-Z]+)?$`, c.Name)
		assert.Regexp(t, `^[A-Z][A-Za-z0-9]+$`, c.Method)
		assert.Regexp(t, `^(\d+\.\d+\.\d+)?$`, c.Since, c.Method)
		assert.NotEmpty(t, c.Since+c.Valkey, c.Method)
		assert.Contains(t, []string{table.Read, table.Overwrite, table.Accumulate}, c.Effect, c.Method)
		assert.Contains(t, []string{"", table.Auto}, c.On, c.Method)
		assert.NotEmpty(t, c.Reply.GoType, c.Method)
		assert.NotEmpty(t, c.Reply.Decoder, c.Method)
		assert.NotEmpty(t, c.Doc, c.Method)
		assert.NotRegexp(t, `[.\s]$|^[A-Z]`, c.Doc, "the doc of %s is the end of a sentence, without its full stop", c.Method)
		for _, p := range c.Params {
			assert.Contains(t, append(c.Sent(), "options"), p.Name, "%s does not send its parameter", c.Method)
		}
	}
	listed := map[string]bool{}
	for _, u := range table.Unlisted() {
		assert.False(t, listed[u.Name], "%s is listed twice", u.Name)
		listed[u.Name] = true
		assert.NotEmpty(t, u.Why, u.Name)
	}
	for _, c := range table.Rows() {
		assert.False(t, listed[c.Name], "%s has a method and a reason why it has none", c.Name)
	}
}

func TestSuggest(t *testing.T) {
	s := redistest.Shared(t)
	if !s.Since("7.0") {
		t.Skip("COMMAND DOCS needs Redis 7.0")
	}
	row, err := suggest("zrank", s.Addr)
	require.NoError(t, err)
	require.Contains(t, row, `{Name: "ZRANK", Method: "Zrank", Params: list(key, s("member")`)
	require.Contains(t, row, "Effect: read")
	row, err = suggest("xgroup create", s.Addr)
	require.NoError(t, err)
	require.Contains(t, row, `Name: "XGROUP CREATE"`)
	_, err = suggest("nosuch", s.Addr)
	require.ErrorContains(t, err, "nosuch")
}
