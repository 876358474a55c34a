package auth

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"strings"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"

	"herbarium/datasets"
	"herbarium/engine/query"
)

// View is what a caller sees: the datasets as if their descriptors and rows had
// nothing that is hidden. Callers who see the same share one.
type View struct {
	// Snapshot are the datasets. Broken descriptors are among them only for a caller
	// whose scope is everything.
	Snapshot *datasets.Snapshot
	// Full says that everything is in scope.
	Full bool
}

// The numbers of views, and of datasets in views, that are kept. Making one costs the
// compilation of a schema.
const (
	maxViews      = 1024
	maxRestricted = 8192
)

// viewer makes and keeps the views of one file and one snapshot.
type viewer struct {
	file     *File
	snapshot *datasets.Snapshot
	// unfit are datasets that nobody sees, since the file does not fit them.
	unfit map[string]bool
	// admitted are the datasets that can be seen; nil: all. See state.
	admitted map[string]bool

	mu         sync.Mutex                            // held while a view is made
	views      *lru.Cache[string, *View]             // by profile
	restricted *lru.Cache[string, *datasets.Dataset] // nil values: there is nothing to see
}

func newViewer(file *File, snapshot *datasets.Snapshot) *viewer {
	v := &viewer{file: file, snapshot: snapshot}
	v.views, _ = lru.New[string, *View](maxViews)
	v.restricted, _ = lru.New[string, *datasets.Dataset](maxRestricted)
	return v
}

// of returns the view of the caller.
func (v *viewer) of(c *Caller) *View {
	if known, ok := v.views.Get(c.profile); ok {
		return known
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if known, ok := v.views.Get(c.profile); ok {
		return known
	}
	made := v.make(c)
	v.views.Add(c.profile, made)
	return made
}

func (v *viewer) make(c *Caller) *View {
	view := &View{Full: c.Full()}
	var seen []*datasets.Dataset
	for _, name := range v.snapshot.Names() {
		if v.unfit[name] || v.admitted != nil && !v.admitted[name] {
			continue
		}
		ds, _ := v.snapshot.Dataset(name)
		if shown := v.dataset(ds, c); shown != nil && len(shown.Operations) > 0 {
			seen = append(seen, shown)
		}
	}
	view.Snapshot = datasets.NewSnapshot(seen...)
	if view.Full {
		view.Snapshot = view.Snapshot.WithBroken(v.snapshot.Broken()...)
	}
	return view
}

// dataset returns what the caller sees of a dataset; nil if it sees nothing.
func (v *viewer) dataset(ds *datasets.Dataset, c *Caller) *datasets.Dataset {
	granted := []string{}
	for _, op := range ds.Operations {
		if c.scopes.covers(ds.Name, op.Path) {
			granted = append(granted, op.Path)
		}
	}
	if len(granted) == 0 {
		return nil
	}
	r := datasets.Restriction{Secret: v.file.secret}
	if len(granted) < len(ds.Operations) {
		r.Operations = func(path string) bool { return slices.Contains(granted, path) }
	}
	of := v.file.policiesOf(ds.Name)
	if of == nil {
		return v.restrict(ds, r, granted)
	}
	p := of.of(c)
	if p == nil {
		return nil
	}
	r.Hide = texts(p.hide)
	r.Rows, r.None = rowsFor(p, c)
	shown := v.restrict(ds, r, granted)
	if shown == nil && r.Rows != nil && claimNames(p.rows, nil) != nil {
		// A claim has a value that the field does not take.
		r.Rows, r.None = nil, true
		shown = v.restrict(ds, r, granted)
	}
	return shown
}

// rowsFor returns the condition of a policy for the caller; none if a claim lacks.
func rowsFor(p *policy, c *Caller) (rows []byte, none bool) {
	if p.rows == nil {
		return nil, false
	}
	filled, ok := fill(p.rows, c.values)
	if !ok {
		return nil, true
	}
	return filled.AppendJSON(nil), false
}

// restrict returns the dataset with the restriction, as it was made before if it was;
// nil if that cannot be. operations stands for those of the restriction.
func (v *viewer) restrict(ds *datasets.Dataset, r datasets.Restriction, granted []string) *datasets.Dataset {
	if r.Hide == nil && r.Rows == nil && !r.None && r.Operations == nil {
		return ds
	}
	none := "rows "
	if r.None {
		none = "no row"
	}
	key := sha256.Sum256(bytes.Join([][]byte{[]byte(ds.Name), []byte(strings.Join(r.Hide, "\x00")), []byte(none), r.Rows, []byte(strings.Join(granted, " "))}, []byte{'\n'}))
	if known, ok := v.restricted.Get(string(key[:])); ok {
		return known
	}
	made, err := query.Restrict(ds, r)
	if err != nil {
		made = nil
	}
	v.restricted.Add(string(key[:]), made)
	return made
}
