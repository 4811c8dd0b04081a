package rueidistx

import (
	"net"
	"strconv"

	"github.com/redis/rueidis"
)

// addressOf returns the address of a node in the reply of one that was asked at an address. A node that does not know its
// own host leaves that out.
func addressOf(asked string, host, port *rueidis.RedisMessage) (string, error) {
	name, err := host.ToString()
	if host.IsNil() || name == "" {
		name, _, _ = net.SplitHostPort(asked)
	} else if err != nil {
		return "", mismatch("the host of a node")
	}
	n, err := AsInt64(*port)
	if err != nil {
		return "", mismatch("the port of a node")
	}
	return net.JoinHostPort(name, strconv.FormatInt(n, 10)), nil
}
