package redistest

import (
	"context"
	"sync"
	"time"

	"github.com/redis/rueidis"
)

// Admin runs a test's own commands on one server, on a connection apart from
// those of the clients that the test is about.
type Admin struct {
	// Option returns the options for a client of the server, which may change
	// its address.
	Option func() rueidis.ClientOption

	mu     sync.Mutex
	client rueidis.Client // nil until used and after Close
}

// TryDo runs one command in RESP2, within 10 seconds. A nil reply is no error:
// it is the message whose IsNil method reports true. The message is never nil.
func (a *Admin) TryDo(args ...string) (*rueidis.RedisMessage, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	client, err := a.live(ctx)
	if err != nil {
		return new(rueidis.RedisMessage), err
	}
	reply, err := client.Do(ctx, client.B().Arbitrary(args...).Build()).ToMessage()
	if rueidis.IsRedisNil(err) {
		err = nil
	}
	return &reply, err
}

// live returns a client with a live connection. Whoever killed the one it had,
// by CLIENT KILL or by a restart, does not make the next command fail; and the
// one that it has is kept, as a busy server lets none be set up.
func (a *Admin) live(ctx context.Context) (rueidis.Client, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.client != nil {
		if err := a.client.Do(ctx, a.client.B().Ping().Build()).NonRedisError(); err == nil {
			return a.client, nil
		}
		a.client.Close()
		a.client = nil
	}
	client, err := DialAdmin(a.Option())
	if err == nil {
		a.client = client
	}
	return client, err
}

// Close ends the connection. The next command makes another one.
func (a *Admin) Close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.client != nil {
		a.client.Close()
		a.client = nil
	}
}

// DialAdmin returns a client with one connection that does nothing of its own
// accord.
func DialAdmin(option rueidis.ClientOption) (rueidis.Client, error) {
	option.AlwaysRESP2 = true // in RESP3, INFO and its like begin with "txt:"
	option.DisableCache = true
	option.DisableRetry = true
	option.PipelineMultiplex = -1
	option.ClientName = "redistest"
	client, err := rueidis.NewClient(option)
	if err != nil {
		if client != nil {
			client.Close()
		}
		return nil, err
	}
	return client, nil
}
