package main

import "fmt"

// howToRead comes between the summary and the tables.
var howToRead = fmt.Sprintf(`All of this file is written by `+"`go -C bench run .`"+`, charts included.

**Method.** Every client does the same work on the same server, with the same number of round trips, in one process.
In each round each client has its turn, in an order that is random anew each time, and its time is divided by that of
the hand-written code **in the same round**. "× hand" is the median of these ratios, and the quartiles say where half of
them were. What slows the machine down for a while hits both sides of a ratio; times and rates do change from run to
run, so compare ratios. A machine in use for other things widens the quartiles. Each sample is taken with the stack at
another place, as that alone can make several percent.

**Control.** The hand-written code runs a second time under the name "control". It does the same as "hand", so whatever
it is off from 1.00 is noise, and no smaller difference means anything. It has to be within ±0.01 with the client alone
(±0.02 at 1,000 commands), ±0.02 on a server and ±0.05 with many goroutines, where 1.00 also has to be between its
quartiles. A table says so where it is not. What the control cannot show is where the linker happened to put the code:
with the client alone, two builds of the same code can differ by 0.02.

**Clients.** "hand" is rueidis as well as it allows: a slice of the right size, one DoMulti, every reply decoded and
checked; for single commands Do. rueidistx, hand, control, rueidiscompat and rueidis.Lua share one rueidis client with
its default options (RESP3, auto-pipelined) and the sizes of its buffers. "rueidistx defaults" is a DB of its own from
Open with the same options, where Open chooses the buffers; "coalesced" is one with `+"`Coalesce()`"+`. "hand tuned" is
hand-written code on a rueidis client with `+"`PipelineMultiplex: -1` and `MaxFlushDelay: 20 * time.Microsecond`"+`.
go-redis speaks RESP3 and redigo RESP2, which is all it has; each has a pool of a connection for each goroutine, but at
least 10 for each processor (go-redis's default) and at most 64, as more make neither of them faster. "go-redis auto" is
go-redis's AutoPipeline, experimental there, with its default options.
"rueidis.Lua" is Lua.Exec and Lua.ExecMulti. "floor" is no client: a socket, one write of a prepared pipeline, and
replies that are counted and not decoded. All contexts are context.Background(), except where a title says otherwise.
Before anything is measured, each client's answers, and what it left in the server, are compared with what they must be.

**Client only.** These have no server: rueidis reads prepared replies from memory. That leaves the client's own cost,
which is a small part of a real round trip, and shows differences of 1 %%.

**Goroutines.** Each client has 50 ms of real time in each of 15 rounds, and all goroutines go on for that long; one
goroutine does its operations in rows of a millisecond. There is no floor: a socket for each goroutine would be none.
The goroutines use different keys. "Client CPU" and "server CPU" are what a command took of the processors, in user and
system time of both processes (getrusage, INFO CPU), over a loop of that client alone, and "commands/read" is how many
commands the server got with one read (INFO STATS).

**Contexts.** Each goroutine has a context of its own, as requests do. rueidis switches a connection for good to its
background goroutines when it sees one that can be cancelled and has no deadline. So these workloads have clients of
their own: "hand Background" has one that never sees such a context, "coalesced" has one, and the others share one.

**Rates.** Requests come as a Poisson process has it, whether or not those before are done, and the first of 64
goroutines that is free takes the next. Latency counts from when a request came, though it may have had to wait. In each
of %d rounds all clients have the same arrivals. p50 and p99 are of each round, and their ratios to hand's in the same
round. They are shown where the control's is within ±%.2f for p50 and ±%.2f for p99, and else are "open". A client that
serves less than %.0f %% of the rate is "saturated": its latency grows for as long as one looks.

**Buffers.** "8K" to "64K" are hand-written code on rueidis clients of which both buffers have that size
(ReadBufferEachConn, WriteBufferEachConn). What a connection takes of the heap is measured with %d clients of one each.

**A core each.** For these workloads, this process is confined to one core and the server to the others, as the server
can then work while the client still sends. With `+"`-pin`"+` all of a run is like that, and a
line above the goals says so.

**Allocations** are the process's, over a loop of that client alone. **Peak heap** is by how much the heap's objects
(runtime/metrics) exceeded what there was before: the median of three runs apart from the timed ones, looked at about
every half millisecond, with GOGC=10, so that there is little garbage among them.

`, openRounds, openBands[0], openBands[1], 100*leastServed, full.connections)
