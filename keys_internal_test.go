package rueidistx

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx/internal/canned"
)

func TestSlotIsRedisClusters(t *testing.T) {
	for key, want := range map[string]uint16{"": 0, "foo": 12182, "123456789": 12739, "{foo}bar": 12182} {
		require.Equal(t, want, slot(key), key)
	}
	client, conn, err := canned.New()
	require.NoError(t, err)
	defer func() {
		conn.Serve("+PONG\r\n")
		client.Close()
	}()
	for _, key := range []string{"", "a", "{}foo", "foo{}bar", "foo{bar", "foo{bar}baz{x}", "}{a}", "{{a}}", "\x00\xff{\xff}"} {
		command := client.B().Get().Key(key).Build()
		require.Equal(t, command.Slot()&(1<<14-1), slot(key), "%q", key)
	}
	slots := uint16(200)
	if testing.Short() {
		slots = 20
	}
	for s := range slots {
		require.Equal(t, s, slot(keyOf(s, []string{"x", "y"})))
	}
}
