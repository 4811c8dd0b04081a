package rueidistx

import (
	"errors"
	"time"

	"github.com/redis/rueidis"
)

// FieldChange is what a command has done with a field of a hash.
type FieldChange int8

const (
	FieldMissing   FieldChange = -2 // there is no such field, or no hash
	FieldNoTTL     FieldChange = -1 // HPERSIST: it had no TTL
	FieldUnchanged FieldChange = 0  // its TTL does not meet the condition
	FieldChanged   FieldChange = 1  // its TTL was set or removed
	FieldDeleted   FieldChange = 2  // it was deleted, as its TTL is over
)

// String says it in words.
func (c FieldChange) String() string {
	switch c {
	case FieldMissing:
		return "missing"
	case FieldNoTTL:
		return "no TTL"
	case FieldUnchanged:
		return "unchanged"
	case FieldChanged:
		return "changed"
	case FieldDeleted:
		return "deleted"
	}
	return "?"
}

func asFieldChange(m rueidis.RedisMessage) (FieldChange, error) {
	n, err := AsInt64(m)
	if err == nil && (n < int64(FieldMissing) || n > int64(FieldDeleted)) {
		return 0, mismatch("what became of a field")
	}
	return FieldChange(n), err
}

func asFieldChanges(m rueidis.RedisMessage) ([]FieldChange, error) { return elements(m, asFieldChange) }

// asFields decodes fields with their values, in turn or in pairs.
func asFields(m rueidis.RedisMessage) ([]Field, error) {
	list, err := pairsOf(&m)
	if err == ErrNil {
		return nil, err
	}
	if err != nil {
		return nil, mismatch("fields with their values")
	}
	return list.fields()
}

// fields decodes the pairs.
func (p pairs) fields() ([]Field, error) {
	return eachPair(p, func(name, value *rueidis.RedisMessage) (f Field, err error) {
		if f.Name, err = decodeElement(*name, AsString); err == nil {
			f.Value, err = decodeElement(*value, AsString)
		}
		return f, err
	})
}

func asFieldPage(m rueidis.RedisMessage) (Page[Field], error) { return pageOf(m, asFields) }

// orMissing returns a decoder of what decode says ErrNil for as a missing value, such as the TTL of a missing field.
func orMissing[T any](decode Decoder[T]) Decoder[Optional[T]] {
	return func(m rueidis.RedisMessage) (Optional[T], error) {
		v, err := decode(m)
		if errors.Is(err, ErrNil) {
			return Optional[T]{}, nil
		}
		return Optional[T]{Value: v, OK: err == nil}, err
	}
}

var (
	asOptionalTTL         = orMissing(asTTL)
	asOptionalPTTL        = orMissing(asPTTL)
	asOptionalExpireTime  = orMissing(asExpireTime)
	asOptionalPExpireTime = orMissing(asPExpireTime)
)

func asTTLs(m rueidis.RedisMessage) ([]Optional[time.Duration], error) {
	return elements(m, asOptionalTTL)
}

func asPTTLs(m rueidis.RedisMessage) ([]Optional[time.Duration], error) {
	return elements(m, asOptionalPTTL)
}

func asExpireTimes(m rueidis.RedisMessage) ([]Optional[time.Time], error) {
	return elements(m, asOptionalExpireTime)
}

func asPExpireTimes(m rueidis.RedisMessage) ([]Optional[time.Time], error) {
	return elements(m, asOptionalPExpireTime)
}
