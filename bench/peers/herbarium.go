package peers

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
)

// Embedded is the folder of the datasets that the binary has within.
const Embedded = ""

// Build builds the command from the tree around this module and returns its
// path.
func Build(ctx context.Context) (string, error) {
	cache, err := cacheFolder()
	if err != nil {
		return "", err
	}
	binary := filepath.Join(cache, "herbarium")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", binary, "./cmd/herbarium")
	if build.Dir, err = root(ctx); err != nil {
		return "", err
	}
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build herbarium: %w\n%s", err, out)
	}
	return binary, nil
}

// Herbarium builds the command and serves the datasets of a folder with it.
func Herbarium(ctx context.Context, folder string, flags ...string) (*Process, error) {
	binary, err := Build(ctx)
	if err != nil {
		return nil, err
	}
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	arguments := append([]string{"serve", "--addr", "127.0.0.1:" + strconv.Itoa(port)}, flags...)
	if folder != Embedded {
		arguments = append(arguments, "--datasets", folder)
	}
	serve := exec.CommandContext(ctx, binary, arguments...)
	serve.Dir = filepath.Dir(binary) // which has no folder that it would take for the datasets
	return start(ctx, port, "/readyz", serve)
}

// Load builds the command and loads a dataset with it.
func Load(ctx context.Context, dataset string, arguments ...string) error {
	binary, err := Build(ctx)
	if err != nil {
		return err
	}
	return LoadWith(ctx, binary, dataset, arguments...)
}

// LoadWith loads a dataset with a command that was built.
func LoadWith(ctx context.Context, binary, dataset string, arguments ...string) error {
	load := exec.CommandContext(ctx, binary, append([]string{"load", dataset, "--quiet"}, arguments...)...)
	if out, err := load.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", load.Args, err, out)
	}
	return nil
}

// Shipped returns the path of the data of a dataset that ships.
func Shipped(ctx context.Context, dataset string) (string, error) {
	folder, err := root(ctx)
	return filepath.Join(folder, "datasets", "data", dataset+".csv"), err
}

// root returns the folder of the module that is measured.
func root(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "herbarium").Output()
	if err != nil {
		return "", fmt.Errorf("find the module herbarium; run this in the folder bench: %w", err)
	}
	return string(out[:len(out)-1]), nil
}
