package integration

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ory/dockertest/v3"
	"github.com/ory/dockertest/v3/docker"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx/internal/redistest"
)

// endings are the ways in which a test process ends early.
var endings = map[string]func(t *testing.T){
	"FailNow":              func(t *testing.T) { t.FailNow() },
	"panic":                func(*testing.T) { panic("on purpose") },
	"panic in a goroutine": func(*testing.T) { go panic("on purpose"); select {} },
	"os.Exit":              func(*testing.T) { os.Exit(3) },
	"interrupted":          func(*testing.T) { raise(os.Interrupt) },
	"terminated":           func(*testing.T) { raise(syscall.SIGTERM) },
	"killed":               func(*testing.T) { raise(os.Kill) },
	"interrupted in Start": func(t *testing.T) { go raise(os.Interrupt); Start(t, Want{Topology: Replicas}); select {} },
}

// raise sends this process a signal and does not return.
func raise(sig os.Signal) {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Signal(sig)
	}
	if err != nil {
		panic(err)
	}
	select {}
}

// TestEnding is what TestNoContainerOutlivesTheProcess runs in a process of its own.
func TestEnding(t *testing.T) {
	ending := endings[os.Getenv("RUEIDISTX_TEST_ENDING")]
	if ending == nil {
		return
	}
	s := Start(t, Want{})
	println("run=" + s.engine.run)
	ending(t)
}

func TestNoContainerOutlivesTheProcess(t *testing.T) {
	e, _ := need(t, Redis80)
	for name := range endings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			var out bytes.Buffer
			cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestEnding$")
			cmd.Env = append(os.Environ(), "RUEIDISTX_TEST_ENDING="+name)
			cmd.Stdout, cmd.Stderr = &out, &out
			require.Error(t, cmd.Run(), "the process should have failed:\n%s", &out)

			_, rest, ok := strings.Cut(out.String(), "run=")
			require.True(t, ok, "the process has started no server:\n%s", &out)
			run, _, _ := strings.Cut(rest, "\n")
			assert.NoError(t, redistest.Poll(func() error {
				left, err := e.pool.Client.ListContainers(docker.ListContainersOptions{
					All:     true,
					Filters: map[string][]string{"label": {runLabel + "=" + run}},
				})
				if err == nil && len(left) > 0 {
					err = os.ErrExist
				}
				return err
			}))
		})
	}
}

// TestSweep is about what a process that was killed has left: its networks, and containers that did not end as they should.
func TestSweep(t *testing.T) {
	e, image := need(t, Redis80)
	labels := func(age time.Duration) map[string]string {
		l := e.labels()
		l[startedLabel] = strconv.FormatInt(time.Now().Add(-age).Unix(), 10)
		return l
	}
	repository, tag := repositoryTag(image)
	old, err := e.pool.RunWithOptions(&dockertest.RunOptions{
		Repository: repository, Tag: tag, Labels: labels(2 * lifetime),
		Entrypoint: []string{"sleep", "600"},
	}, func(host *docker.HostConfig) { host.AutoRemove = true })
	require.NoError(t, err)
	network := func(age time.Duration) string {
		made, err := e.pool.Client.CreateNetwork(docker.CreateNetworkOptions{Name: e.name("sweep"), Driver: "bridge", Labels: labels(age)})
		require.NoError(t, err)
		return made.ID
	}
	ended, young := network(2*lifetime), network(0)

	require.NoError(t, e.sweep())
	_, err = e.pool.Client.InspectContainer(old.Container.ID)
	assert.ErrorAs(t, err, new(*docker.NoSuchContainer))
	_, err = e.pool.Client.NetworkInfo(ended)
	assert.ErrorAs(t, err, new(*docker.NoSuchNetwork))
	assert.NoError(t, e.removeNetwork(young))
}
