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
	wordIfEq
	wordIfNe
	wordIfDigestEq
	wordIfDigestNe
	wordSaturate
	wordENX
	wordLowerBound
	wordUpperBound
	wordReplace
	wordDB
	wordIdleTime
	wordFreq
	wordBy
	wordAscending
	wordDescending
	wordAlphabetic
	wordSamples
	wordFNX
	wordFXX
	wordByte
	wordBit
	wordRank
	wordComparisons
	wordApprox
	wordWeights
	wordSum
	wordMin
	wordMax
	wordCountSets
	wordNoAck
	wordMkStream
	wordForce
	wordKeepRef
	wordDelRef
	wordAcked
	wordMaxCount
	wordMaxSize
	wordEntriesRead
	wordEntriesAdded
	wordMaxDeletedID
	wordIdle
	wordTime
	wordRetryCount
	wordLastID
	wordIDMPDuration
	wordIDMPMaxSize
	wordIDMP
	wordIDMPAuto
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
	wordKeepTTL:      "KEEPTTL",
	wordPersist:      "PERSIST",
	wordRev:          "REV",
	wordNoMkStream:   "NOMKSTREAM",
	wordEX:           "EX",
	wordEXAT:         "EXAT",
	wordLimit:        "LIMIT",
	wordID:           "ID",
	wordMaxLen:       "MAXLEN",
	wordMinID:        "MINID",
	wordMatch:        "MATCH",
	wordCount:        "COUNT",
	wordType:         "TYPE",
	wordIfEq:         "IFEQ",
	wordIfNe:         "IFNE",
	wordIfDigestEq:   "IFDEQ",
	wordIfDigestNe:   "IFDNE",
	wordSaturate:     "SATURATE",
	wordENX:          "ENX",
	wordLowerBound:   "LBOUND",
	wordUpperBound:   "UBOUND",
	wordReplace:      "REPLACE",
	wordDB:           "DB",
	wordIdleTime:     "IDLETIME",
	wordFreq:         "FREQ",
	wordBy:           "BY",
	wordAscending:    "ASC",
	wordDescending:   "DESC",
	wordAlphabetic:   "ALPHA",
	wordSamples:      "SAMPLES",
	wordFNX:          "FNX",
	wordFXX:          "FXX",
	wordByte:         "BYTE",
	wordBit:          "BIT",
	wordRank:         "RANK",
	wordComparisons:  "MAXLEN",
	wordApprox:       "APPROX",
	wordWeights:      "WEIGHTS",
	wordSum:          "AGGREGATE SUM",
	wordMin:          "AGGREGATE MIN",
	wordMax:          "AGGREGATE MAX",
	wordCountSets:    "AGGREGATE COUNT",
	wordNoAck:        "NOACK",
	wordMkStream:     "MKSTREAM",
	wordForce:        "FORCE",
	wordKeepRef:      "KEEPREF",
	wordDelRef:       "DELREF",
	wordAcked:        "ACKED",
	wordMaxCount:     "MAXCOUNT",
	wordMaxSize:      "MAXSIZE",
	wordEntriesRead:  "ENTRIESREAD",
	wordEntriesAdded: "ENTRIESADDED",
	wordMaxDeletedID: "MAXDELETEDID",
	wordIdle:         "IDLE",
	wordTime:         "TIME",
	wordRetryCount:   "RETRYCOUNT",
	wordLastID:       "LASTID",
	wordIDMPDuration: "IDMP-DURATION",
	wordIDMPMaxSize:  "IDMP-MAXSIZE",
	wordIDMP:         "IDMP",
	wordIDMPAuto:     "IDMPAUTO",
}

// excluding lists groups of options that exclude each other, with any command.
var excluding = [][]optionWord{
	{wordNX, wordXX}, {wordNX, wordGT}, {wordNX, wordLT}, {wordGT, wordLT},
	{wordEX, wordEXAT, wordKeepTTL, wordPersist},
	{wordMaxLen, wordMinID},
	{wordNX, wordXX, wordIfEq, wordIfNe, wordIfDigestEq, wordIfDigestNe},
	{wordENX, wordPersist},
	{wordIdleTime, wordFreq},
	{wordAscending, wordDescending},
	{wordFNX, wordFXX},
	{wordByte, wordBit},
	{wordSum, wordMin, wordMax, wordCountSets},
	{wordMaxLen, wordMinID}, {wordKeepRef, wordDelRef, wordAcked}, {wordIDMP, wordIDMPAuto}, {wordIdle, wordTime},
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
		var err *failure
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
			if word = wordID; beginsWithLetter(string(o)) {
				return words, invalid("the ID of a stream entry begins with a letter")
			}
		case trimming:
			if err := o.check(); err != nil {
				return words, err
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
		case comparison:
			if err := o.check(); err != nil {
				return words, err
			}
			word, words = o.word, append(words, o.word.String(), o.operand)
		case incrExWord:
			word = within(optionWord(o), wordSaturate, wordENX)
		case bound:
			word, words = o.word, append(words, o.word.String(), integer(o.n))
		case boundFloat:
			if err := needFinite(o.f); err != nil {
				return words, err
			}
			word, words = o.word, append(words, o.word.String(), decimal(o.f))
		case replaceWord:
			word = within(optionWord(o), wordReplace, wordReplace)
		case database:
			if word, words = wordDB, append(words, "DB", integer(int64(o))); o < 0 {
				return words, invalid("DB is negative")
			}
		case idleTime:
			if word, words = wordIdleTime, append(words, "IDLETIME", integer(int64(o))); o < 0 {
				return words, invalid("IDLETIME is negative")
			}
		case frequency:
			if word, words = wordFreq, append(words, "FREQ", integer(int64(o))); o < 0 || o > 255 {
				return words, invalid("FREQ is not from 0 to 255")
			}
		case sortPattern:
			word, words = wordBy, append(words, "BY", string(o))
		case direction:
			word = within(optionWord(o), wordAscending, wordDescending)
		case sortWord:
			word = within(optionWord(o), wordAlphabetic, wordAlphabetic)
		case samples:
			if word, words = wordSamples, append(words, "SAMPLES", integer(int64(o))); o < 0 {
				return words, invalid("SAMPLES is negative")
			}
		case fieldExistence:
			word = within(optionWord(o), wordFNX, wordFXX)
		case bitUnit:
			word = within(optionWord(o), wordByte, wordBit)
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
		case xReadGroupWord:
			word = within(optionWord(o), wordNoAck, wordNoAck)
		case xGroupCreateWord:
			word = within(optionWord(o), wordMkStream, wordMkStream)
		case forceWord:
			word = within(optionWord(o), wordForce, wordForce)
		case refWord:
			word = within(optionWord(o), wordKeepRef, wordAcked)
		case readLimit:
			words, word, err = number(o).append(words)
		case entriesRead:
			words, word, err = number(o).append(words)
		case entriesAdded:
			words, word, err = number(o).append(words)
		case maxDeletedID:
			word, words = wordMaxDeletedID, append(words, "MAXDELETEDID", string(o))
		case entryIdle:
			words, word, err = number(o).append(words)
		case deliveryTime:
			words, word, err = number(o).append(words)
		case retryCount:
			words, word, err = number(o).append(words)
		case lastID:
			word, words = wordLastID, append(words, "LASTID", string(o))
		case idempotence:
			words, word, err = number(o).append(words)
		case producing:
			word, words = o.word, o.append(words)
		}
		if err != nil {
			return words, err
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
