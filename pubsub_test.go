package rueidistx_test

import (
	"context"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx/internal/redistest"
)

// TestSubscribersAreCounted subscribes to what the examples find nobody at.
func TestSubscribersAreCounted(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	db := openFor(t, s.Option())
	ctx, cancel := context.WithCancel(redistest.Context(t))
	defer cancel()
	client := s.Client(t)
	done := make(chan error, 3)
	subscribed := make(chan struct{}, 4)
	receiving := rueidis.WithOnSubscriptionHook(ctx, func(rueidis.PubSubSubscription) { subscribed <- struct{}{} })
	ignore := func(rueidis.PubSubMessage) {}
	commands := []rueidis.Completed{
		client.B().Subscribe().Channel("a", "b").Build(), client.B().Psubscribe().Pattern("a*").Build(),
	}
	if s.Since("7.0") {
		commands = append(commands, client.B().Ssubscribe().Channel("shard").Build())
	}
	for _, c := range commands {
		go func() { done <- client.Receive(receiving, c, ignore) }()
	}
	for range len(commands) + 1 {
		<-subscribed
	}

	auto := db.Auto(redistest.Context(t))
	require.ElementsMatch(t, []string{"a", "b"}, auto.PubSubChannels("*").Must())
	require.Equal(t, []string{"b"}, auto.PubSubChannels("[b-z]").Must())
	require.Equal(t, map[string]int64{"a": 1, "c": 0}, auto.PubSubNumSub("a", "c", "a").Must())
	require.EqualValues(t, 1, auto.PubSubNumPat().Must())
	if s.Since("7.0") {
		require.Equal(t, []string{"shard"}, auto.PubSubShardChannels("*").Must())
		require.Equal(t, map[string]int64{"shard": 1, "other": 0}, auto.PubSubShardNumSub("shard", "other").Must())
	}
	require.EqualValues(t, 2, auto.Publish("a", "hello").Must(), "the channel's and the pattern's")
	cancel()
	for range commands {
		require.ErrorIs(t, <-done, context.Canceled)
	}
}
