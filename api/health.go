package api

import (
	"context"
	"errors"
	"time"

	"herbarium/engine"
)

// The states of a dataset in the detail of /readyz.
const (
	stateReady     = "ready"
	stateNotLoaded = "not_loaded"
	stateFaulty    = "faulty"  // some of its rows cannot be read
	stateUnknown   = "unknown" // the store cannot say now
	stateBroken    = "broken"  // its descriptor is wrong
)

// readyStatus is a dataset's state.
type readyStatus struct {
	Name  string `json:"name"`
	State string `json:"state"`
	// Error says what is wrong with the dataset, or with its newer version.
	Error string `json:"error,omitempty"`
}

// health answers /healthz: the process is alive and takes requests.
func (s *Server) health(x *exchange) error {
	return x.sendJSON(struct {
		Status string `json:"status"`
	}{"ok"})
}

// ready answers /readyz: 503 while the store cannot be reached, or while the
// program says that it is not ready yet. A dataset that is broken, cannot be read
// or was never loaded is only told of: it must not take the others down with it.
func (s *Server) ready(x *exchange) error {
	ctx, cancel := context.WithTimeout(x.request.Context(), statusTimeout)
	defer cancel()
	p := s.unready(ctx)
	states := s.states(ctx, p != nil && p.code == codeStoreUnavailable)
	if p != nil {
		p.datasets = states
		return p
	}
	return x.sendJSON(struct {
		Status   string        `json:"status"`
		Datasets []readyStatus `json:"datasets"`
	}{stateReady, states})
}

// unready says why the server is not ready, or nil.
func (s *Server) unready(ctx context.Context) *problem {
	if s.draining.Load() {
		return &problem{code: codeOverloaded, detail: "the server is shutting down", retryAfter: time.Second}
	}
	if err := s.engine.Store().Ping(ctx); err != nil {
		var known *engine.Error
		if errors.As(err, &known) && known.Err != nil {
			err = known.Err // the log need not say twice that it is not available
		}
		return &problem{code: codeStoreUnavailable, detail: "the store cannot be reached", retryAfter: time.Second, cause: err}
	}
	if s.options.Ready == nil {
		return nil
	}
	if err := s.options.Ready(ctx); err != nil {
		return &problem{code: codeNotLoaded, detail: err.Error(), retryAfter: time.Second}
	}
	return nil
}

// states returns every dataset's state, by name.
func (s *Server) states(ctx context.Context, down bool) []readyStatus {
	states := []readyStatus{}
	for _, d := range s.standings(ctx, down) {
		state := stateUnknown
		switch {
		case d.dataset == nil:
			state = stateBroken
		case d.fault != "":
			state = stateFaulty
		case d.info != nil:
			state = stateReady
		case engine.CodeOf(d.err) == engine.NotLoaded:
			state = stateNotLoaded
		}
		states = append(states, readyStatus{d.name, state, d.wrong})
	}
	return states
}
