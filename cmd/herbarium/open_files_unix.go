//go:build unix

package main

import "syscall"

// openFiles returns how many files the process may have open; 0 if there is no bound.
func openFiles() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil || uint64(limit.Cur) > 1<<30 { //nolint:unconvert // signed on some systems
		return 0
	}
	return int(limit.Cur)
}
