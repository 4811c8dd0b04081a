package rueidistx

// Reader reads for a [DB.Watch], which watches the keys of what it reads. Its commands are the methods of [Queries];
// [Query] accepts other commands, and [ReadScript.Queue] and [ReadFunction.Queue] run scripts and functions that only read.
// Use it from one goroutine, inside the closure: later commands get [ErrDone].
type Reader struct {
	*Queries
	run *run
}

// Watch also watches keys that are not read. It sends nothing: the keys are watched from the next read on whose value is
// asked for. If there is none, they are watched before the commit, in a round trip of its own.
func (r *Reader) Watch(keys ...string) {
	if r != nil && r.run != nil {
		r.run.watch(keys)
	}
}

// Unwatched returns the same reads without watching: a change of what they have read is not a conflict. They are sent
// together with the others, and their keys must be in the same slot. What the closure returns is not asked of the server
// again because of them, so their values may be of different moments.
func (r *Reader) Unwatched() *Queries {
	if r == nil || r.run == nil {
		return nil
	}
	return r.run.unwatched()
}

// Attempt returns 1 in the first run of the closure, 2 in the second, and so on.
func (r *Reader) Attempt() int {
	if r == nil || r.run == nil {
		return 0
	}
	return r.run.number
}
