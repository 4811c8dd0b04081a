package proof

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/grammar"
	"github.com/rueidistx/rueidistx/internal/table"
)

// grammar expects that what every method sends, alone and with each value of each argument, is what the server's grammar
// allows, and that nothing of the grammar is left out without a reason.
func (p *proof) grammar() string {
	var lines, rejected, newer int
	s := newSender(p.client)
	used := map[string]map[string]bool{}
	for _, row := range table.Rows() {
		if !p.knows(row) {
			continue
		}
		for _, line := range s.lines(p, row) {
			verbs, words := cut(line.words, p.commands)
			c := p.commands[verbs]
			if c == nil || !c.HasArgs {
				continue
			}
			if used[verbs] == nil {
				used[verbs] = map[string]bool{}
			}
			for _, w := range words {
				used[verbs][strings.ToUpper(w)] = true
			}
			lines++
			switch {
			case grammar.Match(c.Args, words):
				p.keys(row, line.words)
			case line.newer, withNewer(row.Name, line.words):
				newer++
			case grammar.Mistaken(verbs):
			default:
				rejected++
				assert.Fail(p, "the grammar does not allow it", "%s sends %q, but it is %s", row.Method, line.words, grammar.Line(c.Args))
			}
		}
	}
	for _, row := range table.Rows() {
		if row.Milli != "" && used[row.Milli] != nil { // it is sent by the same method, with the same options
			maps.Copy(used[row.Milli], used[row.Name])
		}
	}
	for name, words := range used {
		for _, token := range grammar.Tokens(p.commands[name].Args) {
			if !words[strings.ToUpper(token)] && token != `""` && p.omits(name, token) == "" {
				assert.Fail(p, "an option is missing", "no method of %s sends %s, and no row says why", name, token)
			}
		}
	}
	return fmt.Sprintf("%d lines match the grammar, %d rejected, %d with words of newer servers", lines-rejected-newer, rejected, newer)
}

// withNewer reports whether a command has words that only servers newer than those of the tests take with it, though they
// take them with others.
func withNewer(name string, words []string) bool {
	return name == "HSETEX" && (words[2] == "NX" || words[2] == "XX") // Valkey 9.1
}

// knows reports whether the server has a command.
func (p *proof) knows(row table.Command) bool { return p.commands[row.Name] != nil }

// has reports whether the server is new enough for a method.
func (p *proof) has(row table.Command) bool {
	return row.Since != "" && !table.Newer(row.Since, p.redis) || row.Valkey != "" && p.valkey != "" && !table.Newer(row.Valkey, p.valkey)
}

func (p *proof) omits(name, token string) string {
	for _, row := range p.rows[name] {
		if why := row.Omits[token]; why != "" {
			return why
		}
	}
	return ""
}

// keys expects that the server finds the same keys in a command as the row says.
func (p *proof) keys(row table.Command, words []string) {
	r := p.client.Do(p.ctx, p.client.B().Arbitrary("COMMAND", "GETKEYS").Args(words...).Build())
	got, err := r.AsStrSlice()
	if row.Keys == (table.Keys{}) || slices.Contains(p.commands[row.Name].Flags, "pubsub") {
		return // there are none, or only channels: the server says so with an error
	}
	if assert.NoError(p, err, "COMMAND GETKEYS %q", words) {
		assert.ElementsMatch(p, got, row.Keys.In(words), "the keys of %q", words)
	}
}

// cut separates a command's name, with a subcommand, from its arguments.
func cut(words []string, commands map[string]*grammar.Command) (name string, args []string) {
	name = strings.ToUpper(words[0])
	if commands[name] == nil && len(words) > 1 {
		return name + " " + strings.ToUpper(words[1]), words[2:]
	}
	return name, words[1:]
}

// line is a command as a method has sent it.
type line struct {
	words []string
	newer bool // it may have words that the server is too old for
}

// sender calls methods, and keeps what they send.
type sender struct {
	rueidis.Client
	db   *rueidistx.DB
	mu   sync.Mutex
	sent []string
}

func newSender(client rueidis.Client) *sender {
	s := &sender{Client: client}
	s.db = rueidistx.New(s)
	return s
}

// Do keeps the command instead of sending it.
func (s *sender) Do(_ context.Context, command rueidis.Completed) rueidis.RedisResult {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = slices.Clone(command.Commands())
	return s.Client.Do(context.Background(), s.Client.B().Ping().Build())
}

// lines calls the method of a row with the first sample of each argument, and with each other sample of one argument.
func (s *sender) lines(p *proof, row table.Command) (lines []line) {
	method := reflect.ValueOf(s.db.Auto(p.ctx)).MethodByName(row.Method)
	if !assert.True(p, method.IsValid(), "there is no method %s", row.Method) {
		return nil
	}
	of := method.Type()
	var base [][]sample // those of each argument: several, if it is variadic
	var others [][][]sample
	for i := range of.NumIn() {
		list := samplesOf(row, i, of.In(i), of.IsVariadic() && i == of.NumIn()-1)
		if !assert.NotEmpty(p, list, "%s: there is no sample of %v", row.Method, of.In(i)) {
			return nil
		}
		base, others = append(base, list[0]), append(others, list[1:])
	}
	call := func(args [][]sample) {
		var in []reflect.Value
		newer := !p.has(row)
		for _, arg := range args {
			for _, a := range arg {
				in, newer = append(in, reflect.ValueOf(a.value)), newer || a.newer
			}
		}
		s.sent = nil
		future := method.Call(in)[0].Interface()
		if assert.NotNil(p, s.sent, "%s%v sends nothing: %v", row.Method, args, future) {
			lines = append(lines, line{s.sent, newer})
		}
	}
	call(base)
	for i := range others {
		for _, list := range others[i] {
			args := slices.Clone(base)
			args[i] = list
			call(args)
		}
	}
	return lines
}
