package parity

import (
	"sort"
	"strconv"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
)

var vector = []float32{0.5, -1.25, 3}

func vectorShapes() []shape {
	return []shape{
		use("VAdd", "", added,
			func(c *commands) futureOf[bool] { return c.VAdd(key, vector, value) },
			func(b builder) completed {
				return b.Vadd().Key(key).Fp32().Vector(rueidis.VectorString32(vector)).Element(value).Build()
			}),
		use("VAdd", "options", added,
			func(c *commands) futureOf[bool] {
				return c.VAdd(key, vector, value, rueidistx.CAS, rueidistx.NoQuant, rueidistx.EF(large), rueidistx.SetAttr(value), rueidistx.NumLinks(small))
			},
			func(b builder) completed {
				return b.Vadd().Key(key).Fp32().Vector(rueidis.VectorString32(vector)).Element(value).Cas().Noquant().Ef(large).Setattr(value).M(small).Build()
			}),
		use("VAdd", "BIN", added,
			func(c *commands) futureOf[bool] { return c.VAdd(key, vector, value, rueidistx.Bin) },
			func(b builder) completed {
				return b.Vadd().Key(key).Fp32().Vector(rueidis.VectorString32(vector)).Element(value).Bin().Build()
			}),
		use("VAdd", "Q8", added,
			func(c *commands) futureOf[bool] { return c.VAdd(key, vector, value, rueidistx.Q8) },
			func(b builder) completed {
				return b.Vadd().Key(key).Fp32().Vector(rueidis.VectorString32(vector)).Element(value).Q8().Build()
			}),
		use("VAddReduced", "", added,
			func(c *commands) futureOf[bool] { return c.VAddReduced(key, small, vector, value) },
			func(b builder) completed {
				return b.Vadd().Key(key).Reduce(small).Fp32().Vector(rueidis.VectorString32(vector)).Element(value).Build()
			}),
		use("VAddReduced", "options", added,
			func(c *commands) futureOf[bool] {
				return c.VAddReduced(key, small, vector, value, rueidistx.CAS, rueidistx.NoQuant, rueidistx.EF(large), rueidistx.SetAttr(value), rueidistx.NumLinks(small))
			},
			func(b builder) completed {
				return b.Vadd().Key(key).Reduce(small).Fp32().Vector(rueidis.VectorString32(vector)).Element(value).Cas().Noquant().Ef(large).Setattr(value).M(small).Build()
			}),
		use("VAddReduced", "BIN", added,
			func(c *commands) futureOf[bool] { return c.VAddReduced(key, small, vector, value, rueidistx.Bin) },
			func(b builder) completed {
				return b.Vadd().Key(key).Reduce(small).Fp32().Vector(rueidis.VectorString32(vector)).Element(value).Bin().Build()
			}),
		use("VAddReduced", "Q8", added,
			func(c *commands) futureOf[bool] { return c.VAddReduced(key, small, vector, value, rueidistx.Q8) },
			func(b builder) completed {
				return b.Vadd().Key(key).Reduce(small).Fp32().Vector(rueidis.VectorString32(vector)).Element(value).Q8().Build()
			}),
		use("VCard", "", number,
			func(c *commands) futureOf[int64] { return c.VCard(key) },
			func(b builder) completed { return b.Vcard().Key(key).Build() }),
		use("VDim", "", number,
			func(c *commands) futureOf[int64] { return c.VDim(key) },
			func(b builder) completed { return b.Vdim().Key(key).Build() }),
		use("VEmb", "", embedding,
			func(c *commands) futureOf[[]float32] { return c.VEmb(key, value) },
			func(b builder) completed { return b.Vemb().Key(key).Element(value).Build() }),
		use("VEmbRaw", "int8", rawVector,
			func(c *commands) futureOf[rueidistx.RawVector] { return c.VEmbRaw(key, value) },
			func(b builder) completed { return b.Vemb().Key(key).Element(value).Raw().Build() }),
		use("VGetAttr", "", text,
			func(c *commands) futureOf[string] { return c.VGetAttr(key, value) },
			func(b builder) completed { return b.Vgetattr().Key(key).Element(value).Build() }),
		use("VInfo", "", vectorSet,
			func(c *commands) futureOf[rueidistx.VectorSetInfo] { return c.VInfo(key) },
			func(b builder) completed { return b.Vinfo().Key(key).Build() }),
		use("VIsMember", "", added,
			func(c *commands) futureOf[bool] { return c.VIsMember(key, value) },
			func(b builder) completed { return b.Vismember().Key(key).Element(value).Build() }),
		use("VLinks", "", layers,
			func(c *commands) futureOf[[][]string] { return c.VLinks(key, value) },
			func(b builder) completed { return b.Vlinks().Key(key).Element(value).Build() }),
		use("VLinksWithScores", "", scoredLayers,
			func(c *commands) futureOf[[][]rueidistx.ScoredMember] { return c.VLinksWithScores(key, value) },
			func(b builder) completed { return b.Vlinks().Key(key).Element(value).Withscores().Build() }),
		use("VRandMember", "", text,
			func(c *commands) futureOf[string] { return c.VRandMember(key) },
			func(b builder) completed { return b.Vrandmember().Key(key).Build() }),
		use("VRandMembers", "", texts(3),
			func(c *commands) futureOf[[]string] { return c.VRandMembers(key, negative) },
			func(b builder) completed { return b.Vrandmember().Key(key).Count(negative).Build() }),
		use("VRange", "", texts(3),
			func(c *commands) futureOf[[]string] { return c.VRange(key, key2, key3, negative) },
			func(b builder) completed {
				return b.Arbitrary("VRANGE").Keys(key).Args(key2, key3, strconv.FormatInt(negative, 10)).Build()
			}),
		use("VRem", "", added,
			func(c *commands) futureOf[bool] { return c.VRem(key, value) },
			func(b builder) completed { return b.Vrem().Key(key).Element(value).Build() }),
		use("VSetAttr", "", added,
			func(c *commands) futureOf[bool] { return c.VSetAttr(key, value, value) },
			func(b builder) completed { return b.Vsetattr().Key(key).Element(value).Json(value).Build() }),
		use("VSim", "", texts(3),
			func(c *commands) futureOf[[]string] { return c.VSim(key, vector) },
			func(b builder) completed {
				return b.Vsim().Key(key).Fp32().Vector(rueidis.VectorString32(vector)).Build()
			}),
		use("VSim", "options", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.VSim(key, vector, rueidistx.Count(large), rueidistx.EF(small), rueidistx.Filter(value), rueidistx.FilterEF(large), rueidistx.Truth, rueidistx.NoThread)
			},
			func(b builder) completed {
				return b.Vsim().Key(key).Fp32().Vector(rueidis.VectorString32(vector)).Count(large).Ef(small).Filter(value).FilterEf(large).Truth().Nothread().Build()
			}),
		use("VSim", "EPSILON", texts(3),
			func(c *commands) futureOf[[]string] { return c.VSim(key, vector, rueidistx.Epsilon(0.25)) },
			func(b builder) completed {
				return b.Vsim().Key(key).Fp32().Vector(rueidis.VectorString32(vector)).Epsilon(0.25).Build()
			}),
		use("VSimWithScores", "", similar,
			func(c *commands) futureOf[[]rueidistx.ScoredMember] { return c.VSimWithScores(key, vector) },
			func(b builder) completed {
				return b.Vsim().Key(key).Fp32().Vector(rueidis.VectorString32(vector)).Withscores().Build()
			}),
		use("VSimWithScores", "options", similar,
			func(c *commands) futureOf[[]rueidistx.ScoredMember] {
				return c.VSimWithScores(key, vector, rueidistx.Count(large), rueidistx.EF(small), rueidistx.Filter(value), rueidistx.FilterEF(large), rueidistx.Truth, rueidistx.NoThread)
			},
			func(b builder) completed {
				return b.Vsim().Key(key).Fp32().Vector(rueidis.VectorString32(vector)).Withscores().Count(large).Ef(small).Filter(value).FilterEf(large).Truth().Nothread().Build()
			}),
		use("VSimWithScores", "EPSILON", similar,
			func(c *commands) futureOf[[]rueidistx.ScoredMember] {
				return c.VSimWithScores(key, vector, rueidistx.Epsilon(0.25))
			},
			func(b builder) completed {
				return b.Vsim().Key(key).Fp32().Vector(rueidis.VectorString32(vector)).Withscores().Epsilon(0.25).Build()
			}),
		use("VSimMatches", "", matches,
			func(c *commands) futureOf[[]rueidistx.VectorMatch] { return c.VSimMatches(key, vector) },
			func(b builder) completed {
				return b.Vsim().Key(key).Fp32().Vector(rueidis.VectorString32(vector)).Withscores().Withattribs().Build()
			}),
		use("VSimMatches", "options", matches,
			func(c *commands) futureOf[[]rueidistx.VectorMatch] {
				return c.VSimMatches(key, vector, rueidistx.Count(large), rueidistx.EF(small), rueidistx.Filter(value), rueidistx.FilterEF(large), rueidistx.Truth, rueidistx.NoThread)
			},
			func(b builder) completed {
				return b.Vsim().Key(key).Fp32().Vector(rueidis.VectorString32(vector)).Withscores().Withattribs().Count(large).Ef(small).Filter(value).FilterEf(large).Truth().Nothread().Build()
			}),
		use("VSimMatches", "EPSILON", matches,
			func(c *commands) futureOf[[]rueidistx.VectorMatch] {
				return c.VSimMatches(key, vector, rueidistx.Epsilon(0.25))
			},
			func(b builder) completed {
				return b.Vsim().Key(key).Fp32().Vector(rueidis.VectorString32(vector)).Withscores().Withattribs().Epsilon(0.25).Build()
			}),
		use("VSimElement", "", texts(3),
			func(c *commands) futureOf[[]string] { return c.VSimElement(key, value) },
			func(b builder) completed { return b.Vsim().Key(key).Ele().Element(value).Build() }),
		use("VSimElement", "options", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.VSimElement(key, value, rueidistx.Count(large), rueidistx.EF(small), rueidistx.Filter(value), rueidistx.FilterEF(large), rueidistx.Truth, rueidistx.NoThread)
			},
			func(b builder) completed {
				return b.Vsim().Key(key).Ele().Element(value).Count(large).Ef(small).Filter(value).FilterEf(large).Truth().Nothread().Build()
			}),
		use("VSimElement", "EPSILON", texts(3),
			func(c *commands) futureOf[[]string] { return c.VSimElement(key, value, rueidistx.Epsilon(0.25)) },
			func(b builder) completed { return b.Vsim().Key(key).Ele().Element(value).Epsilon(0.25).Build() }),
		use("VSimElementWithScores", "", similar,
			func(c *commands) futureOf[[]rueidistx.ScoredMember] { return c.VSimElementWithScores(key, value) },
			func(b builder) completed { return b.Vsim().Key(key).Ele().Element(value).Withscores().Build() }),
		use("VSimElementWithScores", "options", similar,
			func(c *commands) futureOf[[]rueidistx.ScoredMember] {
				return c.VSimElementWithScores(key, value, rueidistx.Count(large), rueidistx.EF(small), rueidistx.Filter(value), rueidistx.FilterEF(large), rueidistx.Truth, rueidistx.NoThread)
			},
			func(b builder) completed {
				return b.Vsim().Key(key).Ele().Element(value).Withscores().Count(large).Ef(small).Filter(value).FilterEf(large).Truth().Nothread().Build()
			}),
		use("VSimElementWithScores", "EPSILON", similar,
			func(c *commands) futureOf[[]rueidistx.ScoredMember] {
				return c.VSimElementWithScores(key, value, rueidistx.Epsilon(0.25))
			},
			func(b builder) completed {
				return b.Vsim().Key(key).Ele().Element(value).Withscores().Epsilon(0.25).Build()
			}),
		use("VSimElementMatches", "", matches,
			func(c *commands) futureOf[[]rueidistx.VectorMatch] { return c.VSimElementMatches(key, value) },
			func(b builder) completed {
				return b.Vsim().Key(key).Ele().Element(value).Withscores().Withattribs().Build()
			}),
		use("VSimElementMatches", "options", matches,
			func(c *commands) futureOf[[]rueidistx.VectorMatch] {
				return c.VSimElementMatches(key, value, rueidistx.Count(large), rueidistx.EF(small), rueidistx.Filter(value), rueidistx.FilterEF(large), rueidistx.Truth, rueidistx.NoThread)
			},
			func(b builder) completed {
				return b.Vsim().Key(key).Ele().Element(value).Withscores().Withattribs().Count(large).Ef(small).Filter(value).FilterEf(large).Truth().Nothread().Build()
			}),
		use("VSimElementMatches", "EPSILON", matches,
			func(c *commands) futureOf[[]rueidistx.VectorMatch] {
				return c.VSimElementMatches(key, value, rueidistx.Epsilon(0.25))
			},
			func(b builder) completed {
				return b.Vsim().Key(key).Ele().Element(value).Withscores().Withattribs().Epsilon(0.25).Build()
			}),
	}
}

