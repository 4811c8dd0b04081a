package redistest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
)

// keyspace numbers the tests that asked for keys. run tells test binaries
// apart that use one server at the same time.
var keyspace = struct {
	sync.Mutex
	run  uint32
	next int
	of   map[testing.TB]string
}{run: rand.Uint32(), of: map[testing.TB]string{}}

// Key returns a key that belongs to the test: the same one for the same test
// and tag, another one in every other test, subtest or repetition of the test.
// All keys of one test have the same hash tag and so the same cluster slot.
func Key(tb testing.TB, tag string) string {
	keyspace.Lock()
	defer keyspace.Unlock()
	hashTag, ok := keyspace.of[tb]
	if !ok {
		keyspace.next++
		// a brace in the test's name would end the hash tag early
		name := strings.NewReplacer("{", "(", "}", ")").Replace(tb.Name())
		hashTag = fmt.Sprintf("%s:%x.%d", name, keyspace.run, keyspace.next)
		keyspace.of[tb] = hashTag
		tb.Cleanup(func() {
			keyspace.Lock()
			defer keyspace.Unlock()
			delete(keyspace.of, tb)
		})
	}
	return "{" + hashTag + "}:" + tag
}
