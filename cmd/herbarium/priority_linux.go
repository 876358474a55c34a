package main

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// lowerPriority raises the nice value of the process by n, up to 19. On Linux each
// thread has its own, inherited from the thread that starts it; so it repeats
// until it finds no new thread.
func lowerPriority(n int) error {
	raw, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		return err
	}
	nice := min(20-raw+n, maxNice) // the system call returns 20 less the nice value
	for known := map[int]bool{}; ; {
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return err
		}
		before := len(known)
		for _, thread := range threads {
			id, err := strconv.Atoi(thread.Name())
			if err != nil || known[id] {
				continue
			}
			// The thread may have ended.
			if err := unix.Setpriority(unix.PRIO_PROCESS, id, nice); err != nil && err != unix.ESRCH {
				return err
			}
			known[id] = true
		}
		if len(known) == before {
			return nil
		}
	}
}
