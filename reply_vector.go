package rueidistx

import (
	"cmp"
	"slices"

	"github.com/redis/rueidis"
)

// RawVector is a vector as a vector set keeps it.
type RawVector struct {
	Quantization string  // f32, int8 or bin
	Data         string  // the quantized numbers of the normalized vector
	Norm         float64 // the length of the vector before it was normalized
	Range        float64 // what the numbers were divided by, with int8; else 0
}

// VectorSetInfo describes a vector set. What the server does not say is 0, "" or missing.
type VectorSetInfo struct {
	Quantization    string // f32, int8 or bin
	NumLinks        int64  // see the option of that name
	Dimensions      int64
	InputDimensions Optional[int64] // before REDUCE, if that was used
	Elements        int64
	MaxLevel        int64 // the highest layer of the graph
	WithAttributes  int64 // the number of elements that have attributes
	ID              int64
	MaxNodeID       int64
}

// VectorMatch is an element that VSIM has found.
type VectorMatch struct {
	Element    string
	Score      float64          // the similarity, from 0 to 1
	Attributes Optional[string] // as JSON
}

// asVector decodes numbers in single precision.
func asVector(m rueidis.RedisMessage) ([]float32, error) {
	return elements(m, func(m rueidis.RedisMessage) (float32, error) {
		f, err := AsFloat64(m)
		return float32(f), err
	})
}

// asRawVector decodes the reply of VEMB RAW.
func asRawVector(m rueidis.RedisMessage) (v RawVector, err error) {
	parts, err := arrayOf(&m)
	if err == ErrNil {
		return v, err
	}
	if err != nil || len(parts) < 3 {
		return v, mismatch("a raw vector")
	}
	if v.Quantization, err = decodeElement(parts[0], AsString); err != nil {
		return RawVector{}, err
	}
	if v.Data, err = decodeElement(parts[1], AsString); err != nil {
		return RawVector{}, err
	}
	if v.Norm, err = decodeElement(parts[2], AsFloat64); err == nil && len(parts) > 3 {
		v.Range, err = decodeElement(parts[3], AsFloat64)
	}
	if err != nil {
		return RawVector{}, err
	}
	return v, nil
}

// asVectorSetInfo decodes the reply of VINFO.
func asVectorSetInfo(m rueidis.RedisMessage) (info VectorSetInfo, err error) {
	err = eachField(&m, func(name string, value rueidis.RedisMessage) (err error) {
		switch name {
		case "quant-type":
			info.Quantization, err = decodeElement(value, AsString)
		case "hnsw-m":
			info.NumLinks, err = decodeElement(value, AsInt64)
		case "vector-dim":
			info.Dimensions, err = decodeElement(value, AsInt64)
		case "projection-input-dim":
			n := &info.InputDimensions
			n.Value, err = decodeElement(value, AsInt64)
			n.OK = n.Value != 0 // which is there without REDUCE
		case "size":
			info.Elements, err = decodeElement(value, AsInt64)
		case "max-level":
			info.MaxLevel, err = decodeElement(value, AsInt64)
		case "attributes-count":
			info.WithAttributes, err = decodeElement(value, AsInt64)
		case "vset-uid":
			info.ID, err = decodeElement(value, AsInt64)
		case "hnsw-max-node-uid":
			info.MaxNodeID, err = decodeElement(value, AsInt64)
		}
		return err
	})
	if err != nil {
		return VectorSetInfo{}, err
	}
	return info, nil
}

// asLayers decodes the reply of VLINKS.
func asLayers(m rueidis.RedisMessage) ([][]string, error) { return elements(m, AsStrings) }

// asScoredLayers decodes the reply of VLINKS WITHSCORES.
func asScoredLayers(m rueidis.RedisMessage) ([][]ScoredMember, error) {
	return elements(m, asSimilar)
}

// asSimilar decodes elements with their similarity. In RESP3 they are a map, whose order rueidis does not tell. So they are
// sorted, also in RESP2: the most similar first, and those that are equally similar by name.
func asSimilar(m rueidis.RedisMessage) (list []ScoredMember, err error) {
	values, ok := mapOf(&m)
	if ok {
		list = make([]ScoredMember, 0, len(values))
		for element, score := range values {
			s, err := decodeElement(score, AsFloat64)
			if err != nil {
				return nil, inValue(err)
			}
			list = append(list, ScoredMember{element, s})
		}
	} else if list, err = AsScoredMembers(m); err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b ScoredMember) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Member, b.Member))
	})
	return list, nil
}

// asVectorMatches decodes elements with their score and attributes, all in turn in RESP2. RESP3 has a map of elements,
// whose values are arrays of both. They are sorted like those of asSimilar.
func asVectorMatches(m rueidis.RedisMessage) ([]VectorMatch, error) {
	var matches []VectorMatch
	if values, ok := mapOf(&m); ok {
		matches = make([]VectorMatch, 0, len(values))
		for element, about := range values {
			parts, err := arrayOf(&about)
			if err != nil || len(parts) != 2 {
				return nil, inValue(mismatch("a score with attributes"))
			}
			match, err := vectorMatch(element, parts)
			if err != nil {
				return nil, inValue(err)
			}
			matches = append(matches, match)
		}
	} else {
		const columns = 3
		list, err := arrayOf(&m)
		if err != nil {
			return nil, err
		}
		if len(list)%columns != 0 {
			return nil, mismatch("elements with scores and attributes")
		}
		matches = make([]VectorMatch, len(list)/columns)
		for i := range matches {
			row := list[columns*i:]
			element, err := decodeElement(row[0], AsString)
			if err == nil {
				matches[i], err = vectorMatch(element, row[1:])
			}
			if err != nil {
				return nil, inElement(i, err)
			}
		}
	}
	slices.SortFunc(matches, func(a, b VectorMatch) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Element, b.Element))
	})
	return matches, nil
}

// vectorMatch decodes the score and the attributes of an element.
func vectorMatch(element string, about []rueidis.RedisMessage) (VectorMatch, error) {
	score, err := decodeElement(about[0], AsFloat64)
	if err != nil {
		return VectorMatch{}, err
	}
	attributes, err := decodeElement(about[1], asOptionalText)
	return VectorMatch{element, score, attributes}, err
}
