package datasets

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// digest identifies what shapes a dataset's rows, queries and answers. It leaves
// out titles and descriptions, except where the query schema contains them, so
// that correcting a description does not invalidate cached answers.
func digest(ds *Dataset) string {
	type field struct {
		Name, Type, Column, Timezone string
		Enum                         []string
		Required, Ordered            bool
	}
	shape := struct {
		Name                         string
		Fields                       []field
		Selectors                    []Selector
		Bounds, StatsFields, GroupBy []int
		Operations                   []*Operation
		Key                          []int
		PageDefault, PageMax         int64
		Schema                       string
		Named                        []definitionShape `json:",omitempty"`
	}{
		Name: ds.Name, Selectors: ds.Selectors, Bounds: ds.Bounds, StatsFields: ds.StatsFields,
		GroupBy: ds.GroupBy, Operations: ds.Operations, Key: ds.Key,
		PageDefault: ds.PageDefault, PageMax: ds.PageMax, Schema: string(ds.schema.JSON()),
	}
	for i := range ds.Fields {
		f := &ds.Fields[i]
		shape.Fields = append(shape.Fields, field{f.Name, f.Type.String(), f.Column, f.Timezone, f.Enum, f.Required, f.Ordered})
	}
	for _, op := range ds.Operations {
		if op.Definition != nil {
			shape.Named = append(shape.Named, op.Definition.shape(op))
		}
	}
	return digestOf(shape)
}

// layoutDigest identifies what shapes a dataset's rows.
func layoutDigest(ds *Dataset) string {
	type field struct {
		Name, Type, Column, Timezone string
		Enum                         []string
		Required                     bool
		Notation                     *Notation `json:",omitempty"`
	}
	fields := make([]field, len(ds.Fields))
	for i := range ds.Fields {
		f := &ds.Fields[i]
		fields[i] = field{f.Name, f.Type.String(), f.Column, f.Timezone, f.Enum, f.Required, nil}
		if !f.isDefault() {
			fields[i].Notation = &f.Notation
		}
	}
	return digestOf(struct {
		Fields []field
		Key    []int
		Rows   string       `json:",omitempty"`
		Source *sourceShape `json:",omitempty"`
	}{fields, ds.Key, ds.Rows, shapeOf(ds)})
}

// sourceShape is how the sources of a dataset may be made, where they are not made in
// the usual way.
type sourceShape struct {
	CSV                      CSV
	Ignore                   []string
	Extra                    string
	NullColumns, Loose, Rest bool
	Sheet                    string `json:",omitempty"`
}

// shapeOf returns nil where the descriptor says nothing of it, so that the
// digests of such descriptors stay as they are.
func shapeOf(ds *Dataset) *sourceShape {
	s := &sourceShape{ds.CSV, ds.Ignore, ds.Extra, ds.NullColumns, ds.Loose, ds.Rest, ds.Sheet}
	if s.CSV == (CSV{}) && s.Ignore == nil && s.Extra == "" && !s.NullColumns && !s.Loose && !s.Rest && s.Sheet == "" {
		return nil
	}
	return s
}

// proseDigest identifies the texts that digest leaves out and that typed formats
// contain.
func proseDigest(ds *Dataset) string {
	prose := []string{ds.Title, ds.Description, ds.License, ds.Source}
	for i := range ds.Fields {
		f := &ds.Fields[i]
		prose = append(prose, f.Title, f.Description, f.Unit)
	}
	for _, op := range ds.Operations {
		if op.Definition != nil {
			prose = append(prose, op.Definition.Title, op.Definition.Description)
		}
	}
	return digestOf(prose)
}

// Fingerprint names all of the descriptor that shapes answers, the texts in some formats too:
// 8 characters of a to z and 2 to 7. As long as it is the same, one query of one version
// has the same answer.
func (d *Dataset) Fingerprint() string {
	sum := sha256.Sum256([]byte(d.AnswerDigest() + d.AnswerProse()))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:5]))
}

func digestOf(v any) string {
	sum := sha256.New()
	// Strings, numbers and lists always encode, and a hash accepts all bytes.
	_ = json.NewEncoder(sum).Encode(v)
	return hex.EncodeToString(sum.Sum(nil)[:16])
}
