package integration

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ory/dockertest/v3"
	"github.com/ory/dockertest/v3/docker"
)

// serverPort is the one that every server has in its container.
const serverPort = "6379"

// container is where one server runs. It does not run the server itself, as then it would end with the server, and its
// files, its address and its port with it. Servers are started in it by exec.
type container struct {
	engine   *engine
	resource *dockertest.Resource
	outside  string         // the network that clients come through
	leash    *io.PipeWriter // of the connection that the container lives as long as
}

// start starts a container. It ends with [container.remove], when this process ends in any way, or after lifetime.
func (e *engine) start(image, name string) (*container, error) {
	e.making.RLock()
	defer e.making.RUnlock()
	if e.closed {
		return nil, errClosed
	}
	repository, tag := repositoryTag(image)
	resource, err := e.pool.RunWithOptions(&dockertest.RunOptions{
		Name:       e.name(name),
		Repository: repository,
		Tag:        tag,
		Entrypoint: []string{"sh", "-c"},
		Cmd:        []string{fmt.Sprintf("trap 'exit 0' TERM; sleep %.0f & wait", lifetime.Seconds())},
		Labels:     e.labels(),
		PortBindings: map[docker.Port][]docker.PortBinding{
			serverPort + "/tcp": {{HostIP: "127.0.0.1"}}, // the engine takes a free port
		},
	}, func(host *docker.HostConfig) {
		host.AutoRemove = true
		host.RestartPolicy = docker.NeverRestart()
		host.PublishAllPorts = false
	})
	if err != nil {
		return nil, fmt.Errorf("starting a container of %s: %w", image, err)
	}
	c := &container{engine: e, resource: resource}
	for network := range resource.Container.NetworkSettings.Networks {
		c.outside = network
	}
	if err := c.tie(); err != nil {
		return nil, fmt.Errorf("container of %s: %w", image, errors.Join(err, c.remove()))
	}
	return c, nil
}

// tie makes the container end when this process does. A shell in it reads from a connection on which nothing ever comes:
// its end is the end of the process.
func (c *container) tie() error {
	client := c.engine.pool.Client
	exec, err := client.CreateExec(docker.CreateExecOptions{
		Container:    c.id(),
		Cmd:          []string{"sh", "-c", "read nothing; kill 1"},
		AttachStdin:  true,
		AttachStdout: true,
	})
	if err != nil {
		return err
	}
	never, leash := io.Pipe()
	if _, err := client.StartExecNonBlocking(exec.ID, docker.StartExecOptions{
		InputStream:  never,
		OutputStream: io.Discard,
	}); err != nil {
		return err
	}
	c.leash = leash
	return nil
}

func (c *container) id() string { return c.resource.Container.ID }

// remove ends the container and returns when it is gone.
func (c *container) remove() error {
	if c.leash != nil {
		defer c.leash.Close()
	}
	return c.engine.removeContainer(c.id())
}

// published returns the port on this machine that leads to the server, as the engine knows it now.
func (c *container) published() (addr string, err error) {
	info, err := c.engine.pool.Client.InspectContainer(c.id())
	if err != nil {
		return "", err
	}
	c.resource.Container = info
	addr = c.resource.GetHostPort(serverPort + "/tcp")
	if addr == "" {
		return "", fmt.Errorf("container %s publishes no port", info.Name)
	}
	return addr, nil
}

// shell runs a script in the container, with arguments as $1 and so on, and returns what it prints.
func (c *container) shell(script string, args ...string) (string, error) {
	var out, errs bytes.Buffer
	code, err := c.resource.Exec(append([]string{"sh", "-c", script, "sh"}, args...), dockertest.ExecOptions{
		StdOut: &out,
		StdErr: &errs,
	})
	if err == nil && code != 0 {
		err = fmt.Errorf("exit code %d: %s", code, strings.TrimSpace(errs.String()))
	}
	return out.String(), err
}

// background starts a script in the container and does not wait for its end.
func (c *container) background(script string, args ...string) error {
	client := c.engine.pool.Client
	exec, err := client.CreateExec(docker.CreateExecOptions{
		Container: c.id(),
		Cmd:       append([]string{"sh", "-c", script, "sh"}, args...),
	})
	if err != nil {
		return err
	}
	return client.StartExec(exec.ID, docker.StartExecOptions{Detach: true})
}
