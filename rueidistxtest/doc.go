// Package rueidistxtest tests programs that use rueidistx: each outcome of a unit in three lines.
//
//	func TestTransferUnknown(t *testing.T) {
//		db, proxy := rueidistxtest.Start(t)
//		proxy.LoseReply()
//		err := transfer(t.Context(), db)
//		rueidistxtest.AssertOutcome(t, err, rueidistx.Unknown)
//	}
//
// [Start] opens a DB on a server that only this test has, through a [Proxy] that injects faults at steps of the protocol. At the
// end of the test it closes everything, and fails the test if something is left: a connection, a unit that is still under way,
// or a fault that nothing met. [Strict] finds closures that must not run twice. [Plan] prints what a unit would send, for which
// [Offline] needs no server.
//
// # Servers
//
// Without an option, the server is redis-server or else valkey-server from PATH, or the program that the environment variable
// RUEIDISTX_SERVER names; without either, an embedded one in the test's own process, miniredis, so that the tests need Go only.
// It differs from a server in some points that docs/testing.md lists. RUEIDISTX_REQUIRE is a list of what must not be missing,
// such as "redis,docker": then the test fails if it is.
//
// Servers, proxies and containers listen on the loopback interface only.
package rueidistxtest
