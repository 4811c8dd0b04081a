package conformance

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// example is one use of a method. Commands are written as words; one that begins with $ is a key, "" an empty word, and
// "; " ends a command. In a word, · is a space and ¶ a line break.
type example struct {
	method   string
	shows    string
	since    string // version of Redis, where 6.0 is not enough; "" with valkey: no version has it
	valkey   string // version of Valkey, where the one that is compatible with since is not enough
	replies  string // version since which the reply has it, though older servers reply too
	embedded string // why the embedded server leaves it out
	single   string // why a cluster leaves it out
	prefixed string // why a DB with a prefix refuses it
	alone    bool   // it deletes the keys or functions of others

	given string // commands that run before
	call  func(c *commands, k keys) check
	auto  func(a rueidistx.Auto, k keys) check // instead of call, for what only an Auto has
	sends string                               // the one command that goes to the server
	then  string                               // what holds afterwards: "GET $k = v; TTL $k = -1"
}

var examples = slices.Concat(
	stringExamples, comparisonExamples, incrementExamples, bitmapExamples, bitFieldExamples, keyExamples,
	expiryExamples, copyExamples, objectExamples, scanExamples, sortExamples, hashExamples, fieldExpiryExamples,
	listExamples, setExamples, sortedSetExamples, sortedSetRangeExamples, sortedSetPopExamples,
	sortedSetCombinationExamples, streamExamples, streamReadExamples, streamGroupExamples, streamInfoExamples,
	geoExamples, keylessExamples, serverExamples, functionExamples, vectorExamples, arrayExamples,
)

// use calls the method.
func (e *example) use(queue *commands, k keys) check {
	if e.auto != nil {
		return e.auto(rueidistx.Auto{Commands: queue}, k)
	}
	return e.call(queue, k)
}

// split returns the words of a command, with the keys put in.
func split(command string, k keys) []string {
	words := strings.Fields(command)
	for i, word := range words {
		if name, ok := strings.CutPrefix(word, "$"); ok {
			words[i] = k(name)
		} else if word == `""` {
			words[i] = ""
		} else {
			words[i] = spaces.Replace(word)
		}
	}
	return words
}

var spaces = strings.NewReplacer("·", " ", "¶", "\n")

// named returns the names of the keys in a command, each once.
func named(command string) []string {
	var names []string
	for _, word := range strings.Fields(command) {
		if name, ok := strings.CutPrefix(word, "$"); ok && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// raw runs a command without the library's help.
func (s *suite) raw(t *testing.T, command string, k keys) rueidis.RedisResult {
	t.Helper()
	client := s.db.Client()
	words := split(command, s.onServer(k))
	build := client.B().Arbitrary(words[0])
	for i, word := range strings.Fields(command)[1:] {
		if strings.HasPrefix(word, "$") {
			build = build.Keys(words[i+1])
		} else {
			build = build.Args(words[i+1])
		}
	}
	return client.Do(redistest.Context(t), build.Build())
}

// onServer returns the names that the keys have on the server.
func (s *suite) onServer(k keys) keys {
	return func(name string) string { return s.Prefix + k(name) }
}

// given prepares what a test needs.
func (s *suite) given(t *testing.T, lines string, k keys) {
	t.Helper()
	for command := range strings.SplitSeq(lines, "; ") {
		if command == "" {
			continue
		}
		if script, ok := strings.CutPrefix(command, "SCRIPT LOAD "); ok { // of which every node of a cluster knows its own
			for _, node := range s.db.Client().Nodes() {
				require.NoError(t, node.Do(redistest.Context(t), node.B().ScriptLoad().Script(script).Build()).Error())
			}
			continue
		}
		err := s.raw(t, command, k).Error()
		if err != rueidis.Nil {
			require.NoError(t, err, command)
		}
	}
}

// then checks the state that a test has left.
func (s *suite) then(t *testing.T, lines string, k keys) {
	t.Helper()
	for line := range strings.SplitSeq(lines, "; ") {
		if line == "" {
			continue
		}
		command, want, ok := strings.Cut(line, " = ")
		require.True(t, ok, line)
		got, err := s.raw(t, command, k).ToAny()
		if err != rueidis.Nil {
			require.NoError(t, err, command)
		}
		assert.Equal(t, want, words(got), command)
	}
}

// words writes a reply as the examples do.
func words(reply any) string {
	switch reply := reply.(type) {
	case nil:
		return "nil"
	case []any:
		list := make([]string, len(reply))
		for i := range reply {
			list[i] = words(reply[i])
		}
		return strings.Join(list, " ")
	}
	return fmt.Sprint(reply)
}

// testExamples runs every example in each way of running: the answer, the command that was sent, once, and the state that it
// left have to be as the example says.
func (s *suite) testExamples(t *testing.T) {
	for _, w := range ways.OfEachKind {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			db, recorder := s.record(t)
			for _, e := range examples {
				if !e.alone && s.shows(e) && (e.auto == nil || w.Now) {
					t.Run(e.method+"/"+e.shows, func(t *testing.T) { s.testExample(t, db, recorder, w, e) })
				}
			}
		})
	}
}

