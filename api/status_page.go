package api

import (
	"context"
	"io"
	"net/http"
	"runtime"
	"strings"
	"time"

	"herbarium/api/status"
)

// status answers /status: a page for browsers, JSON for programs.
func (s *Server) status(x *exchange) error {
	x.Header().Add("Vary", "Accept")
	report := s.report(x.request.Context(), x.admin)
	if !prefersHTML(x.request) {
		x.Header()["Cache-Control"] = noStore
		return x.sendJSON(report)
	}
	s.htmlHeader(x, noStore)
	return s.sendPage(x, http.StatusOK, func(w io.Writer, _ func() error) error {
		return s.pages.Status(w, x.place(), report)
	})
}

// report finds out what the server says of itself. Where the store is, and what people
// look for, is only for those who run the server.
func (s *Server) report(ctx context.Context, admin bool) *status.Report {
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	now, stats, store := time.Now(), s.engine.Stats(), s.engine.Store()
	up := store.Ping(ctx) == nil
	waiting, refused := s.waiting()
	r := &status.Report{Version: s.options.Version, Go: runtime.Version(), Store: store.Describe(), StoreUp: up,
		Started: s.started.UTC().Truncate(time.Second), Uptime: now.Sub(s.started).Seconds(), InFlight: s.inFlight.Load(), Waiting: waiting, Refused: refused,
		Runs:   status.RunCounts{InFlight: stats.Running, Held: stats.Held, Shared: stats.Shared},
		Caches: status.CachesOf(&stats), Mirror: status.MirrorOf(stats.Mirror, admin), Datasets: []status.Served{}, SlowPlans: []status.SlowPlan{}}
	for _, d := range status.Of(ctx, s.engine, s.registry.Current(), !up) {
		r.Datasets = append(r.Datasets, status.ServedOf(&d, now))
	}
	if s.options.Slowest != nil {
		r.SlowPlans = append(r.SlowPlans, s.options.Slowest.Plans()...)
	}
	if !admin {
		r.Store, _, _ = strings.Cut(r.Store, ":")
		for i := range r.SlowPlans {
			r.SlowPlans[i].Plan = ""
		}
	}
	return r
}
