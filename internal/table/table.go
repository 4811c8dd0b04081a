// Package table is the table of commands: one row for each method. internal/gen generates the methods from it, and
// internal/proof compares it with servers.
package table

import (
	"slices"
	"strconv"
	"strings"
)

// Command is a row of the table: one method.
type Command struct {
	Name   string // as Redis spells it, with its subcommand
	Method string
	Params []Param
	Wire   []string // order of the arguments, if it is not that of the parameters: see Order
	Reply  Reply
	Keys   Keys
	Effect string // what running it again does
	On     string // Auto if only an Auto may run it, because it blocks
	Since  string // version of Redis; "" if no version of Redis has it
	Valkey string // version of Valkey, if it is not the one that Since implies
	Cost   string // time complexity; "" is O(1)
	Doc    string // completes "<Method> queues <NAME>, which ..."

	// Its effect or keys differ from those of another method of the same command: SORT with STORE writes.
	Differs bool

	// The command to use instead if a duration or time is not a whole number of seconds.
	Milli string

	// What the command's grammar has and the method, with its options, has not, by why. Each is a word of the command.
	Omits map[string]string
}

// Verbs returns the words of the name: more than one if there is a subcommand.
func (c *Command) Verbs() []string { return strings.Fields(c.Name) }

// Untested reports whether no server that the project tests with has the command.
func (c *Command) Untested() bool {
	return (c.Since == "" || Newer(c.Since, "8.0.9")) && (c.Valkey == "" || Newer(c.Valkey, "8.1.9"))
}

// RepliesKeys reports whether the reply holds names of keys.
func (c *Command) RepliesKeys() bool {
	switch c.Reply {
	case rPopped, rPoppedOne, rPoppedMembers, rPoppedMember, rStreams, rDelivered:
		return true
	}
	return c.Name == "KEYS" || c.Name == "SCAN"
}

// Words returns the number of words of a command on one key that always has as many, 0 for others: 2, or 3 with one argument.
func (c *Command) Words() int {
	same := 0
	for _, row := range Rows() {
		if row.Name == c.Name || row.Milli == c.Name {
			same++
		}
	}
	switch {
	case same > 1, c.Keys != oneKey, c.Wire != nil:
		return 0
	case len(c.Params) == 1:
		return 2
	case len(c.Params) == 2 && c.Params[1].Kind.Word != "":
		return 3
	}
	return 0
}

// Scope returns the constant of the package that says what the prefix of a DB means for the command, besides its keys: ""
// for most.
func (c *Command) Scope() string {
	switch c.Name {
	case "KEYS", "SCAN":
		return "scopePattern"
	case "SORT", "SORT_RO":
		return "scopeSort"
	case "PUBSUB SHARDNUMSUB", "SPUBLISH":
		return "scopeChannel"
	case "DBSIZE", "FLUSHALL", "FLUSHDB", "RANDOMKEY":
		return "scopeForbidden"
	}
	return ""
}

// Group is commands on one type of value.
type Group struct {
	Name  string // in the names of files
	Title string
	Rows  []Command
}

// Groups are all commands, each group in alphabetical order of the commands.
var Groups = []Group{
	{"string", "Strings", stringRows},
	{"bitmap", "Bitmaps", bitmapRows},
	{"hyperloglog", "HyperLogLogs", hyperloglogRows},
	{"key", "Keys", keyRows},
	{"hash", "Hashes", hashRows},
	{"list", "Lists", listRows},
	{"set", "Sets", setRows},
	{"sorted_set", "Sorted sets", sortedSetRows},
	{"stream", "Streams", streamRows},
	{"geo", "Geospatial indexes", geoRows},
	{"vector", "Vector sets", vectorRows},
	{"array", "Arrays", arrayRows},
	{"pubsub", "Pub/Sub", pubsubRows},
	{"scripting", "Scripting", scriptingRows},
	{"server", "Server", serverRows},
}

// Rows returns all commands.
func Rows() []Command {
	var rows []Command
	for _, g := range Groups {
		rows = append(rows, g.Rows...)
	}
	return rows
}

// Keys are the positions of the keys, as COMMAND reports them. Numkeys is the position of the number of keys that follow,
// which are Step words apart, and Streams the first position of the word STREAMS, which is followed by as many keys as IDs.
type Keys struct{ First, Last, Step, Numkeys, Streams int }

