//go:build !linux

package redistest

import "syscall"

// dieWithParent would tie the process to this one, which only Linux can do.
func dieWithParent() *syscall.SysProcAttr { return nil }
