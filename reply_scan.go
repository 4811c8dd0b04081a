package rueidistx

import (
	"strconv"

	"github.com/redis/rueidis"
)

// Page is a part of a collection that is read page by page: SCAN, HSCAN, SSCAN and ZSCAN return one. Cursor is to be
// passed for the next page; the first one has 0. A page may have any number of items, also none. What the collection
// contains during the whole of the reading is in at least one page, and may be in several. Pages come from primaries, also
// with SendToReplicas, because a cursor has a meaning only on the server that it came from: see [DB.Scan] and [DB.ScanHash],
// which also notice a server that was replaced.
type Page[T any] struct {
	Cursor uint64
	Items  []T
}

// Done reports whether there is no next page.
func (p Page[T]) Done() bool { return p.Cursor == 0 }

// pageOf decodes a cursor and the items after it.
func pageOf[T any](m rueidis.RedisMessage, items Decoder[[]T]) (Page[T], error) {
	parts, err := partsOf(&m, 2, "a cursor and a page")
	if err != nil {
		return Page[T]{}, err
	}
	text, err := decodeElement(parts[0], AsString)
	if err != nil {
		return Page[T]{}, err
	}
	cursor, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return Page[T]{}, mismatch("a cursor and a page")
	}
	list, err := decodeElement(parts[1], items)
	if err != nil {
		return Page[T]{}, err
	}
	return Page[T]{cursor, list}, nil
}

func asPage(m rueidis.RedisMessage) (Page[string], error) { return pageOf(m, AsStrings) }
