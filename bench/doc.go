// Command bench compares rueidistx with hand-written rueidis code, rueidiscompat, go-redis, redigo, and a bare socket, all
// doing the same work on the same server.
//
//	go -C bench run .                      everything, some minutes: bench/RESULTS.md and bench/charts
//	go -C bench run . -only 'batch/GET'    some workloads, on the terminal only
//	go -C bench run . -quick               once through everything, to see that it works
//	go -C bench run . -guard               no server: fails if this package has become slower than its limits
//	go -C bench run . -pin                 the client on one core and the servers on the others, as with servers elsewhere
//	go -C bench run . -base REF            compares the working tree with that commit: Go's benchmarks, taking turns,
//	                                       and what benchstat says of them
//
// It starts servers and a cluster of three nodes of its own, on free ports of the loopback interface, and stops them
// in the end, also after Ctrl-C. They run the program that -server names, or the environment's RUEIDISTX_SERVER, or
// redis-server or valkey-server from PATH. The workloads of the client alone, -only canned, need none.
//
// Only ratios from one run can be compared: the speed of a machine changes within minutes. RESULTS.md begins with how
// they come about and how to read them. A quiet machine has narrow quartiles.
//
// The workloads are in workload.go, contexts.go, openloop.go and buffers.go, each client's way of doing them in a file of that
// client's name; measure.go has the loop that measures.
package main
