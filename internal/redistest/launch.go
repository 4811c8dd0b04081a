package redistest

// Launch is [Start] for programs, which have no test to end with: stop ends the server. Without a server program on the
// machine the error says so.
func Launch(args ...string) (s *Server, stop func(), err error) {
	s, err = launch(args)
	if err != nil {
		return nil, nil, err
	}
	return s, s.remove, nil
}

// LaunchCluster is [StartCluster] for programs: stop ends the cluster.
func LaunchCluster(primaries, replicasEach int, args ...string) (c *Cluster, stop func(), err error) {
	c, err = launchCluster(primaries, replicasEach, args)
	if err != nil {
		return nil, nil, err
	}
	return c, c.remove, nil
}
