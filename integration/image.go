package integration

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/ory/dockertest/v3/docker"
)

// Version is a server that the suites run on, such as "redis:8.0".
type Version string

// The servers that the suites run on.
const (
	Redis60  Version = "redis:6.0"
	Redis70  Version = "redis:7.0"
	Redis80  Version = "redis:8.0"
	Valkey81 Version = "valkey:8.1"
)

// Versions returns all of them.
func Versions() []Version { return []Version{Redis60, Redis70, Redis80, Valkey81} }

// registry names an image where there is a registry.
func (v Version) registry() string {
	if product, _, _ := strings.Cut(string(v), ":"); product == "valkey" {
		return "valkey/" + string(v)
	}
	return string(v)
}

// local names the image that images/build makes.
func (v Version) local() string { return "local/" + string(v) }

// variable is the environment variable with the name of another image, such as RUEIDISTX_IMAGE_REDIS_8_0.
func (v Version) variable() string {
	return "RUEIDISTX_IMAGE_" + strings.ToUpper(strings.NewReplacer(":", "_", ".", "_").Replace(string(v)))
}

// Image returns the name of an image that is on the engine: that in the variable, else the one of images/build if it is
// there, else the one of the registry. What is not there is pulled, once.
func Image(v Version) (string, error) {
	e, err := connect()
	if err != nil {
		return "", err
	}
	find, _ := images.LoadOrStore(v, sync.OnceValues(func() (string, error) { return e.image(v) }))
	return find.(func() (string, error))()
}

var images sync.Map // of functions, by version

func (e *engine) image(v Version) (string, error) {
	name := os.Getenv(v.variable())
	if name == "" {
		switch _, err := e.pool.Client.InspectImage(v.local()); {
		case err == nil:
			return v.local(), nil
		case !errors.Is(err, docker.ErrNoSuchImage):
			return "", err
		}
		name = v.registry()
	}
	if _, err := e.pool.Client.InspectImage(name); err == nil {
		return name, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	repository, tag := repositoryTag(name)
	if err := e.pool.Client.PullImage(docker.PullImageOptions{
		Repository: repository,
		Tag:        tag,
		Context:    ctx,
	}, docker.AuthConfiguration{}); err != nil {
		return "", fmt.Errorf("image %s is not there and cannot be pulled (integration/images/build makes %s): %w", name, v.local(), err)
	}
	return name, nil
}

func repositoryTag(name string) (repository, tag string) {
	repository, tag = docker.ParseRepositoryTag(name)
	if tag == "" {
		tag = "latest"
	}
	return repository, tag
}
