package conformance

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
)

const (
	noFunctions  = "it has no functions"
	oneNodes     = "it would be those of one arbitrary node"
	libraryText  = "#!lua name=rueidistx\nredis.register_function('rueidistx',function()return'1'end)"
	libraryWords = "#!lua·name=rueidistx¶redis.register_function('rueidistx',function()return'1'end)"
	loadLibrary  = "FUNCTION FLUSH; FUNCTION LOAD " + libraryWords
)

var functionExamples = []example{
	{method: "FunctionDelete", shows: "a library", alone: true, since: "7.0", embedded: noFunctions, single: oneNodes, given: loadLibrary,
		call:  func(c *commands, _ keys) check { return is(c.FunctionDelete("rueidistx"), "OK") },
		sends: "FUNCTION DELETE rueidistx", then: "FUNCTION LIST = "},
	{method: "FunctionDelete", shows: "none", since: "7.0", embedded: noFunctions,
		call: func(c *commands, _ keys) check {
			return fails(c.FunctionDelete("nosuch"), "FUNCTION DELETE", "Library not found")
		},
		sends: "FUNCTION DELETE nosuch"},
	{method: "FunctionDump", shows: "all libraries", alone: true, since: "7.0", embedded: noFunctions, single: oneNodes, given: loadLibrary,
		call: func(c *commands, _ keys) check {
			return that(c.FunctionDump(), func(t *testing.T, dump string) { assert.Contains(t, dump, "#!lua name=") })
		},
		sends: "FUNCTION DUMP"},
	{method: "FunctionFlush", shows: "all libraries", alone: true, since: "7.0", embedded: noFunctions, single: oneNodes, given: loadLibrary,
		call:  func(c *commands, _ keys) check { return is(c.FunctionFlush(), "OK") },
		sends: "FUNCTION FLUSH", then: "FUNCTION LIST = "},
	{method: "FunctionFlush", shows: "in the background", alone: true, since: "7.0", embedded: noFunctions, single: oneNodes, given: loadLibrary,
		call:  func(c *commands, _ keys) check { return is(c.FunctionFlush(rueidistx.Async), "OK") },
		sends: "FUNCTION FLUSH ASYNC", then: "FUNCTION LIST = "},
	{method: "FunctionFlush", shows: "at once", alone: true, since: "7.0", embedded: noFunctions, single: oneNodes, given: loadLibrary,
		call:  func(c *commands, _ keys) check { return is(c.FunctionFlush(rueidistx.Sync), "OK") },
		sends: "FUNCTION FLUSH SYNC", then: "FUNCTION LIST = "},
	{method: "FunctionList", shows: "a library", alone: true, since: "7.0", embedded: noFunctions, single: oneNodes, given: loadLibrary,
		call: func(c *commands, _ keys) check {
			return is(c.FunctionList(rueidistx.LibraryName("rueidist?")), []rueidistx.FunctionLibrary{{
				Name: "rueidistx", Engine: "LUA", Functions: []rueidistx.FunctionInfo{{Name: "rueidistx", Flags: []string{}}},
			}})
		},
		sends: "FUNCTION LIST LIBRARYNAME rueidist?"},
	{method: "FunctionList", shows: "the source", alone: true, since: "7.0", embedded: noFunctions, single: oneNodes, given: loadLibrary,
		call: func(c *commands, _ keys) check {
			return that(c.FunctionList(rueidistx.WithCode), func(t *testing.T, list []rueidistx.FunctionLibrary) {
				require.Len(t, list, 1)
				assert.Equal(t, libraryText, list[0].Code)
			})
		},
		sends: "FUNCTION LIST WITHCODE"},
	{method: "FunctionList", shows: "none", since: "7.0", embedded: noFunctions,
		call: func(c *commands, _ keys) check {
			return is(c.FunctionList(rueidistx.WithCode, rueidistx.LibraryName("nosuch")), []rueidistx.FunctionLibrary{})
		},
		sends: "FUNCTION LIST WITHCODE LIBRARYNAME nosuch"},
	{method: "FunctionLoad", shows: "its name", alone: true, since: "7.0", embedded: noFunctions, single: oneNodes, given: "FUNCTION FLUSH",
		call:  func(c *commands, _ keys) check { return is(c.FunctionLoad(libraryText), "rueidistx") },
		sends: "FUNCTION LOAD " + libraryWords, then: "FCALL rueidistx 0 = 1"},
	{method: "FunctionLoad", shows: "not again", alone: true, since: "7.0", embedded: noFunctions, single: oneNodes, given: loadLibrary,
		call: func(c *commands, _ keys) check {
			return fails(c.FunctionLoad(libraryText), "FUNCTION LOAD", "already exists")
		},
		sends: "FUNCTION LOAD " + libraryWords},
	{method: "FunctionLoad", shows: "another version", alone: true, since: "7.0", embedded: noFunctions, single: oneNodes, given: loadLibrary,
		call: func(c *commands, _ keys) check {
			return is(c.FunctionLoad(libraryText, rueidistx.Replace), "rueidistx")
		},
		sends: "FUNCTION LOAD REPLACE " + libraryWords},
	{method: "FunctionRestore", shows: "not what is no dump", since: "7.0", embedded: noFunctions,
		call: func(c *commands, _ keys) check {
			return fails(c.FunctionRestore("nothing"), "FUNCTION RESTORE", "DUMP payload")
		},
		sends: "FUNCTION RESTORE nothing"},
	{method: "FunctionRestore", shows: "not instead of others", since: "7.0", embedded: noFunctions,
		call: func(c *commands, _ keys) check {
			return fails(c.FunctionRestore("nothing", rueidistx.Flush), "FUNCTION RESTORE", "DUMP payload")
		},
		sends: "FUNCTION RESTORE nothing FLUSH"},
	{method: "FunctionRestore", shows: "not over others", since: "7.0", embedded: noFunctions,
		call: func(c *commands, _ keys) check {
			return fails(c.FunctionRestore("nothing", rueidistx.Replace), "FUNCTION RESTORE", "DUMP payload")
		},
		sends: "FUNCTION RESTORE nothing REPLACE"},
	{method: "FunctionStats", shows: "how many", alone: true, since: "7.0", embedded: noFunctions, single: oneNodes, given: loadLibrary,
		call: func(c *commands, _ keys) check {
			return is(c.FunctionStats(), rueidistx.FunctionStats{Engines: map[string]rueidistx.FunctionEngine{"LUA": {Libraries: 1, Functions: 1}}})
		},
		sends: "FUNCTION STATS"},
}
