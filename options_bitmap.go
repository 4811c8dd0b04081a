package rueidistx

// BitRangeOption says in what the range of BITCOUNT or BITPOS is: [InBytes], [InBits].
type BitRangeOption interface{ bitRangeOption() }

type bitUnit uint8

const (
	InBytes = bitUnit(wordByte) // BITCOUNT, BITPOS: a range of bytes, as without it
	InBits  = bitUnit(wordBit)  // BITCOUNT, BITPOS: a range of bits
)

func (bitUnit) bitRangeOption() {}

// BitType is the type of an integer in a string: see [Unsigned] and [Signed].
type BitType struct {
	signed bool
	bits   uint8 // 0 if it is invalid
}

// Unsigned is an unsigned integer of 1 to 63 bits. Any other number is [ErrInvalid] where the type is used.
func Unsigned(bits int) BitType {
	if bits < 1 || bits > 63 {
		return BitType{}
	}
	return BitType{false, uint8(bits)}
}

// Signed is a signed integer of 1 to 64 bits, in two's complement. Any other number is [ErrInvalid] where the type is used.
func Signed(bits int) BitType {
	if bits < 1 || bits > 64 {
		return BitType{}
	}
	return BitType{true, uint8(bits)}
}

// String returns Redis's word for the type, such as u8 or i64.
func (t BitType) String() string {
	switch {
	case t.bits == 0:
		return "?"
	case t.signed:
		return bitTypeNames[1][t.bits]
	}
	return bitTypeNames[0][t.bits]
}

// bitTypeNames are the words for the types, unsigned and signed, by their bits, so that none is made for an operation.
var bitTypeNames = func() (names [2][65]string) {
	for n := range len(names[0]) {
		bits := integer(int64(n))
		names[0][n], names[1][n] = "u"+bits, "i"+bits
	}
	return names
}()

// BitOperation is an operation of BITFIELD: [BitGet], [BitSet], [BitIncrBy], [Overflow].
type BitOperation interface{ bitOperation() }

// BitReadOperation is an operation of BITFIELD_RO: [BitGet].
type BitReadOperation interface {
	BitOperation
	bitGetting()
}

// bitPlace is an integer in a string.
type bitPlace struct {
	of     BitType
	offset int64
}

type bitGet struct{ bitPlace }

// BitGet returns the integer whose first bit is at offset. A negative offset is [ErrInvalid].
func BitGet(of BitType, offset int64) bitGet { return bitGet{bitPlace{of, offset}} }

type bitSet struct {
	bitPlace
	n int64
}

// BitSet sets the integer whose first bit is at offset to n and returns what it was. A negative offset is [ErrInvalid]. If n
// does not fit, the last [Overflow] before it says what is set.
func BitSet(of BitType, offset, n int64) bitSet { return bitSet{bitPlace{of, offset}, n} }

type bitIncrBy struct {
	bitPlace
	n int64
}

// BitIncrBy adds n to the integer whose first bit is at offset and returns the result. A negative offset is [ErrInvalid]. If
// the result does not fit, the last [Overflow] before it says what is set.
func BitIncrBy(of BitType, offset, n int64) bitIncrBy { return bitIncrBy{bitPlace{of, offset}, n} }

// BitOverflow is what becomes of an integer that does not fit: see [Overflow].
type BitOverflow uint8

const (
	BitWrap     BitOverflow = 1 + iota // the bits that fit, as without Overflow
	BitSaturate                        // the nearest integer that fits
	BitFail                            // nothing is set, and the operation returns nothing
)

// String returns Redis's word for it.
func (o BitOverflow) String() string {
	switch o {
	case BitWrap:
		return "WRAP"
	case BitSaturate:
		return "SAT"
	case BitFail:
		return "FAIL"
	}
	return "?"
}

type overflow BitOverflow

// Overflow says what the operations behind it do with integers that do not fit.
func Overflow(o BitOverflow) overflow { return overflow(o) }

func (bitGet) bitOperation()    {}
func (bitGet) bitGetting()      {}
func (bitSet) bitOperation()    {}
func (bitIncrBy) bitOperation() {}
func (overflow) bitOperation()  {}

func (p bitPlace) check() *failure {
	switch {
	case p.of.bits == 0:
		return invalid("the type of an integer has too many bits, or none")
	case p.offset < 0:
		return invalid("an offset is negative")
	}
	return nil
}

// needBitOperations returns an error unless there is at least one operation, and all of them are valid.
func needBitOperations[O any](what string, operations []O) *failure {
	for _, operation := range operations {
		var err *failure
		switch o := any(operation).(type) {
		case bitGet:
			err = o.check()
		case bitSet:
			err = o.check()
		case bitIncrBy:
			err = o.check()
		case overflow:
			if BitOverflow(o) < BitWrap || BitOverflow(o) > BitFail {
				err = invalid("an overflow is BitWrap, BitSaturate or BitFail")
			}
		default: // nil, or a type that embeds the interface
			err = invalid("an operation was not made by this package")
		}
		if err != nil {
			return err
		}
	}
	return needOne(what, operations)
}

// appendBitOperations appends operations, which are handled by value, as in appendOptions.
func appendBitOperations[O any](words []string, operations []O) []string {
	for _, operation := range operations {
		switch o := any(operation).(type) {
		case bitGet:
			words = append(words, "GET", o.of.String(), integer(o.offset))
		case bitSet:
			words = append(words, "SET", o.of.String(), integer(o.offset), integer(o.n))
		case bitIncrBy:
			words = append(words, "INCRBY", o.of.String(), integer(o.offset), integer(o.n))
		case overflow:
			words = append(words, "OVERFLOW", BitOverflow(o).String())
		}
	}
	return words
}
