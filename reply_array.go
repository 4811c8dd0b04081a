package rueidistx

import (
	"strconv"

	"github.com/redis/rueidis"
)

// ArrayInfo describes an array.
type ArrayInfo struct {
	Count           int64  // the number of elements that have a value
	Len             uint64 // the highest index plus 1
	Next            uint64 // the insertion cursor; 0 also if it is behind the last possible index
	Slices          int64  // the parts that have memory
	DirectorySize   int64
	SuperDirEntries int64
	SliceSize       int64 // elements in a slice
}

// ArrayDetail describes an array and its slices.
type ArrayDetail struct {
	ArrayInfo
	DenseSlices, SparseSlices  int64
	AvgDenseSize, AvgDenseFill float64 // elements that there is memory for, and the part of them that have a value
	AvgSparseSize              float64
}

// asIndex decodes an index of an array. rueidis has the integers above those of an int64 as negative ones.
func asIndex(m rueidis.RedisMessage) (uint64, error) {
	if m.IsInt64() {
		n, err := m.ToInt64()
		return uint64(n), err
	}
	if m.IsNil() {
		return 0, ErrNil
	}
	s, ok := textOf(&m)
	n, err := strconv.ParseUint(s, 10, 64)
	if !ok || err != nil {
		return 0, mismatch("an index")
	}
	return n, nil
}

func asIndexes(m rueidis.RedisMessage) ([]uint64, error) { return elements(m, asIndex) }

// asIndexed decodes pairs of an index and a value.
func asIndexed(m rueidis.RedisMessage) ([]Indexed, error) {
	return ofPairs(m, func(index, value *rueidis.RedisMessage) (found Indexed, err error) {
		if found.Index, err = decodeElement(*index, asIndex); err == nil {
			found.Value, err = decodeElement(*value, AsString)
		}
		return found, err
	})
}

func asArrayInfo(m rueidis.RedisMessage) (ArrayInfo, error) {
	detail, err := asArrayDetail(m)
	return detail.ArrayInfo, err
}

// asArrayDetail decodes the reply of ARINFO, with or without FULL.
func asArrayDetail(m rueidis.RedisMessage) (info ArrayDetail, err error) {
	err = eachField(&m, func(name string, value rueidis.RedisMessage) (err error) {
		switch name {
		case "count":
			info.Count, err = decodeElement(value, AsInt64)
		case "len":
			info.Len, err = decodeElement(value, asIndex)
		case "next-insert-index":
			info.Next, err = decodeElement(value, asIndex)
		case "slices":
			info.Slices, err = decodeElement(value, AsInt64)
		case "directory-size":
			info.DirectorySize, err = decodeElement(value, AsInt64)
		case "super-dir-entries":
			info.SuperDirEntries, err = decodeElement(value, AsInt64)
		case "slice-size":
			info.SliceSize, err = decodeElement(value, AsInt64)
		case "dense-slices":
			info.DenseSlices, err = decodeElement(value, AsInt64)
		case "sparse-slices":
			info.SparseSlices, err = decodeElement(value, AsInt64)
		case "avg-dense-size":
			info.AvgDenseSize, err = decodeElement(value, AsFloat64)
		case "avg-dense-fill":
			info.AvgDenseFill, err = decodeElement(value, AsFloat64)
		case "avg-sparse-size":
			info.AvgSparseSize, err = decodeElement(value, AsFloat64)
		}
		return err
	})
	if err != nil {
		return ArrayDetail{}, err
	}
	return info, nil
}
