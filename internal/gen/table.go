package main

// command is a row of the table: one method.
type command struct {
	name   string // as Redis spells it
	method string
	params []param
	wire   []string // order of the arguments, if it is not that of the parameters: see wireOf
	reply  reply
	keys   keys
	effect string // what running it again does
	since  string // Redis version
	doc    string // completes "<Method> queues <NAME>, which ..."

	// The command to use instead if a duration or time is not a whole number of seconds.
	milli string
}

// keys are the positions of the keys, as COMMAND reports them.
type keys struct{ first, last, step, numkeys int }

var (
	oneKey    = keys{first: 1, last: 1, step: 1}
	twoKeys   = keys{first: 1, last: 2, step: 1}
	allKeys   = keys{first: 1, last: -1, step: 1}
	pairKeys  = keys{first: 1, last: -1, step: 2}
	bitOpKeys = keys{first: 2, last: -1, step: 1}
	countKeys = keys{numkeys: 1}
	storeKeys = keys{first: 1, last: 1, step: 1, numkeys: 2}
	noKeys    = keys{}
)

const (
	read       = "effectRead"
	overwrite  = "effectOverwrite"
	accumulate = "effectAccumulate"
)

// param is a parameter of the method.
type param struct {
	name string
	kind string
}

const (
	kString      = "string"
	kInt         = "int64"
	kFloat       = "float64"
	kFinite      = "finite"    // float64, not infinite
	kStrings     = "...string" // at least one
	kAnyStrings  = "...string or none"
	kPairs       = "pairs"        // ...string, in pairs
	kPairList    = "pair list"    // []string, in pairs
	kMembers     = "members"      // []ScoredMember
	kDuration    = "duration"     // seconds, or milliseconds with the milli command
	kTime        = "time"         // the same
	kBool        = "bool"         // 0 or 1
	kBefore      = "before"       // bool, BEFORE or AFTER
	kEnd         = "end"          // of a list: LEFT or RIGHT
	kBitOperator = "bit operator" // AND, OR, XOR or NOT
	kTrimming    = "trimming"     // how XTRIM shortens
	kOptions     = "...option "   // followed by the interface's name
)

func s(name string) param         { return param{name, kString} }
func i(name string) param         { return param{name, kInt} }
func f(name string) param         { return param{name, kFloat} }
func more(name string) param      { return param{name, kStrings} }
func pairs(name string) param     { return param{name, kPairs} }
func options(name string) param   { return param{"options", kOptions + name} }
func end(name string) param       { return param{name, kEnd} }
func list(ps ...param) []param    { return ps }
func order(ws ...string) []string { return ws }

var key = s("key")

// reply is a Go type with its decoder.
type reply struct{ goType, decoder string }

var (
	rInt       = reply{"int64", "AsInt64"}
	rFloat     = reply{"float64", "AsFloat64"}
	rString    = reply{"string", "AsString"}
	rStrings   = reply{"[]string", "AsStrings"}
	rBool      = reply{"bool", "AsBool"}
	rBools     = reply{"[]bool", "AsBools"}
	rDone      = reply{"bool", "AsDone"}
	rOptionals = reply{"[]Optional[string]", "AsOptionals"}
	rFloats    = reply{"[]Optional[float64]", "asOptionalFloats"}
	rMap       = reply{"map[string]string", "asHash"}
	rMember    = reply{"ScoredMember", "asScoredMember"}
	rMembers   = reply{"[]ScoredMember", "AsScoredMembers"}
	rEntries   = reply{"[]StreamEntry", "AsStreamEntries"}
	rTTL       = reply{"time.Duration", "asTTL"}
	rPTTL      = reply{"time.Duration", "asPTTL"}
	rExpire    = reply{"time.Time", "asExpireTime"}
	rPExpire   = reply{"time.Time", "asPExpireTime"}
	rTime      = reply{"time.Time", "asTime"}
)

