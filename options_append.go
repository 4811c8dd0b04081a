package rueidistx

import "strconv"

// appendOptions appends options to the words of a command. The ID of a stream entry is left to entryIDOf.
func appendOptions[O any](words []string, options []O) (_ []string, err *failure) {
	var all optionSet
	for _, option := range options {
		if words, err = all.append(words, option); err != nil {
			break
		}
	}
	return words, err
}

// append appends an option. One function handles all types of options by value, so that they stay on the caller's stack. It
// is not generic, as the compiler would make one for each interface of options.
func (g *optionSet) append(words []string, option any) ([]string, *failure) {
	var word optionWord
	var err *failure
	n := len(words)
	switch o := option.(type) {
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
	case flushWord:
		word = within(optionWord(o), wordAsync, wordSync)
	case functionListWord:
		word = within(optionWord(o), wordWithCode, wordWithCode)
	case functionRestoreWord:
		word = within(optionWord(o), wordFlush, wordFlush)
	case libraryPattern:
		word, words = wordLibraryName, append(words, "LIBRARYNAME", string(o))
	case vAddWord:
		word = within(optionWord(o), wordCAS, wordQ8)
	case vSimWord:
		word = within(optionWord(o), wordTruth, wordNoThread)
	case arGrepWord:
		word = within(optionWord(o), wordAnd, wordNoCase)
	case effort:
		if word, words = wordEF, append(words, "EF", integer(int64(o))); o <= 0 {
			return words, invalid("EF is not positive")
		}
	case attributes:
		word, words = wordSetAttr, append(words, "SETATTR", string(o))
	case linkCount:
		if word, words = wordNumLinks, append(words, "M", integer(int64(o))); o <= 0 {
			return words, invalid("M is not positive")
		}
	case distance:
		if word, words = wordEpsilon, append(words, "EPSILON", decimal(float64(o))); !(o > 0) {
			return words, invalid("EPSILON is not positive")
		}
	case filter:
		word, words = wordFilter, append(words, "FILTER", string(o))
	case filterEffort:
		if word, words = wordFilterEF, append(words, "FILTER-EF", integer(int64(o))); o <= 0 {
			return words, invalid("FILTER-EF is not positive")
		}
	case resultLimit:
		if word, words = wordLimitTo, append(words, "LIMIT", integer(int64(o))); o <= 0 {
			return words, invalid("LIMIT is not positive")
		}
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
	case Trimming:
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
	case anyCount:
		if word, words = wordCountAny, append(words, "COUNT", integer(int64(o)), "ANY"); o <= 0 {
			return words, invalid("COUNT is not positive")
		}
	case geoStoreWord:
		word = within(optionWord(o), wordStoreDist, wordStoreDist)
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
	return words, g.add(word)
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
