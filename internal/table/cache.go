package table

// Varying are the commands on one key whose replies cannot be kept until the key changes: these are random, depend on the time
// or on other keys, or servers do not tell clients of all their changes.
var Varying = names(`DUMP HPTTL HRANDFIELD HSCAN HTTL PTTL SORT_RO SRANDMEMBER SSCAN TOUCH TTL VRANDMEMBER XPENDING ZRANDMEMBER ZSCAN`)
