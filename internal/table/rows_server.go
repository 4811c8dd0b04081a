package table

var serverRows = []Command{
	{Name: "CONFIG GET", Method: "ConfigGet", Params: list(more("patterns")), Reply: rMap, Keys: noKeys, Effect: read, Since: "2.0.0", Cost: "O(n*m), n parameters and m patterns", Doc: "returns the configuration parameters whose names match a pattern, with their values: see [Match]. Several patterns need Redis 7.0. In a cluster, they are those of one arbitrary node"},
	{Name: "CONFIG SET", Method: "ConfigSet", Params: list(Param{"nameValues", kPairs}), Reply: rString, Keys: noKeys, Effect: overwrite, Since: "2.0.0", Cost: "O(n), n parameters", Doc: "sets configuration parameters, given as names and values in turn, until the server restarts. The reply is OK. Several need Redis 7.0, which sets all or none. In a cluster, it sets them on one arbitrary node: see [DB.EachPrimary]"},
	{Name: "DBSIZE", Method: "DBSize", Reply: rInt, Keys: noKeys, Effect: read, Since: "1.0.0", Doc: "returns the number of keys. In a cluster, it is that of one arbitrary node: see [DB.EachPrimary]"},
	{Name: "ECHO", Method: "Echo", Params: list(s("message")), Reply: rString, Keys: noKeys, Effect: read, Since: "1.0.0", Doc: "returns message"},
	{Name: "FLUSHALL", Method: "FlushAll", Params: list(options("FlushOption")), Reply: rString, Keys: noKeys, Effect: overwrite, Since: "1.0.0", Cost: "O(n), n keys", Doc: "deletes all keys of all databases. The reply is OK. In a cluster, it deletes those of one arbitrary node: see [DB.EachPrimary]"},
	{Name: "FLUSHDB", Method: "FlushDB", Params: list(options("FlushOption")), Reply: rString, Keys: noKeys, Effect: overwrite, Since: "1.0.0", Cost: "O(n), n keys", Doc: "deletes all keys of the client's database. The reply is OK. In a cluster, it deletes those of one arbitrary node: see [DB.EachPrimary]"},
	{Name: "INFO", Method: "Info", Params: list(Param{"sections", kAnyStrings}), Reply: Reply{"ServerInfo", "AsServerInfo"}, Keys: noKeys, Effect: read, Since: "1.0.0", Doc: "returns what the server says about itself: the given sections, or the default ones if there are none. Several sections need Redis 7.0. A section that the server does not know is left out. In a cluster, one arbitrary node replies: see [DB.EachPrimary]"},
	{Name: "PING", Method: "Ping", Reply: rString, Keys: noKeys, Effect: read, Since: "1.0.0", Doc: "returns PONG, in a cluster from one arbitrary node"},
	{Name: "PING", Method: "PingMessage", Params: list(s("message")), Reply: rString, Keys: noKeys, Effect: read, Since: "2.8.0", Doc: "with a message, which returns the message, in a cluster from one arbitrary node"},
	{Name: "TIME", Method: "Time", Reply: rTime, Keys: noKeys, Effect: read, Since: "2.6.0", Doc: "returns the server's time, to the microsecond"},
}
