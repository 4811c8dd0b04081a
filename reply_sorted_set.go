package rueidistx

import "github.com/redis/rueidis"

// RankedScore is the rank of a member of a sorted set, from 0, with its score.
type RankedScore struct {
	Rank  int64
	Score float64
}

// asRankedScore decodes the reply of ZRANK WITHSCORE.
func asRankedScore(m rueidis.RedisMessage) (RankedScore, error) {
	parts, err := partsOf(&m, 2, "a rank and a score")
	if err != nil {
		return RankedScore{}, err
	}
	rank, err := decodeElement(parts[0], AsInt64)
	if err != nil {
		return RankedScore{}, err
	}
	score, err := decodeElement(parts[1], AsFloat64)
	if err != nil {
		return RankedScore{}, err
	}
	return RankedScore{rank, score}, nil
}

// asMemberPage decodes ZSCAN's reply.
func asMemberPage(m rueidis.RedisMessage) (Page[ScoredMember], error) {
	return pageOf(m, AsScoredMembers)
}
