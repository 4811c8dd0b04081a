package campaign

import (
	"net"
	"time"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
)

// shape is a set of options for a client and its DB.
type shape struct {
	name    string
	set     func(o *rueidis.ClientOption)
	options []rueidistx.Option

	wraps    bool // New instead of Open
	resends  bool // rueidis may send twice what is not a transaction, and the library says so
	caches   bool // there are reads with client-side caching
	sentinel bool // also with sentinels
}

const writeTimeout = 40 * time.Millisecond

var shapes = []shape{
	{name: "default", set: func(*rueidis.ClientOption) {}, sentinel: true},
	{name: "New", set: func(o *rueidis.ClientOption) { o.ClusterOption.MaxMovedRedirections = 16 }, wraps: true},
	{name: "RESP2", set: func(o *rueidis.ClientOption) { o.AlwaysRESP2, o.DisableCache = true, true }, sentinel: true},
	{name: "DisableAutoPipelining", set: func(o *rueidis.ClientOption) { o.DisableAutoPipelining = true }},
	{name: "AlwaysPipelining", set: func(o *rueidis.ClientOption) { o.AlwaysPipelining = true }, sentinel: true},
	{name: "PipelineMultiplex 2", set: func(o *rueidis.ClientOption) { o.PipelineMultiplex = 2 }},
	{name: "RingScaleEachConn 1", set: func(o *rueidis.ClientOption) { o.RingScaleEachConn, o.AlwaysPipelining = 1, true }},
	{name: "MaxFlushDelay", set: func(o *rueidis.ClientOption) { o.MaxFlushDelay, o.AlwaysPipelining = 100*time.Microsecond, true }},
	{name: "ConnWriteTimeout", set: func(o *rueidis.ClientOption) { o.ConnWriteTimeout = writeTimeout }},
	{name: "KeepAlive", set: func(o *rueidis.ClientOption) {
		o.Dialer, o.ConnWriteTimeout, o.AlwaysPipelining = net.Dialer{KeepAlive: 3 * time.Millisecond}, writeTimeout, true
	}},
	{name: "DisableRetry", set: func(o *rueidis.ClientOption) { o.DisableRetry = true }},
	{name: "buffers of 64 bytes", set: func(o *rueidis.ClientOption) { o.ReadBufferEachConn, o.WriteBufferEachConn = 64, 64 }},
	{name: "BlockingPipeline 3", set: func(o *rueidis.ClientOption) { o.BlockingPipeline, o.BlockingPoolSize = 3, 8 }},
	{name: "dedicated 1", set: func(*rueidis.ClientOption) {}, options: dedicated(1)},
	{name: "dedicated 4", set: func(*rueidis.ClientOption) {}, options: dedicated(4), sentinel: true},
	{name: "dedicated 4, AlwaysPipelining", set: func(o *rueidis.ClientOption) { o.AlwaysPipelining = true }, options: dedicated(4)},
	{name: "ConnLifetime", set: func(o *rueidis.ClientOption) { o.ConnLifetime = 30 * time.Millisecond }, options: dedicated(4), resends: true},
	{name: "coalesced", set: func(*rueidis.ClientOption) {}, options: coalesced, sentinel: true},
	{name: "coalesced, New, AlwaysPipelining", set: func(o *rueidis.ClientOption) {
		o.ClusterOption.MaxMovedRedirections, o.AlwaysPipelining = 16, true
	}, options: coalesced, wraps: true},
	{name: "coalesced, ConnWriteTimeout, BlockingPipeline 3", set: func(o *rueidis.ClientOption) {
		o.ConnWriteTimeout, o.BlockingPipeline, o.BlockingPoolSize = writeTimeout, 3, 8
	}, options: coalesced},
	{name: "tracking", set: func(o *rueidis.ClientOption) { o.DisableCache = false }, caches: true, sentinel: true},
}

var coalesced = []rueidistx.Option{rueidistx.Coalesce()}

func dedicated(n int) []rueidistx.Option {
	return []rueidistx.Option{rueidistx.DedicatedTransactions(n)}
}
