//go:build !linux

package main

// machineMemory returns 0: how much memory the process may have is not known.
func machineMemory() int64 { return 0 }
