package rueidistx

// FlushOption is an option of FLUSHALL, FLUSHDB and FUNCTION FLUSH: [Async], [Sync].
type FlushOption interface{ flushOption() }

type flushWord uint8

const (
	Async = flushWord(wordAsync) // FLUSHALL, FLUSHDB, FUNCTION FLUSH: frees the memory in the background; what is deleted is gone at once
	Sync  = flushWord(wordSync)  // FLUSHALL, FLUSHDB, FUNCTION FLUSH: frees the memory before replying, whatever lazyfree-lazy-user-flush says; since Redis 6.2
)

func (flushWord) flushOption() {}