// added is whether something was: a boolean in RESP3.
var added = reply[bool]{":1\r\n", "#t\r\n", result.AsBool}

var embedding = reply[[]float32]{
	array(bulk("0.5"), bulk("-1.25"), bulk("3")), array(",0.5\r\n", ",-1.25\r\n", ",3\r\n"),
	func(r result) ([]float32, error) {
		list, err := r.AsFloatSlice()
		if err != nil {
			return nil, err
		}
		vector := make([]float32, len(list))
		for i, f := range list {
			vector[i] = float32(f)
		}
		return vector, nil
	},
}

var rawVector = reply[rueidistx.RawVector]{
	array("+int8\r\n", bulk("\x7f\x00"), bulk("1.5"), bulk("0.25")), array("+int8\r\n", bulk("\x7f\x00"), ",1.5\r\n", ",0.25\r\n"),
	func(r result) (v rueidistx.RawVector, err error) {
		parts, err := r.ToArray()
		if err != nil {
			return v, err
		}
		v.Quantization, _ = parts[0].ToString()
		v.Data, _ = parts[1].ToString()
		v.Norm, _ = parts[2].AsFloat64()
		v.Range, err = parts[3].AsFloat64()
		return v, err
	},
}

var vectorSet = func() reply[rueidistx.VectorSetInfo] {
	text := array("+quant-type\r\n", "+int8\r\n", "+hnsw-m\r\n", ":16\r\n", "+vector-dim\r\n", ":3\r\n",
		"+projection-input-dim\r\n", ":9\r\n", "+size\r\n", ":2\r\n", "+max-level\r\n", ":1\r\n", "+attributes-count\r\n", ":1\r\n",
		"+vset-uid\r\n", ":5\r\n", "+hnsw-max-node-uid\r\n", ":7\r\n", "+new\r\n", array(":1\r\n"))
	return reply[rueidistx.VectorSetInfo]{text, as3("%", 10, text), func(r result) (info rueidistx.VectorSetInfo, err error) {
		fields, err := r.AsMap()
		if err != nil {
			return info, err
		}
		quantization := fields["quant-type"]
		if info.Quantization, err = quantization.ToString(); err != nil {
			return info, err
		}
		for name, to := range map[string]*int64{
			"hnsw-m": &info.NumLinks, "vector-dim": &info.Dimensions, "projection-input-dim": &info.InputDimensions.Value,
			"size": &info.Elements, "max-level": &info.MaxLevel, "attributes-count": &info.WithAttributes,
			"vset-uid": &info.ID, "hnsw-max-node-uid": &info.MaxNodeID,
		} {
			field := fields[name]
			if *to, err = field.AsInt64(); err != nil {
				return info, err
			}
		}
		info.InputDimensions.OK = info.InputDimensions.Value != 0
		return info, nil
	}}
}()

