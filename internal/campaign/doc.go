// Package campaign has no code but tests: an outcome campaign. Units of work of every kind enter ids into books on a server
// while connections are cut at random steps of the protocol, servers are stopped and replaced, and slots move, for one set
// of rueidis's options after the other. At the end, what was said of each id is compared with what the server has.
//
// A claim is what a unit said of one id. It is wrong if the id is there and the claim was "not applied", or the other way
// round; doubled if the id was entered more than once; half if a unit that is all or nothing left one of its two entries.
//
// The environment decides how much:
//
//	RUEIDISTX_CAMPAIGN   how long each set of options is used, such as "10s". The default is 300ms. Each is used
//	                     until there are some claims and cuts in any case.
//	RUEIDISTX_SEED       the seed of what is random, apart from what the scheduler does. The default is another one in each
//	                     run, and each line says it.
//	RUEIDISTX_SERVER     the server, see package redistest.
//	RUEIDIS_QUEUE_TYPE   rueidis's own: "flowbuffer" for its other queue.
//
// Each combination writes one line: the word campaign and a JSON object with its figures.
package campaign
