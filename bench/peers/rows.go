package peers

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// FastAPI serves the rows of a CSV file with FastAPI and uvicorn, from memory,
// at /rows, /rows/typed and /rows/orjson.
func FastAPI(ctx context.Context, folder, csv string) (*Process, error) {
	py, err := newPython(ctx, folder)
	if err != nil {
		return nil, err
	}
	return py.uvicorn(ctx, "rows_api", "BENCH_CSV="+csv)
}

// uvicorn serves the application of a script.
func (p *python) uvicorn(ctx context.Context, script string, environment ...string) (*Process, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(p.bin, "uvicorn"), script+":app", "--port", strconv.Itoa(port),
		"--no-access-log", "--timeout-keep-alive", "600") // connections wait for their turn
	cmd.Dir, cmd.Env = p.folder, append(os.Environ(), environment...)
	return start(ctx, port, "/ready", cmd)
}

// ROAPI serves the rows of a CSV file from memory; a table is called after its
// file.
func ROAPI(ctx context.Context, folder, csv string) (*Process, error) {
	py, err := newPython(ctx, folder)
	if err != nil {
		return nil, err
	}
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	// It also listens where nobody asks: any port will do.
	cmd := exec.CommandContext(ctx, filepath.Join(py.bin, "roapi"), "--addr-http", "127.0.0.1:"+strconv.Itoa(port),
		"--addr-postgres", "127.0.0.1:0", "--addr-flight-sql", "127.0.0.1:0", "--table", csv)
	cmd.Dir = folder // it looks for its configuration where it starts
	return start(ctx, port, "/health", cmd)
}

// Datasette serves the rows of a CSV file from SQLite; the database is called
// rows and the table after its file. Each column has a type of SQLite.
func Datasette(ctx context.Context, folder, csv string, types ...string) (*Process, error) {
	py, err := newPython(ctx, folder)
	if err != nil {
		return nil, err
	}
	database := filepath.Join(folder, "rows.db")
	fill := exec.CommandContext(ctx, filepath.Join(py.bin, "python"), append([]string{filepath.Join(folder, "make_sqlite.py"), csv, database}, types...)...)
	if out, err := fill.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("fill SQLite: %w\n%s", err, out)
	}
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	// Immutable: Datasette may then keep counts. Its limits of a CSV file's
	// size and of a query's time are lifted.
	cmd := exec.CommandContext(ctx, filepath.Join(py.bin, "datasette"), "serve", "--immutable", database, "--port", strconv.Itoa(port),
		"--setting", "max_csv_mb", "0", "--setting", "sql_time_limit_ms", "600000")
	return start(ctx, port, "/-/versions.json", cmd)
}