var layers = alike(array(array(), array(bulk("a"), bulk("b"))), func(r result) ([][]string, error) {
	list, err := r.ToArray()
	if err != nil {
		return nil, err
	}
	layers := make([][]string, len(list))
	for i := range list {
		if layers[i], err = list[i].AsStrSlice(); err != nil {
			return nil, err
		}
	}
	return layers, nil
})

var scoredLayers = reply[[][]rueidistx.ScoredMember]{
	array(array(), array(bulk("a"), bulk("0.75"), bulk("b"), bulk("0.5"))), array("%0\r\n", "%2\r\n"+bulk("a")+",0.75\r\n"+bulk("b")+",0.5\r\n"),
	func(r result) ([][]rueidistx.ScoredMember, error) {
		list, err := r.ToArray()
		if err != nil {
			return nil, err
		}
		layers := make([][]rueidistx.ScoredMember, len(list))
		for i := range list {
			if layers[i], err = similarByHand(&list[i]); err != nil {
				return nil, err
			}
		}
		return layers, nil
	},
}

var similar = reply[[]rueidistx.ScoredMember]{
	array(bulk("b"), bulk("0.75"), bulk("a"), bulk("0.5")), "%2\r\n" + bulk("b") + ",0.75\r\n" + bulk("a") + ",0.5\r\n",
	func(r result) ([]rueidistx.ScoredMember, error) {
		m, err := r.ToMessage()
		if err != nil {
			return nil, err
		}
		return similarByHand(&m)
	},
}

