package table

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Param is a parameter of the method.
type Param struct {
	Name string
	Kind Kind
}

// Kind says of which type a parameter is, what is checked of it, and which words it becomes.
type Kind struct {
	GoType string

	// An expression for its one word, with $ for the parameter's name. Without it, the parameter has several: Append is the
	// function that appends them, "" for a list of strings.
	Word, Append string

	// A call that returns why the parameter is refused, nil if it is not, with $ for its name and "$" for the quoted name.
	Check string

	Options bool   // it is the options; their type is GoType without the dots. Append is appendOptions, if it is empty
	Words   int    // the maximum number of words: of each element, if it is a list
	Size    string // an expression for the maximum number of words, with $ for its name, if that depends on more
	Least   int    // the least number, if it is not 1
}

// Variadic reports whether it is any number of arguments.
func (k Kind) Variadic() bool { return strings.HasPrefix(k.GoType, "...") }

// List reports whether it is a list, also a variadic one.
func (k Kind) List() bool { return k.Variadic() || strings.HasPrefix(k.GoType, "[]") }

var (
	kString      = Kind{GoType: "string", Word: "$"}
	kInt         = Kind{GoType: "int64", Word: "integer($)"}
	kUint        = Kind{GoType: "uint64", Word: "unsigned($)"}
	kFloat       = Kind{GoType: "float64", Word: "decimal($)", Check: "needNumber($)"}
	kFinite      = Kind{GoType: "float64", Word: "decimal($)", Check: "needFinite($)"}
	kBool        = Kind{GoType: "bool", Word: "binary($)"}
	kBefore      = Kind{GoType: "bool", Word: "side($)"}
	kStrings     = Kind{GoType: "...string", Check: `needOne("$", $)`, Words: 1}
	kAnyStrings  = Kind{GoType: "...string", Words: 1, Least: -1}
	kPairs       = Kind{GoType: "...string", Check: `needPairs("$", $)`, Words: 1, Least: 2}
	kList        = Kind{GoType: "[]string", Check: `needOne("$", $)`, Words: 1}
	kPairList    = Kind{GoType: "[]string", Check: `needPairs("$", $)`, Words: 1, Least: 2}
	kMembers     = Kind{GoType: "[]ScoredMember", Check: `needScored("$", $)`, Append: "appendScored", Words: 2, Least: 2}
	kDuration    = Kind{GoType: "time.Duration", Word: "integer(n)"} // in the unit of the command that was chosen
	kTime        = Kind{GoType: "time.Time", Word: "integer(n)"}
	kTimeout     = Kind{GoType: "time.Duration", Word: "waiting($)", Check: "needNotNegative($)"}               // seconds
	kMillis      = Kind{GoType: "time.Duration", Word: "integer(milliseconds($))", Check: "needNotNegative($)"} // milliseconds
	kVector      = Kind{GoType: "[]float32", Word: "fp32($)", Check: `needVector("$", $)`}
	kIndexes     = Kind{GoType: "...uint64", Check: `needOne("$", $)`, Append: "appendIndexes", Words: 1}
	kRanges      = Kind{GoType: "...IndexRange", Check: `needOne("$", $)`, Append: "appendRanges", Words: 2, Least: 2}
	kIndexed     = Kind{GoType: "...Indexed", Check: `needOne("$", $)`, Append: "appendIndexed", Words: 2, Least: 2}
	kPredicates  = Kind{GoType: "[]ArPredicate", Check: `needPredicates("$", $)`, Append: "appendPredicates", Words: 2, Least: 2}
	kBitwise     = Kind{GoType: "BitOperator", Word: "$.String()", Check: "needBitwise($)"}
	kBitOperator = Kind{GoType: "BitOperator", Word: "$.String()", Check: "$.check(keys)"}
	kComparison  = Kind{GoType: "DelExCondition", Append: "options", Words: 2, Least: 2}
	kPatterns    = Kind{GoType: "[]string", Check: `needOne("$", $)`, Append: "appendPatterns", Words: 2, Least: 2}
	kRestoreTTL  = Kind{GoType: "time.Duration", Word: "restoreTTL($)", Check: "needTTL($)"}
	kRestoreTime = Kind{GoType: "time.Time", Word: "restoreTime($)", Check: "needExpireTime($)"}
	kMoving      = Kind{GoType: "Moving", Append: "appendMoving", Check: "$.check()", Words: 3, Least: 3}
	kGeoArea     = Kind{GoType: "GeoArea", Append: "appendGeoArea", Check: "$.check()", Size: "$.size()", Least: 5}
	kTrimming    = Kind{GoType: "XTrimOption", Append: "options", Words: 5, Least: 2}
	kStreams     = Kind{GoType: "[]StreamOffset", Check: `needStreams("$", $)`, Append: "appendStreams", Words: 2, Least: 2}
	kEntryIDs    = Kind{GoType: "[]string", Check: `needEntryIDs("$", $)`, Words: 1}
	kXAdd        = Kind{GoType: "...XAddOption", Options: true, Words: 5}
	kXCfgSet     = Kind{GoType: "...XCfgSetOption", Options: true, Check: `needOne("$", $)`, Words: 2, Least: 2}
)

