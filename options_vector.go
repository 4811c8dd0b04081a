package rueidistx

import (
	"math"
	"strings"
)

// VAddOption is an option of VADD: [CAS], [NoQuant], [Bin], [Q8], [EF], [SetAttr], [NumLinks].
type VAddOption interface{ vAddOption() }

// VSimOption is an option of VSIM: [Count], [Epsilon], [EF], [Filter], [FilterEF], [Truth], [NoThread].
type VSimOption interface{ vSimOption() }

type vAddWord uint8

const (
	CAS     = vAddWord(wordCAS)     // VADD: looks for neighbors in a thread of the server, not in a transaction
	NoQuant = vAddWord(wordNoQuant) // VADD: keeps the numbers of vectors as they are
	Bin     = vAddWord(wordBin)     // VADD: keeps one bit of each number
	Q8      = vAddWord(wordQ8)      // VADD: keeps eight bits of each number, which is the default
)

func (vAddWord) vAddOption() {}

type vSimWord uint8

const (
	Truth    = vSimWord(wordTruth)    // VSIM: compares with every element instead of searching the graph
	NoThread = vSimWord(wordNoThread) // VSIM: searches in the server's main thread
)

func (vSimWord) vSimOption() {}

func (itemCount) vSimOption() {}

type effort int64

// EF makes VADD and VSIM keep n candidates when they search the graph: more find better neighbors, and take longer. The
// server has its own number for each of the two. An n that is not positive is [ErrInvalid].
func EF(n int64) effort { return effort(n) }

func (effort) vAddOption() {}
func (effort) vSimOption() {}

type attributes string

// SetAttr makes VADD give the element attributes, as JSON. The server does not check that they are JSON.
func SetAttr(json string) attributes { return attributes(json) }

func (attributes) vAddOption() {}

type linkCount int64

// NumLinks makes VADD link each element of a vector set to n neighbors; the first VADD decides, and others must not differ.
// An n that is not positive is [ErrInvalid].
func NumLinks(n int64) linkCount { return linkCount(n) }

func (linkCount) vAddOption() {}

type distance float64

// Epsilon makes VSIM leave out elements whose similarity is less than 1-d. A d that is not positive is [ErrInvalid].
func Epsilon(d float64) distance { return distance(d) }

func (distance) vSimOption() {}

type filter string

// Filter makes VSIM leave out elements whose attributes do not match an expression, such as .year > 1950 and .genre ==
// "drama". Elements without attributes do not match.
func Filter(expression string) filter { return filter(expression) }

func (filter) vSimOption() {}

type filterEffort int64

// FilterEF makes VSIM with [Filter] look at n elements before it returns fewer than [Count] says; by default at 100 times as
// many as that. An n that is not positive is [ErrInvalid].
func FilterEF(n int64) filterEffort { return filterEffort(n) }

func (filterEffort) vSimOption() {}

// needVector returns an error if a vector has no dimensions, or a number that is none or infinite.
func needVector(what string, vector []float32) *failure {
	for _, f := range vector {
		if err := needFinite(float64(f)); err != nil {
			return err
		}
	}
	return needOne(what, vector)
}

// fp32 returns a vector as VADD and VSIM take it: four bytes for each number, the lowest first.
func fp32(vector []float32) string {
	var s strings.Builder
	s.Grow(4 * len(vector))
	for _, f := range vector {
		for bits, n := math.Float32bits(f), 0; n < 4; bits, n = bits>>8, n+1 {
			s.WriteByte(byte(bits))
		}
	}
	return s.String()
}
