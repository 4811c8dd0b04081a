package main

import "fmt"

// The output below is all that the program prints.
func Example() {
	if err := run(""); err != nil {
		fmt.Println(err)
	}
	// Output:
	// Auto     INCR                1
	// Batch    GET, before Exec    rueidistx: not executed yet
	//          GET, GET            Ada nobody
	// Execute  SET NX, SET NX      [true true]
	// Transact DECRBY, INCRBY      400 600
	// Watch    DECRBY, INCRBY      100 900
	// Once     left, repeated      50 false
	// Once     left, repeated      50 true
	// Script   Run                 6
	// Atomic   outcome, script     applied 11
	//          LPUSH               rueidistx: command 1 (LPUSH): WRONGTYPE Operation against a key holding the wrong kind of value
	// Refused  outcome, forbidden  not applied true
	//          INCR                rueidistx: command not allowed here: command 1 (WATCH): this package sends it itself
}
