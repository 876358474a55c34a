package questions

import (
	"cmp"
	"context"
	"fmt"

	"herbarium/bench/data"
	"herbarium/bench/duckdb"
)

// duck is DuckDB in this process, its table in memory.
type duck struct{ db *duckdb.DB }

// newDuck fills a table of DuckDB.
func newDuck(ctx context.Context, table *data.Table, threads int) (*duck, error) {
	db, err := duckdb.Open(ctx, table, threads)
	if err != nil {
		return nil, err
	}
	return &duck{db}, nil
}

// write writes the table to a Parquet file, its texts as dictionaries.
func (d *duck) write(ctx context.Context, path string) error {
	return d.db.Do(ctx, fmt.Sprintf("COPY m TO '%s' (FORMAT parquet)", path))
}

// ask answers a question as it is timed.
func (d *duck) ask(ctx context.Context, q *question, n asking) (answer, error) {
	return d.each(ctx, q, n, func(p *part) string { return p.sql })
}

// exact answers a question as answers are compared.
func (d *duck) exact(ctx context.Context, q *question) (answer, error) {
	return d.each(ctx, q, 0, func(p *part) string { return cmp.Or(p.exact, p.sql) })
}

func (d *duck) each(ctx context.Context, q *question, n asking, sql func(*part) string) (answer, error) {
	var all answer
	for i := range q.parts {
		text, arguments := q.statement(&q.parts[i], sql(&q.parts[i]), n)
		rows, err := d.rows(ctx, text, arguments...)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

// rows answers a statement.
func (d *duck) rows(ctx context.Context, text string, arguments ...any) (answer, error) {
	rows, err := d.db.Query(ctx, text, arguments...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err tells
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var all answer
	for rows.Next() {
		values, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			to[i] = &values[i]
		}
		if err := rows.Scan(to...); err != nil {
			return nil, err
		}
		for i, v := range values {
			values[i] = value(v)
		}
		all = append(all, values)
	}
	return all, rows.Err()
}
