package peers

import (
	"bytes"
	"fmt"
	"os"
)

// Resident returns how many bytes of memory the process holds, as Linux counts
// them.
func (p *Process) Resident() (int64, error) { return p.status("status", "VmRSS") }

// MaxResident runs work and returns how many bytes the process held at most
// meanwhile.
func (p *Process) MaxResident(work func() error) (int64, error) {
	// 5 makes the most that was held what is held now.
	if err := os.WriteFile(p.proc("clear_refs"), []byte("5"), 0); err != nil {
		return 0, err
	}
	if err := work(); err != nil {
		return 0, err
	}
	return p.status("status", "VmHWM")
}

// Memory is what is resident of a process, in bytes.
type Memory struct {
	Anon int64 // its own
	File int64 // pages of files, the binary's among them
}

// Memory returns what the process holds. A page of a file that processes share
// counts for each by its part.
func (p *Process) Memory() (Memory, error) {
	anon, err := p.status("smaps_rollup", "Pss_Anon")
	if err != nil {
		return Memory{}, err
	}
	file, err := p.status("smaps_rollup", "Pss_File")
	return Memory{Anon: anon, File: file}, err
}

// proc returns the path of what the system tells of the process.
func (p *Process) proc(name string) string { return proc(p.cmd.Process.Pid, name) }

func (p *Process) status(file, figure string) (int64, error) {
	return kilobytes(proc(p.cmd.Process.Pid, file), figure)
}

func proc(process int, name string) string { return fmt.Sprintf("/proc/%d/%s", process, name) }

// Status returns a figure of memory, in bytes, from a process's status, such as
// VmHWM, the most that was resident.
func Status(process int, figure string) (int64, error) {
	return kilobytes(proc(process, "status"), figure)
}

// kilobytes returns a figure of a file of kilobytes, in bytes.
func kilobytes(path, figure string) (int64, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(text) {
		var n int64
		if found, _ := fmt.Sscanf(string(line), figure+": %d kB", &n); found == 1 {
			return n << 10, nil
		}
	}
	return 0, fmt.Errorf("%s has no %s", path, figure)
}

// OpenFiles returns how many files the process has open, its connections among them; 0
// where the system does not tell.
func (p *Process) OpenFiles() int {
	files, err := os.ReadDir(p.proc("fd"))
	if err != nil {
		return 0
	}
	return len(files)
}
