package auth

import (
	"time"

	"herbarium/api/internal/filewatch"
)

// When the files are read again: the time after a change, and that between two readings in
// any case. They are small, and compared by their content.
const (
	quietTime    = 50 * time.Millisecond
	pollInterval = 2 * time.Second
)

// Follow follows the file, and the files of keys, until Close.
func (g *Guard) Follow() {
	f := &filewatch.Files{Names: g.files, Read: g.refresh, Settle: quietTime, Poll: pollInterval}
	g.owner.running.Go(func() { f.Follow(g.owner.ctx) })
}

// files returns the names of the files that are followed.
func (g *Guard) files() []string {
	files := []string{g.path}
	for _, v := range g.state.Load().verifiers {
		if !v.keys.remote {
			files = append(files, v.keys.source)
		}
	}
	return files
}
