package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"

	"github.com/spf13/pflag"

	"herbarium/api/auth"
	"herbarium/datasets"
	"herbarium/loaders"
)

// authFlag is the file that says who may ask.
type authFlag struct{ path string }

func (f *authFlag) add(flags *pflag.FlagSet, words string) {
	flags.StringVar(&f.path, "auth", "", "`FILE` that says who may ask and what they see; "+words)
}

// guard returns the guard of the file, which it follows; nil if there is no file.
func (f *authFlag) guard(snapshot *datasets.Snapshot, logger *slog.Logger) *auth.Guard {
	if f.path == "" {
		return nil
	}
	g := auth.Open(f.path, snapshot, logger)
	g.Follow()
	return g
}

// warnOpen logs that everybody may ask for everything, where others than this machine
// can.
func (f *authFlag) warnOpen(listener net.Listener, logger *slog.Logger) {
	addr, ok := listener.Addr().(*net.TCPAddr)
	if f.path == "" && ok && !addr.IP.IsLoopback() {
		logger.Warn("everybody who reaches this address may ask for everything; --auth FILE says who may, and herbarium key new makes a key", "addr", addr.String())
	}
}

// authFinding is what check found about the auth file.
type authFinding struct {
	File   string          `json:"file"`
	Keys   int             `json:"keys"`
	Faults []loaders.Fault `json:"faults,omitempty"`
}

// check checks the file against the datasets; nil if there is none to check.
func (f *authFlag) check(snapshot *datasets.Snapshot) (*authFinding, error) {
	if f.path == "" {
		return nil, nil
	}
	found := &authFinding{File: f.path}
	file, err := auth.CheckFile(f.path, snapshot)
	var wrong *datasets.DescriptorError
	switch {
	case errors.As(err, &wrong):
		found.Faults = faultsOf(wrong)
	case err != nil:
		return found, &usageError{err}
	default:
		found.Keys = len(file.Keys)
	}
	return found, nil
}

// write writes the finding for people.
func (f *authFinding) write(b *strings.Builder) {
	if f == nil {
		return
	}
	groups := groupFaults(f.Faults)
	for i := range groups {
		groups[i].write(b)
	}
	if len(f.Faults) > 0 {
		fmt.Fprintf(b, "%s: %s\n", f.File, count(int64(len(f.Faults)), "fault"))
		return
	}
	fmt.Fprintf(b, "%s: ok, %s\n", f.File, count(int64(f.Keys), "key"))
}
