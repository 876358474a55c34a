package auth

import (
	"cmp"
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"herbarium/api/internal/filewatch"
	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/engine/query"
	"herbarium/schemas"
)

// finding is what is wrong with a file for these datasets.
type finding struct {
	fault datasets.Fault
	// dataset is the one whose policies do not fit it; "" if the fault is in
	// something else.
	dataset string
	// unknown says that a policy is for a dataset that does not exist.
	unknown bool
}

// errorOf returns the findings as an error about the file; nil if there are none.
func errorOf(file string, found []finding) error {
	if len(found) == 0 {
		return nil
	}
	err := &datasets.DescriptorError{File: file}
	for _, f := range found {
		err.Faults = append(err.Faults, f.fault)
	}
	slices.SortStableFunc(err.Faults, func(a, b datasets.Fault) int { return a.Line - b.Line })
	return err
}

// Check returns what is wrong with the file where it names what these datasets do
// not have, as a *datasets.DescriptorError; nil if it fits.
func (f *File) Check(snapshot *datasets.Snapshot) error {
	return errorOf(f.name, f.check(snapshot))
}

// check finds what the file names and the datasets do not have. The dataset of a
// broken descriptor counts as one that there is.
func (f *File) check(snapshot *datasets.Snapshot) []finding {
	c := checker{file: f, snapshot: snapshot, known: slices.Clone(snapshot.Names())}
	for _, b := range snapshot.Broken() {
		if !slices.Contains(c.known, b.Name) {
			c.known = append(c.known, b.Name)
		}
	}
	slices.Sort(c.known)
	for i := range f.granted {
		c.grant(&f.granted[i])
	}
	for i := range f.policies {
		c.policies(&f.policies[i])
	}
	return c.found
}

// checker compares a file with datasets.
type checker struct {
	file     *File
	snapshot *datasets.Snapshot
	known    []string // the names of datasets
	found    []finding
}

func (c *checker) add(at place, dataset, detail string) {
	c.found = append(c.found, finding{fault: datasets.Fault{Line: max(1, at.node.Line), Column: max(1, at.node.Column), Path: at.path, Detail: detail}, dataset: dataset})
}

// noDataset says that there is no such dataset.
func (c *checker) noDataset(name string) string {
	there := schemas.List(c.known)
	if len(c.known) == 0 {
		there = "no dataset"
	}
	return "no descriptor has the name " + strconv.Quote(name) + schemas.DidYouMean(name, c.known) + "; there is: " + there
}

// grant checks a scope that a key or anonymous callers have.
func (c *checker) grant(g *grant) {
	if g.scope.Dataset != all && !slices.Contains(c.known, g.scope.Dataset) {
		c.add(g.place, "", c.noDataset(g.scope.Dataset))
		return
	}
	if g.scope.Operation == all {
		return
	}
	allowed := c.operations(g.scope.Dataset)
	if allowed != nil && !slices.Contains(allowed, g.scope.Operation) {
		c.add(g.place, "", "there is no operation "+strconv.Quote(g.scope.Operation)+schemas.DidYouMean(g.scope.Operation, allowed)+
			", and no policy is for \"scope:"+g.scope.String()+"\"; allowed: "+all+", "+strings.Join(allowed, ", "))
	}
}

// operations returns what a scope of the dataset can end with: its operations, and
// what policies are for. nil means that it is not known.
func (c *checker) operations(dataset string) []string {
	var allowed []string
	if dataset == all {
		allowed = datasets.OperationNames()
		for _, name := range c.snapshot.Names() {
			ds, _ := c.snapshot.Dataset(name)
			allowed = append(allowed, ds.OperationNames()...)
		}
	} else if ds, ok := c.snapshot.Dataset(dataset); ok {
		allowed = ds.OperationNames()
	} else {
		return nil // its descriptor is broken
	}
	for _, of := range c.file.policies {
		for _, one := range of.all {
			if one.audience == forScope && one.scope.Dataset == dataset {
				allowed = append(allowed, one.scope.Operation)
			}
		}
	}
	slices.Sort(allowed)
	return slices.Compact(allowed)
}

// policies checks the policies of a dataset.
func (c *checker) policies(of *policies) {
	if !slices.Contains(c.known, of.dataset) {
		c.add(of.place, "", c.noDataset(of.dataset))
		c.found[len(c.found)-1].unknown = true
		return
	}
	ds, ok := c.snapshot.Dataset(of.dataset)
	if !ok {
		return
	}
	for i := range of.all {
		c.policy(ds, &of.all[i])
	}
}

