package rueidistx

// optionWord names an option. The types above ensure that a command accepts only its own options.
type optionWord uint8

const (
	// of several types.
	wordNX optionWord = 1 + iota
	wordXX
	wordGT
	wordLT
	wordEX
	wordEXAT
	wordKeepTTL
	wordPersist
	wordRev
	wordLimit
	wordMatch
	wordCount
	wordCountAny

	// of strings.
	wordIfEq
	wordIfNe
	wordIfDigestEq
	wordIfDigestNe
	wordSaturate
	wordENX
	wordLowerBound
	wordUpperBound

	// of bitmaps.
	wordByte
	wordBit

	// of keys.
	wordType
	wordReplace
	wordDB
	wordIdleTime
	wordFreq
	wordBy
	wordAscending
	wordDescending
	wordAlphabetic
	wordSamples

	// of hashes.
	wordFNX
	wordFXX

	// of lists.
	wordRank
	wordComparisons

	// of sets.
	wordApprox

	// of sorted sets.
	wordCH
	wordWeights
	wordSum
	wordMin
	wordMax
	wordCountSets
	wordStoreDist

	// of streams.
	wordNoMkStream
	wordID
	wordMaxLen
	wordMinID
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

	// of vector sets.
	wordCAS
	wordNoQuant
	wordBin
	wordQ8
	wordEF
	wordSetAttr
	wordNumLinks
	wordTruth
	wordNoThread
	wordEpsilon
	wordFilter
	wordFilterEF

	// of arrays.
	wordAnd
	wordNoCase
	wordLimitTo

	// of functions.
	wordLibraryName
	wordWithCode
	wordFlush

	// of the server.
	wordAsync
	wordSync

	optionWords
)

func (w optionWord) String() string {
	if w == 0 || w >= optionWords {
		return "?"
	}
	return wordNames[w]
}

var wordNames = [optionWords]string{
	wordNX: "NX", wordXX: "XX", wordGT: "GT", wordLT: "LT", wordEX: "EX", wordEXAT: "EXAT", wordKeepTTL: "KEEPTTL",
	wordPersist: "PERSIST", wordRev: "REV", wordLimit: "LIMIT", wordMatch: "MATCH", wordCount: "COUNT",
	wordCountAny: "COUNT ANY",

	wordIfEq: "IFEQ", wordIfNe: "IFNE", wordIfDigestEq: "IFDEQ", wordIfDigestNe: "IFDNE", wordSaturate: "SATURATE",
	wordENX: "ENX", wordLowerBound: "LBOUND", wordUpperBound: "UBOUND",

	wordByte: "BYTE", wordBit: "BIT",

	wordType: "TYPE", wordReplace: "REPLACE", wordDB: "DB", wordIdleTime: "IDLETIME", wordFreq: "FREQ", wordBy: "BY",
	wordAscending: "ASC", wordDescending: "DESC", wordAlphabetic: "ALPHA", wordSamples: "SAMPLES",

	wordFNX: "FNX", wordFXX: "FXX",

	wordRank: "RANK", wordComparisons: "MAXLEN",

	wordApprox: "APPROX",

	wordCH: "CH", wordWeights: "WEIGHTS", wordSum: "AGGREGATE SUM", wordMin: "AGGREGATE MIN", wordMax: "AGGREGATE MAX",
	wordCountSets: "AGGREGATE COUNT", wordStoreDist: "STOREDIST",

	wordNoMkStream: "NOMKSTREAM", wordID: "ID", wordMaxLen: "MAXLEN", wordMinID: "MINID", wordNoAck: "NOACK",
	wordMkStream: "MKSTREAM", wordForce: "FORCE", wordKeepRef: "KEEPREF", wordDelRef: "DELREF", wordAcked: "ACKED",
	wordMaxCount: "MAXCOUNT", wordMaxSize: "MAXSIZE", wordEntriesRead: "ENTRIESREAD", wordEntriesAdded: "ENTRIESADDED",
	wordMaxDeletedID: "MAXDELETEDID", wordIdle: "IDLE", wordTime: "TIME", wordRetryCount: "RETRYCOUNT",
	wordLastID: "LASTID", wordIDMPDuration: "IDMP-DURATION", wordIDMPMaxSize: "IDMP-MAXSIZE", wordIDMP: "IDMP",
	wordIDMPAuto: "IDMPAUTO",

	wordCAS: "CAS", wordNoQuant: "NOQUANT", wordBin: "BIN", wordQ8: "Q8", wordEF: "EF", wordSetAttr: "SETATTR",
	wordNumLinks: "M", wordTruth: "TRUTH", wordNoThread: "NOTHREAD", wordEpsilon: "EPSILON", wordFilter: "FILTER",
	wordFilterEF: "FILTER-EF",

	wordAnd: "AND", wordNoCase: "NOCASE", wordLimitTo: "LIMIT",

	wordLibraryName: "LIBRARYNAME", wordWithCode: "WITHCODE", wordFlush: "FLUSH",

	wordAsync: "ASYNC", wordSync: "SYNC",
}

// excluding lists groups of options that exclude each other, with any command.
var excluding = [][]optionWord{
	{wordNX, wordGT}, {wordNX, wordLT}, {wordGT, wordLT}, {wordEX, wordEXAT, wordKeepTTL, wordPersist}, {wordCount, wordCountAny},
	{wordNX, wordXX, wordIfEq, wordIfNe, wordIfDigestEq, wordIfDigestNe}, {wordENX, wordPersist},
	{wordByte, wordBit},
	{wordIdleTime, wordFreq}, {wordAscending, wordDescending},
	{wordFNX, wordFXX},
	{wordSum, wordMin, wordMax, wordCountSets},
	{wordMaxLen, wordMinID}, {wordKeepRef, wordDelRef, wordAcked}, {wordIDMP, wordIDMPAuto}, {wordIdle, wordTime},
	{wordNoQuant, wordBin, wordQ8},
	{wordReplace, wordFlush},
	{wordAsync, wordSync},
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
