package engine

import (
	"context"
	"io"
	"iter"
	"strconv"
	"time"

	"herbarium/datasets"
	"herbarium/engine/memory"
	"herbarium/engine/plan"
	"herbarium/engine/query"
)

// Row is one row, or one group, of an answer. It is valid until the iteration
// goes on.
type Row struct {
	columns []plan.Column
	batch   *Batch
	at      int
}

// Columns names and types the row's values.
func (r Row) Columns() []plan.Column { return r.columns }

// Value returns the value of the named column: a float64, int64, bool or
// string, dates and date-times as text; nil where there is no value or no such
// column. A variant column has values of any of these types.
func (r Row) Value(name string) any {
	for i, c := range r.columns {
		v := &r.batch.Columns[i]
		if c.Name != name || v.Null(r.at) {
			continue
		}
		if c.Variant {
			return variant(v, r.at)
		}
		switch value := v.Value(r.at); c.Type {
		case datasets.Number:
			return value.Float
		case datasets.Integer:
			return value.Int
		case datasets.Boolean:
			return value.Int != 0
		case datasets.Date:
			return string(datasets.AppendDate(nil, value.Int))
		case datasets.DateTime:
			return string(datasets.AppendDateTime(nil, value.Int))
		default:
			return value.Str
		}
	}
	return nil
}

// variant returns a value of a variant column.
func variant(v *Vector, row int) any {
	text := v.Dict[v.Codes[row]]
	switch v.Types[row] {
	case datasets.Number:
		f, _ := strconv.ParseFloat(text, 64) // as it was written
		return f
	case datasets.Integer:
		i, _ := strconv.ParseInt(text, 10, 64)
		return i
	case datasets.Boolean:
		return text == "true"
	default:
		return text
	}
}

// Float returns the value of a number column, or 0 where there is none.
func (r Row) Float(name string) float64 { f, _ := r.Value(name).(float64); return f }

// Text returns the value of a string, date or date-time column, or "" where
// there is none.
func (r Row) Text(name string) string { s, _ := r.Value(name).(string); return s }

// Rows returns the rows or groups with which the query is answered, in the
// order and with the columns that its operation gives them. After an error the
// iteration ends; the errors are those of Engine.Answer and Answer.Next.
func (e *Engine) Rows(ctx context.Context, q *query.Query) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		if err := e.each(ctx, q, func(r Row) bool { return yield(r, nil) }); err != nil {
			yield(Row{}, err)
		}
	}
}

// each calls visit for every row until it returns false.
func (e *Engine) each(ctx context.Context, q *query.Query, visit func(Row) bool) error {
	if !q.Dataset.Offers(q.Operation) {
		_, err := q.Plan() // which says so
		return err
	}
	table, err := e.table(ctx, q)
	if err != nil {
		return err
	}
	r, p, err := e.record(ctx, q)
	if err != nil {
		return err
	}
	defer r.end()
	begin, cancel := e.deadline(ctx)
	defer cancel()
	claim := e.options.Memory.Claim()
	defer claim.Release()
	cursor, err := run(r.recorded(memory.With(within(begin, r.span), claim)), table, p)
	if err != nil {
		err = failure(err)
		r.arrived(ctx, nil, err)
		return err
	}
	for {
		step, cancel := e.deadline(ctx)
		if r.first {
			r.step = time.Now() // the visitor's time is not ours
		}
		batch, err := cursor.Next(r.recorded(within(step, r.span)))
		r.arrived(ctx, batch, err)
		cancel()
		if err == io.EOF {
			return failureOf(cursor.Close())
		}
		if err != nil {
			_ = cursor.Close() // the first error says more
			return failure(err)
		}
		for i := range batch.Rows {
			if !visit(Row{p.Columns, batch, i}) {
				return failureOf(cursor.Close())
			}
		}
	}
}

func failureOf(err error) error {
	if err == nil {
		return nil
	}
	return failure(err)
}
