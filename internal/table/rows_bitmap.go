package table

var bitmapRows = []Command{
	{Name: "BITCOUNT", Method: "BitCount", Params: list(key), Reply: rInt, Keys: oneKey, Effect: read, Since: "2.6.0", Cost: "O(n), n bytes", Doc: "returns the number of bits that are 1 in the string at key"},
	{Name: "BITCOUNT", Method: "BitCountRange", Params: list(key, i("start"), i("end")), Reply: rInt, Keys: oneKey, Effect: read, Since: "2.6.0", Cost: "O(n), n bytes", Doc: "returns the number of bits that are 1 in the bytes start to end of the string at key, both included; negative positions count from the end"},
	{Name: "BITOP", Method: "BitOp", Params: list(Param{"operation", kBitOperator}, s("destination"), more("keys")), Reply: rInt, Keys: bitOpKeys, Effect: overwrite, Since: "2.6.0", Cost: "O(n), n bytes of the longest string", Doc: "stores the result of an operation on the strings at keys in destination and returns its length in bytes. [BitNot] accepts exactly one key"},
	{Name: "BITPOS", Method: "BitPos", Params: list(key, Param{"bit", kBool}), Reply: rInt, Keys: oneKey, Effect: read, Since: "2.8.7", Cost: "O(n), n bytes", Doc: "returns the position of the first bit of the string at key that is 1 (true) or 0 (false), or -1 if there is none"},
	{Name: "GETBIT", Method: "GetBit", Params: list(key, i("offset")), Reply: rBool, Keys: oneKey, Effect: read, Since: "2.2.0", Doc: "returns the bit at offset in the string at key"},
	{Name: "SETBIT", Method: "SetBit", Params: list(key, i("offset"), Param{"bit", kBool}), Reply: rBool, Keys: oneKey, Effect: overwrite, Since: "2.2.0", Doc: "sets the bit at offset in the string at key and returns its previous value"},
}
