package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/rueidistx/rueidistx/internal/redistest"
)

// pin gives this process one core, and the servers the others, until undo.
func (l *lab) pin() (undo func() error, err error) {
	var servers []int
	for _, s := range l.servers {
		for _, n := range s.nodes {
			pid, err := processOf(n)
			if err != nil {
				return nil, err
			}
			servers = append(servers, pid)
		}
	}
	return splitCores(servers)
}

// processOf returns the id of a server's process.
func processOf(n *redistest.Server) (int, error) {
	reply, err := n.TryDo("INFO", "SERVER")
	if err != nil {
		return 0, err
	}
	info, err := reply.ToString()
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(info, "\nprocess_id:")
	id, _, _ := strings.Cut(rest, "\r")
	pid, err := strconv.Atoi(id)
	if err != nil {
		err = fmt.Errorf("INFO of the server at %s has no process: %w", n.Addr, err)
	}
	return pid, err
}
