package redistest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// process is one run of a server program.
type process struct {
	os   *os.Process
	log  string        // file with its output
	done chan struct{} // closed when the process has ended and was waited for
}

// startProcess runs argv in dir, with its output appended to a file there.
func startProcess(argv []string, dir string) (*process, error) {
	p := &process{log: filepath.Join(dir, "output"), done: make(chan struct{})}
	out, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
	cmd.SysProcAttr = dieWithParent()
	started := make(chan error)
	go func() {
		// The kernel kills the server when the thread that forked it ends, so
		// this goroutine keeps that thread to itself until the server is gone.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer out.Close()
		err := cmd.Start()
		p.os = cmd.Process
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended does not matter, that it did does
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// ended reports whether the process is gone.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// kill ends the process at once and waits for that.
func (p *process) kill() {
	_ = p.os.Kill() // an error says that it has ended already
	<-p.done
}

// stop asks the process to end, insists after a while, and waits for the end.
func (p *process) stop() {
	_ = p.os.Signal(signalTerminate)
	_ = p.os.Signal(signalContinue) // a stopped process would not hear the first
	insist := time.NewTimer(5 * time.Second)
	defer insist.Stop()
	select {
	case <-p.done:
	case <-insist.C:
		p.kill()
	}
}

// tail returns the last lines of the process's output.
func (p *process) tail() string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return fmt.Sprintf("(no output: %v)", err)
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return strings.Join(lines[max(0, len(lines)-12):], "\n")
}