// policy checks that the dataset has the fields that a policy hides, and that it can
// be asked for the rows.
func (c *checker) policy(ds *datasets.Dataset, p *policy) {
	if p.audience == forScope && p.scope.Dataset != ds.Name && !slices.Contains(c.known, p.scope.Dataset) {
		c.add(place{p.node, p.path + ".for"}, ds.Name, c.noDataset(p.scope.Dataset))
	}
	r := datasets.Restriction{Hide: texts(p.hide), Secret: c.file.secret}
	if p.rows != nil {
		if filled, ok := fill(p.rows, samples(ds)); ok {
			r.Rows = filled.AppendJSON(nil)
		}
	}
	_, err := query.Restrict(ds, r)
	if err == nil {
		return
	}
	var known *fault.Error
	if !errors.As(err, &known) || len(known.Violations) == 0 {
		c.add(p.place, ds.Name, err.Error())
		return
	}
	for i := range known.Violations {
		v := &known.Violations[i]
		c.add(p.at(v.Pointer), ds.Name, v.Detail)
	}
}

// at returns the place of what a pointer leads to in the restriction of a policy.
func (p *policy) at(pointer string) place {
	parts := schemas.PointerParts(pointer)
	switch {
	case len(parts) > 0 && parts[0] == "rows" && p.rows != nil:
		return follow(p.rowsAt, parts[1:])
	case len(parts) == 2 && parts[0] == "hide":
		if i, err := strconv.Atoi(parts[1]); err == nil && i < len(p.hide) {
			return place{p.hide[i].Node, p.hide[i].Path}
		}
	}
	return p.place
}

// follow returns the place to which the parts of a pointer lead.
func follow(at place, parts []string) place {
	for _, part := range parts {
		switch at.node.Kind {
		case yaml.SequenceNode:
			if i, err := strconv.Atoi(part); err == nil && i < len(at.node.Content) {
				at = place{at.node.Content[i], indexed(at.path, i)}
			}
		case yaml.MappingNode:
			for i := 0; i+1 < len(at.node.Content); i += 2 {
				if at.node.Content[i].Value == part {
					at = place{at.node.Content[i+1], datasets.JoinPath(at.path, part)}
					break
				}
			}
		}
	}
	return at
}

func texts(items []datasets.Item) []string {
	var all []string
	for _, it := range items {
		all = append(all, it.Text)
	}
	return all
}

// CheckFile reads an auth file, and returns everything that is wrong with it, also for these
// datasets and with the files of tokens' keys, as a *datasets.DescriptorError. Keys that are
// fetched are not looked at. The file is that part of it which is right in itself.
func CheckFile(path string, snapshot *datasets.Snapshot) (*File, error) {
	text, err := filewatch.ReadFile(path)
	if err != nil {
		return nil, err
	}
	file, err := parseParts(filepath.Base(path), text, false)
	all := &datasets.DescriptorError{File: file.name}
	wrong := map[string]bool{}
	var parsing *datasets.DescriptorError
	if errors.As(err, &parsing) {
		all.Faults = slices.Clone(parsing.Faults)
		for _, f := range all.Faults {
			wrong[f.Path] = true
		}
	}
	// What is wrong in itself need not fit.
	for _, f := range append(file.check(snapshot), file.checkKeys(filepath.Dir(path))...) {
		if !wrong[f.fault.Path] {
			all.Faults = append(all.Faults, f.fault)
		}
	}
	if len(all.Faults) == 0 {
		return file, nil
	}
	slices.SortStableFunc(all.Faults, func(a, b datasets.Fault) int {
		return cmp.Or(a.Line-b.Line, a.Column-b.Column)
	})
	return file, all
}

// checkKeys finds what is wrong with the keys of tokens that the file takes from files.
func (f *File) checkKeys(dir string) []finding {
	var found []finding
	for _, of := range f.issuers {
		if of.remote {
			continue
		}
		if _, wrong := readKeysFile(keysPath(dir, of)); wrong != nil {
			found = append(found, finding{fault: keysFault(of, wrong)})
		}
	}
	return found
}

// keysPath is the path of the issuer's file of keys, for an auth file in the folder.
func keysPath(dir string, of *issuer) string {
	if path := filepath.FromSlash(of.jwks); filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, filepath.FromSlash(of.jwks))
}

// keysFault says that the keys of an issuer cannot be read.
func keysFault(of *issuer, err error) datasets.Fault {
	return datasets.Fault{Line: of.node.Line, Column: of.node.Column, Path: of.path + ".jwks", Detail: "the keys cannot be read: " + err.Error()}
}
