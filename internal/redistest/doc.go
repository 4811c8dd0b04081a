// Package redistest gives tests real Redis and Valkey servers, clusters of
// them, and an embedded server for tests that need no process at all.
//
// Servers listen on the loopback interface only, keep their files in a
// directory of their own, and end with the test, or with the test binary for
// the shared ones, even if that binary is killed (on Linux).
//
// The environment decides what runs:
//
//	RUEIDISTX_SERVER   the server to start, such as "valkey-server"; words
//	                   are split at spaces, the first is the program. Without
//	                   it redis-server, then valkey-server, from PATH. A
//	                   wrapper script has to exec the server.
//	RUEIDISTX_REQUIRE  comma-separated names, such as "redis,cluster", of
//	                   what must not be skipped: a test that cannot have it
//	                   fails.
//	RUEIDISTX_ADDR     address of a server that is already there; see [Given].
package redistest
