package main

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// alarm sleeps to the microsecond. The runtime's own timers round up to a millisecond if the process has nothing else to
// do, which is several times a request's latency; and a thread that sleeps in a system call keeps a processor from the
// goroutines for a while. A timer that is a file has neither fault: the network poller waits for it.
type alarm struct {
	fd   int
	file *os.File
}

func newAlarm() (*alarm, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("timerfd_create", err)
	}
	return &alarm{fd, os.NewFile(uintptr(fd), "timer")}, nil
}

// tick is the shortest sleep: shorter ones would cost the machine more than they make the arrivals exact.
const tick = 50 * time.Microsecond

func (a *alarm) sleep(d time.Duration) error {
	at := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(max(d, tick)))}
	if err := unix.TimerfdSettime(a.fd, 0, &at, nil); err != nil {
		return os.NewSyscallError("timerfd_settime", err)
	}
	var rung [8]byte
	_, err := a.file.Read(rung[:])
	return err
}

func (a *alarm) close() { _ = a.file.Close() }
