package redistest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStart(t *testing.T) {
	t.Parallel()
	s := Start(t, "--maxmemory", "123mb")
	t.Log(s.Name(), s.Version, s.Addr)
	assert.Regexp(t, `^(redis|valkey) [0-9.]+$`, s.Name())
	assert.True(t, s.Since("6.0"))
	assert.False(t, s.Since("99"))

	limit, err := s.Do(t, "CONFIG", "GET", "maxmemory").AsStrMap()
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"maxmemory": strconv.Itoa(123 << 20)}, limit)
	assert.True(t, s.Do(t, "GET", Key(t, "none")).IsNil())
	_, err = s.TryDo("LPUSH", Key(t, "none"))
	assert.ErrorContains(t, err, "wrong number of arguments")
	s.Do(t, "DEBUG", "SLEEP", "0")

	client := s.Client(t)
	require.NoError(t, client.Do(t.Context(), client.B().Set().Key("k").Value("v").Build()).Error())
	assert.Equal(t, rueidis.ClientModeStandalone, client.Mode())
}

func TestStartStopsWithTheTest(t *testing.T) {
	t.Parallel()
	s := Shared(t) // or skip
	t.Run("inner", func(t *testing.T) {
		s = Start(t)
		s.Pause() // must not keep it from ending
		require.True(t, s.Running())
	})
	assert.False(t, s.Running())
	_, err := os.Stat(s.dir)
	assert.ErrorIs(t, err, os.ErrNotExist)
	_, err = s.TryDo("PING")
	assert.Error(t, err)
}

func TestPassword(t *testing.T) {
	t.Parallel()
	s := Start(t, "--requirepass", "secret")
	s.Do(t, "PING")
	client := s.Client(t)
	assert.NoError(t, client.Do(t.Context(), client.B().Ping().Build()).Error())
}

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	s := Start(t)
	client := s.Client(t)
	s.Pause()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := client.Do(ctx, client.B().Ping().Build()).Error()
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	s.Resume()
	s.Do(t, "PING")
}

func TestKillAndRestart(t *testing.T) {
	t.Parallel()
	s := Start(t, "--appendonly", "yes", "--appendfsync", "always")
	s.Do(t, "SET", "k", "v")
	for range 2 {
		s.Kill()
		require.False(t, s.Running())
		_, err := s.TryDo("PING")
		require.Error(t, err)
		s.Restart()
		got, err := s.Do(t, "GET", "k").ToString()
		require.NoError(t, err)
		assert.Equal(t, "v", got)
	}
	s.Restart() // of a running server
	s.Do(t, "PING")
}

func TestDoSurvivesClientKill(t *testing.T) {
	t.Parallel()
	s := Start(t)
	other := s.Client(t)
	for range 3 {
		s.Do(t, "PING")
		kill := other.B().Arbitrary("CLIENT", "KILL", "TYPE", "normal").Build()
		require.NoError(t, other.Do(t.Context(), kill).Error())
	}
	s.Do(t, "PING")
}

func TestPortTaken(t *testing.T) {
	t.Parallel()
	first := Start(t)
	bin, err := findBinary()
	require.NoError(t, err)
	// the loser's process ends, and the winner's answers are not taken for its
	second := &Server{Addr: first.Addr, Port: first.Port, dir: t.TempDir()}
	second.argv = append(append(second.argv, bin.argv...), "--port", strconv.Itoa(first.Port), "--bind", "127.0.0.1")
	assert.ErrorIs(t, second.start(), errPortTaken)
	first.Do(t, "PING")
}

func TestStartReportsWhatTheServerSaid(t *testing.T) {
	t.Parallel()
	Shared(t) // or skip
	_, err := launch([]string{"--no-such-option", "1"})
	require.Error(t, err)
	assert.Contains(t, err.Error(), "no-such-option")
}

// A test binary that is killed must take its servers along.
func TestServerDiesWithTheTestBinary(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("only Linux ends a process with its parent")
	}
	if os.Getenv("REDISTEST_CHILD") != "" {
		s := Start(t)
		fmt.Printf("pid %d.\n", s.proc.os.Pid)
		select {} // until killed
	}
	Shared(t) // or skip
	child := exec.Command(os.Args[0], "-test.run", "^TestServerDiesWithTheTestBinary$")
	child.Env = append(os.Environ(), "REDISTEST_CHILD=1", "TMPDIR="+t.TempDir())
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	var pid int
	_, err = fmt.Fscanf(out, "pid %d.\n", &pid)
	require.NoError(t, err)
	proc := fmt.Sprintf("/proc/%d", pid)
	require.DirExists(t, proc)
	require.NoError(t, child.Process.Kill())
	_ = child.Wait()
	assert.NoError(t, Poll(func() error {
		// a killed orphan may stay behind as a zombie until it is waited for
		stat, err := os.ReadFile(proc + "/stat")
		if err == nil && !strings.Contains(string(stat), ") Z ") {
			return errors.New("the server outlived the test binary")
		}
		return nil
	}))
}

func TestAtLeast(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		version, want string
		ok            bool
	}{
		{"7.0.15", "7.0", true}, {"7.0.15", "7.0.15", true}, {"7.0.15", "7.0.16", false},
		{"7.0.15", "7.2", false}, {"10.0", "9.9.9", true}, {"7", "7.0.0", true}, {"6.0.16", "7", false},
	} {
		assert.Equal(t, c.ok, atLeast(c.version, c.want), "%s >= %s", c.version, c.want)
	}
}
