package redistest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// binary is the server program tests run.
type binary struct {
	argv  []string // program and its first arguments
	debug bool     // DEBUG has to be enabled and can be, since Redis 7.0
}

// errNoBinary wraps the reasons for which no server can run here at all.
var errNoBinary = errors.New("no server program")

var versionPattern = regexp.MustCompile(`(Redis|Valkey) server v=([0-9.]+)`)

// findBinary looks for the server program, once.
var findBinary = sync.OnceValues(func() (*binary, error) {
	if !supported {
		return nil, fmt.Errorf("%w: none can run on this system", errNoBinary)
	}
	argv := strings.Fields(os.Getenv("RUEIDISTX_SERVER"))
	if len(argv) == 0 {
		for _, name := range []string{"redis-server", "valkey-server"} {
			if path, err := exec.LookPath(name); err == nil {
				argv = []string{path}
				break
			}
		}
	}
	if len(argv) == 0 {
		return nil, fmt.Errorf("%w: neither redis-server nor valkey-server is in PATH and RUEIDISTX_SERVER is not set", errNoBinary)
	}
	out, err := exec.Command(argv[0], append(argv[1:len(argv):len(argv)], "--version")...).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%s --version: %w: %s", strings.Join(argv, " "), err, out)
	}
	found := versionPattern.FindStringSubmatch(string(out))
	if found == nil {
		return nil, fmt.Errorf("%s --version: no version in %q", strings.Join(argv, " "), out)
	}
	return &binary{argv: argv, debug: found[1] == "Valkey" || atLeast(found[2], "7.0")}, nil
})

// Installed reports whether there is a server program, so that tests do not have
// to make do with the embedded server.
func Installed() bool {
	_, err := findBinary()
	return err == nil
}

// atLeast reports whether version is want or later. Versions are numbers with
// dots; what is missing counts as 0.
func atLeast(version, want string) bool {
	have := strings.Split(version, ".")
	for i, part := range strings.Split(want, ".") {
		w, _ := strconv.Atoi(part)
		h := 0
		if i < len(have) {
			h, _ = strconv.Atoi(have[i])
		}
		if h != w {
			return h > w
		}
	}
	return true
}
