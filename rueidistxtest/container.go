package rueidistxtest

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx/internal/redistest"
)

// Container starts a server from an image, such as "redis:8.0" or "valkey/valkey:8.1", by the program docker. The image must
// have sh, timeout, and redis-server or valkey-server. Its container has the label rueidistx.test, publishes its port on the
// loopback interface, and is removed when the test ends; if the test is killed, after ten minutes.
//
// No image is pulled. If it, the program or the Docker Engine is missing, the test is skipped, or fails if RUEIDISTX_REQUIRE
// lists docker.
func Container(image string) Option {
	return option(func(c *config) {
		if image == "" || strings.HasPrefix(image, "-") {
			c.misuse = fmt.Sprintf("Container of the image %q", image)
			return
		}
		c.servers = append(c.servers, func(tb testing.TB) *server {
			tb.Helper()
			return container(tb, image)
		})
	})
}

// serve is what runs in a container.
const serve = `exec timeout 600 "$(command -v redis-server || command -v valkey-server)" \
	--port 6379 --bind 0.0.0.0 --protected-mode no --save "" --appendonly no`

func container(tb testing.TB, image string) *server {
	tb.Helper()
	if _, err := docker("version", "--format", "{{.Server.Version}}"); err != nil {
		redistest.SkipOrFail(tb, "docker", err.Error())
	}
	if _, err := docker("image", "inspect", "--format", "{{.Id}}", image); err != nil {
		redistest.SkipOrFail(tb, "docker", fmt.Sprintf("there is no image %s (docker pull %[1]s): %v", image, err))
	}
	id, err := docker("run", "-d", "--rm", "--pull", "never", "--label", "rueidistx.test", "-p", "127.0.0.1::6379",
		"--entrypoint", "sh", image, "-c", serve)
	if err != nil {
		tb.Fatalf("rueidistxtest: starting a container of %s: %v", image, err)
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			log, _ := docker("logs", "--tail", "12", id)
			tb.Logf("last output of the container of %s:\n%s", image, log)
		}
		if _, err := docker("rm", "-f", "-v", id); err != nil {
			tb.Errorf("rueidistxtest: removing the container of %s: %v", image, err)
		}
	})
	addr, err := docker("port", id, "6379/tcp")
	if err != nil {
		tb.Fatalf("rueidistxtest: the container of %s has no port: %v", image, err)
	}
	addr, _, _ = strings.Cut(addr, "\n")
	option := rueidis.ClientOption{InitAddress: []string{addr}, ForceSingleClient: true}
	admin := redistest.Admin{Option: func() rueidis.ClientOption { return option }}
	defer admin.Close()
	if err := redistest.Poll(func() error {
		_, err := admin.TryDo("PING")
		if err != nil {
			if _, gone := docker("inspect", "--format", "{{.State.Status}}", id); gone != nil {
				return nil // Open says what is wrong
			}
		}
		return err
	}); err != nil {
		tb.Fatalf("rueidistxtest: the container of %s does not serve: %v", image, err)
	}
	return &server{"container of " + image, addr, option}
}

// docker runs the program and returns what it prints.
func docker(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var complaint strings.Builder
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Stderr = &complaint
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("docker %s: %w: %s", args[0], err, strings.TrimSpace(complaint.String()))
	}
	return strings.TrimSpace(string(out)), err
}
