package rueidistx

import (
	"reflect"
	"strconv"
	"strings"
	"sync/atomic"
)

// Entity is what keys belong to, such as a user or an order. The keys of one entity have a common {tag}, so they share a
// hash slot, and a transaction or script can use them together in a cluster. It is a small value: make it with [Tag] or
// [TagOf]. Commands on the keys of the zero Entity are [ErrInvalid].
type Entity struct {
	// with its braces; "" in the zero Entity
	tag string
}

// Tag returns the entity of a kind with an id: the keys of Tag("user", 42) begin with {user:42}.
//
// An id cannot reach the keys of another entity: "{", "}" and "%" in kind and id, and ":" in kind, are percent-encoded. If
// kind or id is empty, for example because it was never set, Tag returns the zero Entity.
func Tag[T ~string | ~int | ~int32 | ~int64 | ~uint | ~uint32 | ~uint64](kind string, id T) Entity {
	text := ""
	switch v := reflect.ValueOf(id); v.Kind() {
	case reflect.String:
		text = v.String()
	case reflect.Uint, reflect.Uint32, reflect.Uint64:
		text = strconv.FormatUint(v.Uint(), 10)
	default:
		text = integer(v.Int())
	}
	if kind == "" || text == "" {
		return Entity{}
	}
	return Entity{"{" + encodeKind.Replace(kind) + ":" + encodeID.Replace(text) + "}"}
}

var (
	encodeID   = strings.NewReplacer("%", "%25", "{", "%7B", "}", "%7D")
	encodeKind = strings.NewReplacer("%", "%25", "{", "%7B", "}", "%7D", ":", "%3A")
)

// TagOf returns the entity of an existing key, so that the entity's keys share key's hash slot. Its tag is the {tag} in
// key, or else all of key. If key is empty, has no tag but contains "}", or is one of the zero Entity, TagOf
// returns the zero Entity.
func TagOf(key string) Entity {
	tag := hashed(key)
	if tag == "" || strings.Contains(tag, "}") || isNoEntity(tag) {
		return Entity{}
	}
	return Entity{"{" + tag + "}"}
}

// Key returns a key of the entity: {user:42}:cart for "cart". Names are joined by ":" unchanged. Without names, the key is
// the tag alone.
func (e Entity) Key(names ...string) string {
	if e.tag == "" {
		noEntityUsed.Store(true)
		return noEntity
	}
	if len(names) == 0 {
		return e.tag
	}
	n := len(e.tag)
	for _, name := range names {
		n += 1 + len(name)
	}
	var key strings.Builder
	key.Grow(n)
	key.WriteString(e.tag)
	for _, name := range names {
		key.WriteByte(':')
		key.WriteString(name)
	}
	return key.String()
}

// String returns the tag, such as {user:42}.
func (e Entity) String() string { return e.tag }

// noEntity is the key of the zero Entity. Commands with it are refused, because Key has no error to return.
const noEntity = "\x00rueidistx: the key of an Entity whose kind or id is empty\x00"

// noEntityUsed records that the key of the zero Entity was asked for. Before, no word can have it, so no word is looked at.
var noEntityUsed atomic.Bool

// isNoEntity reports whether a word is the key of the zero Entity, or was made of it by adding to one of its ends.
func isNoEntity(word string) bool {
	return strings.HasPrefix(word, noEntity) || strings.HasSuffix(word, noEntity)
}

// checkEntities returns an error if a word is the key of the zero Entity.
func checkEntities(words []string) error {
	if !noEntityUsed.Load() {
		return nil
	}
	for _, w := range words {
		if isNoEntity(w) {
			return invalid("a key is of an Entity whose kind or id is empty")
		}
	}
	return nil
}

// Slot returns the hash slot of a key in a cluster, from 0 to 16383: the CRC16 of its {tag}, or else of all of it.
//
// See https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model.
func Slot(key string) uint16 { return slot(key) }

// GroupBySlot groups keys by hash slot, for commands with several keys in a cluster. The groups, and the keys in each
// group, keep the order of keys: each can be one command of a Batch. [DB.MGet] and its like do that themselves.
func GroupBySlot(keys []string) [][]string {
	var groups [][]string
	places := map[uint16]int{}
	for _, key := range keys {
		s := slot(key)
		at, ok := places[s]
		if !ok {
			at = len(groups)
			places[s], groups = at, append(groups, nil)
		}
		groups[at] = append(groups[at], key)
	}
	return groups
}
