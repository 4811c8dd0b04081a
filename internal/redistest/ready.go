package redistest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
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
	in := bufio.NewReader(conn)
	if password != "" {
		if _, err := ask(conn, in, "AUTH", password); err != nil {
			return nil, err
		}
	}
	// PING first: INFO is answered while the server is still loading
	if _, err := ask(conn, in, "PING"); err != nil {
		return nil, err
	}
	info, err := ask(conn, in, "INFO", "server")
	if err != nil {
		return nil, err
	}
	return parseInfo(info), nil
}

// ask sends one command and returns its reply, a simple or a bulk string.
func ask(out io.Writer, in *bufio.Reader, args ...string) (string, error) {
	var request strings.Builder
	fmt.Fprintf(&request, "*%d\r\n", len(args))
	for _, arg := range args {
		fmt.Fprintf(&request, "$%d\r\n%s\r\n", len(arg), arg)
	}
	if _, err := io.WriteString(out, request.String()); err != nil {
		return "", err
	}
	line, err := in.ReadString('\n')
	if err != nil {
		return "", err
	}
	line = strings.TrimRight(line, "\r\n")
	switch {
	case strings.HasPrefix(line, "+"):
		return line[1:], nil
	case strings.HasPrefix(line, "-"):
		return "", errors.New(line[1:])
	case strings.HasPrefix(line, "$"):
		n, err := strconv.Atoi(line[1:])
		if err != nil || n < 0 {
			return "", fmt.Errorf("%s: reply %q", args[0], line)
		}
		bulk := make([]byte, n+len("\r\n"))
		if _, err := io.ReadFull(in, bulk); err != nil {
			return "", err
		}
		return string(bulk[:n]), nil
	}
	return "", fmt.Errorf("%s: reply %q", args[0], line)
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
