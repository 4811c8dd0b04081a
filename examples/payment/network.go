package main

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"sync/atomic"
)

// saboteur makes connections that it kills, once it is told to.
type saboteur struct {
	kills  atomic.Bool
	killed atomic.Int64
}

// dial has the type of rueidis's DialCtxFn.
func (s *saboteur) dial(ctx context.Context, addr string, d *net.Dialer, _ *tls.Config) (net.Conn, error) {
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &sabotaged{conn, s}, nil
}

// sabotaged is one of them.
type sabotaged struct {
	net.Conn
	by *saboteur
}

var errKilled = errors.New("killed")

// kill kills the connection once in ten times.
func (c *sabotaged) kill() bool {
	if !c.by.kills.Load() || rand.IntN(10) > 0 {
		return false
	}
	c.by.killed.Add(1)
	_ = c.Close()
	return true
}

// Write kills the connection before the commands are sent.
func (c *sabotaged) Write(b []byte) (int, error) {
	if c.kill() {
		return 0, errKilled
	}
	return c.Conn.Write(b)
}

// Read kills the connection after the server has executed the commands, and before anybody has seen the replies.
func (c *sabotaged) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err == nil && c.kill() {
		return 0, errKilled
	}
	return n, err
}
