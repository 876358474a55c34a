package scans

import (
	"context"
	"encoding/json"
	"io"
	"math"

	"herbarium/api/format"
	"herbarium/bench/data"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/query"
)

// ours is Herbarium as a library, without a cache of answers.
type ours struct {
	engine *engine.Engine
	store  *columnar.Store
	kinds  *datasets.Dataset // grouped by kind, and
	places *datasets.Dataset // the same rows by place
}

// newOurs loads the table, which is grouped by kind.
func newOurs(ctx context.Context, table *data.Table) (*ours, error) {
	places, err := table.GroupedBy("place")
	if err != nil {
		return nil, err
	}
	o := &ours{store: columnar.NewStore(columnar.Options{}), kinds: table.Dataset, places: places}
	o.engine = engine.New(o.store, engine.Options{})
	load, err := o.store.Begin(ctx, table.Dataset, engine.LoadOptions{})
	if err != nil {
		return nil, err
	}
	defer func() { _ = load.Abort(ctx) }() // does nothing after Commit
	for first := 0; first < table.Rows; first += engine.BatchRows {
		if err := load.Write(ctx, table.Batch(first, min(engine.BatchRows, table.Rows-first))); err != nil {
			return nil, err
		}
	}
	_, err = load.Commit(ctx)
	return o, err
}

func (*ours) name() string { return "herbarium" }

func (o *ours) close(ctx context.Context) error {
	o.engine.Close()
	return o.store.Close(ctx)
}

// parse settles a question as a request would ask it.
func (o *ours) parse(q question, op *datasets.Operation, more map[string]any) (*query.Query, error) {
	body := map[string]any{}
	if q.bounded {
		body["lower"], body["upper"] = map[string]any{"a": q.lowerA}, map[string]any{"b": q.upperB}
	}
	for key, value := range more {
		body[key] = value
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	ds := o.kinds
	if q.places {
		ds = o.places
	}
	return o.engine.Parse(ds, op, text)
}

func (o *ours) means(ctx context.Context, q question) ([]group, error) {
	parsed, err := o.parse(q, datasets.Mean, nil)
	if err != nil {
		return nil, err
	}
	label := "kind"
	if q.places {
		label = "place"
	}
	var groups []group
	for row, err := range o.engine.Rows(ctx, parsed) {
		if err != nil {
			return nil, err
		}
		g := group{label: row.Text(label)}
		for f, name := range []string{"mean_a", "mean_b", "mean_c", "mean_d"} {
			g.means[f] = floatOr(row.Value(name))
		}
		groups = append(groups, g)
	}
	return groups, nil
}

// page counts first, as a request with Prefer: count=exact does, and sends the
// rows as JSON.
func (o *ours) page(ctx context.Context, q question) (page, error) {
	return o.send(ctx, q, 1, true)
}

// deep sends a page of the rows as JSON, without their count.
func (o *ours) deep(ctx context.Context, q question, number int) (page, error) {
	return o.send(ctx, q, number, false)
}

func (o *ours) send(ctx context.Context, q question, number int, counted bool) (page, error) {
	parsed, err := o.parse(q, datasets.Range, map[string]any{"page": number, "per_page": pageRows})
	if err != nil {
		return page{}, err
	}
	a, err := o.engine.Answer(ctx, parsed, format.JSON)
	if err != nil {
		return page{}, err
	}
	defer func() { _ = a.Close() }() // what was read is whole all the same
	if counted {
		if err := a.Count(ctx); err != nil {
			return page{}, err
		}
	}
	var text []byte
	for {
		chunk, err := a.Next(ctx)
		if err == io.EOF {
			p := page{text: text}
			if counted {
				p.total = a.Total
			}
			return p, nil
		}
		if err != nil {
			return page{}, err
		}
		text = append(text, chunk...)
	}
}

// readRows reads what was sent.
func readRows(text []byte) ([]measurement, error) {
	var rows []struct {
		A, B, C, D  *float64
		I           int64
		Kind, Place string
	}
	if err := json.Unmarshal(text, &rows); err != nil {
		return nil, err
	}
	var all []measurement
	for _, r := range rows {
		m := measurement{i: r.I, kind: r.Kind, place: r.Place}
		for f, v := range []*float64{r.A, r.B, r.C, r.D} {
			if m.numbers[f] = math.NaN(); v != nil {
				m.numbers[f] = *v
			}
		}
		all = append(all, m)
	}
	return all, nil
}

// floatOr returns the number, or what is none.
func floatOr(value any) float64 {
	if f, ok := value.(float64); ok {
		return f
	}
	return math.NaN()
}
