package conformance

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
)

const (
	noVectors = "it has no vector sets"
	onX       = "\x00\x00\x80?\x00\x00\x00\x00" // 1 and 0, as VADD takes them
	twoPoints = "VADD $v VALUES 2 1 0 a; VADD $v VALUES 2 0 1 b"
)

var x = []float32{1, 0}

var vectorExamples = []example{
	{method: "VAdd", shows: "a new element", since: "8.0", embedded: noVectors,
		call:  func(c *commands, k keys) check { return is(c.VAdd(k("v"), x, "a"), true) },
		sends: "VADD $v FP32 " + onX + " a", then: "VCARD $v = 1; VDIM $v = 2"},
	{method: "VAdd", shows: "an element that exists", since: "8.0", embedded: noVectors, given: twoPoints,
		call:  func(c *commands, k keys) check { return is(c.VAdd(k("v"), x, "a"), false) },
		sends: "VADD $v FP32 " + onX + " a", then: "VCARD $v = 2"},
	{method: "VAdd", shows: "other dimensions", since: "8.0", embedded: noVectors, given: twoPoints,
		call:  func(c *commands, k keys) check { return fails(c.VAdd(k("v"), []float32{1, 0, 0}, "c"), "VADD", "") },
		sends: "VADD $v FP32 " + onX + "\x00\x00\x00\x00 c"},
	{method: "VAdd", shows: "options", since: "8.0", embedded: noVectors,
		call: func(c *commands, k keys) check {
			return is(c.VAdd(k("v"), x, "a", rueidistx.CAS, rueidistx.NoQuant, rueidistx.EF(10), rueidistx.SetAttr(`{"y":1}`), rueidistx.NumLinks(8)), true)
		},
		sends: "VADD $v FP32 " + onX + ` a CAS NOQUANT EF 10 SETATTR {"y":1} M 8`},
	{method: "VAdd", shows: "in one bit", since: "8.0", embedded: noVectors,
		call:  func(c *commands, k keys) check { return is(c.VAdd(k("v"), x, "a", rueidistx.Bin), true) },
		sends: "VADD $v FP32 " + onX + " a BIN"},
	{method: "VAdd", shows: "in eight bits", since: "8.0", embedded: noVectors,
		call:  func(c *commands, k keys) check { return is(c.VAdd(k("v"), x, "a", rueidistx.Q8), true) },
		sends: "VADD $v FP32 " + onX + " a Q8"},
	{method: "VAddReduced", shows: "fewer dimensions", since: "8.0", embedded: noVectors,
		call:  func(c *commands, k keys) check { return is(c.VAddReduced(k("v"), 1, x, "a"), true) },
		sends: "VADD $v REDUCE 1 FP32 " + onX + " a", then: "VDIM $v = 1"},
	{method: "VAddReduced", shows: "options", since: "8.0", embedded: noVectors,
		call: func(c *commands, k keys) check {
			return is(c.VAddReduced(k("v"), 1, x, "a", rueidistx.CAS, rueidistx.Q8, rueidistx.EF(10)), true)
		},
		sends: "VADD $v REDUCE 1 FP32 " + onX + " a CAS Q8 EF 10"},
	{method: "VCard", shows: "elements", since: "8.0", embedded: noVectors, given: twoPoints,
		call:  func(c *commands, k keys) check { return is(c.VCard(k("v")), 2) },
		sends: "VCARD $v"},
	{method: "VCard", shows: "none", since: "8.0", embedded: noVectors,
		call:  func(c *commands, k keys) check { return is(c.VCard(k("v")), 0) },
		sends: "VCARD $v"},
	{method: "VDim", shows: "dimensions", since: "8.0", embedded: noVectors, given: twoPoints,
		call:  func(c *commands, k keys) check { return is(c.VDim(k("v")), 2) },
		sends: "VDIM $v"},
	{method: "VDim", shows: "a missing key", since: "8.0", embedded: noVectors,
		call:  func(c *commands, k keys) check { return fails(c.VDim(k("v")), "VDIM", "") },
		sends: "VDIM $v"},
	{method: "VEmb", shows: "a vector", since: "8.0", embedded: noVectors, given: twoPoints,
		call:  func(c *commands, k keys) check { return is(c.VEmb(k("v"), "a"), x) },
		sends: "VEMB $v a"},
	{method: "VEmb", shows: "no element", since: "8.0", embedded: noVectors, given: twoPoints,
		call:  func(c *commands, k keys) check { return isNil(c.VEmb(k("v"), "z")) },
		sends: "VEMB $v z"},
	{method: "VEmbRaw", shows: "eight bits", since: "8.0", embedded: noVectors, given: twoPoints,
		call: func(c *commands, k keys) check {
			return is(c.VEmbRaw(k("v"), "a"), rueidistx.RawVector{Quantization: "int8", Data: "\x7f\x00", Norm: 1, Range: 1})
		},
		sends: "VEMB $v a RAW"},
	{method: "VEmbRaw", shows: "single precision", since: "8.0", embedded: noVectors, given: "VADD $v VALUES 2 1 0 a NOQUANT",
		call: func(c *commands, k keys) check {
			return is(c.VEmbRaw(k("v"), "a"), rueidistx.RawVector{Quantization: "f32", Data: onX, Norm: 1})
		},
		sends: "VEMB $v a RAW"},
	{method: "VEmbRaw", shows: "no element", since: "8.0", embedded: noVectors, given: twoPoints,
		call:  func(c *commands, k keys) check { return isNil(c.VEmbRaw(k("v"), "z")) },
		sends: "VEMB $v z RAW"},
	{method: "VGetAttr", shows: "attributes", since: "8.0", embedded: noVectors, given: `VADD $v VALUES 2 1 0 a SETATTR {"y":1}`,
		call:  func(c *commands, k keys) check { return is(c.VGetAttr(k("v"), "a"), `{"y":1}`) },
		sends: "VGETATTR $v a"},
	{method: "VGetAttr", shows: "none", since: "8.0", embedded: noVectors, given: twoPoints,
		call:  func(c *commands, k keys) check { return isNil(c.VGetAttr(k("v"), "a")) },
		sends: "VGETATTR $v a"},
	{method: "VInfo", shows: "a set", since: "8.0", embedded: noVectors, given: twoPoints,
		call: func(c *commands, k keys) check {
			return that(c.VInfo(k("v")), func(t *testing.T, info rueidistx.VectorSetInfo) {
				assert.Positive(t, info.MaxNodeID)
				info.MaxLevel, info.ID, info.MaxNodeID = 0, 0, 0
				require.Equal(t, rueidistx.VectorSetInfo{Quantization: "int8", NumLinks: 16, Dimensions: 2, Elements: 2}, info)
			})
		},
		sends: "VINFO $v"},
	{method: "VInfo", shows: "no set", since: "8.0", embedded: noVectors,
		call:  func(c *commands, k keys) check { return isNil(c.VInfo(k("v"))) },
		sends: "VINFO $v"},
	{method: "VIsMember", shows: "an element", since: "8.0", embedded: noVectors, given: twoPoints,
		call:  func(c *commands, k keys) check { return is(c.VIsMember(k("v"), "a"), true) },
		sends: "VISMEMBER $v a"},
	{method: "VIsMember", shows: "no element", since: "8.0", embedded: noVectors, given: twoPoints,
		call:  func(c *commands, k keys) check { return is(c.VIsMember(k("v"), "z"), false) },
		sends: "VISMEMBER $v z"},
	{method: "VLinks", shows: "neighbors", since: "8.0", embedded: noVectors, given: twoPoints,
		call: func(c *commands, k keys) check {
			return that(c.VLinks(k("v"), "a"), func(t *testing.T, layers [][]string) {
				require.NotEmpty(t, layers)
				require.Equal(t, []string{"b"}, layers[len(layers)-1])
			})
		},
		sends: "VLINKS $v a"},
	{method: "VLinks", shows: "no element", since: "8.0", embedded: noVectors, given: twoPoints,
		call:  func(c *commands, k keys) check { return isNil(c.VLinks(k("v"), "z")) },
		sends: "VLINKS $v z"},
	{method: "VLinksWithScores", shows: "neighbors", since: "8.0", embedded: noVectors, given: twoPoints,
		call: func(c *commands, k keys) check {
			return that(c.VLinksWithScores(k("v"), "a"), func(t *testing.T, layers [][]rueidistx.ScoredMember) {
				require.NotEmpty(t, layers)
				require.Equal(t, []rueidistx.ScoredMember{{Member: "b", Score: 0.5}}, layers[len(layers)-1])
			})
		},
		sends: "VLINKS $v a WITHSCORES"},
	{method: "VRandMember", shows: "one of them", since: "8.0", embedded: noVectors, given: twoPoints,
		call:  func(c *commands, k keys) check { return that(c.VRandMember(k("v")), oneOf("a", "b")) },
		sends: "VRANDMEMBER $v"},
	{method: "VRandMember", shows: "none", since: "8.0", embedded: noVectors,
		call:  func(c *commands, k keys) check { return isNil(c.VRandMember(k("v"))) },
		sends: "VRANDMEMBER $v"},
	{method: "VRandMembers", shows: "different ones", since: "8.0", embedded: noVectors, given: twoPoints,
		call:  func(c *commands, k keys) check { return has(c.VRandMembers(k("v"), 9), "a", "b") },
		sends: "VRANDMEMBER $v 9"},
	{method: "VRandMembers", shows: "none", since: "8.0", embedded: noVectors,
		call:  func(c *commands, k keys) check { return is(c.VRandMembers(k("v"), 2), []string{}) },
		sends: "VRANDMEMBER $v 2"},
	{method: "VRange", shows: "by name", since: "8.4", embedded: noVectors, given: twoPoints,
		call:  func(c *commands, k keys) check { return is(c.VRange(k("v"), "-", "[a", 10), []string{"a"}) },
		sends: "VRANGE $v - [a 10"},
	{method: "VRem", shows: "an element", since: "8.0", embedded: noVectors, given: twoPoints,
		call:  func(c *commands, k keys) check { return is(c.VRem(k("v"), "a"), true) },
		sends: "VREM $v a", then: "VCARD $v = 1"},
	{method: "VRem", shows: "no element", since: "8.0", embedded: noVectors, given: twoPoints,
		call:  func(c *commands, k keys) check { return is(c.VRem(k("v"), "z"), false) },
		sends: "VREM $v z"},
	{method: "VSetAttr", shows: "attributes", since: "8.0", embedded: noVectors, given: twoPoints,
		call:  func(c *commands, k keys) check { return is(c.VSetAttr(k("v"), "a", `{"y":1}`), true) },
		sends: `VSETATTR $v a {"y":1}`, then: `VGETATTR $v a = {"y":1}`},
	{method: "VSetAttr", shows: "none", since: "8.0", embedded: noVectors, given: `VADD $v VALUES 2 1 0 a SETATTR {"y":1}`,
		call:  func(c *commands, k keys) check { return is(c.VSetAttr(k("v"), "a", ""), true) },
		sends: `VSETATTR $v a ""`, then: "VGETATTR $v a = nil"},
	{method: "VSetAttr", shows: "no element", since: "8.0", embedded: noVectors, given: twoPoints,
		call:  func(c *commands, k keys) check { return is(c.VSetAttr(k("v"), "z", "{}"), false) },
		sends: "VSETATTR $v z {}"},
	{method: "VSim", shows: "the most similar first", since: "8.0", embedded: noVectors, given: twoPoints,
		call:  func(c *commands, k keys) check { return is(c.VSim(k("v"), x), []string{"a", "b"}) },
		sends: "VSIM $v FP32 " + onX},
	{method: "VSim", shows: "none", since: "8.0", embedded: noVectors,
		call:  func(c *commands, k keys) check { return is(c.VSim(k("v"), x), []string{}) },
		sends: "VSIM $v FP32 " + onX},
	{method: "VSim", shows: "options", since: "8.0", embedded: noVectors, given: `VADD $v VALUES 2 1 0 a SETATTR {"y":1}; VADD $v VALUES 2 0 1 b SETATTR {"y":2}`,
		call: func(c *commands, k keys) check {
			return is(c.VSim(k("v"), x, rueidistx.Count(5), rueidistx.EF(10), rueidistx.Filter(".y>1"), rueidistx.FilterEF(20), rueidistx.Truth, rueidistx.NoThread), []string{"b"})
		},
		sends: "VSIM $v FP32 " + onX + " COUNT 5 EF 10 FILTER .y>1 FILTER-EF 20 TRUTH NOTHREAD"},
	{method: "VSim", shows: "a filter that is none", since: "8.0", embedded: noVectors, given: twoPoints,
		call: func(c *commands, k keys) check {
			return fails(c.VSim(k("v"), x, rueidistx.Filter("secret(")), "VSIM", "")
		},
		sends: "VSIM $v FP32 " + onX + " FILTER secret("},
	{method: "VSim", shows: "similar enough", since: "8.0", embedded: noVectors, given: twoPoints,
		call:  func(c *commands, k keys) check { return is(c.VSim(k("v"), x, rueidistx.Epsilon(0.25)), []string{"a"}) },
		sends: "VSIM $v FP32 " + onX + " EPSILON 0.25"},
	{method: "VSimWithScores", shows: "the most similar first", since: "8.0", embedded: noVectors, given: twoPoints,
		call: func(c *commands, k keys) check {
			return is(c.VSimWithScores(k("v"), x), []rueidistx.ScoredMember{{Member: "a", Score: 1}, {Member: "b", Score: 0.5}})
		},
		sends: "VSIM $v FP32 " + onX + " WITHSCORES"},
	{method: "VSimMatches", shows: "the most similar first", since: "8.2", embedded: noVectors, given: `VADD $v VALUES 2 1 0 a SETATTR {"y":1}; VADD $v VALUES 2 0 1 b`,
		call: func(c *commands, k keys) check {
			return is(c.VSimMatches(k("v"), x), []rueidistx.VectorMatch{
				{Element: "a", Score: 1, Attributes: rueidistx.Optional[string]{Value: `{"y":1}`, OK: true}}, {Element: "b", Score: 0.5},
			})
		},
		sends: "VSIM $v FP32 " + onX + " WITHSCORES WITHATTRIBS"},
	{method: "VSimElement", shows: "the most similar first", since: "8.0", embedded: noVectors, given: twoPoints,
		call: func(c *commands, k keys) check {
			return is(c.VSimElement(k("v"), "a", rueidistx.Count(5)), []string{"a", "b"})
		},
		sends: "VSIM $v ELE a COUNT 5"},
	{method: "VSimElement", shows: "no element", since: "8.0", embedded: noVectors, given: twoPoints,
		call:  func(c *commands, k keys) check { return fails(c.VSimElement(k("v"), "z"), "VSIM", "") },
		sends: "VSIM $v ELE z"},
	{method: "VSimElementWithScores", shows: "the most similar first", since: "8.0", embedded: noVectors, given: twoPoints,
		call: func(c *commands, k keys) check {
			return is(c.VSimElementWithScores(k("v"), "a"), []rueidistx.ScoredMember{{Member: "a", Score: 1}, {Member: "b", Score: 0.5}})
		},
		sends: "VSIM $v ELE a WITHSCORES"},
	{method: "VSimElementMatches", shows: "the most similar first", since: "8.2", embedded: noVectors, given: `VADD $v VALUES 2 1 0 a SETATTR {"y":1}; VADD $v VALUES 2 0 1 b`,
		call: func(c *commands, k keys) check {
			return is(c.VSimElementMatches(k("v"), "a"), []rueidistx.VectorMatch{
				{Element: "a", Score: 1, Attributes: rueidistx.Optional[string]{Value: `{"y":1}`, OK: true}}, {Element: "b", Score: 0.5},
			})
		},
		sends: "VSIM $v ELE a WITHSCORES WITHATTRIBS"},
}