// similarByHand sorts by the score, as rueidis gives no order of a map.
func similarByHand(m *rueidis.RedisMessage) ([]rueidistx.ScoredMember, error) {
	pairs, err := m.AsMap()
	if err != nil {
		return nil, err
	}
	members := make([]rueidistx.ScoredMember, 0, len(pairs))
	for member, score := range pairs {
		f, err := score.AsFloat64()
		if err != nil {
			return nil, err
		}
		members = append(members, rueidistx.ScoredMember{Member: member, Score: f})
	}
	sort.Slice(members, func(i, j int) bool { return members[i].Score > members[j].Score })
	return members, nil
}

var matches = reply[[]rueidistx.VectorMatch]{
	array(bulk("b"), bulk("0.75"), bulk("{}"), bulk("a"), bulk("0.5"), "$-1\r\n"),
	"%2\r\n" + bulk("b") + array(",0.75\r\n", bulk("{}")) + bulk("a") + array(",0.5\r\n", "_\r\n"),
	func(r result) (list []rueidistx.VectorMatch, err error) {
		m, err := r.ToMessage()
		if err != nil {
			return nil, err
		}
		add := func(element string, score, attributes rueidis.RedisMessage) error {
			match := rueidistx.VectorMatch{Element: element}
			if match.Score, err = score.AsFloat64(); err != nil {
				return err
			}
			text, err := attributes.ToString()
			match.Attributes = rueidistx.Optional[string]{Value: text, OK: err == nil}
			list = append(list, match)
			return nil
		}
		if m.IsMap() {
			pairs, err := m.AsMap()
			if err != nil {
				return nil, err
			}
			for element, about := range pairs {
				parts, err := about.ToArray()
				if err == nil {
					err = add(element, parts[0], parts[1])
				}
				if err != nil {
					return nil, err
				}
			}
			sort.Slice(list, func(i, j int) bool { return list[i].Score > list[j].Score })
			return list, nil
		}
		parts, err := m.ToArray()
		for i := 0; err == nil && i < len(parts); i += 3 {
			element, _ := parts[i].ToString()
			err = add(element, parts[i+1], parts[i+2])
		}
		return list, err
	},
}
