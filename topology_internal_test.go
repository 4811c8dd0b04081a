package rueidistx

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOwnSlots(t *testing.T) {
	text := strings.Join([]string{
		"id1 127.0.0.1:7001@17001,host.example myself,master - 0 1700000000000 1 connected 0-99 200 [7->-id2] [150-<-id3]",
		"id2 ::1:7002@17002 master - 0 1700000000000 2 connected 100-199",
		"id3 :7003@17003 slave,fail id2 0 1700000000000 2 disconnected",
	}, "\n") + "\n"
	o, err := ownOf(text, "10.0.0.1:7001")
	require.NoError(t, err)
	require.Equal(t, own{
		slots:     []slotRange{{first: 0, last: 99}, {first: 200, last: 200}},
		migrating: map[uint16]string{7: "id2"},
		importing: []uint16{150},
		addrs:     map[string]string{"id1": "127.0.0.1:7001", "id2": "[::1]:7002", "id3": "10.0.0.1:7003"},
		hosts:     map[string]string{"id1": "host.example:7001"},
	}, o)
	byHost := []slotRange{{addr: "host.example:7001", id: "id1"}, {addr: "other:7002", id: "id2"}}
	require.Equal(t, "other:7002", o.addressIn(byHost, "id2"))
	require.Equal(t, "10.0.0.1:7003", o.addressIn(byHost, "id3"))
	o.hosts["id3"] = "third:7003"
	require.Equal(t, "third:7003", o.addressIn(byHost, "id3"))
	require.Equal(t, "10.0.0.1:7003", o.addressIn([]slotRange{{addr: "127.0.0.1:7001", id: "id1"}}, "id3"))
	for _, text := range []string{
		"id", "id1 a myself,master - 0 0 1 connected", "id1 a:1@2 myself,master - 0 0 1 connected x",
		"id1 a:1@2 myself,master - 0 0 1 connected 0-x", "id1 a:1@2 myself,master - 0 0 1 connected 16384",
		"id1 a:1@2 myself,master - 0 0 1 connected [x->-id2]", "id1 a:1@2 myself,master - 0 0 1 connected [-<-id2]",
	} {
		_, err := ownOf(text, "a:1")
		require.ErrorIs(t, err, ErrDecode, text)
	}
}

// TestSettled is about a slot that moves from a to b while it is read.
func TestSettled(t *testing.T) {
	at := func(owner, to string) *layout {
		l := &layout{moving: map[uint16]string{}}
		l.owners[7] = owner
		if to != "" {
			l.moving[7] = to
		}
		return l
	}
	for _, test := range []struct {
		before, after *layout
		settled       bool
	}{
		{at("a", ""), at("a", ""), true},
		{at("a", ""), at("b", ""), false},
		{at("a", ""), at("a", "b"), false},
		{at("a", "b"), at("a", "b"), true},
		{at("a", "b"), at("b", ""), true},
		{at("a", "b"), at("a", ""), false},
		{at("a", "b"), at("c", ""), false},
		{at("a", "b"), at("b", "c"), false},
		{at("", ""), at("", ""), true},
		{at("", ""), at("a", ""), false},
	} {
		require.Equal(t, test.settled, test.after.settled(test.before, 7))
	}
}
