package rueidistx

// HSetExOption is an option of HSETEX: [FNX], [FXX], [EX], [EXAT], [KeepTTL], and [NX] and [XX], which are Valkey's.
type HSetExOption interface{ hSetExOption() }

type fieldExistence uint8

const (
	FNX = fieldExistence(wordFNX) // HSETEX: only if none of the fields exists
	FXX = fieldExistence(wordFXX) // HSETEX: only if all of the fields exist
)

func (fieldExistence) hSetExOption() {}

func (existence) hSetExOption() {}
func (setWord) hSetExOption()   {}
func (expiry) hSetExOption()    {}
