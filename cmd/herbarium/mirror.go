package main

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"

	"github.com/spf13/pflag"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/mirror"
)

// mirrorFlags say whether, where and of what a server on MongoDB keeps copies.
type mirrorFlags struct {
	mode   string
	dir    string
	budget size
}

const mirrorOff = "off"

func (f *mirrorFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.mode, "mirror", string(mirror.Auto), "`WHAT` a server on MongoDB copies into columns and answers from: auto (datasets that are asked), all, or off")
	flags.StringVar(&f.dir, "mirror-dir", "", "`DIR` of these copies, which servers may share; without it they are in memory")
	flags.Var(&f.budget, "mirror-budget", "memory, or space in --mirror-dir, of all copies; 0: in memory a quarter of --max-memory, else an eighth of the machine's or container's memory; in a folder 10GiB")
}

// Budgets of copies where none is set.
const (
	folderBudget  = 10 << 30
	unknownBudget = 256 << 20 // in memory, where the system does not say how much it has
	// mirrorPart is the part of the machine's memory, of which the most part may be
	// MongoDB's; limitPart is that of --max-memory, which is the server's alone.
	mirrorPart = 8
	limitPart  = 4
	// maxQuarters is how many quarters of --max-memory may be asked for: queries and
	// caches need the rest.
	maxQuarters = 3
)

// validate checks the flags; the store and the memory have been checked.
func (f *mirrorFlags) validate(store *storeFlags, memory *memoryFlag) error {
	switch f.mode {
	case string(mirror.Auto), string(mirror.All), mirrorOff:
	default:
		return usage("--mirror takes auto, all or off, not %q", f.mode)
	}
	if mirrored := store.isMongoDB(); !mirrored && (f.dir != "" || f.budget > 0 || f.mode == string(mirror.All)) {
		return usage("a mirror stands before MongoDB alone; leave out --mirror, --mirror-dir and --mirror-budget, or name a mongodb:// store with --store")
	}
	if f.dir == "" && memory.limit > 0 && f.budget > memory.limit/4*maxQuarters {
		return usage("--mirror-budget takes at most three quarters of --max-memory, which is %s, not %s; or put the mirror into a folder with --mirror-dir", memory.limit.String(), f.budget.String())
	}
	return nil
}

// bytes returns how many bytes the copies may take.
func (f *mirrorFlags) bytes(limit int64) int64 {
	switch {
	case f.budget > 0:
		return int64(f.budget)
	case f.dir != "":
		return folderBudget
	default:
		return f.memoryBytes(limit)
	}
}

// memoryBytes returns how many bytes copies in memory may take, if nothing else is said.
func (*mirrorFlags) memoryBytes(limit int64) int64 {
	switch machine := machineMemory(); {
	case limit > 0:
		return limit / limitPart
	case machine > 0:
		return (machine / mirrorPart) &^ (1<<20 - 1) // in whole MiB, for people
	default:
		return unknownBudget
	}
}

// mirrored is a store with a mirror in front of it, if there is one.
type mirrored struct {
	engine.Store
	mirror *mirror.Store // nil: none
	// changed is called when copies in memory have changed, once it is set.
	changed atomic.Pointer[func()]
}

// open returns the store that stands in front of the source, which is the source itself if
// there is no mirror. Closing it closes the source. It makes the folder of the
// copies, and fails if that cannot be made.
func (f *mirrorFlags) open(source engine.Store, flags *storeFlags, logger *slog.Logger) (*mirrored, error) {
	m := &mirrored{Store: source}
	if f.mode == mirrorOff || !flags.isMongoDB() {
		f.warnUnused(logger)
		return m, nil
	}
	if f.dir != "" {
		if err := os.MkdirAll(f.dir, 0o755); err != nil { //nolint:gosec // as the folders of file: are
			return nil, fmt.Errorf("--mirror-dir: %w", err)
		}
		if columnar.IsStoreFolder(f.dir) {
			return nil, usage("--mirror-dir: %s is the folder of a file: store, whose datasets would be taken for copies; give the mirror a folder of its own", f.dir)
		}
	}
	budget := f.bytes(flags.budget.Limit())
	m.mirror = mirror.New(source, mirror.Options{Mode: mirror.Mode(f.mode), Budget: budget, Logger: logger,
		Memory: f.memoryBytes(flags.budget.Limit()), Keep: flags.keep,
		Copies: columnar.CopyOptions{Dir: f.dir, MaxGroups: flags.groups, Memory: flags.budget},
		Changed: func() {
			limitGarbage()
			if changed := m.changed.Load(); changed != nil {
				(*changed)()
			}
		}})
	m.Store = m.mirror
	place, size := "memory", size(budget)
	if f.dir != "" {
		place = f.dir
	}
	logger.Info("versions are copied into a mirror", "which", f.mode, "place", place, "budget", size.String())
	return m, nil
}

// warnUnused logs which flags have no effect, since there is no mirror.
func (f *mirrorFlags) warnUnused(logger *slog.Logger) {
	var unused []string
	if f.dir != "" {
		unused = append(unused, "--mirror-dir "+f.dir)
	}
	if f.budget > 0 {
		unused = append(unused, "--mirror-budget "+f.budget.String())
	}
	if unused != nil {
		logger.Warn("nothing is copied into a mirror, since --mirror is off; what is said of copies is not used", "unused", strings.Join(unused, ", "))
	}
}

// follow has the mirror follow the versions of these datasets.
func (m *mirrored) follow(snapshot *datasets.Snapshot) {
	if m.mirror != nil {
		m.mirror.Follow(snapshot)
	}
}

// onChanged has the function called whenever copies in memory have changed.
func (m *mirrored) onChanged(changed func()) { m.changed.Store(&changed) }

// isMongoDB reports whether the store is MongoDB.
func (s *storeFlags) isMongoDB() bool {
	return strings.HasPrefix(s.store, "mongodb:") || strings.HasPrefix(s.store, "mongodb+srv:")
}
