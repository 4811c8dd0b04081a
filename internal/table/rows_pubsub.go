package table

var pubsubRows = []Command{
	{Name: "PUBLISH", Method: "Publish", Params: list(s("channel"), s("message")), Reply: rInt, Keys: noKeys, Effect: accumulate, Since: "2.0.0", Cost: "O(n+m), n subscribers of the channel and m patterns that anybody has subscribed to", Doc: "sends message to the subscribers of channel and returns how many received it; in a cluster, only those on the node that received the command are counted"},
	{Name: "SPUBLISH", Method: "SPublish", Params: list(s("channel"), s("message")), Reply: rInt, Keys: oneKey, Effect: accumulate, Since: "7.0.0", Cost: "O(n), n subscribers", Doc: "sends message to the subscribers of a shard channel, which has a hash slot like a key, and returns how many received it"},
}
