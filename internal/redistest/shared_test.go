package redistest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestShared(t *testing.T) {
	t.Parallel()
	s := Shared(t)
	for i := range 3 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			assert.Same(t, s, Shared(t))
			got, err := Shared(t).Do(t, "INCR", Key(t, "n")).ToInt64()
			require.NoError(t, err)
			assert.EqualValues(t, 1, got)
			assert.Panics(t, s.Kill)
		})
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	a, b := Key(t, "a"), Key(t, "b")
	assert.NotEqual(t, a, b)
	assert.Equal(t, a, Key(t, "a"))
	assert.True(t, strings.HasPrefix(a, "{TestKey:"), a)
	c := new(Cluster)
	assert.Equal(t, c.Slot(a), c.Slot(b))
	t.Run("a}b{c", func(t *testing.T) {
		in := Key(t, "x}")
		assert.Equal(t, 1, strings.Count(in, "{"), in)
		assert.True(t, strings.HasPrefix(in, "{TestKey/a)b(c:"), in)
		assert.Equal(t, c.Slot(in), c.Slot(Key(t, "{y}")))
		assert.NotEqual(t, Key(t, "a"), a)
	})
}

func TestEmbedded(t *testing.T) {
	t.Parallel()
	client, err := rueidis.NewClient(EmbeddedOption(StartEmbedded(t)))
	require.NoError(t, err)
	defer client.Close()
	ctx := t.Context()
	require.NoError(t, client.Do(ctx, client.B().Set().Key("k").Value("v").Build()).Error())
	got, err := client.Do(ctx, client.B().Get().Key("k").Build()).ToString()
	require.NoError(t, err)
	assert.Equal(t, "v", got)
}

// recorder notes how a test would have ended.
type recorder struct {
	testing.TB
	failed, skipped string
}

func (r *recorder) Helper()                        {}
func (r *recorder) Fatalf(format string, a ...any) { r.failed = fmt.Sprintf(format, a...); panic(r) }
func (r *recorder) Skipf(format string, a ...any)  { r.skipped = fmt.Sprintf(format, a...); panic(r) }

func TestSkipOrFail(t *testing.T) {
	// the variable is read once, so the set is changed, not the variable
	required()["test-a"] = true
	defer delete(required(), "test-a")
	assert.True(t, Required("test-a"))
	assert.False(t, Required("test-b"))
	defer func(was map[string]int) { skipped.byName = was }(skipped.byName)
	skipped.byName = nil
	r := &recorder{TB: t}
	assert.Panics(t, func() { SkipOrFail(r, "test-a", "it is gone") })
	assert.Equal(t, "test-a is in RUEIDISTX_REQUIRE, but it is gone", r.failed)
	assert.Empty(t, skipped.String())
	r = &recorder{TB: t}
	assert.Panics(t, func() { SkipOrFail(r, "test-b", "it is gone") })
	assert.Equal(t, "no test-b: it is gone", r.skipped)
	assert.Equal(t, "skipped tests: 1 without test-b", skipped.String())
	assert.Empty(t, r.failed)
}
