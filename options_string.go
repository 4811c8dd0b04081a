package rueidistx

// DelExCondition is a condition of DELEX: [IfEq], [IfNe], [IfDigestEq], [IfDigestNe].
type DelExCondition interface{ delExCondition() }

// MSetExOption is an option of MSETEX: [NX], [XX], [EX], [EXAT], [KeepTTL].
type MSetExOption interface{ mSetExOption() }

// IncrExOption is an option of INCREX with integers: [LowerBound], [UpperBound], [Saturate], [EX], [EXAT], [Persist], [ENX],
// [NX], [XX].
type IncrExOption interface{ incrExOption() }

// IncrExFloatOption is an option of INCREX with other numbers: [LowerBoundFloat], [UpperBoundFloat], [Saturate], [EX],
// [EXAT], [Persist], [ENX], [NX], [XX].
type IncrExFloatOption interface{ incrExFloatOption() }

func (existence) mSetExOption()      {}
func (existence) incrExOption()      {}
func (existence) incrExFloatOption() {}

func (setWord) mSetExOption() {}

func (getExWord) incrExOption()      {}
func (getExWord) incrExFloatOption() {}

func (expiry) mSetExOption()      {}
func (expiry) incrExOption()      {}
func (expiry) incrExFloatOption() {}

// comparison is a condition on the string at the key.
type comparison struct {
	word    optionWord // IFEQ to IFDNE
	operand string
}

// IfEq is met, for SET and DELEX, if the string at the key is value. It is not met if there is no key.
func IfEq(value string) comparison { return comparison{wordIfEq, value} }

// IfNe is met, for SET and DELEX, if the string at the key is not value. With SET it is also met if there is no key.
func IfNe(value string) comparison { return comparison{wordIfNe, value} }

// IfDigestEq is met, for SET and DELEX, if the string at the key has a digest, as [Queries.Digest] returns it. It is not met
// if there is no key. A digest that is not 16 hexadecimal digits is [ErrInvalid].
func IfDigestEq(digest string) comparison { return comparison{wordIfDigestEq, digest} }

// IfDigestNe is met, for SET and DELEX, if the string at the key has another digest than this. With SET it is also met if
// there is no key. A digest that is not 16 hexadecimal digits is [ErrInvalid].
func IfDigestNe(digest string) comparison { return comparison{wordIfDigestNe, digest} }

func (comparison) setOption()      {}
func (comparison) delExCondition() {}

func (c comparison) check() *failure {
	if c.word != wordIfDigestEq && c.word != wordIfDigestNe {
		return nil
	}
	for i := range len(c.operand) {
		if d := c.operand[i]; !('0' <= d && d <= '9' || 'a' <= d|' ' && d|' ' <= 'f') {
			return invalid("a digest has a byte that is not a hexadecimal digit")
		}
	}
	if len(c.operand) != 16 {
		return invalid("a digest is not 16 hexadecimal digits")
	}
	return nil
}

type incrExWord uint8

const (
	Saturate = incrExWord(wordSaturate) // makes INCREX go as far as the bound, or the type, allows
	ENX      = incrExWord(wordENX)      // makes INCREX set a TTL only if the key has none
)

func (incrExWord) incrExOption()      {}
func (incrExWord) incrExFloatOption() {}

// bound is a bound of INCREX.
type bound struct {
	word optionWord // LBOUND or UBOUND
	n    int64
}

// LowerBound is the least result that INCREX may have.
func LowerBound(n int64) bound { return bound{wordLowerBound, n} }

// UpperBound is the greatest result that INCREX may have.
func UpperBound(n int64) bound { return bound{wordUpperBound, n} }

func (bound) incrExOption() {}

type boundFloat struct {
	word optionWord // LBOUND or UBOUND
	f    float64
}

// LowerBoundFloat is [LowerBound] for numbers that are not integers. NaN and infinities are [ErrInvalid].
func LowerBoundFloat(f float64) boundFloat { return boundFloat{wordLowerBound, f} }

// UpperBoundFloat is [UpperBound] for numbers that are not integers. NaN and infinities are [ErrInvalid].
func UpperBoundFloat(f float64) boundFloat { return boundFloat{wordUpperBound, f} }

func (boundFloat) incrExFloatOption() {}
