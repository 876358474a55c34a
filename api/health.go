package api

import (
	"context"
	"errors"
	"time"

	"herbarium/api/auth"
	"herbarium/api/problem"
	"herbarium/api/status"
	"herbarium/engine/fault"
)

// The paths of probes.
const (
	healthPath = "/healthz"
	readyPath  = "/readyz"
)

// health answers /healthz: the process is alive and accepts requests.
func (s *Server) health(x *exchange) error {
	return x.sendJSON(struct {
		Status string `json:"status"`
	}{"ok"})
}

// ready answers /readyz: 503 while the store cannot be reached, or while
// Options.Ready returns an error. A dataset that is broken, cannot be read or was
// never loaded is reported, but does not make the server unready: other datasets
// can be served.
func (s *Server) ready(x *exchange) error {
	ctx, cancel := context.WithTimeout(x.request.Context(), statusTimeout)
	defer cancel()
	p := s.unready(ctx)
	if p != nil && s.options.Auth != nil && !x.full && p.Code == problem.NotLoaded {
		p.Detail = "" // it names datasets
	}
	if s.options.Admin && !x.admin {
		return s.readyInShort(x, p)
	}
	states := []status.Readiness{}
	for _, d := range status.Of(ctx, s.engine, x.snapshot, p != nil && p.Code == problem.StoreUnavailable) {
		states = append(states, d.Readiness())
	}
	if p != nil {
		p.Datasets = states
		return p
	}
	detail := ""
	if s.options.Detail != nil {
		detail = s.options.Detail()
	}
	return x.sendJSON(struct {
		Status   string             `json:"status"`
		Detail   string             `json:"detail,omitempty"`
		Datasets []status.Readiness `json:"datasets"`
	}{status.Ready, detail, states})
}

// readyInShort answers /readyz where its detail is for operators alone.
func (s *Server) readyInShort(x *exchange, p *problem.Error) error {
	if p != nil {
		p.Detail = ""
		return p
	}
	return x.sendJSON(struct {
		Status string `json:"status"`
	}{status.Ready})
}

// unready returns why the server is not ready, or nil.
func (s *Server) unready(ctx context.Context) *problem.Error {
	if s.leaving.Load() {
		return &problem.Error{Code: problem.Overloaded, Detail: "the server is shutting down", RetryAfter: time.Second}
	}
	if s.options.Auth != nil && s.options.Auth.Blocked() {
		return auth.BlockedProblem()
	}
	if err := s.engine.Store().Ping(ctx); err != nil {
		var known *fault.Error
		if errors.As(err, &known) && known.Err != nil {
			err = known.Err // the problem says already that the store is unavailable
		}
		return &problem.Error{Code: problem.StoreUnavailable, Detail: "the store cannot be reached", RetryAfter: time.Second, Cause: err}
	}
	if s.options.Ready == nil {
		return nil
	}
	if err := s.options.Ready(ctx); err != nil {
		return &problem.Error{Code: problem.NotLoaded, Detail: err.Error(), RetryAfter: time.Second}
	}
	return nil
}
