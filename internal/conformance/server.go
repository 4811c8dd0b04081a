package conformance

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/forbidden"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/table"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// readsNothing are the methods that are none of Queries, and no writes to the server either.
var readsNothing = map[string]string{
	"Publish":  "a message is an effect, though it changes no key",
	"SPublish": "a message is an effect, though it changes no key",

	"XReadBlock": "it is a method of Auto, as it blocks",
	"ConfigSet":  "the configuration is not data",
}

// testServerAgrees asks the server about every example's command: which keys it has, whether it writes, how old it is.
func (s *suite) testServerAgrees(t *testing.T) {
	t.Parallel()
	queries := reflect.TypeFor[*rueidistx.Queries]()
	k := keys(func(name string) string { return "{slot}" + name })
	for _, e := range examples {
		if s.without(e) {
			continue
		}
		name := s.nameOf(e.method)
		about := e.method + "/" + e.shows

		flags := s.flags(t, name)
		_, reads := queries.MethodByName(e.method)
		switch {
		case reads:
			assert.NotContains(t, flags, "write", "%s is a method of Queries", about)
		case readsNothing[e.method] == "":
			assert.Contains(t, flags, "write", "%s is no method of Queries", about)
		}

		if argv := split(e.sends, k); len(argv) > 1 { // COMMAND GETKEYS takes no single word
			assert.ElementsMatch(t, keysIn(e.sends, k), s.getKeys(t, argv), "the keys of %s", about)
		}

		if !s.lacks("7.0") {
			version := max(e.since, "6.0")
			if s.valkey != "" && e.valkey != "" {
				version = e.valkey
			}
			assert.False(t, older(version, s.since(t, name)), "%s runs since %s, but its command does not", about, version)
		}
	}
}

// nameOf returns the name of a method's command as COMMAND takes it: with its subcommand since Redis 7.0, which older ones
// do not tell from its container.
func (s *suite) nameOf(method string) string {
	for _, c := range table.Rows() {
		if c.Method == method {
			if verbs := c.Verbs(); len(verbs) == 1 || s.lacks("7.0") {
				return verbs[0]
			}
			return strings.Join(c.Verbs(), "|")
		}
	}
	return method
}

// keysIn returns the keys of a command.
func keysIn(command string, k keys) []string {
	var list []string
	for _, word := range strings.Fields(command) {
		if name, ok := strings.CutPrefix(word, "$"); ok && isKey(command, name) {
			list = append(list, k(name))
		}
	}
	return list
}

// isKey reports whether a name is a key in a command, and not a channel, which has a slot too, or a pattern.
func isKey(command, name string) bool {
	return !strings.HasPrefix(command, "SPUBLISH ") && !strings.HasPrefix(command, "PUBSUB ") && !strings.HasSuffix(name, "*")
}

func (s *suite) ask(t *testing.T, argv ...string) rueidis.RedisResult {
	t.Helper()
	client := s.db.Client()
	return client.Do(redistest.Context(t), client.B().Arbitrary(argv...).Build())
}

// getKeys returns what the server takes for the keys of a command.
func (s *suite) getKeys(t *testing.T, argv []string) []string {
	t.Helper()
	list, err := s.ask(t, append([]string{"COMMAND", "GETKEYS"}, argv...)...).AsStrSlice()
	if err != nil && argv[0] == "PFMERGE" && len(argv) == 2 { // GETKEYS refuses it, though the server runs it
		return argv[1:]
	}
	if err != nil {
		require.ErrorContains(t, err, "no key arguments", strings.Join(argv, " "))
	}
	return list
}

// flags returns what COMMAND INFO says of a command.
func (s *suite) flags(t *testing.T, name string) []string {
	t.Helper()
	info, err := s.ask(t, "COMMAND", "INFO", name).ToArray()
	require.NoError(t, err)
	require.Len(t, info, 1)
	fields, err := info[0].ToArray()
	require.NoError(t, err, name)
	flags, err := fields[2].AsStrSlice()
	require.NoError(t, err)
	return flags
}

// since returns the version that COMMAND DOCS names for a command, "" if it does not say.
func (s *suite) since(t *testing.T, name string) string {
	t.Helper()
	docs, err := s.ask(t, "COMMAND", "DOCS", name).AsMap()
	require.NoError(t, err)
	doc, ok := docs[strings.ToLower(name)]
	if !ok { // of a module: it is as the module spells it
		doc = docs[name]
	}
	fields, err := doc.AsMap()
	require.NoError(t, err)
	version, ok := fields["since"]
	if !ok { // of a module
		return ""
	}
	text, err := version.ToString()
	require.NoError(t, err)
	return text
}

// testServerBlocks asks the server which of its commands may block, and expects none of them to be taken into a Batch or a
// Tx.
func (s *suite) testServerBlocks(t *testing.T) {
	t.Parallel()
	list, err := s.ask(t, "COMMAND").ToArray()
	require.NoError(t, err)
	found := 0
	for _, command := range list {
		for name, arity := range mayBlock(t, command) {
			found++
			for _, argv := range plausible(name, arity) {
				for _, kind := range ways.Kinds {
					u := kind.Unit(s.db)
					f := rueidistx.Queue(u, forbidden.Build(s.db.Client().B(), argv), rueidistx.AsAny)
					err := u.Exec(redistest.Context(t))
					outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrForbidden)
					require.Equal(t, err, f.Err(), argv)
				}
			}
		}
	}
	t.Logf("%d commands may block", found)
	assert.Greater(t, found, 5, "the server flags some")
}

// mayBlock returns the arity of a command by its name, if the server flags it as blocking, and those of its subcommands.
func mayBlock(t *testing.T, command rueidis.RedisMessage) map[string]int64 {
	t.Helper()
	found := map[string]int64{}
	fields, err := command.ToArray()
	require.NoError(t, err)
	name, err := fields[0].ToString()
	require.NoError(t, err)
	arity, err := fields[1].ToInt64()
	require.NoError(t, err)
	flags, err := fields[2].AsStrSlice()
	require.NoError(t, err)
	if slices.Contains(flags, "blocking") {
		found[strings.ToUpper(name)] = arity
	}
	if len(fields) > 9 { // since Redis 7.0
		subcommands, err := fields[9].ToArray()
		require.NoError(t, err)
		for _, sub := range subcommands {
			maps.Copy(found, mayBlock(t, sub))
		}
	}
	return found
}

// plausible are ways to have a command block. Those that do so only when told are in the list already, or must be put there.
func plausible(name string, arity int64) (list []string) {
	for _, known := range forbidden.Blocking {
		if strings.HasPrefix(known, name+" ") {
			list = append(list, known)
		}
	}
	if list == nil {
		words := strings.Split(name, "|")
		for int64(len(words)) < max(arity, -arity) {
			words = append(words, "1")
		}
		list = append(list, strings.Join(words, " "))
	}
	return list
}
