package main

import "testing"

func TestRun(t *testing.T) {
	for _, chunk := range []int{0, 1, 500, 10_000} {
		if err := run("", 5000, chunk); err != nil {
			t.Errorf("in portions of %d: %v", chunk, err)
		}
	}
}
