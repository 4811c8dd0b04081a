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

func asFunctionLibrary(m rueidis.RedisMessage) (l FunctionLibrary, err error) {
	err = eachField(&m, func(name string, value rueidis.RedisMessage) (err error) {
		switch name {
		case "library_name":
			l.Name, err = decodeElement(value, AsString)
		case "engine":
			l.Engine, err = decodeElement(value, AsString)
		case "functions":
			l.Functions, err = decodeElement(value, asFunctionInfos)
		case "library_code":
			l.Code, err = decodeElement(value, AsString)
		}
		return err
	})
	if err != nil {
		return FunctionLibrary{}, err
	}
	return l, nil
}

func asFunctionInfo(m rueidis.RedisMessage) (f FunctionInfo, err error) {
	err = eachField(&m, func(name string, value rueidis.RedisMessage) (err error) {
		switch name {
		case "name":
			f.Name, err = decodeElement(value, AsString)
		case "description":
			f.Description, err = decodeElement(value, asOptionalText)
		case "flags":
			f.Flags, err = decodeElement(value, AsStrings)
		}
		return err
	})
	if err != nil {
		return FunctionInfo{}, err
	}
	return f, nil
}

func asFunctionStats(m rueidis.RedisMessage) (s FunctionStats, err error) {
	err = eachField(&m, func(name string, value rueidis.RedisMessage) (err error) {
		switch name {
		case "running_script":
			s.Running, err = decodeElement(value, asRunning)
		case "engines":
			s.Engines, err = decodeElement(value, asFunctionEngines)
		}
		return err
	})
	if err != nil {
		return FunctionStats{}, err
	}
	return s, nil
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

func asRunningFunction(m rueidis.RedisMessage) (f RunningFunction, err error) {
	err = eachField(&m, func(name string, value rueidis.RedisMessage) (err error) {
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
	if err != nil {
		return RunningFunction{}, err
	}
	return f, nil
}

func asFunctionEngine(m rueidis.RedisMessage) (e FunctionEngine, err error) {
	err = eachField(&m, func(name string, value rueidis.RedisMessage) (err error) {
		switch name {
		case "libraries_count":
			e.Libraries, err = decodeElement(value, AsInt64)
		case "functions_count":
			e.Functions, err = decodeElement(value, AsInt64)
		}
		return err
	})
	if err != nil {
		return FunctionEngine{}, err
	}
	return e, nil
}

func asFunctionInfos(m rueidis.RedisMessage) ([]FunctionInfo, error) {
	return elements(m, asFunctionInfo)
}

var asRunning = AsOptional(asRunningFunction)
