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

// poppedTexts are elements of a list with its key.
func poppedTexts(n int) reply[rueidis.KeyValues] {
	return alike(array(bulk(key), array(repeated(bulk(value), n)...)), result.AsLMPop)
}

var (
	noPoppedMembers = reply[rueidis.KeyZScores]{"*-1\r\n", "_\r\n", result.AsZMPop}
	poppedMember    = reply[rueidistx.Popped[rueidistx.ScoredMember]]{
		array(bulk(key), bulk(value), bulk("1.5")), array(bulk(key), bulk(value), ",1.5\r\n"), poppedMemberByHand,
	}
	ranked   = reply[rueidistx.RankedScore]{array(":7\r\n", bulk("1.5")), array(":7\r\n", ",1.5\r\n"), rankedByHand}
	unranked = reply[rueidistx.RankedScore]{"*-1\r\n", "_\r\n", rankedByHand}
)

func poppedMemberByHand(r result) (p rueidistx.Popped[rueidistx.ScoredMember], err error) {
	parts, err := r.ToArray()
	if err != nil || len(parts) != 3 {
		return p, errors.Join(err, errOtherForm)
	}
	if p.Key, err = parts[0].ToString(); err != nil {
		return p, err
	}
	member, err := parts[1].ToString()
	if err != nil {
		return p, err
	}
	score, err := parts[2].AsFloat64()
	p.Values = []rueidistx.ScoredMember{{Member: member, Score: score}}
	return p, err
}

func rankedByHand(r result) (s rueidistx.RankedScore, err error) {
	parts, err := r.ToArray()
	if err != nil {
		return s, err
	}
	if s.Rank, err = parts[0].AsInt64(); err == nil {
		s.Score, err = parts[1].AsFloat64()
	}
	return s, err
}

// poppedMembers are members of a sorted set with its key. They are in pairs in RESP2, too.
func poppedMembers(n int) reply[rueidis.KeyZScores] {
	var pairs2, pairs3 []string
	for _, m := range elements[:n] {
		pairs2 = append(pairs2, array(bulk(m), bulk("1.5")))
		pairs3 = append(pairs3, array(bulk(m), ",1.5\r\n"))
	}
	return reply[rueidis.KeyZScores]{array(bulk(key), array(pairs2...)), array(bulk(key), array(pairs3...)), result.AsZMPop}
}

// page is a cursor with texts.
func page(n int) reply[rueidistx.Page[string]] {
	return alike(array(bulk("9223372036854788153"), array(repeated(bulk(value), n)...)), func(r result) (p rueidistx.Page[string], err error) {
		entry, err := r.AsScanEntry()
		return rueidistx.Page[string]{Cursor: entry.Cursor, Items: entry.Elements}, err
	})
}

// scoredPage is a cursor with members and scores in turn, as texts in RESP3, too.
func scoredPage(n int) reply[rueidistx.Page[rueidistx.ScoredMember]] {
	var parts []string
	for _, m := range elements[:n] {
		parts = append(parts, bulk(m), bulk("1.5"))
	}
	return alike(array(bulk("9223372036854788153"), array(parts...)), func(r result) (p rueidistx.Page[rueidistx.ScoredMember], err error) {
		halves, err := r.ToArray()
		if err != nil {
			return p, err
		}
		if p.Cursor, err = halves[0].AsUint64(); err != nil {
			return p, err
		}
		words, err := halves[1].ToArray()
		if err != nil {
			return p, err
		}
		p.Items = make([]rueidistx.ScoredMember, len(words)/2)
		for i := range p.Items {
			if p.Items[i].Member, err = words[2*i].ToString(); err != nil {
				return p, err
			}
			if p.Items[i].Score, err = words[2*i+1].AsFloat64(); err != nil {
				return p, err
			}
		}
		return p, nil
	})
}
