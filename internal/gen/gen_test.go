package main

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestCommittedCodeIsUpToDate(t *testing.T) {
	want, err := generate()
	require.NoError(t, err)
	got, err := os.ReadFile("../../commands_gen.go")
	require.NoError(t, err)
	require.True(t, string(want) == string(got), "commands_gen.go is not what the table says: run go generate")
}

func TestEveryRowIsComplete(t *testing.T) {
	methods := map[string]bool{}
	for _, c := range table {
		assert.False(t, methods[c.method], "two rows make the method %s", c.method)
		methods[c.method] = true
		assert.Regexp(t, `^[A-Z]+$`, c.name)
		assert.Regexp(t, `^[A-Z][A-Za-z]+$`, c.method)
		assert.Regexp(t, `^\d+\.\d+\.\d+$`, c.since, c.method)
		assert.Contains(t, []string{read, overwrite, accumulate}, c.effect, c.method)
		assert.NotEmpty(t, c.reply.goType, c.method)
		assert.NotEmpty(t, c.reply.decoder, c.method)
		assert.NotEmpty(t, c.doc, c.method)
		assert.NotRegexp(t, `[.\s]$|^[A-Z]`, c.doc, "the doc of %s is the end of a sentence, without its full stop", c.method)
		for _, p := range c.params {
			assert.Contains(t, append(wireOf(c), "options", "fieldValues"), p.name, "%s does not send its parameter", c.method)
		}
	}
}

// TestTableAgreesWithTheServer compares the table with what a server says of its own commands.
func TestTableAgreesWithTheServer(t *testing.T) {
	s := redistest.Start(t)
	if !s.Since("7.0") {
		t.Skip("COMMAND DOCS needs Redis 7.0")
	}
	for _, c := range table {
		if !s.Since(c.since) {
			continue
		}
		for _, name := range []string{c.name, c.milli} {
			if name == "" {
				continue
			}
			t.Run(c.method+"/"+name, func(t *testing.T) {
				checkKeys(t, s, c, name)
				checkSince(t, s, c, name)
			})
		}
	}
}

// byCount are the commands whose keys follow their number. COMMAND INFO calls them movable, and names at most the first.
var byCount = []keys{countKeys, storeKeys}

func checkKeys(t *testing.T, s *redistest.Server, c command, name string) {
	info := array(t, s.Do(t, "COMMAND", "INFO", name))
	require.Len(t, info, 1)
	fields := array(t, &info[0])
	require.GreaterOrEqual(t, len(fields), 6, "the server does not know %s", name)
	flags, err := fields[2].AsStrSlice()
	require.NoError(t, err)
	var place [3]int
	for i := range place {
		n, err := fields[3+i].ToInt64()
		require.NoError(t, err)
		place[i] = int(n)
	}
	assert.Equal(t, slices.Contains(byCount, c.keys), slices.Contains(flags, "movablekeys"), "are the keys counted?")
	assert.Equal(t, []int{c.keys.first, c.keys.last, c.keys.step}, place[:], "first key, last key, step")
	if c.effect == read {
		assert.NotContains(t, flags, "write")
	}
	if !strings.HasSuffix(name, "PUBLISH") && c.effect != read {
		assert.Contains(t, flags, "write")
	}
	assert.NotContains(t, flags, "blocking")

	// The number of arguments that the generated method sends at least is one that the server takes.
	arity, err := fields[1].ToInt64()
	require.NoError(t, err)
	least := 1
	for _, w := range wireOf(c) {
		switch {
		case w == "options":
		case w[0] == '\'' || w[0] == '#' || w[0] == '@':
			least++
		case paramOf(c, w).kind == kPairs, paramOf(c, w).kind == kPairList, paramOf(c, w).kind == kMembers, paramOf(c, w).kind == kTrimming:
			least += 2
		default:
			least++
		}
	}
	if arity > 0 {
		assert.EqualValues(t, arity, least, "number of arguments")
	} else {
		assert.GreaterOrEqual(t, int64(least), -arity, "least number of arguments")
	}
}

// checkSince expects that no method claims to be older than its command, and that one without an option of its own is as
// old as that.
func checkSince(t *testing.T, s *redistest.Server, c command, name string) {
	docs := array(t, s.Do(t, "COMMAND", "DOCS", name))
	require.Len(t, docs, 2)
	fields, err := docs[1].AsMap()
	require.NoError(t, err)
	version := fields["since"]
	since, err := version.ToString()
	require.NoError(t, err)
	if name == c.milli {
		assert.LessOrEqual(t, number(t, since), number(t, "2.6.0"), "%s is in every supported version", name)
		return
	}
	plain := !slices.ContainsFunc(table, func(other command) bool { return other.name == c.name && other.method != c.method })
	if plain {
		assert.Equal(t, since, c.since)
	}
	assert.LessOrEqual(t, number(t, since), number(t, c.since), "the method is older than its command")
	assert.LessOrEqual(t, number(t, c.since), number(t, s.Version))
}

var versionNumber = regexp.MustCompile(`^(\d+)\.(\d+)\.(\d+)`)

// number makes a version comparable.
func number(t *testing.T, version string) int {
	t.Helper()
	parts := versionNumber.FindStringSubmatch(version)
	require.Len(t, parts, 4, version)
	n := 0
	for _, part := range parts[1:] {
		digits, err := strconv.Atoi(part)
		require.NoError(t, err)
		n = 1000*n + digits
	}
	return n
}

func array(t *testing.T, m *rueidis.RedisMessage) []rueidis.RedisMessage {
	t.Helper()
	list, err := m.ToArray()
	require.NoError(t, err)
	return list
}
