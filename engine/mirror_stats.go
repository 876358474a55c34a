package engine

import "time"

// MirrorReporter is a store with a mirror.
type MirrorReporter interface {
	MirrorStats() *MirrorStats
}

// MirrorStats are what a mirror did since it was made, and holds now.
type MirrorStats struct {
	Mode          string // auto or all
	Place         string // where the copies are, for people: "columnar, in memory"
	Bytes, Budget int64  // of all copies
	Evicted       int64  // copies that made room for others
	Datasets      []MirroredStats
}

// MirroredStats are what a mirror did for a dataset, and holds of it. The datasets are
// those that were asked for, or that are mirrored, by name.
type MirroredStats struct {
	Dataset string
	Copies  []CopyStats // the one that was used last first
	// Filled counts copies that were completed, and Failed those that were given up;
	// Damaged counts copies that were thrown away because a file was not what was written.
	Filled, Failed, Damaged int64
	FilledRows              int64
	FillTime                time.Duration // of the copies that were completed
}

// The states of a copy.
const (
	CopyWhole   = "whole"   // it answers
	CopyFilling = "filling" // it is being made, here or by another process
	CopyQueued  = "queued"  // it waits for another one
	CopyFailed  = "failed"  // it could not be made; Error says why, and it is tried again
	CopyNone    = "none"    // nobody needs it enough
)

// CopyStats are a copy of one version, or why there is none.
type CopyStats struct {
	Version string // "" of a collection that something else fills, while it is being read
	State   string // see the constants
	Rows    int64  // that were read so far, or all
	Bytes   int64  // what it takes in memory or files; 0 unless it is whole
	Used    time.Time
	Read    time.Time // see TableInfo.Read, of a collection that something else fills; else zero
	Error   string    // of CopyFailed, for people
}
