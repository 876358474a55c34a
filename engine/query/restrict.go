package query

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/engine/plan"
	"herbarium/schemas"
)

// restricted is what Restrict keeps of a restriction that hides something: View.Settled.
type restricted struct {
	rows *plan.Condition // over the base's fields; nil where all rows are shown
	seal seal
}

var (
	errNoSecret = errors.New("what hides rows or fields needs a secret, with which versions and tokens are sealed")
	errView     = errors.New("it is a view already; restrict the dataset that it is of")
)

// Restrict returns the dataset as a caller with that restriction sees it: a view, whose
// View is set. An Engine answers queries of it from the rows of ds. ds must not be a view
// itself.
//
// The error is a *fault.Error with code InvalidQuery and a violation for everything that
// is wrong, with pointers such as /hide/0 and /rows/lower/depth. It is another error where
// ds is a view, and where rows or fields are hidden without a secret.
func Restrict(ds *datasets.Dataset, r datasets.Restriction) (*datasets.Dataset, error) {
	if ds.View != nil {
		return nil, fmt.Errorf("restrict dataset %s: %w", ds.Name, errView)
	}
	p := parser{ds: ds, op: datasets.Range, query: &Query{Dataset: ds, Operation: datasets.Range}, settling: datasets.Range}
	p.hidden(r.Hide)
	rows := p.shown(&r)
	if p.violations != nil {
		return nil, &fault.Error{Code: fault.InvalidQuery, Detail: "the restriction of dataset " + ds.Name + " is wrong", Violations: p.told(maxTold)}
	}
	if len(r.Hide) == 0 && rows == nil {
		return ds.Restricted(r, "", nil)
	}
	if len(r.Secret) == 0 {
		return nil, fmt.Errorf("restrict dataset %s: %w", ds.Name, errNoSecret)
	}
	name := viewName(ds, &r, rows)
	view, err := ds.Restricted(r, name, &restricted{rows, newSeal(r.Secret, name)}, datasets.WithSettler(Settle))
	if err != nil {
		return nil, fmt.Errorf("restrict dataset %s: %w", ds.Name, err)
	}
	return view, nil
}

// hidden checks the names of the fields that are hidden.
func (p *parser) hidden(names []string) {
	all := p.fieldNames(nil)
	for i, name := range names {
		at := schemas.Index("/hide", i)
		switch _, ok := p.ds.Field(name); {
		case !ok:
			p.fault(0, at, schemas.UnknownField, "there is no field %s%s; there are %s", schemas.Quote(name), nearest(name, all), choices(all))
		case slices.Contains(names[:i], name):
			p.fault(0, at, schemas.DuplicateValue, "%s is repeated", schemas.Quote(name))
		}
	}
	if p.violations == nil && len(names) == len(all) {
		p.fault(0, "/hide", schemas.OutOfRange, "no field would be left; withhold the dataset itself instead")
	}
}

// shown reads the condition of the rows that are shown; nil shows all.
func (p *parser) shown(r *datasets.Restriction) *plan.Condition {
	var c plan.Condition
	if r.Rows != nil {
		document, err := schemas.Parse(r.Rows)
		if err != nil {
			p.fault(0, "/rows", schemas.NotJSON, "is not one JSON value: %v", err)
			return nil
		}
		p.doubled(document, "/rows")
		c, _ = p.condition(document, "/rows", 0)
	}
	switch {
	case r.None:
		return &plan.Condition{Where: []plan.Predicate{{Never: true}}}
	case c.Always():
		return nil
	}
	return &c
}

// viewName returns a name of what the restriction hides, which tells nothing of it to
// whoever does not know the secret.
func viewName(ds *datasets.Dataset, r *datasets.Restriction, rows *plan.Condition) string {
	content := []string{ds.Name, "fields"}
	for i := range ds.Fields {
		content = append(content, ds.Fields[i].Name)
	}
	content = append(append(content, "hide"), slices.Sorted(slices.Values(r.Hide))...)
	if rows != nil {
		content = append(content, "rows", string(rows.AppendCanonical(nil, ds)))
	}
	mac := hmac.New(sha256.New, r.Secret)
	_, _ = mac.Write([]byte("view")) // which never fails
	for _, text := range content {
		_, _ = mac.Write(schemas.AppendString(nil, text))
	}
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// ShownRows returns the condition of the rows that the view shows, over the fields of its
// base; nil where it shows all.
func ShownRows(v *datasets.View) *plan.Condition {
	if r, ok := v.Settled.(*restricted); ok {
		return r.rows
	}
	return nil
}

// sealOf returns the seal of a dataset that is a view which hides something.
func sealOf(ds *datasets.Dataset) (*seal, bool) {
	if ds.View == nil || !ds.View.Sealed {
		return nil, false
	}
	r, ok := ds.View.Settled.(*restricted)
	if !ok {
		return nil, false
	}
	return &r.seal, true
}
