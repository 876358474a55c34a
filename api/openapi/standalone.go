package openapi

import (
	"bytes"

	"herbarium/datasets"
	"herbarium/schemas"
)

// Standalone returns the JSON Schemas (2020-12) of an operation's queries and of
// its answers, as the documents have them, each with what it refers to in its own
// $defs. So they can be read where there is no document. answer puts the schema of
// an answer as JSON, an array of rows, into that of what holds it.
func Standalone(ds *datasets.Dataset, op *datasets.Operation, answer func(rows schemas.Ordered) schemas.Ordered) (query, answers []byte, err error) {
	p, err := planOf(ds, op)
	if err != nil {
		return nil, nil, err
	}
	write := func(describe func(d *described) object) ([]byte, error) {
		d, err := describeAlone(ds, op)
		if err != nil {
			return nil, err
		}
		return d.standalone(describe(d))
	}
	if query, err = write(func(d *described) object { return d.queryOf(p) }); err != nil {
		return nil, nil, err
	}
	answers, err = write(func(d *described) object { return answer(d.answerOf(p)) })
	return query, answers, err
}

func describeAlone(ds *datasets.Dataset, op *datasets.Operation) (*described, error) {
	d, err := describe(ds, typeName(ds.Name), names{}, names{})
	if err != nil {
		return nil, err
	}
	return d.of(op)
}

// standalone writes the schema that a reference leads to, with the other
// components as its $defs.
func (d *described) standalone(s object) ([]byte, error) {
	definitions := d.schemas
	for i, c := range d.schemas {
		if found, ok := c.Value.(object); ok && sameJSON(s, reference("schemas", c.Key)) {
			s, definitions = found, append(definitions[:i:i], definitions[i+1:]...)
			break
		}
	}
	if len(definitions) > 0 {
		s = append(s[:len(s):len(s)], member{"$defs", definitions})
	}
	text, err := schemas.AppendJSON(nil, s)
	return bytes.ReplaceAll(text, []byte(`"$ref":"`+componentsPath+`schemas/`), []byte(`"$ref":"#/$defs/`)), err
}
