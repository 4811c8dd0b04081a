package rueidistx

// FlushOption is an option of FLUSHALL and FLUSHDB: [Async], [Sync].
type FlushOption interface{ flushOption() }

type flushWord uint8

const (
	Async = flushWord(wordAsync) // FLUSHALL, FLUSHDB: frees the memory in the background; the keys are gone at once
	Sync  = flushWord(wordSync)  // FLUSHALL, FLUSHDB: frees the memory before replying, whatever lazyfree-lazy-user-flush says; since Redis 6.2
)

func (flushWord) flushOption() {}
