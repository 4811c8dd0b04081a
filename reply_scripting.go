package rueidistx

import (
	"time"

	"github.com/redis/rueidis"
)

// FunctionLibrary is a library of functions on a server.
type FunctionLibrary struct {
	Name      string // on the server: that of a [Library] ends in a digest
	Engine    string // LUA
	Functions []FunctionInfo
	Code      string // with [WithCode]
}

// FunctionInfo is a function of a library.
type FunctionInfo struct {
	Name        string // on the server: that of a [Function] ends in a digest
	Description Optional[string]
	Flags       []string // such as no-writes
}

// FunctionStats is the reply of FUNCTION STATS.
type FunctionStats struct {
	Running Optional[RunningFunction]
	Engines map[string]FunctionEngine // by name, such as LUA
}

// RunningFunction is a function that is running.
type RunningFunction struct {
	Name     string
	Command  []string // the call, with its arguments
	Duration time.Duration
}

// FunctionEngine says how much an engine has.
type FunctionEngine struct{ Libraries, Functions int64 }

func asFunctionLibraries(m rueidis.RedisMessage) ([]FunctionLibrary, error) {
	return elements(m, asFunctionLibrary)
}

func asFunctionLibrary(m rueidis.RedisMessage) (FunctionLibrary, error) {
	return fromFields(&m, func(l *FunctionLibrary, name string, value rueidis.RedisMessage) (err error) {
		switch name {
		case "library_name":
			l.Name, err = decodeElement(value, AsString)
		case "engine":
			l.Engine, err = decodeElement(value, AsString)
		case "functions":
			l.Functions, err = decodeElement(value, AsSlice(asFunctionInfo))
		case "library_code":
			l.Code, err = decodeElement(value, AsString)
		}
		return err
	})
}

func asFunctionInfo(m rueidis.RedisMessage) (FunctionInfo, error) {
	return fromFields(&m, func(f *FunctionInfo, name string, value rueidis.RedisMessage) (err error) {
		switch name {
		case "name":
			f.Name, err = decodeElement(value, AsString)
		case "description":
			f.Description, err = decodeElement(value, AsOptional(AsString))
		case "flags":
			f.Flags, err = decodeElement(value, AsStrings)
		}
		return err
	})
}

func asFunctionStats(m rueidis.RedisMessage) (FunctionStats, error) {
	return fromFields(&m, func(s *FunctionStats, name string, value rueidis.RedisMessage) (err error) {
		switch name {
		case "running_script":
			s.Running, err = decodeElement(value, AsOptional(asRunningFunction))
		case "engines":
			s.Engines, err = decodeElement(value, asFunctionEngines)
		}
		return err
	})
}

func asFunctionEngines(m rueidis.RedisMessage) (map[string]FunctionEngine, error) {
	engines := map[string]FunctionEngine{}
	err := eachField(&m, func(name string, value rueidis.RedisMessage) (err error) {
		engines[name], err = decodeElement(value, asFunctionEngine)
		return err
	})
	if err != nil {
		return nil, err
	}
	return engines, nil
}

func asRunningFunction(m rueidis.RedisMessage) (RunningFunction, error) {
	return fromFields(&m, func(f *RunningFunction, name string, value rueidis.RedisMessage) (err error) {
		switch name {
		case "name":
			f.Name, err = decodeElement(value, AsString)
		case "command":
			f.Command, err = decodeElement(value, AsStrings)
		case "duration_ms":
			var ms int64
			ms, err = decodeElement(value, AsInt64)
			f.Duration = time.Duration(ms) * time.Millisecond
		}
		return err
	})
}

func asFunctionEngine(m rueidis.RedisMessage) (FunctionEngine, error) {
	return fromFields(&m, func(e *FunctionEngine, name string, value rueidis.RedisMessage) (err error) {
		switch name {
		case "libraries_count":
			e.Libraries, err = decodeElement(value, AsInt64)
		case "functions_count":
			e.Functions, err = decodeElement(value, AsInt64)
		}
		return err
	})
}

// fromFields decodes a value of which set sets each field that the reply has. It is the zero value if there is an error.
func fromFields[T any](m *rueidis.RedisMessage, set func(v *T, name string, value rueidis.RedisMessage) error) (T, error) {
	var v, none T
	err := eachField(m, func(name string, value rueidis.RedisMessage) error { return set(&v, name, value) })
	if err != nil {
		return none, err
	}
	return v, nil
}
