package api

import (
	"net/http"

	lru "github.com/hashicorp/golang-lru/v2"

	"herbarium/datasets"
)

// prepared is what is made of one snapshot, when it is first asked for.
type prepared struct {
	documents documents
	docs      docs
	mcp       func() http.Handler
}

// The numbers of snapshots of which something is kept: one that is in use and one
// that it replaces, or those of callers who see different things.
const (
	maxPrepared        = 2
	maxPreparedCallers = 64
)

func newPreparedCache(callers bool) *lru.Cache[*datasets.Snapshot, *prepared] {
	size := maxPrepared
	if callers {
		size = maxPreparedCallers
	}
	c, _ := lru.New[*datasets.Snapshot, *prepared](size) // the size is positive
	return c
}

// preparedOf returns what is made of the snapshot.
func (s *Server) preparedOf(snapshot *datasets.Snapshot) *prepared {
	if p, ok := s.prepared.Get(snapshot); ok {
		return p
	}
	p := &prepared{mcp: s.lazyMCP(snapshot)}
	if before, ok, _ := s.prepared.PeekOrAdd(snapshot, p); ok {
		return before
	}
	return p
}
