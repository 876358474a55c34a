package scans

import (
	"context"
	"database/sql"
	"fmt"
	"math"

	"herbarium/bench/data"
	"herbarium/bench/duckdb"
)

// duck is DuckDB in this process, its table in memory.
type duck struct{ db *duckdb.DB }

// newDuck fills a table of DuckDB, which works on as many threads as we do.
func newDuck(ctx context.Context, table *data.Table, threads int) (*duck, error) {
	db, err := duckdb.Open(ctx, table, threads)
	if err != nil {
		return nil, err
	}
	return &duck{db}, nil
}

func (*duck) name() string { return "duckdb" }

func (d *duck) close() error { return d.db.Close() }

// query runs a statement, prepared once, with the question's bounds.
func (d *duck) query(ctx context.Context, q question, text string, order string) (*sql.Rows, error) {
	var bounds []any
	if q.bounded {
		text += " WHERE a >= ? AND b <= ?"
		bounds = []any{q.lowerA, q.upperB}
	}
	text += order
	return d.db.Query(ctx, text, bounds...)
}

func (d *duck) means(ctx context.Context, q question) ([]group, error) {
	by := "kind"
	if q.places {
		by = "place"
	}
	rows, err := d.query(ctx, q, "SELECT "+by+", avg(a), avg(b), avg(c), avg(d) FROM m", " GROUP BY 1 ORDER BY 1")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err tells
	var groups []group
	for rows.Next() {
		var g group
		var means [4]sql.NullFloat64
		if err := rows.Scan(&g.label, &means[0], &means[1], &means[2], &means[3]); err != nil {
			return nil, err
		}
		g.means = orNaN(means)
		groups = append(groups, g)
	}
	return groups, rows.Err()
}

func (d *duck) page(ctx context.Context, q question) (page, error) {
	var p page
	counted, err := d.query(ctx, q, "SELECT count(*) FROM m", "")
	if err != nil {
		return p, err
	}
	counted.Next()
	err = counted.Scan(&p.total)
	if closed := counted.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return p, err
	}
	first, err := d.deep(ctx, q, 1)
	p.rows = first.rows
	return p, err
}

func (d *duck) deep(ctx context.Context, q question, number int) (page, error) {
	rows, err := d.query(ctx, q, "SELECT a, b, c, d, i, kind, place FROM m", fmt.Sprintf(" LIMIT %d OFFSET %d", pageRows, (number-1)*pageRows))
	var p page
	if err != nil {
		return p, err
	}
	defer func() { _ = rows.Close() }() // Err tells
	for rows.Next() {
		var m measurement
		var numbers [4]sql.NullFloat64
		if err := rows.Scan(&numbers[0], &numbers[1], &numbers[2], &numbers[3], &m.i, &m.kind, &m.place); err != nil {
			return p, err
		}
		m.numbers = orNaN(numbers)
		p.rows = append(p.rows, m)
	}
	return p, rows.Err()
}

func orNaN(values [4]sql.NullFloat64) (numbers [4]float64) {
	for f, v := range values {
		if numbers[f] = math.NaN(); v.Valid {
			numbers[f] = v.Float64
		}
	}
	return numbers
}
