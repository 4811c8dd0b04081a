package rueidistx_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(redistest.Suite{M: m},
		// rueidis closes the connections to nodes that have left a cluster 5 seconds late, even when it was closed itself,
		goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*clusterClient)._refresh.func2"),
		// asks for the topology up to a second late,
		goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*call).DelayDo.func1"),
		// and closes a connection late that it replaces because two nodes redirect to each other.
		goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*clusterClient).redirectOrNew.func1"))
}
