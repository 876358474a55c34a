package mongodb

import (
	"context"
	"sync"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/pipeline"
	"herbarium/engine/plan"
)

// sizes returns what is known of the values whose sums the plan needs. A load
// records it; of what an earlier load wrote and of unmanaged collections the server
// is asked first, of the former once.
func (t *table) sizes(ctx context.Context, p *plan.Plan) (pipeline.Sizes, error) {
	s, unknown := t.knownSizes(p)
	if len(unknown) == 0 {
		return s, nil
	}
	whole := *p
	if !t.info.Unmanaged {
		whole.Filter = plan.Condition{} // what is found holds for later queries
	}
	g := pipeline.Extent(&whole, unknown, t.info.HasAnyTypes())
	all, err := t.few(ctx, &whole, g.Pipeline)
	if err != nil {
		return s, err
	}
	if len(all) == 0 {
		for _, f := range unknown {
			s.Of[f] = pipeline.Magnitude{}
		}
		return s, nil
	}
	d := newDecoder(g.Columns, true)
	d.begin(1)
	if err := d.row(0, all[0]); err != nil {
		return s, err
	}
	b := d.end(1)
	for _, columns := range g.Fields {
		var smallest engine.Vector
		if t.dataset.Fields[columns.Field].Type == datasets.Number {
			smallest = b.Columns[columns.Parts[0]]
		}
		m := extentOf(t.dataset.Fields[columns.Field].Type, b.Columns[columns.Least], b.Columns[columns.Greatest], smallest)
		s.Of[columns.Field] = m
		if !t.info.Unmanaged {
			t.store.known.put(t.collection, editionFieldOf(&t.dataset.Fields[columns.Field]), m)
		}
	}
	if t.info.Unmanaged {
		// Others may add rows before the sums are asked for.
		s.Rows = 2*intAt(b, g.Rows, 0) + 1
	}
	return s, nil
}

// knownSizes returns what is known without asking the server, and of which fields
// it would have to be asked.
func (t *table) knownSizes(p *plan.Plan) (s pipeline.Sizes, unknown []int) {
	s = pipeline.Sizes{Rows: max(t.info.Rows, 0), Of: map[int]pipeline.Magnitude{}}
	for _, f := range pipeline.SummedFields(p) {
		if m, ok := t.magnitude(f); ok {
			s.Of[f] = m
		} else {
			unknown = append(unknown, f)
		}
	}
	return s, unknown
}

// magnitude returns what is known of a field's values.
func (t *table) magnitude(field int) (pipeline.Magnitude, bool) {
	f := &t.dataset.Fields[field]
	for _, m := range t.magnitudes {
		if m.Field == f.Name && m.Type == f.Type.String() {
			return pipeline.Magnitude{High: m.High, Low: m.Low}, true
		}
	}
	if t.info.Unmanaged {
		return pipeline.Magnitude{}, false
	}
	return t.store.known.get(t.collection, editionFieldOf(f))
}

// maxKnown bounds how many collections magnitudes are kept of.
const maxKnown = 1000

// knownMagnitudes keeps what servers were asked of collections that do not change.
type knownMagnitudes struct {
	mu sync.Mutex
	of map[string]map[editionField]pipeline.Magnitude // by collection and field
}

func (k *knownMagnitudes) get(collection string, field editionField) (pipeline.Magnitude, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	m, ok := k.of[collection][field]
	return m, ok
}

func (k *knownMagnitudes) put(collection string, field editionField, m pipeline.Magnitude) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.of == nil || len(k.of) >= maxKnown {
		k.of = map[string]map[editionField]pipeline.Magnitude{}
	}
	if k.of[collection] == nil {
		k.of[collection] = map[editionField]pipeline.Magnitude{}
	}
	k.of[collection][field] = m
}
