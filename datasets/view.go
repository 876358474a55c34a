package datasets

import "slices"

// A view is a dataset as a caller with a restriction sees it: a Dataset as if its
// descriptor had no hidden fields, and its table no hidden rows. Whatever is made of a
// Dataset, such as routes, schemas, documents and suggestions, is made of a view in the
// same way, so nothing hidden can get into it.

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
	// Settled is what query.Restrict keeps of the rows that are shown, and of the secret.
	Settled any
	// Name identifies the dataset, what is hidden, and the secret; "" where nothing is
	// hidden. It does not depend on operations.
	Name string
	// Withheld are the operations that the caller may not ask for. Those that use a hidden
	// field are not among them: to the caller they do not exist.
	Withheld []*Operation
}

// Withholds reports whether the dataset is a view of one with an operation of that path
// which the caller may not ask for.
func (d *Dataset) Withholds(path string) bool {
	return d.View != nil && slices.ContainsFunc(d.View.Withheld, func(o *Operation) bool { return o.Path == path })
}
