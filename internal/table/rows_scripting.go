package table

var scriptingRows = []Command{
	{Name: "SCRIPT EXISTS", Method: "ScriptExists", Params: list(more("digests")), Reply: rBools, Keys: noKeys, Effect: read, Since: "2.6.0", Cost: "O(n), n digests", Doc: "reports of each SHA1 digest, in hexadecimal, whether the server knows a script with it. In a cluster, it is one arbitrary node that says so: see [DB.EachPrimary]"},
	{Name: "SCRIPT SHOW", Method: "ScriptShow", Params: list(s("digest")), Reply: rString, Keys: noKeys, Effect: read, Valkey: "8.0.0", Doc: "returns the source of the script with a SHA1 digest, in hexadecimal. A digest that the server does not know is [ErrRejected], with the code NOSCRIPT. In a cluster, the source is from one arbitrary node"},
}
