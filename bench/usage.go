package main

import (
	"bufio"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// usage is what this process and the server have used since they began.
type usage struct {
	client, server  time.Duration // of a core
	commands, reads float64       // as the server counts them
}

// asked is how many commands, with a read each, usage has the server execute.
const asked = 2

// usage asks the server, of which there is one.
func (s *site) usage() (usage, error) {
	u := usage{client: ownCPU()}
	for _, section := range [asked]string{"CPU", "STATS"} {
		text, err := s.client.Do(ctx, s.client.B().Info().Section(section).Build()).ToString()
		if err == nil {
			err = u.add(text)
		}
		if err != nil {
			return u, err
		}
	}
	return u, nil
}

// add takes in what INFO says.
func (u *usage) add(info string) error {
	var errs []error
	for lines := bufio.NewScanner(strings.NewReader(info)); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ":")
		number := func() float64 {
			x, err := strconv.ParseFloat(value, 64)
			if err != nil {
				errs = append(errs, fmt.Errorf("INFO: %s: %w", name, err))
			}
			return x
		}
		switch name {
		case "used_cpu_user", "used_cpu_sys":
			u.server += time.Duration(number() * float64(time.Second))
		case "total_commands_processed":
			u.commands += number()
		case "total_reads_processed":
			u.reads += number()
		}
	}
	return errors.Join(errs...)
}

// cost is what operations took of the processors, each in nanoseconds, and how many commands the server got with one read.
type cost struct{ client, server, perRead float64 }

// costOf returns what run's operations cost, which should be many, as asking costs something too.
func (s *site) costOf(run func() (ops int, err error)) (cost, error) {
	before, err := s.usage()
	if err != nil {
		return cost{}, err
	}
	ops, err := run()
	if err != nil {
		return cost{}, err
	}
	after, err := s.usage()
	if err != nil {
		return cost{}, err
	}
	c := cost{
		client: float64(after.client-before.client) / float64(ops),
		server: float64(after.server-before.server) / float64(ops),
	}
	if reads := after.reads - before.reads - asked; reads > 0 { // Redis counts them since 6.0
		c.perRead = (after.commands - before.commands - asked) / reads
	}
	return c, nil
}
