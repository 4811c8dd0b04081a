package integration

import (
	"fmt"
	"net/netip"

	"github.com/ory/dockertest/v3/docker"
)

// network is what the nodes of one topology reach each other through, and nobody else. Clients come another way.
type network struct {
	id   string
	next netip.Addr // not given to a node yet
}

// newNetwork makes a network. Its nodes choose their own addresses, so that one that was disconnected comes back under the
// one it had. The engine allows that only where the caller has chosen the subnet, and knows best which one is free: so it
// chooses first, and is then asked for the same.
func (e *engine) newNetwork() (*network, error) {
	e.networks.Lock()
	defer e.networks.Unlock()
	e.making.RLock()
	defer e.making.RUnlock()
	if e.closed {
		return nil, errClosed
	}
	var last error
	for range 10 { // another process may take the subnet in between
		free, err := e.createNetwork(nil)
		if err != nil {
			return nil, err
		}
		subnet, err := e.subnet(free)
		if err := e.removeNetwork(free); err != nil {
			return nil, err
		}
		if err != nil {
			return nil, err
		}
		id, err := e.createNetwork(&docker.IPAMOptions{Config: []docker.IPAMConfig{{Subnet: subnet.String()}}})
		if err == nil {
			return &network{id: id, next: subnet.Masked().Addr().Next().Next()}, nil // the first is the engine's own
		}
		last = err
	}
	return nil, fmt.Errorf("making a network: %w", last)
}

func (e *engine) createNetwork(addresses *docker.IPAMOptions) (id string, err error) {
	made, err := e.pool.Client.CreateNetwork(docker.CreateNetworkOptions{
		Name:     e.name("network"),
		Driver:   "bridge",
		Internal: true, // so the way of the clients, with its published ports, stays the main one
		Labels:   e.labels(),
		IPAM:     addresses,
	})
	if err != nil {
		return "", err
	}
	return made.ID, nil
}

// subnet returns the one with IPv4 addresses that a network has.
func (e *engine) subnet(id string) (netip.Prefix, error) {
	info, err := e.pool.Client.NetworkInfo(id)
	if err != nil {
		return netip.Prefix{}, err
	}
	for _, config := range info.IPAM.Config {
		if subnet, err := netip.ParsePrefix(config.Subnet); err == nil && subnet.Addr().Is4() {
			return subnet, nil
		}
	}
	return netip.Prefix{}, fmt.Errorf("network %s has no IPv4 subnet", info.Name)
}

// address returns one for a node.
func (n *network) address() string {
	addr := n.next
	n.next = addr.Next()
	return addr.String()
}

// join connects a container to a network, under the given address unless that is empty.
func (e *engine) join(network, container, address string) error {
	option := docker.NetworkConnectionOptions{Container: container}
	if address != "" {
		option.EndpointConfig = &docker.EndpointConfig{IPAMConfig: &docker.EndpointIPAMConfig{IPv4Address: address}}
	}
	return e.pool.Client.ConnectNetwork(network, option)
}

// leave disconnects a container.
func (e *engine) leave(network, container string) error {
	return e.pool.Client.DisconnectNetwork(network, docker.NetworkConnectionOptions{Container: container})
}