// shows reports whether the server runs an example.
func (s *suite) shows(e example) bool {
	return !s.without(e) && !s.lacks(e.replies) && (!s.Embedded || e.embedded == "") && (!s.cluster || e.single == "")
}

// testAlone runs the examples that delete the keys or functions of others, one after the other.
func (s *suite) testAlone(t *testing.T) {
	for _, w := range ways.OfEachKind {
		t.Run(w.Name, func(t *testing.T) {
			db, recorder := s.record(t)
			for _, e := range examples {
				if e.alone && s.shows(e) {
					t.Run(e.method+"/"+e.shows, func(t *testing.T) {
						if !s.cluster && strings.HasPrefix(e.sends, "FLUSH") { // whose one arbitrary node may not have the key
							e.then = "DBSIZE = 0"
						}
						s.testExample(t, db, recorder, w, e)
					})
				}
			}
		})
	}
}

func (s *suite) testExample(t *testing.T, db *rueidistx.DB, recorder *recorder, w ways.Way, e example) {
	ctx := redistest.Context(t)
	k := s.keysOf(t)
	s.given(t, e.given, k)
	defer s.others(t, e, k)(t)
	recorder.clear()

	var c check
	err := w.Run(ctx, db, func(queue *commands) { c = e.use(queue, k) })

	if s.Prefix != "" && e.prefixed != "" {
		require.ErrorIs(t, c.err(), rueidistx.ErrForbidden)
		require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(c.err()))
		require.Empty(t, recorder.sent())
		return
	}
	want := [][]string{s.wire(e.sends, k)}
	if w.Atomic {
		want = [][]string{{"MULTI"}, want[0], {"EXEC"}}
	}
	if strings.HasPrefix(e.sends, "PING") { // which the client sends as well
		assert.Subset(t, recorder.all(), want, "what was sent")
	} else {
		assert.Equal(t, want, recorder.sent(), "what was sent")
	}
	c.run(t)
	if c.fails && !w.Now {
		assert.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
		assert.ErrorIs(t, err, rueidistx.ErrService)
	} else {
		assert.NoError(t, err)
	}
	s.then(t, e.then, k)
}

