package rueidistx

// LPosOption is an option of LPOS: [Rank], [CompareAtMost].
type LPosOption interface{ lPosOption() }

type matchRank int64

// Rank makes LPOS return the n-th match: 1 is the first, 2 the second, and -1 the last, from which on the list is searched
// backwards. 0 is [ErrInvalid].
func Rank(n int64) matchRank { return matchRank(n) }

func (matchRank) lPosOption() {}

type comparisons int64

// CompareAtMost makes LPOS end after n elements, whether or not they match; 0 is all of them. A negative n is [ErrInvalid].
func CompareAtMost(n int64) comparisons { return comparisons(n) }

func (comparisons) lPosOption() {}

// MoveOrder is the order in which LMOVEM adds elements to their destination. It matters only if they are removed from the
// same end as they are added to.
type MoveOrder uint8

const (
	OneByOne MoveOrder = 1 + iota // as if each was moved by itself, which reverses them if both ends are the same
	InBulk                        // in the order in which they were in the source
)

// String returns Redis's word for the order.
func (o MoveOrder) String() string {
	switch o {
	case OneByOne:
		return "OBO"
	case InBulk:
		return "BULK"
	}
	return "?"
}

// Moving says how many elements LMOVEM moves, and in which order: see [UpTo] and [Exactly].
type Moving struct {
	selector string
	n        int64
	order    MoveOrder
}

// UpTo moves n elements, or all of them if there are fewer. An n that is not positive is [ErrInvalid].
func UpTo(n int64, order MoveOrder) Moving { return Moving{"COUNT", n, order} }

// Exactly moves n elements, or none if there are fewer. An n that is not positive is [ErrInvalid].
func Exactly(n int64, order MoveOrder) Moving { return Moving{"EXACTLY", n, order} }

func (m Moving) check() *failure {
	switch {
	case m.selector == "":
		return invalid("what to move was not made by UpTo or Exactly")
	case m.n <= 0:
		return invalid("the number of elements to move is not positive")
	case m.order != OneByOne && m.order != InBulk:
		return invalid("the order of moving is OneByOne or InBulk")
	}
	return nil
}

func appendMoving(words []string, m Moving) []string {
	return append(words, m.selector, integer(m.n), m.order.String())
}
