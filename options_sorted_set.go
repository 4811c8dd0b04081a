package rueidistx

// ZCombineOption is an option of ZINTER, ZUNION and their like: [Weights], [AggregateSum], [AggregateMin], [AggregateMax],
// [AggregateCount].
type ZCombineOption interface{ zCombineOption() }

type setWeights []float64

// Weights makes ZINTER, ZUNION and their like multiply the scores of each sorted set before they are combined, in the order
// of the keys. A number of weights that is not that of the keys is [ErrInvalid], and so is NaN.
func Weights(weights ...float64) setWeights { return weights }

func (setWeights) zCombineOption() {}

// needWeights returns an error if there are weights, and not one for each key.
func needWeights(keys []string, options []ZCombineOption) *failure {
	for _, o := range options {
		if w, ok := o.(setWeights); ok && len(w) != len(keys) {
			return invalid("WEIGHTS needs a weight for each key")
		}
	}
	return nil
}

type aggregation uint8

const (
	AggregateSum   = aggregation(wordSum)       // ZINTER, ZUNION: the score of a member is the sum of its scores, as without an option
	AggregateMin   = aggregation(wordMin)       // the least of them
	AggregateMax   = aggregation(wordMax)       // the greatest of them
	AggregateCount = aggregation(wordCountSets) // the number of sets that have it; needs Redis 8.8
)

func (aggregation) zCombineOption() {}

// appendCombining is appendOptions for the options of commands that combine sorted sets. There, the compiler would take the
// weights for a part of the command, as it cannot tell them from texts, and not leave them on the caller's stack.
func appendCombining(words []string, options []ZCombineOption) ([]string, *failure) {
	var all optionSet
	for _, option := range options {
		var word optionWord
		switch o := option.(type) {
		case nil:
			return words, invalid("an option is nil")
		case setWeights:
			word, words = wordWeights, append(words, "WEIGHTS")
			for _, weight := range o {
				if err := needNumber(weight); err != nil {
					return words, err
				}
				words = append(words, decimal(weight))
			}
		case aggregation:
			if word = within(optionWord(o), wordSum, wordCountSets); word != 0 {
				words = append(words, "AGGREGATE", word.String()[len("AGGREGATE "):])
			}
		}
		if word == 0 {
			return words, invalid("an option was not made by this package")
		}
		if err := all.add(word); err != nil {
			return words, err
		}
	}
	return words, nil
}
