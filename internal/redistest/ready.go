package redistest

import (
	"io"
	"net"
	"strings"
	"time"

	"github.com/rueidistx/rueidistx/internal/resp"
)

// serverInfo returns INFO's server section, as a map, of the server at addr if
// it is ready to serve.
func serverInfo(addr, password string) (map[string]string, error) {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(2 * time.Second)); err != nil {
		return nil, err
	}
	if password != "" {
		if _, err := ask(conn, "AUTH", password); err != nil {
			return nil, err
		}
	}
	// PING first: INFO is answered while the server is still loading
	if _, err := ask(conn, "PING"); err != nil {
		return nil, err
	}
	info, err := ask(conn, "INFO", "server")
	if err != nil {
		return nil, err
	}
	return parseInfo(info), nil
}

// ask sends one command and returns its reply, a simple or a bulk string.
func ask(conn io.ReadWriter, args ...string) (string, error) {
	if _, err := conn.Write(resp.AppendCommand(nil, args...)); err != nil {
		return "", err
	}
	var replies resp.Replies
	var reply []byte
	buf := make([]byte, 16<<10)
	for {
		n, err := conn.Read(buf)
		reply = append(reply, buf[:n]...)
		if _, complete := replies.Feed(buf[:n]); complete {
			return resp.Text(reply)
		}
		if err != nil {
			return "", err
		}
	}
}

// parseInfo returns the fields in the reply of INFO or CLUSTER INFO.
func parseInfo(info string) map[string]string {
	fields := map[string]string{}
	for line := range strings.Lines(info) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			fields[name] = value
		}
	}
	return fields
}
