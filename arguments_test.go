package rueidistx_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/rueidistx/rueidistx"
)

// TestWordsOfConstants prints what is made for printing, also what is not valid.
func TestWordsOfConstants(t *testing.T) {
	for want, value := range map[string]fmt.Stringer{
		"u1": rueidistx.Unsigned(1), "u63": rueidistx.Unsigned(63), "i64": rueidistx.Signed(64),
		"WRAP": rueidistx.BitWrap, "SAT": rueidistx.BitSaturate, "FAIL": rueidistx.BitFail,
		"OBO": rueidistx.OneByOne, "BULK": rueidistx.InBulk,
		"AND": rueidistx.BitAnd, "NOT": rueidistx.BitNot, "ONE": rueidistx.BitOne,
		"missing": rueidistx.FieldMissing, "no TTL": rueidistx.FieldNoTTL, "unchanged": rueidistx.FieldUnchanged,
		"changed": rueidistx.FieldChanged, "deleted": rueidistx.FieldDeleted,
	} {
		assert.Equal(t, want, value.String())
	}
	for _, value := range []fmt.Stringer{
		rueidistx.BitType{}, rueidistx.Unsigned(64), rueidistx.Unsigned(0), rueidistx.Signed(65), rueidistx.Signed(-1),
		rueidistx.BitOverflow(0), rueidistx.MoveOrder(0), rueidistx.BitFail + 1, rueidistx.BitOperator(0), rueidistx.BitOne + 1, rueidistx.FieldChange(3),
	} {
		assert.Equal(t, "?", value.String())
	}
}
