// Package integration runs the tests of the library on servers in containers: several versions of Redis and Valkey, single,
// with replicas, with sentinels, and as clusters. It is a module of its own, so that Docker's dependencies are nobody
// else's.
//
// [Start] gives a test the servers it wants:
//
//	servers := integration.Start(t, integration.Want{Version: integration.Redis70, Topology: integration.Sentinel})
//	client, err := rueidis.NewClient(servers.Option())
//
// Each server has a container of its own. Clients come through a port that is published on the loopback interface; the
// nodes reach each other, under the addresses that they announce, through a network that nobody else is in. The Option of
// [Servers] leads a client from the announced addresses to the published ports.
//
// # Faults
//
//	primary := servers.Primary("key")      // for sentinels any key will do
//	primary.Kill()                         // a crash; Restart brings it back, with its files
//	primary.Pause()                        // no answers until Unpause
//	primary.Disconnect(integration.Peers)  // alone, but its clients reach it, until Connect
//	primary.Do(t, "CLUSTER", "FAILOVER")   // any command, on a connection of its own
//
// Servers keep nothing on disk unless Want.Args say so ("--appendonly", "yes"): one that is killed comes back empty, and in a
// cluster or with sentinels its replicas follow it in that if they have not taken its place by then. How soon they do is
// for Want.DownAfter to say.
//
// # Engine and images
//
// Without a Docker Engine, or an image, tests are skipped, or fail if RUEIDISTX_REQUIRE lists docker. See [Image] for where
// images come from, and docs/testing.md for the whole.
package integration