// The operations of BITFIELD, the longest of which has four words, and the shortest three, or two if it is no result.
var (
	kBitOperations     = Kind{GoType: "...BitOperation", Check: `needBitOperations("$", $)`, Append: "appendBitOperations", Words: 4, Least: 2}
	kBitReadOperations = Kind{GoType: "...BitReadOperation", Check: `needBitOperations("$", $)`, Append: "appendBitOperations", Words: 3, Least: 3}
)

// enum is a type with a String and a check method.
func enum(goType string) Kind { return Kind{GoType: goType, Word: "$.String()", Check: "$.check()"} }

// appended is a type whose words, at most so many, or so many for each element, are appended by append<name> and checked
// by need<name>.
func appended(goType, name string, words int) Kind {
	return Kind{GoType: goType, Append: "append" + name, Check: `need` + name + `("$", $)`, Words: words, Least: words}
}

func s(name string) Param     { return Param{name, kString} }
func i(name string) Param     { return Param{name, kInt} }
func u(name string) Param     { return Param{name, kUint} }
func f(name string) Param     { return Param{name, kFloat} }
func more(name string) Param  { return Param{name, kStrings} }
func strs(name string) Param  { return Param{name, kList} }
func pairs(name string) Param { return Param{name, kPairs} }
func end(name string) Param   { return Param{name, enum("End")} }

// options are of an interface. If more of them are needed to express a command, a row says so.
func options(name string) Param {
	return Param{"options", Kind{GoType: "..." + name, Options: true, Words: 3}}
}

// combining are the options of commands that combine sorted sets.
func combining() Param {
	return Param{"options", Kind{
		GoType: "...ZCombineOption", Options: true, Append: "appendCombining", Check: "needWeights(keys, $)", Words: 3, Size: "3+len(keys)",
	}}
}

func list(ps ...Param) []Param { return ps }

// order is the wire form: parameters by name, words of the command in quotes, #list for the number of a list's elements,
// #list/2 for half of it, @id for the ID of a stream entry.
func order(ws ...string) []string { return ws }

var (
	key        = s("key")
	wait       = Param{"timeout", kTimeout}
	cursor     = Param{"cursor", kUint}
	vector     = Param{"vector", kVector}
	predicates = Param{"predicates", kPredicates}
)

// Sent returns the arguments in the order in which they are sent.
func (c *Command) Sent() []string {
	if c.Wire != nil {
		return c.Wire
	}
	var wire []string
	for _, p := range c.Params {
		wire = append(wire, p.Name)
	}
	return wire
}

// Param returns the parameter with a name.
func (c *Command) Param(name string) (Param, error) {
	for _, p := range c.Params {
		if p.Name == name {
			return p, nil
		}
	}
	return Param{}, fmt.Errorf("%s has no parameter %q", c.Method, name)
}

// Least returns the least number of words that the method sends, with the name.
func (c *Command) Least() (int, error) {
	n := len(c.Verbs())
	for _, w := range c.Sent() {
		if strings.ContainsAny(w[:1], "'#@") {
			n++
			continue
		}
		p, err := c.Param(w)
		switch {
		case err != nil:
			return 0, err
		case p.Kind.Options && p.Kind.Least == 0, p.Kind.Least < 0:
		default:
			n += max(p.Kind.Least, 1)
		}
	}
	return n, nil
}

// Newer reports whether a version is newer than another.
func Newer(version, other string) bool {
	numbers := func(v string) (list []int) {
		for part := range strings.SplitSeq(v, ".") {
			n, _ := strconv.Atoi(part)
			list = append(list, n)
		}
		return list
	}
	return slices.Compare(numbers(version), numbers(other)) > 0
}
