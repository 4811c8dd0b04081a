package table

var serverRows = []Command{
	{Name: "DBSIZE", Method: "DBSize", Reply: rInt, Keys: noKeys, Effect: read, Since: "1.0.0", Doc: "returns the number of keys; in a cluster, the number on one arbitrary node"},
	{Name: "ECHO", Method: "Echo", Params: list(s("message")), Reply: rString, Keys: noKeys, Effect: read, Since: "1.0.0", Doc: "returns message"},
	{Name: "PING", Method: "Ping", Reply: rString, Keys: noKeys, Effect: read, Since: "1.0.0", Doc: "returns PONG; in a cluster, from one arbitrary node"},
	{Name: "TIME", Method: "Time", Reply: rTime, Keys: noKeys, Effect: read, Since: "2.6.0", Doc: "returns the server's time, to the microsecond"},
}
