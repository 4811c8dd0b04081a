package rueidistx

import (
	"cmp"
	"net"
	"slices"

	"github.com/redis/rueidis"
)

const (
	maxRingScale = 20 // a million commands in flight on each connection
	maxBuffer    = 1 << 30
)

// refuse returns the reason, if any, why Open must not use these options. It sends nothing. rueidis detects some of
// these only after it has dialed, and then leaks the connection.
func refuse(o *rueidis.ClientOption, c *config) error {
	if why := cmp.Or(conflict(o), c.checkPrefix()); why != nil {
		return fail(ErrInvalid, why)
	}
	var b rueidis.Builder
	switch {
	case o.ConnLifetime > 0 && c.dedicated == 0:
		return invalid("ClientOption.ConnLifetime makes rueidis send transactions twice: leave it 0, or add DedicatedTransactions")
	case o.Standalone.EnableRedirect:
		return invalid("ClientOption.Standalone.EnableRedirect makes rueidis send commands twice: leave it false")
	case o.SendToReplicas != nil && (o.SendToReplicas(b.Multi().Build()) || o.SendToReplicas(b.Exec().Build())):
		return invalid("ClientOption.SendToReplicas is true for MULTI or EXEC: transactions belong on the primary")
	case len(o.InitAddress) == 0:
		return invalid("ClientOption.InitAddress is empty")
	case !dialsByItself(o) && slices.ContainsFunc(slices.Concat(o.InitAddress, o.Standalone.ReplicaAddress), noHostPort):
		return invalid("an address in ClientOption.InitAddress or Standalone.ReplicaAddress is not host:port")
	case o.RingScaleEachConn > maxRingScale: // these would end the process, in goroutines of rueidis's
		return invalid("ClientOption.RingScaleEachConn exceeds %d", maxRingScale)
	case max(o.ReadBufferEachConn, o.WriteBufferEachConn) > maxBuffer:
		return invalid("ClientOption.ReadBufferEachConn or WriteBufferEachConn exceeds %d", maxBuffer)
	case o.BlockingPoolMinSize < 0:
		return invalid("ClientOption.BlockingPoolMinSize is negative")
	case slices.ContainsFunc(c.wraps, func(w func(rueidis.Client) rueidis.Client) bool { return w == nil }):
		return invalid("the function given to Wrap is nil")
	}
	return nil
}

// conflict returns rueidis's own error for options that some of its clients refuse and others ignore.
func conflict(o *rueidis.ClientOption) error {
	//lint:ignore SA1019 deprecated, but rueidis calls it
	selector := o.ReplicaSelector != nil
	switch {
	case o.PipelineMultiplex > rueidis.MaxPipelineMultiplex:
		return rueidis.ErrWrongPipelineMultiplex
	case o.Sentinel.TopologyRefreshInterval < 0:
		return rueidis.ErrInvalidTopologyRefreshInterval
	case o.ClusterOption.ShardsRefreshInterval < 0:
		return rueidis.ErrInvalidShardsRefreshInterval
	case o.ReplicaOnly && o.SendToReplicas != nil:
		return rueidis.ErrReplicaOnlyConflict
	case o.ReplicaOnly && selector:
		return rueidis.ErrReplicaOnlyConflictWithReplicaSelector
	case o.ReplicaOnly && o.ReadNodeSelector != nil:
		return rueidis.ErrReplicaOnlyConflictWithReadNodeSelector
	case o.ReplicaOnly && o.ForceSingleClient && o.Sentinel.MasterSet == "":
		return rueidis.ErrReplicaOnlyNotSupported
	case selector && o.ReadNodeSelector != nil:
		return rueidis.ErrReplicaSelectorConflictWithReadNodeSelector
	case selector && o.SendToReplicas == nil:
		return rueidis.ErrSendToReplicasNotSet
	case len(o.Standalone.ReplicaAddress) > 0 && o.SendToReplicas == nil:
		return rueidis.ErrNoSendToReplicas
	case o.AlwaysRESP2 && !o.DisableCache:
		return rueidis.ErrNoCache
	}
	return nil
}

// dialsByItself reports whether the caller set a dial function, which may accept any address.
func dialsByItself(o *rueidis.ClientOption) bool {
	return o.DialCtxFn != nil || o.DialFn != nil
}

func noHostPort(address string) bool {
	_, _, err := net.SplitHostPort(address)
	return err != nil
}
