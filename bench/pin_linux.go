package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// coresToSplit returns why processes cannot have a core of their own here.
func coresToSplit() error {
	_, err := cores()
	return err
}

// cores are those that this process may use, if they are enough for two processes.
func cores() (all unix.CPUSet, err error) {
	if err := unix.SchedGetaffinity(os.Getpid(), &all); err != nil {
		return all, os.NewSyscallError("sched_getaffinity", err)
	}
	if all.Count() < 2 {
		return all, errors.New("there is one core only")
	}
	return all, nil
}

// splitCores gives this process the first core and the servers the others. undo gives all back to all.
func splitCores(servers []int) (undo func() error, err error) {
	all, err := cores()
	if err != nil {
		return nil, err
	}
	first, others := 0, all
	for !all.IsSet(first) {
		first++
	}
	others.Clear(first)
	var one unix.CPUSet
	one.Set(first)
	set := func(own, theirs *unix.CPUSet, processors int) error {
		errs := []error{confine(os.Getpid(), own)}
		for _, pid := range servers {
			errs = append(errs, confine(pid, theirs))
		}
		runtime.GOMAXPROCS(processors)
		return errors.Join(errs...)
	}
	before := runtime.GOMAXPROCS(0)
	undo = func() error { return set(&all, &all, before) }
	if err := set(&one, &others, 1); err != nil {
		return nil, errors.Join(err, undo())
	}
	return undo, nil
}

// confine lets all threads of a process run on these cores only, and so those that they will start.
func confine(pid int, to *unix.CPUSet) error {
	done := map[string]bool{}
	for found := true; found; { // a thread that was not confined yet may have started another
		tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
		if err != nil {
			return err
		}
		found = false
		for _, task := range tasks {
			if done[task.Name()] {
				continue
			}
			done[task.Name()], found = true, true
			tid, err := strconv.Atoi(task.Name())
			if err == nil {
				err = unix.SchedSetaffinity(tid, to)
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, unix.ESRCH) { // it has ended
				return fmt.Errorf("thread %s: %w", task.Name(), err)
			}
		}
	}
	return nil
}
