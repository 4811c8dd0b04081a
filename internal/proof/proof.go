// Package proof compares the table of commands with what a live server says of its own: that no command is missing, that
// every method sends what the server's grammar allows, with each of its options, and that keys and flags are right.
//
//	go test -count=1 -v -run TestCommandTable ./internal/proof
package proof

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx/internal/conformance"
	"github.com/rueidistx/rueidistx/internal/grammar"
	"github.com/rueidistx/rueidistx/internal/table"
)

// Run compares the table with a server of Redis 7.0 or newer, and returns a line of what it has found.
func Run(t *testing.T, client rueidis.Client) string {
	ctx := context.Background()
	commands, err := grammar.ReadAll(ctx, client)
	require.NoError(t, err)
	info, err := client.Do(ctx, client.B().Info().Section("server").Build()).ToString()
	require.NoError(t, err)
	p := &proof{t, ctx, client, field(info, "redis_version"), field(info, "valkey_version"), commands, map[string][]table.Command{}}
	for _, c := range table.Rows() {
		for _, name := range []string{c.Name, c.Milli} {
			if name != "" {
				p.rows[name] = append(p.rows[name], c)
			}
		}
	}
	coverage := p.coverage()
	p.flags()
	return fmt.Sprintf("%s; %s; %s", coverage, p.grammar(), p.live())
}

func field(info, name string) string {
	_, value, _ := strings.Cut(info, name+":")
	value, _, _ = strings.Cut(value, "\r")
	return value
}

type proof struct {
	*testing.T
	ctx      context.Context
	client   rueidis.Client
	redis    string // the version of Redis that it is compatible with
	valkey   string // that of Valkey, if it is one
	commands map[string]*grammar.Command
	rows     map[string][]table.Command
}

// coverage expects that every command of the server has a method, or a reason why it has none.
func (p *proof) coverage() string {
	var typed, listed, missing int
	for name, c := range p.commands {
		switch without := p.without(name); {
		case p.rows[name] != nil:
			typed++
		case without != nil:
			listed++
			assert.True(p, !c.Deprecated || without.Name != name || without.Instead != "" || strings.Contains(without.Why, "refuses"), "nothing says what to use instead of %s, which is deprecated", name)
		case strings.Contains(name, ".") || name == "FT.CREATE":
			listed++ // of a module
		default:
			missing++
			assert.Fail(p, "a command is missing", "%s has neither a method nor a reason why it has none", name)
		}
		if slices.Contains(c.Flags, "blocking") {
			assert.True(p, blocks(p.rows[name]) || p.without(name) != nil, "%s blocks, and no method of an Auto does it", name)
		}
	}
	return fmt.Sprintf("%d typed, %d listed with reasons, %d missing", typed, listed, missing)
}

func blocks(rows []table.Command) bool {
	return slices.ContainsFunc(rows, func(c table.Command) bool { return c.On == table.Auto })
}

func (p *proof) without(name string) *table.Without {
	for _, w := range table.Unlisted() {
		if prefix, all := strings.CutSuffix(w.Name, "*"); w.Name == name || all && strings.HasPrefix(name, prefix) {
			return &w
		}
	}
	return nil
}

// live expects that the conformance suite runs every method that the server knows.
func (p *proof) live() string {
	run, n := conformance.Methods(p.redis, p.valkey), 0
	for _, row := range table.Rows() {
		if p.knows(row) && p.has(row) {
			n++
			assert.True(p, run[row.Method], "no example of %s is run on this server", row.Method)
		}
	}
	return fmt.Sprintf("%d methods of %d run live", n, len(table.Rows()))
}

// flags expects that the rows say of a command's keys, effect and age what the server says.
func (p *proof) flags() {
	for name, rows := range p.rows {
		c := p.commands[name]
		if c == nil {
			continue // of another server
		}
		for _, row := range rows {
			movable := row.Keys.Numkeys != 0 || row.Keys.Streams != 0 || row.Differs
			if slices.Contains(c.Flags, "movablekeys") != movable {
				// SORT has keys behind BY and GET, which only the caller knows.
				assert.True(p, !movable && row.Keys.First == c.First, "%s: are the keys movable?", row.Method)
				continue
			}
			if !movable && !slices.Contains(c.Flags, "pubsub") { // whose channels have slots, but are no keys
				assert.Equal(p, []int{row.Keys.First, row.Keys.Last, row.Keys.Step}, []int{c.First, c.Last, c.Step}, "%s: first key, last key, step", row.Method)
			}
			if row.On == "" {
				assert.Equal(p, slices.Contains(c.Flags, "noscript"), table.NotInScripts[name], "%s: is it refused in scripts?", name)
			}
			writes := slices.Contains(c.Flags, "write")
			switch {
			case row.Differs:
			case row.Effect == table.Read:
				assert.False(p, writes, "%s writes", row.Method)
			default:
				assert.True(p, writes || slices.Contains(c.Flags, "pubsub") || slices.Contains(c.Flags, "admin"), "%s only reads", row.Method)
			}
			if name == row.Name && row.Since != "" && c.Since != "" {
				p.age(row, rows, c)
			}
		}
	}
}

// age expects that no method claims to be older than its command, and that the oldest is as old.
func (p *proof) age(row table.Command, rows []table.Command, c *grammar.Command) {
	if table.Newer(row.Since, c.Since) {
		older := slices.ContainsFunc(rows, func(other table.Command) bool { return other.Since == c.Since })
		assert.True(p, older, "no method of %s is as old as the command, %s", c.Name, c.Since)
		return
	}
	assert.Equal(p, c.Since, row.Since, "%s is older than its command", row.Method)
}
