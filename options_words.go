package rueidistx

import "strconv"

// optionWord names an option. The types above ensure that a command accepts only its own options.
type optionWord uint8

const (
	wordNX optionWord = 1 + iota
	wordXX
	wordGT
	wordLT
	wordCH
	wordKeepTTL
	wordPersist
	wordRev
	wordNoMkStream
	wordEX
	wordEXAT
	wordLimit
	wordID
	wordMaxLen
	wordMinID
	wordMatch
	wordCount
	wordType
	wordRank
	wordComparisons
	wordApprox
	wordWeights
	wordSum
	wordMin
	wordMax
	wordCountSets
	wordAscending
	wordDescending
	wordCountAny
	wordStoreDist
	optionWords
)

func (w optionWord) String() string {
	if w == 0 || w >= optionWords {
		return "?"
	}
	return wordNames[w]
}

var wordNames = [optionWords]string{
	wordNX: "NX", wordXX: "XX", wordGT: "GT", wordLT: "LT", wordCH: "CH",
	wordKeepTTL:     "KEEPTTL",
	wordPersist:     "PERSIST",
	wordRev:         "REV",
	wordNoMkStream:  "NOMKSTREAM",
	wordEX:          "EX",
	wordEXAT:        "EXAT",
	wordLimit:       "LIMIT",
	wordID:          "ID",
	wordMaxLen:      "MAXLEN",
	wordMinID:       "MINID",
	wordMatch:       "MATCH",
	wordCount:       "COUNT",
	wordType:        "TYPE",
	wordRank:        "RANK",
	wordComparisons: "MAXLEN",
	wordApprox:      "APPROX",
	wordWeights:     "WEIGHTS",
	wordSum:         "AGGREGATE SUM",
	wordMin:         "AGGREGATE MIN",
	wordMax:         "AGGREGATE MAX",
	wordCountSets:   "AGGREGATE COUNT",
	wordAscending:   "ASC",
	wordDescending:  "DESC",
	wordCountAny:    "COUNT ANY",
	wordStoreDist:   "STOREDIST",
}

// excluding lists groups of options that exclude each other, with any command.
var excluding = [][]optionWord{
	{wordNX, wordXX}, {wordNX, wordGT}, {wordNX, wordLT}, {wordGT, wordLT},
	{wordEX, wordEXAT, wordKeepTTL, wordPersist},
	{wordMaxLen, wordMinID},
	{wordSum, wordMin, wordMax, wordCountSets},
	{wordAscending, wordDescending}, {wordCount, wordCountAny},
}

// excludedBy holds the options that exclude each option, including itself.
var excludedBy = func() (sets [optionWords]optionSet) {
	for w := range optionWords {
		sets[w].put(w)
	}
	for _, group := range excluding {
		for _, w := range group {
			for _, other := range group {
				sets[w].put(other)
			}
		}
	}
	return sets
}()

// optionSet is options of a command, as bits.
type optionSet [2]uint64

func (g *optionSet) put(w optionWord) { g[w/64] |= 1 << (w % 64) }

func (g *optionSet) has(w optionWord) bool { return g[w/64]&(1<<(w%64)) != 0 }

// add adds an option, and returns an error if another one excludes it.
func (g *optionSet) add(w optionWord) *failure {
	not := &excludedBy[w]
	clash := optionSet{g[0] & not[0], g[1] & not[1]}
	g.put(w)
	switch {
	case clash == optionSet{}:
		return nil
	case clash.has(w):
		return invalid("%v is given twice", w)
	}
	for other := wordNX; other < optionWords; other++ {
		if clash.has(other) {
			return invalid("%v and %v exclude each other", other, w)
		}
	}
	return nil
}

// appendOptions appends options to the words of a command. One function handles all types of options by value, so that
// they stay on the caller's stack. The ID of a stream entry is left to entryIDOf.
func appendOptions[O any](words []string, options []O) ([]string, *failure) {
	var all optionSet
	for _, option := range options {
		var word optionWord
		n := len(words)
		switch o := any(option).(type) {
		case nil:
			return words, invalid("an option is nil")
		case existence:
			word = within(optionWord(o), wordNX, wordXX)
		case ordering:
			word = within(optionWord(o), wordGT, wordLT)
		case zAddWord:
			word = within(optionWord(o), wordCH, wordCH)
		case setWord:
			word = within(optionWord(o), wordKeepTTL, wordKeepTTL)
		case getExWord:
			word = within(optionWord(o), wordPersist, wordPersist)
		case rangeWord:
			word = within(optionWord(o), wordRev, wordRev)
		case xAddWord:
			word = within(optionWord(o), wordNoMkStream, wordNoMkStream)
		case expiry:
			if word = o.word; o.n <= 0 && word != 0 {
				return words, invalid("the time of %v is not positive or out of range", word)
			}
			words = append(words, o.unit, integer(o.n))
		case rangeLimit:
			word, words = wordLimit, append(words, "LIMIT", integer(o.offset), integer(o.count))
		case entryID:
			if word = wordID; o != "" && ('a' <= o[0]|' ' && o[0]|' ' <= 'z') {
				return words, invalid("the ID of a stream entry begins with a letter")
			}
		case trimming:
			if o.n < 0 {
				return words, invalid("MAXLEN is negative")
			}
			word, words = o.word, o.append(words)
		case pattern:
			word, words = wordMatch, append(words, "MATCH", string(o))
		case itemCount:
			if word, words = wordCount, append(words, "COUNT", integer(int64(o))); o <= 0 {
				return words, invalid("COUNT is not positive")
			}
		case typeName:
			word, words = wordType, append(words, "TYPE", string(o))
		case matchRank:
			if word, words = wordRank, append(words, "RANK", integer(int64(o))); o == 0 {
				return words, invalid("RANK is 0")
			}
		case comparisons:
			if word, words = wordComparisons, append(words, "MAXLEN", integer(int64(o))); o < 0 {
				return words, invalid("MAXLEN is negative")
			}
		case sUnionCardWord:
			word = within(optionWord(o), wordApprox, wordApprox)
		case direction:
			word = within(optionWord(o), wordAscending, wordDescending)
		case anyCount:
			if word, words = wordCountAny, append(words, "COUNT", integer(int64(o)), "ANY"); o <= 0 {
				return words, invalid("COUNT is not positive")
			}
		case geoStoreWord:
			word = within(optionWord(o), wordStoreDist, wordStoreDist)
		}
		if word == 0 { // a type that embeds the interface, or a value that is not one of the constants
			return words, invalid("an option was not made by this package")
		}
		if len(words) == n && word != wordID {
			words = append(words, word.String())
		}
		if err := all.add(word); err != nil {
			return words, err
		}
	}
	return words, nil
}

// within returns w if it is one of the words from low to high.
func within(w, low, high optionWord) optionWord {
	if w < low || w > high {
		return 0
	}
	return w
}

// entryIDOf returns the ID among the options of XADD, "*" if there is none.
func entryIDOf(options []XAddOption) string {
	for _, o := range options {
		if id, ok := o.(entryID); ok && id != "" {
			return string(id)
		}
	}
	return "*"
}

func integer(n int64) string { return strconv.FormatInt(n, 10) }
