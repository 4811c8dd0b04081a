package rueidistx

import "math"

// MaxIndex is the highest index of an array.
const MaxIndex uint64 = math.MaxUint64 - 1

// Indexed is an element of an array.
type Indexed struct {
	Index uint64
	Value string
}

// IndexRange is the elements of an array from Start to End, both included, in either order.
type IndexRange struct{ Start, End uint64 }

// ArPredicate is what ARGREP compares values with: [ArExact], [ArMatch], [ArGlob], [ArRegexp].
type ArPredicate struct{ word, pattern string }

// ArExact matches the value s.
func ArExact(s string) ArPredicate { return ArPredicate{"EXACT", s} }

// ArMatch matches values that contain s.
func ArMatch(s string) ArPredicate { return ArPredicate{"MATCH", s} }

// ArGlob matches values by a pattern: see [Match].
func ArGlob(pattern string) ArPredicate { return ArPredicate{"GLOB", pattern} }

// ArRegexp matches values that contain what matches a POSIX extended regular expression without backreferences, of at most
// 2048 bytes. An empty one is [ErrInvalid].
func ArRegexp(expression string) ArPredicate { return ArPredicate{"RE", expression} }

// ArGrepOption is an option of ARGREP: [MatchAll], [NoCase], [LimitTo].
type ArGrepOption interface{ arGrepOption() }

// ArScanOption is an option of ARSCAN: [LimitTo].
type ArScanOption interface{ arScanOption() }

// ArLastItemsOption is an option of ARLASTITEMS: [Rev].
type ArLastItemsOption interface{ arLastItemsOption() }

func (rangeWord) arLastItemsOption() {}

type arGrepWord uint8

const (
	MatchAll = arGrepWord(wordAnd)    // ARGREP: a value must match all predicates
	NoCase   = arGrepWord(wordNoCase) // ARGREP: upper and lower case of ASCII letters are the same
)

func (arGrepWord) arGrepOption() {}

type resultLimit int64

// LimitTo makes ARGREP and ARSCAN stop after n elements. An n that is not positive is [ErrInvalid].
func LimitTo(n int64) resultLimit { return resultLimit(n) }

func (resultLimit) arGrepOption() {}
func (resultLimit) arScanOption() {}

// ArAggregation is an aggregation of AROP.
type ArAggregation uint8

const (
	ArSum ArAggregation = 1 + iota // the sum
	ArMin                          // the least number
	ArMax                          // the greatest number
)

// String returns Redis's word for the aggregation.
func (o ArAggregation) String() string {
	switch o {
	case ArSum:
		return "SUM"
	case ArMin:
		return "MIN"
	case ArMax:
		return "MAX"
	}
	return "?"
}

func (o ArAggregation) check() *failure {
	if o < ArSum || o > ArMax {
		return invalid("an aggregation of AROP is ArSum, ArMin or ArMax")
	}
	return nil
}

// needBitwise returns an error unless AROP has the operator.
func needBitwise(o BitOperator) *failure {
	if o != BitAnd && o != BitOr && o != BitXor {
		return invalid("an operator of AROP is BitAnd, BitOr or BitXor")
	}
	return nil
}

// needPredicates returns an error unless there is a predicate, and all were made by this package.
func needPredicates(what string, predicates []ArPredicate) *failure {
	for i := range predicates {
		switch p := &predicates[i]; {
		case p.word == "":
			return invalid("a predicate is ArExact, ArMatch, ArGlob or ArRegexp")
		case p.word == "RE" && p.pattern == "":
			return invalid("a regular expression is empty")
		}
	}
	return needOne(what, predicates)
}

func appendPredicates(words []string, predicates []ArPredicate) []string {
	for i := range predicates {
		words = append(words, predicates[i].word, predicates[i].pattern)
	}
	return words
}

func appendIndexes(words []string, indexes []uint64) []string {
	for _, index := range indexes {
		words = append(words, unsigned(index))
	}
	return words
}

func appendRanges(words []string, ranges []IndexRange) []string {
	for _, r := range ranges {
		words = append(words, unsigned(r.Start), unsigned(r.End))
	}
	return words
}

func appendIndexed(words []string, elements []Indexed) []string {
	for i := range elements {
		words = append(words, unsigned(elements[i].Index), elements[i].Value)
	}
	return words
}
