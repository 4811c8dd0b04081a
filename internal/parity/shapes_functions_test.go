package parity

import (
	"errors"
	"time"

	"github.com/rueidistx/rueidistx"
)

func functionShapes() []shape {
	type libraries = []rueidistx.FunctionLibrary
	return []shape{
		use("FunctionDelete", "", status,
			func(c *commands) futureOf[string] { return c.FunctionDelete(key) },
			func(b builder) completed { return b.FunctionDelete().LibraryName(key).Build() }),
		use("FunctionDump", "", text,
			func(c *commands) futureOf[string] { return c.FunctionDump() },
			func(b builder) completed { return b.FunctionDump().Build() }),
		use("FunctionFlush", "", status,
			func(c *commands) futureOf[string] { return c.FunctionFlush() },
			func(b builder) completed { return b.FunctionFlush().Build() }),
		use("FunctionFlush", "ASYNC", status,
			func(c *commands) futureOf[string] { return c.FunctionFlush(rueidistx.Async) },
			func(b builder) completed { return b.FunctionFlush().Async().Build() }),
		use("FunctionFlush", "SYNC", status,
			func(c *commands) futureOf[string] { return c.FunctionFlush(rueidistx.Sync) },
			func(b builder) completed { return b.FunctionFlush().Sync().Build() }),
		use("FunctionList", "", functionLibraries,
			func(c *commands) futureOf[libraries] { return c.FunctionList() },
			func(b builder) completed { return b.FunctionList().Build() }),
		use("FunctionList", "LIBRARYNAME WITHCODE", functionLibraries,
			func(c *commands) futureOf[libraries] {
				return c.FunctionList(rueidistx.LibraryName(key), rueidistx.WithCode)
			},
			func(b builder) completed { return b.FunctionList().Libraryname(key).Withcode().Build() }),
		use("FunctionLoad", "", text,
			func(c *commands) futureOf[string] { return c.FunctionLoad(value) },
			func(b builder) completed { return b.FunctionLoad().FunctionCode(value).Build() }),
		use("FunctionLoad", "REPLACE", text,
			func(c *commands) futureOf[string] { return c.FunctionLoad(value, rueidistx.Replace) },
			func(b builder) completed { return b.FunctionLoad().Replace().FunctionCode(value).Build() }),
		use("FunctionRestore", "", status,
			func(c *commands) futureOf[string] { return c.FunctionRestore(value) },
			func(b builder) completed { return b.FunctionRestore().SerializedValue(value).Build() }),
		use("FunctionRestore", "REPLACE", status,
			func(c *commands) futureOf[string] { return c.FunctionRestore(value, rueidistx.Replace) },
			func(b builder) completed { return b.FunctionRestore().SerializedValue(value).Replace().Build() }),
		use("FunctionRestore", "FLUSH", status,
			func(c *commands) futureOf[string] { return c.FunctionRestore(value, rueidistx.Flush) },
			func(b builder) completed { return b.FunctionRestore().SerializedValue(value).Flush().Build() }),
		use("FunctionStats", "", functionStats,
			func(c *commands) futureOf[rueidistx.FunctionStats] { return c.FunctionStats() },
			func(b builder) completed { return b.FunctionStats().Build() }),
	}
}

var (
	functionLibraries = inBoth(functionLibrariesText, functionLibrariesByHand)
	functionStats     = inBoth(functionStatsText, functionStatsByHand)
)

func functionLibrariesText(mapOf func(parts ...string) string) string {
	function := func(name, description string, flags ...string) string {
		return mapOf("name", bulk(name), "description", description, "flags", array(flags...))
	}
	return array(
		mapOf("library_name", bulk("l"), "engine", bulk("LUA"), "functions", array(
			function("f", bulk("does it"), bulk("no-writes"), bulk("allow-stale")), function("g", "$-1\r\n")), "library_code", bulk("#!lua")),
		mapOf("library_name", bulk("m"), "engine", bulk("LUA"), "functions", array(function("h", "$-1\r\n"))),
	)
}

func functionLibrariesByHand(r result) ([]rueidistx.FunctionLibrary, error) {
	list, err := r.ToArray()
	libraries := make([]rueidistx.FunctionLibrary, len(list))
	for i := range list {
		f := fieldsIn(&list[i])
		libraries[i] = rueidistx.FunctionLibrary{Name: f.text("library_name"), Engine: f.text("engine")}
		if _, ok := f.values["library_code"]; ok {
			libraries[i].Code = f.text("library_code")
		}
		functions := field(f, "functions", (*message).ToArray)
		for j := range functions {
			of := fieldsIn(&functions[j])
			info := rueidistx.FunctionInfo{Name: of.text("name"), Flags: field(of, "flags", (*message).AsStrSlice)}
			if d := of.values["description"]; !d.IsNil() {
				info.Description = rueidistx.Optional[string]{Value: of.text("description"), OK: true}
			}
			libraries[i].Functions = append(libraries[i].Functions, info)
			err = errors.Join(err, of.err)
		}
		err = errors.Join(err, f.err)
	}
	return libraries, err
}

func functionStatsText(mapOf func(parts ...string) string) string {
	return mapOf(
		"running_script", mapOf("name", bulk("f"), "command", array(bulk("FCALL"), bulk("f"), bulk("0")), "duration_ms", integer(1500)),
		"engines", mapOf("LUA", mapOf("libraries_count", integer(2), "functions_count", integer(3))))
}

func functionStatsByHand(r result) (s rueidistx.FunctionStats, err error) {
	m, err := r.ToMessage()
	if err != nil {
		return s, err
	}
	f := fieldsIn(&m)
	running, engines := f.values["running_script"], f.values["engines"]
	call, all := fieldsIn(&running), fieldsIn(&engines)
	s.Running = rueidistx.Optional[rueidistx.RunningFunction]{OK: true, Value: rueidistx.RunningFunction{
		Name: call.text("name"), Command: field(call, "command", (*message).AsStrSlice), Duration: time.Duration(call.number("duration_ms")) * time.Millisecond,
	}}
	s.Engines = map[string]rueidistx.FunctionEngine{}
	for name, engine := range all.values {
		e := fieldsIn(&engine)
		s.Engines[name] = rueidistx.FunctionEngine{Libraries: e.number("libraries_count"), Functions: e.number("functions_count")}
		err = errors.Join(err, e.err)
	}
	return s, errors.Join(err, f.err, call.err, all.err)
}
