package table

var hashRows = []Command{
	{Name: "HDEL", Method: "HDel", Params: list(key, more("fields")), Reply: rInt, Keys: oneKey, Effect: overwrite, Since: "2.0.0", Cost: "O(n), n fields", Doc: "deletes fields of the hash at key and returns how many of them existed"},
	{Name: "HEXISTS", Method: "HExists", Params: list(key, s("field")), Reply: rBool, Keys: oneKey, Effect: read, Since: "2.0.0", Doc: "reports whether the hash at key has field"},
	{Name: "HGET", Method: "HGet", Params: list(key, s("field")), Reply: rString, Keys: oneKey, Effect: read, Since: "2.0.0", Doc: "returns the value of field in the hash at key, or [ErrNil] if there is none"},
	{Name: "HGETALL", Method: "HGetAll", Params: list(key), Reply: rMap, Keys: oneKey, Effect: read, Since: "2.0.0", Cost: "O(n), n fields", Doc: "returns all fields and values of the hash at key, or an empty map if there is none"},
	{Name: "HINCRBY", Method: "HIncrBy", Params: list(key, s("field"), i("increment")), Reply: rInt, Keys: oneKey, Effect: accumulate, Since: "2.0.0", Doc: "adds increment to the integer in field of the hash at key (0 if there is none) and returns the result"},
	{Name: "HINCRBYFLOAT", Method: "HIncrByFloat", Params: list(key, s("field"), Param{"increment", kFinite}), Reply: rFloat, Keys: oneKey, Effect: accumulate, Since: "2.6.0", Doc: "adds increment to the number in field of the hash at key (0 if there is none) and returns the result"},
	{Name: "HKEYS", Method: "HKeys", Params: list(key), Reply: rStrings, Keys: oneKey, Effect: read, Since: "2.0.0", Cost: "O(n), n fields", Doc: "returns the fields of the hash at key"},
	{Name: "HLEN", Method: "HLen", Params: list(key), Reply: rInt, Keys: oneKey, Effect: read, Since: "2.0.0", Doc: "returns the number of fields of the hash at key"},
	{Name: "HMGET", Method: "HMGet", Params: list(key, more("fields")), Reply: rOptionals, Keys: oneKey, Effect: read, Since: "2.0.0", Cost: "O(n), n fields asked for", Doc: "returns the values of fields in the hash at key; OK is false for those that are missing"},
	{Name: "HRANDFIELD", Method: "HRandField", Params: list(key), Reply: rString, Keys: oneKey, Effect: read, Since: "6.2.0", Doc: "returns a random field of the hash at key, or [ErrNil] if there is none"},
	{Name: "HRANDFIELD", Method: "HRandFields", Params: list(key, i("count")), Reply: rStrings, Keys: oneKey, Effect: read, Since: "6.2.0", Cost: "O(n), n fields returned", Doc: "returns up to count distinct random fields of the hash at key, or -count fields, possibly repeated, if count is negative"},
	{Name: "HSET", Method: "HSet", Params: list(key, pairs("fieldValues")), Reply: rInt, Keys: oneKey, Effect: overwrite, Since: "2.0.0", Cost: "O(n), n fields to set", Doc: "sets each field of the hash at key to the value that follows it and returns how many fields are new. Several pairs need Redis 4.0"},
	{Name: "HSETNX", Method: "HSetNX", Params: list(key, s("field"), s("value")), Reply: rBool, Keys: oneKey, Effect: accumulate, Since: "2.0.0", Doc: "sets field of the hash at key to value unless the field exists, and reports whether it did"},
	{Name: "HSTRLEN", Method: "HStrLen", Params: list(key, s("field")), Reply: rInt, Keys: oneKey, Effect: read, Since: "3.2.0", Doc: "returns the length of the value of field in the hash at key in bytes, or 0 if there is none"},
	{Name: "HVALS", Method: "HVals", Params: list(key), Reply: rStrings, Keys: oneKey, Effect: read, Since: "2.0.0", Cost: "O(n), n fields", Doc: "returns the values of the hash at key"},
}