// table holds the commands by group, each group in alphabetical order. It deliberately omits commands that block, that
// change the state of a connection, or that make no sense in a batch: Queue accepts those of them that are allowed.
var table = []command{
	// Strings
	{name: "APPEND", method: "Append", params: list(key, s("value")), reply: rInt, keys: oneKey, effect: accumulate, since: "2.0.0", doc: "appends value to the string at key and returns its new length in bytes"},
	{name: "DECR", method: "Decr", params: list(key), reply: rInt, keys: oneKey, effect: accumulate, since: "1.0.0", doc: "subtracts 1 from the integer at key (0 if there is none) and returns the result"},
	{name: "DECRBY", method: "DecrBy", params: list(key, i("decrement")), reply: rInt, keys: oneKey, effect: accumulate, since: "1.0.0", doc: "subtracts decrement from the integer at key (0 if there is none) and returns the result"},
	{name: "GET", method: "Get", params: list(key), reply: rString, keys: oneKey, effect: read, since: "1.0.0", doc: "returns the string at key, or [ErrNil] if there is none"},
	{name: "GETDEL", method: "GetDel", params: list(key), reply: rString, keys: oneKey, effect: accumulate, since: "6.2.0", doc: "deletes key and returns its string, or [ErrNil] if there is none"},
	{name: "GETEX", method: "GetEx", params: list(key, options("GetExOption")), reply: rString, keys: oneKey, effect: overwrite, since: "6.2.0", doc: "returns the string at key, or [ErrNil] if there is none, and changes its TTL. Options: [EX], [EXAT], [Persist]"},
	{name: "GETRANGE", method: "GetRange", params: list(key, i("start"), i("end")), reply: rString, keys: oneKey, effect: read, since: "2.4.0", doc: "returns the bytes start to end of the string at key, both included; negative positions count from the end"},
	{name: "INCR", method: "Incr", params: list(key), reply: rInt, keys: oneKey, effect: accumulate, since: "1.0.0", doc: "adds 1 to the integer at key (0 if there is none) and returns the result"},
	{name: "INCRBY", method: "IncrBy", params: list(key, i("increment")), reply: rInt, keys: oneKey, effect: accumulate, since: "1.0.0", doc: "adds increment to the integer at key (0 if there is none) and returns the result"},
	{name: "INCRBYFLOAT", method: "IncrByFloat", params: list(key, param{"increment", kFinite}), reply: rFloat, keys: oneKey, effect: accumulate, since: "2.6.0", doc: "adds increment to the number at key (0 if there is none) and returns the result"},
	{name: "MGET", method: "MGet", params: list(more("keys")), reply: rOptionals, keys: allKeys, effect: read, since: "1.0.0", doc: "returns the string at each of keys; OK is false for a key that is missing or has another type. In a cluster the keys must share a slot"},
	{name: "MSET", method: "MSet", params: list(pairs("keyValues")), reply: rString, keys: pairKeys, effect: overwrite, since: "1.0.1", doc: "sets each key to the value that follows it, all at once. In a cluster the keys must share a slot. The reply is OK"},
	{name: "MSETNX", method: "MSetNX", params: list(pairs("keyValues")), reply: rBool, keys: pairKeys, effect: accumulate, since: "1.0.1", doc: "sets each key to the value that follows it if none of the keys exists, and reports whether it did"},
	{name: "SET", method: "Set", params: list(key, s("value"), options("SetOption")), reply: rDone, keys: oneKey, effect: overwrite, since: "1.0.0", doc: "sets key to value and reports whether it did, which it does unless [NX] or [XX] sets a condition. Without [EX], [EXAT] or [KeepTTL] the key loses its TTL"},
	{name: "SET", method: "SetGet", params: list(key, s("value"), options("SetOption")), wire: order("key", "value", "'GET'", "options"), reply: rString, keys: oneKey, effect: overwrite, since: "6.2.0", doc: "with GET, which sets key to value and returns the previous string, or [ErrNil] if there was none. With [NX] or [XX] the reply does not tell whether the key was set. NX needs Redis 7.0"},
	{name: "SETRANGE", method: "SetRange", params: list(key, i("offset"), s("value")), reply: rInt, keys: oneKey, effect: overwrite, since: "2.2.0", doc: "overwrites the string at key from byte offset on and returns its new length in bytes"},
	{name: "STRLEN", method: "StrLen", params: list(key), reply: rInt, keys: oneKey, effect: read, since: "2.2.0", doc: "returns the length of the string at key in bytes, or 0 if there is none"},

	// Bitmaps
	{name: "BITCOUNT", method: "BitCount", params: list(key), reply: rInt, keys: oneKey, effect: read, since: "2.6.0", doc: "returns the number of bits that are 1 in the string at key"},
	{name: "BITCOUNT", method: "BitCountRange", params: list(key, i("start"), i("end")), reply: rInt, keys: oneKey, effect: read, since: "2.6.0", doc: "returns the number of bits that are 1 in the bytes start to end of the string at key, both included; negative positions count from the end"},
	{name: "BITOP", method: "BitOp", params: list(param{"operation", kBitOperator}, s("destination"), more("keys")), reply: rInt, keys: bitOpKeys, effect: overwrite, since: "2.6.0", doc: "stores the result of an operation on the strings at keys in destination and returns its length in bytes. [BitNot] accepts exactly one key"},
	{name: "BITPOS", method: "BitPos", params: list(key, param{"bit", kBool}), reply: rInt, keys: oneKey, effect: read, since: "2.8.7", doc: "returns the position of the first bit of the string at key that is 1 (true) or 0 (false), or -1 if there is none"},
	{name: "GETBIT", method: "GetBit", params: list(key, i("offset")), reply: rBool, keys: oneKey, effect: read, since: "2.2.0", doc: "returns the bit at offset in the string at key"},
	{name: "SETBIT", method: "SetBit", params: list(key, i("offset"), param{"bit", kBool}), reply: rBool, keys: oneKey, effect: overwrite, since: "2.2.0", doc: "sets the bit at offset in the string at key and returns its previous value"},

	// HyperLogLog
	{name: "PFADD", method: "PFAdd", params: list(key, param{"elements", kAnyStrings}), reply: rBool, keys: oneKey, effect: overwrite, since: "2.8.9", doc: "adds elements, if any, to the HyperLogLog at key, creating it if necessary, and reports whether it changed"},
	{name: "PFCOUNT", method: "PFCount", params: list(more("keys")), reply: rInt, keys: allKeys, effect: read, since: "2.8.9", doc: "returns the estimated number of distinct elements in the HyperLogLogs at keys"},
	{name: "PFMERGE", method: "PFMerge", params: list(s("destination"), param{"sources", kAnyStrings}), reply: rString, keys: allKeys, effect: overwrite, since: "2.8.9", doc: "merges the HyperLogLogs at sources, if any, into destination, creating it if necessary. The reply is OK"},

	// Keys
	{name: "COPY", method: "Copy", params: list(s("source"), s("destination")), reply: rBool, keys: twoKeys, effect: accumulate, since: "6.2.0", doc: "copies source to destination unless destination exists, and reports whether it did"},
	{name: "COPY", method: "CopyReplace", params: list(s("source"), s("destination")), wire: order("source", "destination", "'REPLACE'"), reply: rBool, keys: twoKeys, effect: accumulate, since: "6.2.0", doc: "with REPLACE, which copies source to destination and reports whether there was a source"},
	{name: "DEL", method: "Del", params: list(more("keys")), reply: rInt, keys: allKeys, effect: overwrite, since: "1.0.0", doc: "deletes keys and returns how many of them existed"},
	{name: "EXISTS", method: "Exists", params: list(more("keys")), reply: rInt, keys: allKeys, effect: read, since: "1.0.0", doc: "returns how many of keys exist; a key that is given twice counts twice"},
	{name: "EXPIRE", milli: "PEXPIRE", method: "Expire", params: list(key, param{"ttl", kDuration}, options("ExpireOption")), reply: rBool, keys: oneKey, effect: overwrite, since: "1.0.0", doc: "sets key's TTL and reports whether it did. A ttl that is not a whole number of seconds is sent in milliseconds (PEXPIRE), rounded up. A ttl that is not positive deletes the key, except [NoTTL], which is [ErrInvalid]: see [Commands.Persist]. Options need Redis 7.0"},
	{name: "EXPIREAT", milli: "PEXPIREAT", method: "ExpireAt", params: list(key, param{"at", kTime}, options("ExpireOption")), reply: rBool, keys: oneKey, effect: overwrite, since: "1.2.0", doc: "sets the time at which key expires and reports whether it did. A time that is not a whole second is sent in milliseconds (PEXPIREAT), rounded up. A time in the past deletes the key, except the zero time, which is [ErrInvalid]: see [Commands.Persist]. Options need Redis 7.0"},
	{name: "EXPIRETIME", method: "ExpireTime", params: list(key), reply: rExpire, keys: oneKey, effect: read, since: "7.0.0", doc: "returns the time at which key expires, to the second: the zero time if never, or [ErrNil] if there is no key"},
	{name: "PERSIST", method: "Persist", params: list(key), reply: rBool, keys: oneKey, effect: overwrite, since: "2.2.0", doc: "removes key's TTL and reports whether it had one"},
	{name: "PEXPIRETIME", method: "PExpireTime", params: list(key), reply: rPExpire, keys: oneKey, effect: read, since: "7.0.0", doc: "returns the time at which key expires, to the millisecond: the zero time if never, or [ErrNil] if there is no key"},
	{name: "PTTL", method: "PTTL", params: list(key), reply: rPTTL, keys: oneKey, effect: read, since: "2.6.0", doc: "returns the remaining TTL of key, to the millisecond: [NoTTL] if it does not expire, the largest Duration if the TTL exceeds that, or [ErrNil] if there is no key"},
	{name: "RENAME", method: "Rename", params: list(key, s("newKey")), reply: rString, keys: twoKeys, effect: accumulate, since: "1.0.0", doc: "renames key to newKey, which it replaces. The reply is OK. A missing key is an error"},
	{name: "RENAMENX", method: "RenameNX", params: list(key, s("newKey")), reply: rBool, keys: twoKeys, effect: accumulate, since: "1.0.0", doc: "renames key to newKey unless newKey exists, and reports whether it did. A missing key is an error"},
	{name: "TOUCH", method: "Touch", params: list(more("keys")), reply: rInt, keys: allKeys, effect: read, since: "3.2.1", doc: "updates the last access time of keys and returns how many of them exist"},
	{name: "TTL", method: "TTL", params: list(key), reply: rTTL, keys: oneKey, effect: read, since: "1.0.0", doc: "returns the remaining TTL of key, to the second: [NoTTL] if it does not expire, the largest Duration if the TTL exceeds that, or [ErrNil] if there is no key"},
	{name: "TYPE", method: "Type", params: list(key), reply: rString, keys: oneKey, effect: read, since: "1.0.0", doc: "returns the type of the value at key: string, list, set, zset, hash or stream, or none if there is no key"},
	{name: "UNLINK", method: "Unlink", params: list(more("keys")), reply: rInt, keys: allKeys, effect: overwrite, since: "4.0.0", doc: "deletes keys, freeing their memory in the background, and returns how many of them existed"},

	// Hashes
	{name: "HDEL", method: "HDel", params: list(key, more("fields")), reply: rInt, keys: oneKey, effect: overwrite, since: "2.0.0", doc: "deletes fields of the hash at key and returns how many of them existed"},
	{name: "HEXISTS", method: "HExists", params: list(key, s("field")), reply: rBool, keys: oneKey, effect: read, since: "2.0.0", doc: "reports whether the hash at key has field"},
	{name: "HGET", method: "HGet", params: list(key, s("field")), reply: rString, keys: oneKey, effect: read, since: "2.0.0", doc: "returns the value of field in the hash at key, or [ErrNil] if there is none"},
	{name: "HGETALL", method: "HGetAll", params: list(key), reply: rMap, keys: oneKey, effect: read, since: "2.0.0", doc: "returns all fields and values of the hash at key, or an empty map if there is none"},
	{name: "HINCRBY", method: "HIncrBy", params: list(key, s("field"), i("increment")), reply: rInt, keys: oneKey, effect: accumulate, since: "2.0.0", doc: "adds increment to the integer in field of the hash at key (0 if there is none) and returns the result"},
	{name: "HINCRBYFLOAT", method: "HIncrByFloat", params: list(key, s("field"), param{"increment", kFinite}), reply: rFloat, keys: oneKey, effect: accumulate, since: "2.6.0", doc: "adds increment to the number in field of the hash at key (0 if there is none) and returns the result"},
	{name: "HKEYS", method: "HKeys", params: list(key), reply: rStrings, keys: oneKey, effect: read, since: "2.0.0", doc: "returns the fields of the hash at key"},
	{name: "HLEN", method: "HLen", params: list(key), reply: rInt, keys: oneKey, effect: read, since: "2.0.0", doc: "returns the number of fields of the hash at key"},
	{name: "HMGET", method: "HMGet", params: list(key, more("fields")), reply: rOptionals, keys: oneKey, effect: read, since: "2.0.0", doc: "returns the values of fields in the hash at key; OK is false for those that are missing"},
	{name: "HRANDFIELD", method: "HRandField", params: list(key), reply: rString, keys: oneKey, effect: read, since: "6.2.0", doc: "returns a random field of the hash at key, or [ErrNil] if there is none"},
	{name: "HRANDFIELD", method: "HRandFields", params: list(key, i("count")), reply: rStrings, keys: oneKey, effect: read, since: "6.2.0", doc: "returns up to count distinct random fields of the hash at key, or -count fields, possibly repeated, if count is negative"},
	{name: "HSET", method: "HSet", params: list(key, pairs("fieldValues")), reply: rInt, keys: oneKey, effect: overwrite, since: "2.0.0", doc: "sets each field of the hash at key to the value that follows it and returns how many fields are new. Several pairs need Redis 4.0"},
	{name: "HSETNX", method: "HSetNX", params: list(key, s("field"), s("value")), reply: rBool, keys: oneKey, effect: accumulate, since: "2.0.0", doc: "sets field of the hash at key to value unless the field exists, and reports whether it did"},
	{name: "HSTRLEN", method: "HStrLen", params: list(key, s("field")), reply: rInt, keys: oneKey, effect: read, since: "3.2.0", doc: "returns the length of the value of field in the hash at key in bytes, or 0 if there is none"},
	{name: "HVALS", method: "HVals", params: list(key), reply: rStrings, keys: oneKey, effect: read, since: "2.0.0", doc: "returns the values of the hash at key"},

	// Lists
	{name: "LINDEX", method: "LIndex", params: list(key, i("index")), reply: rString, keys: oneKey, effect: read, since: "1.0.0", doc: "returns the element at index of the list at key, or [ErrNil] if there is none. A negative index counts from the end"},
	{name: "LINSERT", method: "LInsert", params: list(key, param{"before", kBefore}, s("pivot"), s("element")), reply: rInt, keys: oneKey, effect: accumulate, since: "2.2.0", doc: "inserts element before or after the first pivot in the list at key and returns the list's length, or -1 if there is no pivot, or 0 if there is no list"},
	{name: "LLEN", method: "LLen", params: list(key), reply: rInt, keys: oneKey, effect: read, since: "1.0.0", doc: "returns the length of the list at key"},
	{name: "LMOVE", method: "LMove", params: list(s("source"), s("destination"), end("from"), end("to")), reply: rString, keys: twoKeys, effect: accumulate, since: "6.2.0", doc: "moves the element at one end of source to one end of destination and returns it, or [ErrNil] if there is none"},
	{name: "LPOP", method: "LPop", params: list(key), reply: rString, keys: oneKey, effect: accumulate, since: "1.0.0", doc: "removes the first element of the list at key and returns it, or [ErrNil] if there is none"},
	{name: "LPOP", method: "LPopCount", params: list(key, i("count")), reply: rStrings, keys: oneKey, effect: accumulate, since: "6.2.0", doc: "removes up to count elements from the head of the list at key and returns them, or [ErrNil] if there is no list"},
	{name: "LPOS", method: "LPos", params: list(key, s("element")), reply: rInt, keys: oneKey, effect: read, since: "6.0.6", doc: "returns the index of the first element equal to element in the list at key, or [ErrNil] if there is none"},
	{name: "LPUSH", method: "LPush", params: list(key, more("elements")), reply: rInt, keys: oneKey, effect: accumulate, since: "1.0.0", doc: "inserts elements at the head of the list at key, one after another, and returns the list's length"},
	{name: "LPUSHX", method: "LPushX", params: list(key, more("elements")), reply: rInt, keys: oneKey, effect: accumulate, since: "2.2.0", doc: "inserts elements at the head of the list at key if there is one, and returns the list's length"},
	{name: "LRANGE", method: "LRange", params: list(key, i("start"), i("stop")), reply: rStrings, keys: oneKey, effect: read, since: "1.0.0", doc: "returns the elements from index start to stop of the list at key, both included; negative indexes count from the end"},
	{name: "LREM", method: "LRem", params: list(key, i("count"), s("element")), reply: rInt, keys: oneKey, effect: accumulate, since: "1.0.0", doc: "removes up to count elements equal to element from the list at key and returns how many it removed. It starts at the head, or at the tail if count is negative; if count is 0, it removes all of them"},
	{name: "LSET", method: "LSet", params: list(key, i("index"), s("element")), reply: rString, keys: oneKey, effect: overwrite, since: "1.0.0", doc: "replaces the element at index of the list at key. The reply is OK. An index out of range is an error"},
	{name: "LTRIM", method: "LTrim", params: list(key, i("start"), i("stop")), reply: rString, keys: oneKey, effect: accumulate, since: "1.0.0", doc: "removes all elements of the list at key except those from index start to stop. The reply is OK"},
	{name: "RPOP", method: "RPop", params: list(key), reply: rString, keys: oneKey, effect: accumulate, since: "1.0.0", doc: "removes the last element of the list at key and returns it, or [ErrNil] if there is none"},
	{name: "RPOP", method: "RPopCount", params: list(key, i("count")), reply: rStrings, keys: oneKey, effect: accumulate, since: "6.2.0", doc: "removes up to count elements from the tail of the list at key and returns them, the last first, or [ErrNil] if there is no list"},
	{name: "RPUSH", method: "RPush", params: list(key, more("elements")), reply: rInt, keys: oneKey, effect: accumulate, since: "1.0.0", doc: "appends elements to the list at key and returns its length"},
	{name: "RPUSHX", method: "RPushX", params: list(key, more("elements")), reply: rInt, keys: oneKey, effect: accumulate, since: "2.2.0", doc: "appends elements to the list at key if there is one, and returns its length"},

	// Sets
	{name: "SADD", method: "SAdd", params: list(key, more("members")), reply: rInt, keys: oneKey, effect: overwrite, since: "1.0.0", doc: "adds members to the set at key and returns how many of them are new"},
	{name: "SCARD", method: "SCard", params: list(key), reply: rInt, keys: oneKey, effect: read, since: "1.0.0", doc: "returns the number of members of the set at key"},
	{name: "SDIFF", method: "SDiff", params: list(more("keys")), reply: rStrings, keys: allKeys, effect: read, since: "1.0.0", doc: "returns the members of the first set that are in none of the others"},
	{name: "SDIFFSTORE", method: "SDiffStore", params: list(s("destination"), more("keys")), reply: rInt, keys: allKeys, effect: overwrite, since: "1.0.0", doc: "stores the result of SDIFF of keys in destination and returns how many members it stored"},
	{name: "SINTER", method: "SInter", params: list(more("keys")), reply: rStrings, keys: allKeys, effect: read, since: "1.0.0", doc: "returns the members that are in all of the sets"},
	{name: "SINTERCARD", method: "SInterCard", params: list(i("limit"), more("keys")), wire: order("#keys", "keys", "'LIMIT'", "limit"), reply: rInt, keys: countKeys, effect: read, since: "7.0.0", doc: "returns how many members are in all of the sets; it stops counting at limit, unless that is 0"},
	{name: "SINTERSTORE", method: "SInterStore", params: list(s("destination"), more("keys")), reply: rInt, keys: allKeys, effect: overwrite, since: "1.0.0", doc: "stores the result of SINTER of keys in destination and returns how many members it stored"},
	{name: "SISMEMBER", method: "SIsMember", params: list(key, s("member")), reply: rBool, keys: oneKey, effect: read, since: "1.0.0", doc: "reports whether member is in the set at key"},
	{name: "SMEMBERS", method: "SMembers", params: list(key), reply: rStrings, keys: oneKey, effect: read, since: "1.0.0", doc: "returns the members of the set at key, in no particular order"},
	{name: "SMISMEMBER", method: "SMIsMember", params: list(key, more("members")), reply: rBools, keys: oneKey, effect: read, since: "6.2.0", doc: "reports, for each of members, whether it is in the set at key"},
	{name: "SMOVE", method: "SMove", params: list(s("source"), s("destination"), s("member")), reply: rBool, keys: twoKeys, effect: accumulate, since: "1.0.0", doc: "moves member from one set to another and reports whether it did"},
	{name: "SPOP", method: "SPop", params: list(key), reply: rString, keys: oneKey, effect: accumulate, since: "1.0.0", doc: "removes a random member of the set at key and returns it, or [ErrNil] if there is none"},
	{name: "SPOP", method: "SPopCount", params: list(key, i("count")), reply: rStrings, keys: oneKey, effect: accumulate, since: "3.2.0", doc: "removes up to count random members of the set at key and returns them"},
	{name: "SRANDMEMBER", method: "SRandMember", params: list(key), reply: rString, keys: oneKey, effect: read, since: "1.0.0", doc: "returns a random member of the set at key, or [ErrNil] if there is none"},
	{name: "SRANDMEMBER", method: "SRandMembers", params: list(key, i("count")), reply: rStrings, keys: oneKey, effect: read, since: "2.6.0", doc: "returns up to count distinct random members of the set at key, or -count members, possibly repeated, if count is negative"},
	{name: "SREM", method: "SRem", params: list(key, more("members")), reply: rInt, keys: oneKey, effect: overwrite, since: "1.0.0", doc: "removes members from the set at key and returns how many of them were in it"},
	{name: "SUNION", method: "SUnion", params: list(more("keys")), reply: rStrings, keys: allKeys, effect: read, since: "1.0.0", doc: "returns the members that are in any of the sets"},
	{name: "SUNIONSTORE", method: "SUnionStore", params: list(s("destination"), more("keys")), reply: rInt, keys: allKeys, effect: overwrite, since: "1.0.0", doc: "stores the result of SUNION of keys in destination and returns how many members it stored"},

	// Sorted sets
	{name: "ZADD", method: "ZAdd", params: list(key, param{"members", kMembers}, options("ZAddOption")), wire: order("key", "options", "members"), reply: rInt, keys: oneKey, effect: overwrite, since: "1.2.0", doc: "adds members with their scores to the sorted set at key, or updates their scores, and returns how many are new. [GT] and [LT] need Redis 6.2"},
	{name: "ZADD", method: "ZAddIncr", params: list(key, s("member"), f("increment"), options("ZAddOption")), wire: order("key", "options", "'INCR'", "increment", "member"), reply: rFloat, keys: oneKey, effect: overwrite, since: "3.0.0", doc: "with INCR, which adds increment to the score of member and returns the result, or [ErrNil] if an option such as [XX] prevented it"},
	{name: "ZCARD", method: "ZCard", params: list(key), reply: rInt, keys: oneKey, effect: read, since: "1.2.0", doc: "returns the number of members of the sorted set at key"},
	{name: "ZCOUNT", method: "ZCount", params: list(key, s("min"), s("max")), reply: rInt, keys: oneKey, effect: read, since: "2.0.0", doc: "returns the number of members with a score from min to max, written like 1, (1 (not included), -inf or +inf"},
	{name: "ZDIFF", method: "ZDiff", params: list(more("keys")), wire: order("#keys", "keys"), reply: rStrings, keys: countKeys, effect: read, since: "6.2.0", doc: "returns the members of the first sorted set that are in none of the others"},
	{name: "ZINCRBY", method: "ZIncrBy", params: list(key, f("increment"), s("member")), reply: rFloat, keys: oneKey, effect: accumulate, since: "1.2.0", doc: "adds increment to the score of member (0 if there is none) and returns the result"},
	{name: "ZINTER", method: "ZInter", params: list(more("keys")), wire: order("#keys", "keys"), reply: rStrings, keys: countKeys, effect: read, since: "6.2.0", doc: "returns the members that are in all of the sorted sets, ordered by the sum of their scores"},
	{name: "ZINTERSTORE", method: "ZInterStore", params: list(s("destination"), more("keys")), wire: order("destination", "#keys", "keys"), reply: rInt, keys: storeKeys, effect: overwrite, since: "2.0.0", doc: "stores the members that are in all of the sorted sets, with the sum of their scores, in destination and returns how many it stored"},
	{name: "ZLEXCOUNT", method: "ZLexCount", params: list(key, s("min"), s("max")), reply: rInt, keys: oneKey, effect: read, since: "2.8.9", doc: "returns the number of members from min to max in a sorted set whose scores are all equal; a bound is written like [a, (a (not included), - or +"},
	{name: "ZMSCORE", method: "ZMScore", params: list(key, more("members")), reply: rFloats, keys: oneKey, effect: read, since: "6.2.0", doc: "returns the scores of members; OK is false for those that are missing"},
	{name: "ZPOPMAX", method: "ZPopMax", params: list(key), reply: rMember, keys: oneKey, effect: accumulate, since: "5.0.0", doc: "removes the member with the highest score and returns it, or [ErrNil] if there is none"},
	{name: "ZPOPMAX", method: "ZPopMaxCount", params: list(key, i("count")), reply: rMembers, keys: oneKey, effect: accumulate, since: "5.0.0", doc: "removes up to count members with the highest scores and returns them, the highest first"},
	{name: "ZPOPMIN", method: "ZPopMin", params: list(key), reply: rMember, keys: oneKey, effect: accumulate, since: "5.0.0", doc: "removes the member with the lowest score and returns it, or [ErrNil] if there is none"},
	{name: "ZPOPMIN", method: "ZPopMinCount", params: list(key, i("count")), reply: rMembers, keys: oneKey, effect: accumulate, since: "5.0.0", doc: "removes up to count members with the lowest scores and returns them, the lowest first"},
	{name: "ZRANDMEMBER", method: "ZRandMember", params: list(key), reply: rString, keys: oneKey, effect: read, since: "6.2.0", doc: "returns a random member of the sorted set at key, or [ErrNil] if there is none"},
	{name: "ZRANGE", method: "ZRange", params: list(key, i("start"), i("stop"), options("RangeOption")), reply: rStrings, keys: oneKey, effect: read, since: "1.2.0", doc: "returns the members with ranks start to stop, both included, lowest score first; negative ranks count from the end. [Rev] needs Redis 6.2"},
	{name: "ZRANGE", method: "ZRangeWithScores", params: list(key, i("start"), i("stop"), options("RangeOption")), wire: order("key", "start", "stop", "options", "'WITHSCORES'"), reply: rMembers, keys: oneKey, effect: read, since: "1.2.0", doc: "with WITHSCORES, which returns the members with ranks start to stop, both included, with their scores; negative ranks count from the end. [Rev] needs Redis 6.2"},
	{name: "ZRANGE", method: "ZRangeByScore", params: list(key, s("min"), s("max"), options("RangeByOption")), wire: order("key", "min", "max", "'BYSCORE'", "options"), reply: rStrings, keys: oneKey, effect: read, since: "6.2.0", doc: "with BYSCORE, which returns the members with a score from min to max, written like 1, (1 (not included), -inf or +inf. Options: [Rev], [Limit]"},
	{name: "ZRANGE", method: "ZRangeByScoreWithScores", params: list(key, s("min"), s("max"), options("RangeByOption")), wire: order("key", "min", "max", "'BYSCORE'", "options", "'WITHSCORES'"), reply: rMembers, keys: oneKey, effect: read, since: "6.2.0", doc: "with BYSCORE and WITHSCORES, which returns the members with a score from min to max, with their scores. Options: [Rev], [Limit]"},
	{name: "ZRANGE", method: "ZRangeByLex", params: list(key, s("min"), s("max"), options("RangeByOption")), wire: order("key", "min", "max", "'BYLEX'", "options"), reply: rStrings, keys: oneKey, effect: read, since: "6.2.0", doc: "with BYLEX, which returns the members from min to max of a sorted set whose scores are all equal; a bound is written like [a, (a (not included), - or +. Options: [Rev], [Limit]"},
	{name: "ZRANGESTORE", method: "ZRangeStore", params: list(s("destination"), s("source"), i("start"), i("stop"), options("RangeOption")), reply: rInt, keys: twoKeys, effect: overwrite, since: "6.2.0", doc: "stores the members of source with ranks start to stop, both included, in destination and returns how many it stored. Option: [Rev]"},
	{name: "ZRANK", method: "ZRank", params: list(key, s("member")), reply: rInt, keys: oneKey, effect: read, since: "2.0.0", doc: "returns the rank of member, from 0, lowest score first; [ErrNil] if there is none"},
	{name: "ZREM", method: "ZRem", params: list(key, more("members")), reply: rInt, keys: oneKey, effect: overwrite, since: "1.2.0", doc: "removes members from the sorted set at key and returns how many of them were in it"},
	{name: "ZREMRANGEBYLEX", method: "ZRemRangeByLex", params: list(key, s("min"), s("max")), reply: rInt, keys: oneKey, effect: overwrite, since: "2.8.9", doc: "removes the members from min to max of a sorted set whose scores are all equal, and returns how many it removed"},
	{name: "ZREMRANGEBYRANK", method: "ZRemRangeByRank", params: list(key, i("start"), i("stop")), reply: rInt, keys: oneKey, effect: accumulate, since: "2.0.0", doc: "removes the members with ranks start to stop, both included, and returns how many it removed"},
	{name: "ZREMRANGEBYSCORE", method: "ZRemRangeByScore", params: list(key, s("min"), s("max")), reply: rInt, keys: oneKey, effect: overwrite, since: "1.2.0", doc: "removes the members with a score from min to max and returns how many it removed"},
	{name: "ZREVRANK", method: "ZRevRank", params: list(key, s("member")), reply: rInt, keys: oneKey, effect: read, since: "2.0.0", doc: "returns the rank of member, from 0, highest score first; [ErrNil] if there is none"},
	{name: "ZSCORE", method: "ZScore", params: list(key, s("member")), reply: rFloat, keys: oneKey, effect: read, since: "1.2.0", doc: "returns the score of member, or [ErrNil] if there is none"},
	{name: "ZUNION", method: "ZUnion", params: list(more("keys")), wire: order("#keys", "keys"), reply: rStrings, keys: countKeys, effect: read, since: "6.2.0", doc: "returns the members that are in any of the sorted sets, ordered by the sum of their scores"},
	{name: "ZUNIONSTORE", method: "ZUnionStore", params: list(s("destination"), more("keys")), wire: order("destination", "#keys", "keys"), reply: rInt, keys: storeKeys, effect: overwrite, since: "2.0.0", doc: "stores the members that are in any of the sorted sets, with the sum of their scores, in destination and returns how many it stored"},

	// Streams
	{name: "XACK", method: "XAck", params: list(key, s("group"), more("ids")), reply: rInt, keys: oneKey, effect: overwrite, since: "5.0.0", doc: "marks entries as processed by a consumer group and returns how many were pending"},
	{name: "XADD", method: "XAdd", params: list(key, param{"fieldValues", kPairList}, options("XAddOption")), wire: order("key", "options", "@id", "fieldValues"), reply: rString, keys: oneKey, effect: accumulate, since: "5.0.0", doc: "appends an entry with fields, each followed by its value, to the stream at key and returns the entry's ID. Options: [ID], [MaxLen] and, since Redis 6.2, [MinID] and [NoMkStream]. With NoMkStream, the reply is nil ([ErrNil]) if there is no stream"},
	{name: "XDEL", method: "XDel", params: list(key, more("ids")), reply: rInt, keys: oneKey, effect: overwrite, since: "5.0.0", doc: "deletes entries of the stream at key and returns how many of them existed"},
	{name: "XLEN", method: "XLen", params: list(key), reply: rInt, keys: oneKey, effect: read, since: "5.0.0", doc: "returns the number of entries of the stream at key"},
	{name: "XRANGE", method: "XRange", params: list(key, s("start"), s("end")), reply: rEntries, keys: oneKey, effect: read, since: "5.0.0", doc: "returns the entries from the ID start to the ID end, both included, or not if written like (1-1 (6.2); - is the first ID and + the last"},
	{name: "XRANGE", method: "XRangeCount", params: list(key, s("start"), s("end"), i("count")), wire: order("key", "start", "end", "'COUNT'", "count"), reply: rEntries, keys: oneKey, effect: read, since: "5.0.0", doc: "with COUNT, which returns at most count entries from the ID start to the ID end, both included, or not if written like (1-1 (6.2); [ErrNil] if count is not positive"},
	{name: "XREVRANGE", method: "XRevRange", params: list(key, s("end"), s("start")), reply: rEntries, keys: oneKey, effect: read, since: "5.0.0", doc: "returns the entries from the ID end back to the ID start, both included, or not if written like (1-1 (6.2), the newest first"},
	{name: "XREVRANGE", method: "XRevRangeCount", params: list(key, s("end"), s("start"), i("count")), wire: order("key", "end", "start", "'COUNT'", "count"), reply: rEntries, keys: oneKey, effect: read, since: "5.0.0", doc: "with COUNT, which returns at most count entries from the ID end back to the ID start, the newest first; [ErrNil] if count is not positive"},
	{name: "XTRIM", method: "XTrim", params: list(key, param{"by", kTrimming}), reply: rInt, keys: oneKey, effect: overwrite, since: "5.0.0", doc: "trims the stream at key by [MaxLen] or, since Redis 6.2, [MinID], and returns how many entries it removed"},

	// Without keys
	{name: "DBSIZE", method: "DBSize", reply: rInt, keys: noKeys, effect: read, since: "1.0.0", doc: "returns the number of keys; in a cluster, the number on one arbitrary node"},
	{name: "ECHO", method: "Echo", params: list(s("message")), reply: rString, keys: noKeys, effect: read, since: "1.0.0", doc: "returns message"},
	{name: "PING", method: "Ping", reply: rString, keys: noKeys, effect: read, since: "1.0.0", doc: "returns PONG; in a cluster, from one arbitrary node"},
	{name: "PUBLISH", method: "Publish", params: list(s("channel"), s("message")), reply: rInt, keys: noKeys, effect: accumulate, since: "2.0.0", doc: "sends message to the subscribers of channel and returns how many received it; in a cluster, only those on the node that received the command are counted"},
	{name: "SPUBLISH", method: "SPublish", params: list(s("channel"), s("message")), reply: rInt, keys: oneKey, effect: accumulate, since: "7.0.0", doc: "sends message to the subscribers of a shard channel, which has a hash slot like a key, and returns how many received it"},
	{name: "TIME", method: "Time", reply: rTime, keys: noKeys, effect: read, since: "2.6.0", doc: "returns the server's time, to the microsecond"},
}
