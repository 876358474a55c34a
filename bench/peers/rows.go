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

// Datasette serves the rows of a CSV file from SQLite; a table is called after
// its file.
func Datasette(ctx context.Context, folder, csv string) (*Process, error) {
	py, err := newPython(ctx, folder)
	if err != nil {
		return nil, err
	}
	database := filepath.Join(folder, "rows.db")
	fill := exec.CommandContext(ctx, filepath.Join(py.bin, "python"), filepath.Join(folder, "make_sqlite.py"), csv, database)
	if out, err := fill.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("fill SQLite: %w\n%s", err, out)
	}
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	// Immutable: Datasette may then keep counts. Its limit of a CSV file's
	// size is lifted.
	cmd := exec.CommandContext(ctx, filepath.Join(py.bin, "datasette"), "serve", "--immutable", database, "--port", strconv.Itoa(port),
		"--setting", "max_csv_mb", "0")
	return start(ctx, port, "/-/versions.json", cmd)
}
