package datasets

import (
	"slices"
	"strings"
	"sync/atomic"
)

// Broken is a descriptor that could not be used.
type Broken struct {
	Name string // the dataset it declares, or its file's name without the ending
	File string
	Err  error
}

// Snapshot is a set of datasets at one moment. It is immutable.
type Snapshot struct {
	datasets map[string]*Dataset
	names    []string
	broken   []Broken
}

// NewSnapshot returns a snapshot of the datasets, for a program that declares
// its own. Their names must differ.
func NewSnapshot(all ...*Dataset) *Snapshot {
	s := &Snapshot{datasets: make(map[string]*Dataset, len(all))}
	for _, d := range all {
		s.datasets[d.Name] = d
		s.names = append(s.names, d.Name)
	}
	slices.Sort(s.names)
	return s
}

// WithBroken returns a snapshot that tells of these descriptors too. One of
// them may have the name of a dataset: then its last good version is served.
func (s *Snapshot) WithBroken(broken ...Broken) *Snapshot {
	all := append(slices.Clone(s.broken), broken...)
	slices.SortStableFunc(all, func(a, b Broken) int { return strings.Compare(a.File, b.File) })
	return &Snapshot{s.datasets, s.names, all}
}

// Dataset returns the dataset called name.
func (s *Snapshot) Dataset(name string) (*Dataset, bool) { d, ok := s.datasets[name]; return d, ok }

// Names returns the names of all datasets, sorted. The caller must not change it.
func (s *Snapshot) Names() []string { return s.names }

// Broken returns the descriptors that could not be used, by file name.
func (s *Snapshot) Broken() []Broken { return s.broken }

// Registry holds the datasets being served. Readers take a Snapshot and keep
// to it while a new one is swapped in.
type Registry struct{ current atomic.Pointer[Snapshot] }

// NewRegistry returns a registry that holds s.
func NewRegistry(s *Snapshot) *Registry {
	r := &Registry{}
	r.current.Store(s)
	return r
}

// Current returns the current snapshot.
func (r *Registry) Current() *Snapshot { return r.current.Load() }

// Swap puts s in the place of the current snapshot and returns the old one.
func (r *Registry) Swap(s *Snapshot) *Snapshot { return r.current.Swap(s) }
