package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"

	"herbarium/api/format"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/query"
)

// benchKind is a kind of query whose cost is measured.
type benchKind struct {
	operation string
	words     string
	// scales says that the cost grows with the rows of the dataset.
	scales bool
	// ask asks the i-th query of the kind and returns the size of the answer in bytes.
	ask   func(ctx context.Context, i int) (int64, error)
	close func() // what ask needs; nil for nothing
}

// benchPage returns how many rows or groups a page has that is asked for: 100, if there may
// be so many.
func benchPage(ds *datasets.Dataset, op *datasets.Operation) int64 {
	const usual = 100
	if _, largest := ds.PageOf(op); largest > 0 {
		return min(usual, largest)
	}
	return usual
}

// everyRow is the query of all rows or groups, in one answer.
const everyRow = "{}"

// benchKinds returns the kinds of queries that the dataset offers: of all rows, and between
// bounds that differ from one query to the next.
func benchKinds(ctx context.Context, eng *engine.Engine, ds *datasets.Dataset) ([]benchKind, error) {
	within, err := boundsOf(ctx, eng, ds)
	if err != nil {
		return nil, err
	}
	var all []benchKind
	add := func(op *datasets.Operation, words string, f engine.Format, scales bool, body func(i int) string) {
		all = append(all, benchKind{operation: op.Path, words: words, scales: scales, ask: func(ctx context.Context, i int) (int64, error) {
			text := body(i)
			q, err := query.Parse(ds, op, []byte(text))
			if err != nil {
				return 0, err
			}
			if text == everyRow {
				q = q.Whole()
			}
			return discard(ctx, eng, q, f)
		}})
	}
	for _, op := range ds.Operations {
		if op.Definition != nil { // it has conditions of its own
			add(op, "as it is", format.JSON, true, func(int) string { return everyRow })
			continue
		}
		more, words, ok := benchMembers(ds, op)
		if !ok {
			continue
		}
		if op == datasets.Range {
			add(op, "all rows as JSON", format.JSON, true, func(int) string { return everyRow })
			add(op, "all rows as Arrow", format.Arrow, true, func(int) string { return everyRow })
		} else {
			whole := "{" + more + "}"
			add(op, words+"all rows", format.JSON, true, func(int) string { return whole })
		}
		if within == nil {
			continue
		}
		page := ""
		if op == datasets.Range {
			words, page = count(benchPage(ds, op), "row")+" ", fmt.Sprintf(`,"page":1,"per_page":%d`, benchPage(ds, op))
		}
		if more != "" {
			more = "," + more
		}
		add(op, words+"between bounds of "+within.name, format.JSON, op != datasets.Range, func(i int) string { return "{" + within.members(i) + more + page + "}" })
	}
	return all, nil
}

// benchMembers returns what a query of the operation needs beside its condition, in JSON and
// in words that end with a space. It is false where the dataset has no field for it.
func benchMembers(ds *datasets.Dataset, op *datasets.Operation) (members, words string, ok bool) {
	switch op {
	case datasets.Histogram:
		if len(ds.StatsFields) == 0 {
			return "", "", false
		}
		name := ds.Fields[ds.StatsFields[0]].Name
		return `"field":` + inJSON(name), name + ", ", true
	case datasets.Distinct:
		for i := range ds.Fields {
			if ds.Fields[i].Type == datasets.String {
				return `"field":` + inJSON(ds.Fields[i].Name), ds.Fields[i].Name + ", ", true
			}
		}
		return "", "", false
	case datasets.Correlation:
		return "", "", len(ds.StatsFields) > 1
	case datasets.Mean:
		return "", "", len(ds.StatsFields) > 0
	}
	return "", "", true
}

// discard asks a query and returns the size of its answer.
func discard(ctx context.Context, eng *engine.Engine, q *query.Query, f engine.Format) (n int64, err error) {
	a, err := eng.Answer(ctx, q, f)
	if err != nil {
		return 0, err
	}
	for err == nil {
		var chunk []byte
		chunk, err = a.Next(ctx)
		n += int64(len(chunk))
	}
	if err == io.EOF {
		return n, a.Close()
	}
	_ = a.Close()
	return n, err
}

// benchBounds makes bounds on a field of numbers.
type benchBounds struct {
	name       string
	least, top float64
}

// boundsOf returns bounds on the first field of numbers that takes them and has different
// values; nil where there is none, or where the dataset does not say what its values are.
func boundsOf(ctx context.Context, eng *engine.Engine, ds *datasets.Dataset) (*benchBounds, error) {
	if !ds.Offers(datasets.Stats) {
		return nil, nil
	}
	for _, f := range ds.Bounds {
		field := &ds.Fields[f]
		if field.Type != datasets.Number && field.Type != datasets.Integer {
			continue
		}
		q, err := query.Parse(ds, datasets.Stats, fmt.Appendf(nil, `{"group_by":[],"measures":{%s:["min","max"]}}`, inJSON(field.Name)))
		if err != nil {
			return nil, err
		}
		b := benchBounds{name: field.Name}
		for row, err := range eng.Rows(ctx, q) {
			if err != nil {
				return nil, err
			}
			b.least, b.top = numeric(row.Value("min_"+field.Name)), numeric(row.Value("max_"+field.Name))
		}
		if b.least < b.top {
			return &b, nil
		}
	}
	return nil, nil
}

// numeric returns a number of either type.
func numeric(v any) float64 {
	if i, ok := v.(int64); ok {
		return float64(i)
	}
	f, _ := v.(float64)
	return f
}

// members returns the i-th bounds as members of a query: they lie in different halves of
// the span of the values. Those of integers may have fractions.
func (b *benchBounds) members(i int) string {
	r := rand.New(rand.NewPCG(uint64(i), 0))
	middle := b.least/2 + b.top/2
	lower, upper := b.least+r.Float64()*(middle-b.least), middle+r.Float64()*(b.top-middle)
	name := inJSON(b.name)
	return fmt.Sprintf(`"lower":{%s:%s},"upper":{%s:%s}`, name, inJSON(lower), name, inJSON(upper))
}

// inJSON writes a text or a finite number.
func inJSON(v any) string {
	text, _ := json.Marshal(v) // it never fails for them
	return string(text)
}
