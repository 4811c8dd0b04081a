//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// ownGroup lets the end of a command be the end of what it has started.
func ownGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
}
