// Package duckdb holds tables in DuckDB, in this process.
package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"herbarium/bench/data"
	"herbarium/datasets"
)

// DB is a database in memory with one table, m.
type DB struct {
	db       *sql.DB
	conn     *sql.Conn // the one that asks
	prepared map[string]*sql.Stmt
}

// Open fills a table of DuckDB, which works on so many threads.
func Open(ctx context.Context, table *data.Table, threads int) (*DB, error) {
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return nil, err
	}
	d := &DB{db: sql.OpenDB(connector), prepared: map[string]*sql.Stmt{}}
	if err := d.fill(ctx, table, threads); err != nil {
		_ = d.Close() // the first error says more
		return nil, fmt.Errorf("fill DuckDB: %w", err)
	}
	return d, nil
}

func (d *DB) fill(ctx context.Context, table *data.Table, threads int) (err error) {
	if d.conn, err = d.db.Conn(ctx); err != nil {
		return err
	}
	for _, statement := range []string{fmt.Sprintf("SET threads = %d", threads), create(table.Dataset)} {
		if err := d.Do(ctx, statement); err != nil {
			return err
		}
	}
	return d.conn.Raw(func(conn any) error {
		appender, err := duckdb.NewAppenderFromConn(conn.(driver.Conn), "", "m")
		if err != nil {
			return err
		}
		row := make([]driver.Value, len(table.Columns))
		for i := range table.Rows {
			for c := range table.Columns {
				row[c] = cell(table, c, i)
			}
			if err := appender.AppendRow(row...); err != nil {
				return err
			}
		}
		return appender.Close()
	})
}

// create returns the statement that makes the table of a dataset.
func create(ds *datasets.Dataset) string {
	var columns []string
	for _, f := range ds.Fields {
		kind := "BIGINT"
		switch f.Type {
		case datasets.Number:
			kind = "DOUBLE"
		case datasets.String:
			kind = "VARCHAR"
		case datasets.DateTime:
			kind = "TIMESTAMP_MS"
		}
		columns = append(columns, fmt.Sprintf("%q %s", f.Name, kind))
	}
	return fmt.Sprintf("CREATE TABLE m (%s)", strings.Join(columns, ", "))
}

func cell(table *data.Table, column, row int) driver.Value {
	v := &table.Columns[column]
	if v.Null(row) {
		return nil
	}
	switch v.Type {
	case datasets.Number:
		return v.Floats[row]
	case datasets.String:
		return v.Dict[v.Codes[row]]
	case datasets.DateTime:
		return time.UnixMilli(v.Ints[row]).UTC()
	default:
		return v.Ints[row]
	}
}

// Query runs a statement, which is prepared once.
func (d *DB) Query(ctx context.Context, text string, arguments ...any) (*sql.Rows, error) {
	statement, ok := d.prepared[text]
	if !ok {
		var err error
		if statement, err = d.conn.PrepareContext(ctx, text); err != nil {
			return nil, err
		}
		d.prepared[text] = statement
	}
	return statement.QueryContext(ctx, arguments...)
}

// Do runs a statement that answers nothing.
func (d *DB) Do(ctx context.Context, text string) error {
	_, err := d.conn.ExecContext(ctx, text)
	return err
}

// Close ends the database.
func (d *DB) Close() error {
	for _, s := range d.prepared {
		_ = s.Close() // it goes with the database
	}
	if d.conn != nil {
		_ = d.conn.Close()
	}
	return d.db.Close()
}
