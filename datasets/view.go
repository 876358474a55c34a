package datasets

import "slices"

// A view is a dataset as a caller with a restriction sees it: a Dataset as if its
// descriptor had no hidden fields, and its table no hidden rows. Whatever is made of a
// Dataset, such as routes, schemas, documents and suggestions, is made of a view in the
// same way, so nothing hidden can get into it. Package query makes views: query.Restrict.

// Restriction is what of a dataset a caller may see. The zero value hides nothing.
type Restriction struct {
	// Hide are the names of the fields that are not shown.
	Hide []string
	// Rows is the condition of the rows that are shown, as queries write one, in JSON;
	// nil shows all rows. It may use hidden fields.
	Rows []byte
	// None shows no row, whatever Rows says.
	None bool
	// Operations reports whether the caller may ask for the operation of that path; nil
	// allows all.
	Operations func(path string) bool
	// Secret is the key material that versions and tokens of the view are sealed with.
	// It must not be empty where fields or rows are hidden. Servers with equal secrets
	// accept each other's tokens.
	Secret []byte
}

// View is what makes a Dataset a view of another one. It is immutable.
type View struct {
	// Base is the dataset as its descriptor declares it. Stores have its rows.
	Base *Dataset
	// Fields are the indexes in Base.Fields of the view's fields; they ascend.
	Fields []int
	// Sealed says that fields or rows are hidden, so that versions and tokens are sealed.
	Sealed bool
	// Settled is what query.Restrict keeps of the rows that are shown and of the secret;
	// nil where nothing is hidden.
	Settled any
	// Name identifies the dataset, what is hidden, and the secret; "" where nothing is
	// hidden. It does not depend on operations.
	Name string
	// Withheld are the operations that the caller may not ask for. Those that use a hidden
	// field are not among them: to the caller they do not exist.
	Withheld []*Operation

	answers string
}

// viewOf returns the dataset as a view of base, with those operations alone that allowed
// accepts, of which nil accepts all.
func (d *Dataset) viewOf(base *Dataset, name string, settled any, allowed func(path string) bool) *Dataset {
	view := *d
	view.Data, view.patterns, view.files, view.open, view.text = "", nil, nil, noData, nil
	v := &View{Base: base, Fields: make([]int, len(d.Fields)), Sealed: name != "", Settled: settled, Name: name, answers: base.Digest}
	for i := range d.Fields {
		v.Fields[i] = base.byName[d.Fields[i].Name]
	}
	if v.Sealed {
		v.answers = digestOf([]string{base.Digest, name})
	}
	view.Operations = nil
	for _, o := range d.Operations {
		if allowed == nil || allowed(o.Path) {
			view.Operations = append(view.Operations, o)
		} else {
			v.Withheld = append(v.Withheld, o)
		}
	}
	view.Digest, view.View = digestOf(append([]string{v.answers}, view.OperationNames()...)), v
	return &view
}

// Restricted returns a view of the dataset without the fields of Restriction.Hide, and
// with the operations that the restriction allows. name and settled become View.Name and
// View.Settled; name is "" where nothing is hidden. It checks nothing, which
// query.Restrict does before. The error is that of Without.
func (d *Dataset) Restricted(r Restriction, name string, settled any, options ...Option) (*Dataset, error) {
	shown := d
	if len(r.Hide) > 0 {
		var err error
		if shown, err = d.Without(r.Hide, options...); err != nil {
			return nil, err
		}
	}
	return shown.viewOf(d, name, settled, r.Operations), nil
}

// Withholds reports whether the dataset is a view of one with an operation of that path
// which the caller may not ask for.
func (d *Dataset) Withholds(path string) bool {
	return d.View != nil && slices.ContainsFunc(d.View.Withheld, func(o *Operation) bool { return o.Path == path })
}

// AnswerDigest identifies what shapes queries and answers of each operation, whichever
// others there are. Views that hide the same have the same one, and a view that hides
// nothing has that of its base, so that they share what is kept of answers.
func (d *Dataset) AnswerDigest() string {
	if d.View != nil {
		return d.View.answers
	}
	return d.Digest
}

// AnswerProse is Prose for the same purpose.
func (d *Dataset) AnswerProse() string {
	if d.View != nil {
		return d.View.Base.Prose
	}
	return d.Prose
}
