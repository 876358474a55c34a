package datasets

import (
	"slices"
	"strings"
	"sync/atomic"
)

// Broken is a descriptor that cannot be used, and why.
type Broken struct {
	Name string // of the dataset that it declares, or of the file without its ending
	File string
	Err  error
}

// Snapshot is the set of datasets at one moment. It is immutable.
type Snapshot struct {
	datasets map[string]*Dataset
	names    []string
	broken   []Broken
}

// NewSnapshot returns a snapshot of the datasets, whose names must differ. It is
// for programs that create datasets themselves.
func NewSnapshot(all ...*Dataset) *Snapshot {
	s := &Snapshot{datasets: make(map[string]*Dataset, len(all))}
	for _, d := range all {
		s.datasets[d.Name] = d
		s.names = append(s.names, d.Name)
	}
	slices.Sort(s.names)
	return s
}

// WithBroken returns a snapshot with these broken descriptors added. If one has the
// name of a dataset in the snapshot, the dataset is its last valid version.
func (s *Snapshot) WithBroken(broken ...Broken) *Snapshot {
	all := append(slices.Clone(s.broken), broken...)
	slices.SortStableFunc(all, func(a, b Broken) int { return strings.Compare(a.File, b.File) })
	return &Snapshot{s.datasets, s.names, all}
}

// Dataset returns the dataset called name.
func (s *Snapshot) Dataset(name string) (*Dataset, bool) { d, ok := s.datasets[name]; return d, ok }

// Names returns the names of all datasets, sorted. The caller must not change it.
func (s *Snapshot) Names() []string { return s.names }

// Broken returns the descriptors that cannot be used, sorted by file name.
func (s *Snapshot) Broken() []Broken { return s.broken }

// Registry holds the datasets being served. A reader takes a Snapshot and keeps it
// for as long as it needs, while a new one may be swapped in.
type Registry struct{ current atomic.Pointer[Snapshot] }

// NewRegistry returns a registry that holds s.
func NewRegistry(s *Snapshot) *Registry {
	r := &Registry{}
	r.current.Store(s)
	return r
}

// Current returns the current snapshot.
func (r *Registry) Current() *Snapshot { return r.current.Load() }

// Swap makes s the current snapshot and returns the previous one.
func (r *Registry) Swap(s *Snapshot) *Snapshot { return r.current.Swap(s) }