// testLacking uses what the server is too old for: that is an error, and everybody knows what became of it.
func (s *suite) testLacking(t *testing.T) {
	t.Parallel()
	for _, e := range examples {
		if !s.without(e) {
			continue
		}
		for _, w := range ways.OfEachKind {
			if e.auto != nil && !w.Now {
				continue
			}
			t.Run(w.Name+"/"+e.method+"/"+e.shows, func(t *testing.T) {
				k := s.keysOf(t)
				for command := range strings.SplitSeq(e.given, "; ") {
					if command != "" {
						_ = s.raw(t, command, k).Error() // the server may lack that too
					}
				}
				var c check
				err := w.Run(redistest.Context(t), s.db, func(queue *commands) { c = e.use(queue, k) })
				if w.Now {
					err = c.err()
				}
				for _, err := range []error{err, c.err()} {
					require.ErrorIs(t, err, rueidistx.ErrService)
					require.NotEqual(t, rueidistx.Unknown, rueidistx.OutcomeOf(err))
				}
			})
		}
	}
}

// methods returns the methods that run a command: those of *Commands, and those that only an Auto has.
func methods() []string {
	var names []string
	of := reflect.TypeFor[rueidistx.Auto]()
	for i := range of.NumMethod() {
		if name := of.Method(i).Name; name != "B" {
			names = append(names, name)
		}
	}
	return names
}

// Methods returns the methods that the suite runs on a single server, of the tests' own, with these versions: that of Redis
// which it is compatible with, and that of Valkey, if it is one.
func Methods(redis, valkey string) map[string]bool {
	s := &suite{version: redis, valkey: valkey}
	run := map[string]bool{}
	for _, e := range examples {
		if s.shows(e) {
			run[e.method] = true
		}
	}
	return run
}

// CheckComplete fails the test unless every method has an example, and every example a name of its own.
func CheckComplete(t *testing.T) {
	all := methods()
	shown := map[string]bool{}
	seen := map[string]bool{}
	for _, e := range examples {
		assert.Contains(t, all, e.method, "an example of no method")
		name := e.method + "/" + e.shows
		assert.False(t, seen[name], "two examples are called %s", name)
		shown[e.method], seen[name] = true, true
	}
	for _, name := range all {
		assert.True(t, shown[name], "the method %s has no example", name)
	}
}

// wire returns a command of the library as it is sent.
func (s *suite) wire(command string, k keys) []string {
	name, _, _ := strings.Cut(command, " ")
	if s.Prefix == "" || name != "SCAN" && name != "KEYS" {
		onServer := s.onServer(k)
		if strings.HasPrefix(command, "PUBSUB ") || name == "SPUBLISH" {
			onServer = k // channels
		}
		return split(command, onServer)
	}
	escaped := strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(s.Prefix)
	words := split(command, func(name string) string { return escaped + k(name) })
	if name == "SCAN" && !slices.Contains(words, "MATCH") {
		words = append(words, "MATCH", escaped+"*")
	}
	return words
}

// others gives programs with another prefix, and without one, keys of the same names, and returns what checks that they
// still have them.
func (s *suite) others(t *testing.T, e example, k keys) (check func(t *testing.T)) {
	names := named(strings.ReplaceAll(e.given+" "+e.sends, "; ", " "))
	if s.Prefix == "" || len(names) == 0 {
		return func(*testing.T) {}
	}
	client, build, get := s.db.Client(), []string{"MSET"}, []string{"MGET"}
	for _, prefix := range []string{"", "other:"} {
		for _, name := range names {
			build, get = append(build, prefix+k(name), "theirs"), append(get, prefix+k(name))
		}
	}
	tag := k("")
	require.NoError(t, client.Do(redistest.Context(t), client.B().Arbitrary(build[0]).Keys(build[1]).Args(build[2:]...).Build()).Error())
	return func(t *testing.T) {
		t.Helper()
		texts, err := client.Do(redistest.Context(t), client.B().Arbitrary(get[0]).Keys(get[1:]...).Build()).AsStrSlice()
		assert.NoError(t, err)
		for i, text := range texts {
			assert.Equal(t, "theirs", text, strings.Replace(get[1+i], tag, "", 1))
		}
		assert.NoError(t, client.Do(redistest.Context(t), client.B().Arbitrary("DEL").Keys(get[1:]...).Build()).Error())
	}
}
