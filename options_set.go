package rueidistx

// SUnionCardOption is an option of SUNIONCARD: [Approx].
type SUnionCardOption interface{ sUnionCardOption() }

type sUnionCardWord uint8

// Approx makes SUNIONCARD estimate, which takes less memory.
const Approx = sUnionCardWord(wordApprox)

func (sUnionCardWord) sUnionCardOption() {}
