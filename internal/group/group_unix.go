//go:build unix

// Package group ends a program together with what it has started.
package group

import (
	"os/exec"
	"syscall"
)

// Own lets the end of a command's context be the end of what the command has started too.
func Own(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
}
