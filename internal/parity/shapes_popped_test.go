package parity

import (
	"errors"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
)

var errOtherForm = errors.New("the reply has another form")

var (
	noPopped   = reply[rueidis.KeyValues]{"*-1\r\n", "_\r\n", result.AsLMPop}
	poppedText = alike(array(bulk(key), bulk(value)), func(r result) (rueidistx.Popped[string], error) {
		words, err := r.AsStrSlice()
		if err != nil || len(words) != 2 {
			return rueidistx.Popped[string]{}, errors.Join(err, errOtherForm)
		}
		return rueidistx.Popped[string]{Key: words[0], Values: words[1:]}, nil
	})
)

func integers(n int) reply[[]int64] { return alike(array(repeated(":7\r\n", n)...), result.AsIntSlice) }

// poppedTexts are elements of a list with its key.
func poppedTexts(n int) reply[rueidis.KeyValues] {
	return alike(array(bulk(key), array(repeated(bulk(value), n)...)), result.AsLMPop)
}
