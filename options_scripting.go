package rueidistx

// FunctionListOption is an option of FUNCTION LIST: [LibraryName], [WithCode].
type FunctionListOption interface{ functionListOption() }

type libraryPattern string

// LibraryName makes FUNCTION LIST leave out the libraries whose names on the server do not match a pattern: see [Match].
func LibraryName(glob string) libraryPattern { return libraryPattern(glob) }

func (libraryPattern) functionListOption() {}

type functionListWord uint8

// WithCode makes FUNCTION LIST return the source of each library.
const WithCode = functionListWord(wordWithCode)

func (functionListWord) functionListOption() {}

// FunctionLoadOption is an option of FUNCTION LOAD: [Replace].
type FunctionLoadOption interface{ functionLoadOption() }

func (replaceWord) functionLoadOption() {}

// FunctionRestoreOption is an option of FUNCTION RESTORE: [Replace], [Flush].
type FunctionRestoreOption interface{ functionRestoreOption() }

func (replaceWord) functionRestoreOption() {}

type functionRestoreWord uint8

// Flush makes FUNCTION RESTORE delete all other libraries.
const Flush = functionRestoreWord(wordFlush)

func (functionRestoreWord) functionRestoreOption() {}
