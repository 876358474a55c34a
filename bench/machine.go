package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// machine is what a run is measured on, and how.
type machine struct {
	Time      time.Time `json:"time"`
	Go        string    `json:"go"`
	System    string    `json:"system"`
	Processor string    `json:"processor"`
	Cores     int       `json:"cores"`
	Memory    string    `json:"memory"`
	Busy      string    `json:"busy"` // how many processes wanted a core in the minute before
	Commit    string    `json:"commit"`
	Flags     []string  `json:"flags"`
}

// describe looks at the machine; what it does not tell stays "unknown".
func describe(ctx context.Context, arguments []string) *machine {
	return &machine{
		Time: time.Now().UTC(), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH,
		Processor: told("/proc/cpuinfo", "model name"), Cores: runtime.GOMAXPROCS(0),
		Memory: told("/proc/meminfo", "MemTotal"), Busy: busy(), Commit: commit(ctx), Flags: arguments,
	}
}

// busy returns the load average of a minute, on Linux.
func busy() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

// told returns what a file of the system says of name.
func told(path, name string) string {
	f, err := os.Open(path)
	if err != nil {
		return "unknown"
	}
	defer func() { _ = f.Close() }() // it was read
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, _ := strings.Cut(lines.Text(), ":"); strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// commit names what is measured, as far as git knows.
func commit(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

func (m *machine) String() string {
	return fmt.Sprintf("%s, %s, %s, %d cores, load %s before, memory %s, commit %s", m.Go, m.System, m.Processor, m.Cores, m.Busy, m.Memory, m.Commit)
}

// sentence says what was measured on, with which command, and how long it took.
func (m *machine) sentence(took time.Duration) string {
	command := "make bench"
	if len(m.Flags) > 0 {
		command += " BENCHFLAGS='" + strings.Join(m.Flags, " ") + "'"
	}
	return fmt.Sprintf("Measured on %s: %s; by `%s`, which took %v.", m.Time.Format(time.DateOnly), m, command, took.Round(time.Second))
}