var (
	noKeys      = Keys{}
	oneKey      = Keys{First: 1, Last: 1, Step: 1}
	twoKeys     = Keys{First: 1, Last: 2, Step: 1}
	allKeys     = Keys{First: 1, Last: -1, Step: 1}
	allButLast  = Keys{First: 1, Last: -2, Step: 1}
	pairKeys    = Keys{First: 1, Last: -1, Step: 2}
	oneAndThird = Keys{First: 1, Last: 3, Step: 2}
	subKey      = Keys{First: 2, Last: 2, Step: 1}  // behind a subcommand
	subKeys     = Keys{First: 2, Last: -1, Step: 1} // behind a subcommand or an operator
	countKeys   = Keys{Numkeys: 1}
	countPairs  = Keys{Numkeys: 1, Step: 2}
	count2Keys  = Keys{Numkeys: 2}
	storeKeys   = Keys{First: 1, Last: 1, Step: 1, Numkeys: 2}
)

// streamKeys are those of XREAD; behind GROUP and its two arguments those of XREADGROUP.
func streamKeys(from int) Keys { return Keys{Streams: from} }

// The effects of a command.
const (
	Read       = "effectRead"
	Overwrite  = "effectOverwrite"
	Accumulate = "effectAccumulate"
)

// Auto is where commands that block are.
const Auto = "Auto"

const (
	read, overwrite, accumulate = Read, Overwrite, Accumulate
)

// Reply is a Go type with its decoder.
type Reply struct{ GoType, Decoder string }

var (
	rInt       = Reply{"int64", "AsInt64"}
	rFloat     = Reply{"float64", "AsFloat64"}
	rString    = Reply{"string", "AsString"}
	rStrings   = Reply{"[]string", "AsStrings"}
	rBool      = Reply{"bool", "AsBool"}
	rBools     = Reply{"[]bool", "AsBools"}
	rInts      = Reply{"[]int64", "AsInt64s"}
	rVector    = Reply{"[]float32", "asVector"}
	rIndex     = Reply{"uint64", "asIndex"}
	rIndexes   = Reply{"[]uint64", "asIndexes"}
	rIndexed   = Reply{"[]Indexed", "asIndexed"}
	rDone      = Reply{"bool", "AsDone"}
	rOptionals = Reply{"[]Optional[string]", "AsOptionals"}
	rFloats    = Reply{"[]Optional[float64]", "asOptionalFloats"}
	rCounts    = Reply{"map[string]int64", "asCounts"}
	rMap       = Reply{"map[string]string", "asHash"}
	rMember    = Reply{"ScoredMember", "asScoredMember"}
	rMembers   = Reply{"[]ScoredMember", "AsScoredMembers"}
	rSimilar   = Reply{"[]ScoredMember", "asSimilar"}
	rEntries   = Reply{"[]StreamEntry", "AsStreamEntries"}
	rStreams   = Reply{"[]Stream", "asStreams"}
	rDelivered = Reply{"[]DeliveredStream", "asDeliveredStreams"}
	rChanges   = Reply{"[]EntryChange", "asEntryChanges"}
	rTTL       = Reply{"time.Duration", "asTTL"}
	rPTTL      = Reply{"time.Duration", "asPTTL"}
	rExpire    = Reply{"time.Time", "asExpireTime"}
	rPExpire   = Reply{"time.Time", "asPExpireTime"}
	rPage      = Reply{"Page[string]", "asPage"}

	rIncrease      = Reply{"Increase[int64]", "asIncrease"}
	rIncreaseFloat = Reply{"Increase[float64]", "asIncreaseFloat"}
	rFieldChanges  = Reply{"[]FieldChange", "asFieldChanges"}

	rTime          = Reply{"time.Time", "asTime"}
	rPopped        = Reply{"Popped[string]", "asPopped"}
	rPoppedOne     = Reply{"Popped[string]", "asPoppedOne"}
	rPoppedMembers = Reply{"Popped[ScoredMember]", "asPoppedMembers"}
	rPoppedMember  = Reply{"Popped[ScoredMember]", "asPoppedMember"}
	rRanked        = Reply{"RankedScore", "asRankedScore"}
	rMemberPage    = Reply{"Page[ScoredMember]", "asMemberPage"}
	rGeoPoints     = Reply{"[]Optional[GeoPoint]", "asGeoPoints"}
	rGeoMatches    = Reply{"[]GeoMatch", "asGeoMatches"}
)

// In returns the keys among the words of a command.
func (k Keys) In(words []string) (keys []string) {
	if k.First != 0 {
		last := k.Last
		if last < 0 {
			last += len(words)
		}
		for i := k.First; i <= last; i += k.Step {
			keys = append(keys, words[i])
		}
	}
	if k.Numkeys != 0 {
		n, _ := strconv.Atoi(words[k.Numkeys])
		for i := k.Numkeys + 1; n > 0; i, n = i+max(k.Step, 1), n-1 {
			keys = append(keys, words[i])
		}
	}
	if k.Streams != 0 {
		at := slices.Index(words, "STREAMS") + 1
		keys = append(keys, words[at:at+(len(words)-at)/2]...)
	}
	return keys
}
