package main

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// giveWay raises the nice value of the process by n, up to 19. On Linux each
// thread has one, and takes that of the thread which starts it; so it goes on
// until it finds no thread that it does not know.
func giveWay(n int) error {
	raw, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		return err
	}
	nice := min(20-raw+n, leastPriority) // the system call returns 20 less the nice value
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
			// A thread that has ended needs none.
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
