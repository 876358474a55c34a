package fleet

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"herbarium/bench/data"
	"herbarium/bench/peers"
)

// Measure runs `herbarium bench` on a table of that many rows in files, and writes what it
// says to path.
func Measure(ctx context.Context, path string, rows int, each time.Duration, seed uint64) error {
	folder, err := os.MkdirTemp("", "herbarium-fleet-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	table, err := data.Asked(rows, seed)
	if err != nil {
		return err
	}
	if _, err := table.WriteFolder(folder); err != nil {
		return err
	}
	store := "file:" + filepath.Join(folder, "store")
	if err := peers.Load(ctx, table.Dataset.Name, "--datasets", folder, "--store", store); err != nil {
		return err
	}
	binary, err := peers.Build(ctx)
	if err != nil {
		return err
	}
	bench := exec.CommandContext(ctx, binary, "bench", table.Dataset.Name, "--datasets", folder, "--store", store, "--duration", each.String(), "--format", "json")
	var out, words bytes.Buffer
	bench.Stdout, bench.Stderr = &out, &words
	if err := bench.Run(); err != nil {
		return fmt.Errorf("herbarium bench: %w: %s", err, words.String())
	}
	// Where the files were is of no use to a reader.
	return os.WriteFile(path, bytes.ReplaceAll(out.Bytes(), []byte(store), []byte("file:store")), 0o644)
}
