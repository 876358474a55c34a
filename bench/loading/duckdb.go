package loading

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/duckdb/duckdb-go/v2"
)

// duck is DuckDB in this process, its table in a file.
type duck struct {
	file    string
	threads int
}

// types are the columns of the CSV file, so that DuckDB need not guess.
const types = "{kind: 'VARCHAR', 'at': 'TIMESTAMP_MS', a: 'DOUBLE', b: 'DOUBLE', c: 'DOUBLE', d: 'DOUBLE', n: 'BIGINT'}"

// do runs statements on the database of a file; "" is memory.
func (d *duck) do(ctx context.Context, file string, work func(*sql.Conn) error) error {
	connector, err := duckdb.NewConnector(file, nil)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	conn, err := db.Conn(ctx)
	if err == nil {
		_, err = conn.ExecContext(ctx, fmt.Sprintf("SET threads = %d", d.threads))
	}
	if err == nil {
		err = work(conn)
	}
	if conn != nil {
		err = errors.Join(err, conn.Close())
	}
	return errors.Join(err, db.Close())
}

// reader is how DuckDB reads the file.
func reader(from source) string {
	if from.format == "csv" {
		return fmt.Sprintf("read_csv(%s, header = true, columns = %s)", quoted(from.path), types)
	}
	return fmt.Sprintf("read_parquet(%s)", quoted(from.path))
}

func quoted(path string) string { return "'" + strings.ReplaceAll(path, "'", "''") + "'" }

// load makes a new database of the file, and closes it, which makes it last.
func (d *duck) load(ctx context.Context, from source) error {
	for _, name := range []string{d.file, d.file + ".wal"} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return d.do(ctx, d.file, func(conn *sql.Conn) error {
		_, err := conn.ExecContext(ctx, "CREATE TABLE trips AS SELECT * FROM "+reader(from))
		return err
	})
}

// writeParquet makes a Parquet file of the CSV.
func (d *duck) writeParquet(ctx context.Context, csv, to string) error {
	return d.do(ctx, "", func(conn *sql.Conn) error {
		_, err := conn.ExecContext(ctx, fmt.Sprintf("COPY (SELECT * FROM %s) TO %s (FORMAT parquet)", reader(source{format: "csv", path: csv}), quoted(to)))
		return err
	})
}

// means asks what was loaded for its means by kind.
func (d *duck) means(ctx context.Context) (groups []group, err error) {
	err = d.do(ctx, d.file, func(conn *sql.Conn) error {
		rows, err := conn.QueryContext(ctx, "SELECT kind, avg(a), avg(b), avg(c), avg(d), avg(n) FROM trips GROUP BY 1 ORDER BY 1")
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // Err tells
		for rows.Next() {
			var g group
			if err := rows.Scan(&g.kind, &g.means[0], &g.means[1], &g.means[2], &g.means[3], &g.means[4]); err != nil {
				return err
			}
			groups = append(groups, g)
		}
		return rows.Err()
	})
	return groups, err
}
