package peers

import (
	"bytes"
	"fmt"
	"os"
)

// Resident returns how many bytes of memory the process holds, as Linux counts
// them.
func (p *Process) Resident() (int64, error) { return p.status("VmRSS") }

// MostResident runs work and returns how many bytes the process held at most
// meanwhile.
func (p *Process) MostResident(work func() error) (int64, error) {
	// 5 makes the most that was held what is held now.
	if err := os.WriteFile(p.proc("clear_refs"), []byte("5"), 0); err != nil {
		return 0, err
	}
	if err := work(); err != nil {
		return 0, err
	}
	return p.status("VmHWM")
}

// proc returns the path of what the system tells of the process.
func (p *Process) proc(name string) string { return proc(p.cmd.Process.Pid, name) }

func (p *Process) status(figure string) (int64, error) { return Status(p.cmd.Process.Pid, figure) }

func proc(process int, name string) string { return fmt.Sprintf("/proc/%d/%s", process, name) }

// Status returns a figure of memory, in bytes, from a process's status, such as
// VmHWM, the most that was resident.
func Status(process int, figure string) (int64, error) {
	text, err := os.ReadFile(proc(process, "status"))
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(text) {
		var kilobytes int64
		if n, _ := fmt.Sscanf(string(line), figure+": %d kB", &kilobytes); n == 1 {
			return kilobytes << 10, nil
		}
	}
	return 0, fmt.Errorf("%s has no %s", proc(process, "status"), figure)
}
