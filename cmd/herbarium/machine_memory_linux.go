package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// machineMemory returns how much memory the process may have at most: that of the machine,
// or what the control group leaves of it, as in a container. 0 where it is not known.
func machineMemory() int64 {
	all := memoryOf("/proc/meminfo")
	for _, file := range controlGroupFiles("/proc/self/cgroup", "/sys/fs/cgroup") {
		if limit := limitIn(file); limit > 0 && (all == 0 || limit < all) {
			all = limit
		}
	}
	return all
}

// memoryOf reads MemTotal.
func memoryOf(meminfo string) int64 {
	content, err := os.ReadFile(meminfo)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(content)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "MemTotal:" {
			kib, _ := strconv.ParseInt(fields[1], 10, 64)
			return kib << 10
		}
	}
	return 0
}

// controlGroupFiles names the files that may hold the limit of the process's control
// group, or of one above it, of version 2 and of version 1. In a container its own group is
// the root of what is seen.
func controlGroupFiles(self, root string) []string {
	names := []string{filepath.Join(root, "memory.max"), filepath.Join(root, "memory", "memory.limit_in_bytes")}
	content, err := os.ReadFile(self)
	if err != nil {
		return names
	}
	for line := range strings.Lines(string(content)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) < 3 {
			continue
		}
		folder, name := root, "memory.max"
		if parts[1] == "memory" {
			folder, name = filepath.Join(root, "memory"), "memory.limit_in_bytes"
		} else if parts[1] != "" {
			continue
		}
		for at := parts[2]; at != "/" && at != "."; at = filepath.Dir(at) {
			names = append(names, filepath.Join(folder, at, name))
		}
	}
	return names
}

// limitIn reads a limit; 0 for none.
func limitIn(file string) int64 {
	content, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	limit, err := strconv.ParseInt(strings.TrimSpace(string(content)), 10, 64)
	if err != nil || limit > 1<<50 { // "max", or what version 1 writes for it
		return 0
	}
	return limit
}
