package peers

import (
	"context"
	"os/exec"
	"path/filepath"
	"strconv"
)

// MongoDB starts a server that speaks MongoDB's protocol and keeps documents in
// memory. Its URL is what drivers connect to.
func MongoDB(ctx context.Context, folder string) (*Process, error) {
	py, err := newPython(ctx, folder)
	if err != nil {
		return nil, err
	}
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(py.bin, "secantusd-py"), "--standalone",
		"--storage-path", ":memory:", "--host", "127.0.0.1", "--port", strconv.Itoa(port))
	cmd.Dir = folder // it looks for its configuration where it starts
	return run(ctx, "mongodb://127.0.0.1:"+strconv.Itoa(port), cmd, func(ctx context.Context) bool { return listens(ctx, port) })
}

// Documents says which rows DocumentsAPI serves: a CSV file of numbers, whose
// last column is text. The query property Selector picks rows by the text,
// which answers call Text.
type Documents struct {
	CSV      string
	Selector string
	Text     string
}

// DocumentsAPI serves rows of a MongoDB collection, which it fills, with
// FastAPI and pymongo, at /rows.
func DocumentsAPI(ctx context.Context, folder, mongodb string, d Documents) (*Process, error) {
	py, err := newPython(ctx, folder)
	if err != nil {
		return nil, err
	}
	return py.uvicorn(ctx, "documents_api", "BENCH_MONGODB="+mongodb, "BENCH_CSV="+d.CSV,
		"BENCH_SELECTOR="+d.Selector, "BENCH_TEXT="+d.Text)
}
