package loading

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"time"

	"herbarium/bench/peers"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/query"
)

// ours is the command that loads into a folder.
type ours struct {
	binary  string
	folder  string // of the descriptor
	dataset *datasets.Dataset
	store   string
}

// maxMemory is what a load may take.
const maxMemory = 1 << 30

// load runs the command. It fails where that took too much memory.
func (o *ours) load(ctx context.Context, from source) error {
	cmd := exec.CommandContext(ctx, o.binary, "load", o.dataset.Name, from.path, "--datasets", o.folder, "--store", "file:"+o.store, "--keep", "0s", "--quiet")
	var words bytes.Buffer
	cmd.Stderr = &words
	if err := cmd.Start(); err != nil {
		return err
	}
	ended, most := make(chan struct{}), make(chan int64)
	go func() { most <- watch(cmd.Process.Pid, ended) }()
	err := cmd.Wait()
	close(ended)
	took := <-most
	if err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd.Args, err, &words)
	}
	if took > maxMemory {
		return fmt.Errorf("the load took %d MB", took>>20)
	}
	return nil
}

// watch returns how much memory the process held at most until it ended. What
// the system tells at its end counts this process's memory too, of which it
// began as a copy.
func watch(process int, ended <-chan struct{}) (most int64) {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ended:
			return most
		case <-ticker.C:
			if now, err := peers.Status(process, "VmHWM"); err == nil {
				most = max(most, now)
			}
		}
	}
}

// means asks what was loaded for its means by kind.
func (o *ours) means(ctx context.Context) ([]group, error) {
	store := columnar.Open(o.store, columnar.FileOptions{})
	defer func() { _ = store.Close(ctx) }() // it was read
	eng := engine.New(store, engine.Options{})
	defer eng.Close()
	q, err := query.Parse(o.dataset, datasets.Mean, nil)
	if err != nil {
		return nil, err
	}
	var groups []group
	for row, err := range eng.Rows(ctx, q) {
		if err != nil {
			return nil, err
		}
		g := group{kind: row.Text("kind")}
		for i, name := range []string{"a", "b", "c", "d", "n"} {
			g.means[i] = row.Float("mean_" + name)
		}
		groups = append(groups, g)
	}
	return groups, nil
}
