package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestALoadGivesWay looks at the nice values of all threads of a load that
// waits for its input, and of one that is told not to give way.
func TestALoadGivesWay(t *testing.T) {
	own := nices(t, os.Getpid())[0]
	dir := numbersFolder(t, 1)
	for flag, want := range map[string]int{"--nice=0": own, "--nice=7": min(own+7, 19), "--nice=19": 19} {
		load, stdin := waitingLoad(t, "--quiet", "--dry-run", "--datasets", dir, flag)
		timer := time.AfterFunc(time.Minute, func() { _ = load.Process.Kill() })
		for _, nice := range nices(t, load.Process.Pid) {
			if nice != want {
				t.Errorf("%s: a thread has nice value %d, want %d", flag, nice, want)
			}
		}
		_ = stdin.Close()
		if err := load.Wait(); err != nil {
			t.Errorf("%s: %v", flag, err)
		}
		timer.Stop()
	}
}

// nices returns the nice values of a process's threads.
func nices(t *testing.T, pid int) (all []int) {
	t.Helper()
	stats, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(stats) == 0 {
		t.Fatalf("%v, %v", stats, err)
	}
	for _, name := range stats {
		stat, err := os.ReadFile(name)
		if err != nil {
			continue // the thread has ended
		}
		// Behind the command's name, which may have spaces, nice is the 17th.
		var nice int
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if _, err := fmt.Sscan(string(fields[16]), &nice); err != nil {
			t.Fatal(err)
		}
		all = append(all, nice)
	}
	return all
}
