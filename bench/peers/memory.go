package peers

import (
	"bytes"
	"fmt"
	"os"
)

// Growth returns how many bytes of memory the process held before work, and
// by how many more it held at most while work ran, as Linux counts them.
func (p *Process) Growth(work func() error) (before, growth int64, err error) {
	folder := fmt.Sprintf("/proc/%d/", p.cmd.Process.Pid)
	// 5 makes the most that was held what is held now.
	if err := os.WriteFile(folder+"clear_refs", []byte("5"), 0); err != nil {
		return 0, 0, err
	}
	if before, err = resident(folder, "VmRSS"); err != nil {
		return 0, 0, err
	}
	if err := work(); err != nil {
		return 0, 0, err
	}
	most, err := resident(folder, "VmHWM")
	return before, most - before, err
}

// resident reads a figure from the status of a process.
func resident(folder, figure string) (int64, error) {
	text, err := os.ReadFile(folder + "status")
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(text) {
		var kilobytes int64
		if n, _ := fmt.Sscanf(string(line), figure+": %d kB", &kilobytes); n == 1 {
			return kilobytes << 10, nil
		}
	}
	return 0, fmt.Errorf("%sstatus has no %s", folder, figure)
}
