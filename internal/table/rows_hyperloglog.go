package table

var hyperloglogRows = []Command{
	{Name: "PFADD", Method: "PFAdd", Params: list(key, Param{"elements", kAnyStrings}), Reply: rBool, Keys: oneKey, Effect: overwrite, Since: "2.8.9", Cost: "O(n), n elements to add", Doc: "adds elements, if any, to the HyperLogLog at key, creating it if necessary, and reports whether it changed"},
	{Name: "PFCOUNT", Method: "PFCount", Params: list(more("keys")), Reply: rInt, Keys: allKeys, Effect: read, Since: "2.8.9", Cost: "O(n), n keys", Doc: "returns the estimated number of distinct elements in the HyperLogLogs at keys. The server may store the number with the key, which in a [DB.Watch] counts as a change: the closure then runs twice"},
	{Name: "PFMERGE", Method: "PFMerge", Params: list(s("destination"), Param{"sources", kAnyStrings}), Reply: rString, Keys: allKeys, Effect: overwrite, Since: "2.8.9", Cost: "O(n), n sources", Doc: "merges the HyperLogLogs at sources, if any, into destination, creating it if necessary. The reply is OK"},
}
