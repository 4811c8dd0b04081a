package rueidistx

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// repeatSafely wraps the function that rueidis calls before it resends commands that only read. A connection that broke
// while it was written to may still be reading the command, and rueidis would reuse the command's memory as soon as the
// second try is answered. So the command is pinned. rueidis does not call the function for each command if it resends a
// whole Batch. So a Batch resends by itself, as does each command of a group of [Coalesce], unless the server has replied,
// with LOADING. repeats counts what rueidis resends.
func repeatSafely(delay rueidis.RetryDelayFn, repeats *atomic.Uint64) rueidis.RetryDelayFn {
	return func(attempts int, command rueidis.Completed, err error) (d time.Duration) {
		if isOfBatch(command) && !isServerError(err) {
			return -1
		}
		repeats.Add(1)
		return orNever(delay)(attempts, command.Pin(), err)
	}
}

// orNever wraps a function so that nothing is resent if it panics.
func orNever(delay rueidis.RetryDelayFn) rueidis.RetryDelayFn {
	return func(attempts int, command rueidis.Completed, err error) (d time.Duration) {
		defer orElse(&d, -1)
		return delay(attempts, command, err)
	}
}

// orElse, deferred, makes a function that panics return v.
func orElse[T any](result *T, v T) {
	if recover() != nil {
		*result = v
	}
}

// surviveCallbacks keeps a panic in the client's callbacks from ending the process: rueidis also calls them in its own
// goroutines, and while holding locks.
func surviveCallbacks(o *rueidis.ClientOption) {
	if credentials := o.AuthCredentialsFn; credentials != nil {
		o.AuthCredentialsFn = func(about rueidis.AuthCredentialsContext) (rueidis.AuthCredentials, error) {
			return comeBack("AuthCredentialsFn", func() (rueidis.AuthCredentials, error) { return credentials(about) })
		}
	}
	if send := o.SendToReplicas; send != nil {
		o.SendToReplicas = func(command rueidis.Completed) (to bool) {
			defer orElse(&to, false)
			return send(command)
		}
	}
	if choose := o.ReadNodeSelector; choose != nil {
		o.ReadNodeSelector = func(slot uint16, nodes []rueidis.NodeInfo) (i int) {
			defer orElse(&i, 0)
			return choose(slot, nodes)
		}
	}
	//lint:ignore SA1019 deprecated, but rueidis calls it
	if choose := o.ReplicaSelector; choose != nil {
		//lint:ignore SA1019 deprecated, but rueidis calls it
		o.ReplicaSelector = func(slot uint16, replicas []rueidis.NodeInfo) (i int) {
			defer orElse(&i, -1)
			return choose(slot, replicas)
		}
	}
	if tell := o.OnInvalidations; tell != nil {
		o.OnInvalidations = func(keys []rueidis.RedisMessage) {
			defer func() { _ = recover() }()
			tell(keys)
		}
	}
}

// comeBack runs call in a goroutine that call may end, because rueidis waits for callbacks while holding a lock.
func comeBack[T any](name string, call func() (T, error)) (T, error) {
	var v T
	err := errors.New(name + " ended its goroutine")
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("%s panicked (%T)", name, p)
			}
		}()
		v, err = call()
	}()
	<-done
	return v, err
}

// opening tracks the connections of a client that is being dialed: if rueidis gives up, it does not close all of them.
type opening struct {
	mu    sync.Mutex
	conns []net.Conn
	over  bool // the client is open or abandoned
	given error
}

// add returns an error if the connection is not needed any more.
func (o *opening) add(conn net.Conn) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.over {
		o.conns = append(o.conns, conn)
	}
	return o.given
}

// done stops tracking the connections of a client that is open.
func (o *opening) done() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.over, o.conns = true, nil
}

// abandon closes a client, which may be nil, and the connections that it leaves behind.
func (o *opening) abandon(client rueidis.Client) {
	if client != nil {
		client.Close()
	}
	o.mu.Lock()
	conns := o.conns
	o.over, o.conns, o.given = true, nil, rueidis.ErrClosing
	o.mu.Unlock()
	for _, conn := range conns {
		_ = conn.Close()
	}
}

// dialer returns a function that dials as rueidis would with these options, and marks the errors.
func (m *dialMark) dialer(o rueidis.ClientOption, opening *opening) func(context.Context, string, *net.Dialer, *tls.Config) (net.Conn, error) {
	return func(ctx context.Context, addr string, dialer *net.Dialer, config *tls.Config) (net.Conn, error) {
		own := true
		conn, err := comeBack("the dial function", func() (net.Conn, error) {
			switch {
			case o.DialCtxFn != nil:
				return o.DialCtxFn(ctx, addr, dialer, config)
			case o.DialFn != nil:
				return o.DialFn(addr, dialer, config)
			}
			own = false
			if config != nil {
				return (&tls.Dialer{NetDialer: dialer, Config: config}).DialContext(ctx, "tcp", addr)
			}
			return dialer.DialContext(ctx, "tcp", addr)
		})
		switch {
		case err != nil:
			return nil, &dialError{m, err}
		case isNil(conn):
			return nil, &dialError{m, errors.New("the dial function returned no connection")}
		}
		if err := opening.add(conn); err != nil {
			_ = conn.Close()
			return nil, &dialError{m, err}
		}
		if own {
			if tcp, ok := conn.(*net.TCPConn); ok && o.DisableTCPNoDelay {
				_ = tcp.SetNoDelay(false) // rueidis does not see a TCPConn inside an ownConn
			}
			return &ownConn{conn}, nil
		}
		return conn, nil
	}
}

// isNil reports whether a connection is none, or a nil pointer to one.
func isNil(conn net.Conn) bool {
	v := reflect.ValueOf(conn)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}

// ownConn is a connection from the caller's dial function. Its reads and writes may fail with any error, even one that
// would prove, if it came from a dial or a handshake, that nothing was sent.
type ownConn struct{ net.Conn }

func (c *ownConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	return n, provesNothing(err)
}

func (c *ownConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	return n, provesNothing(err)
}

// NetConn returns the caller's own connection.
func (c *ownConn) NetConn() net.Conn { return c.Conn }

// provesNothing replaces errors that would prove that nothing was sent.
func provesNothing(err error) error {
	if err == nil {
		return nil
	}
	var dial *dialError
	if !isServerError(err) && !errors.As(err, &dial) && !errors.Is(err, rueidis.ErrNoSlot) &&
		!errors.Is(err, rueidis.ErrNoAddr) && !errors.Is(err, rueidis.ErrNoCache) {
		return err
	}
	return fmt.Errorf("the connection failed with an error that is not a connection's (%T)", err)
}
