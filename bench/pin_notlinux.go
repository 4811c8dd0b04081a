//go:build !linux

package main

import "errors"

var errNoPinning = errors.New("it takes Linux")

// coresToSplit returns why processes cannot have a core of their own here.
func coresToSplit() error { return errNoPinning }

func splitCores([]int) (undo func() error, err error) { return nil, errNoPinning }
