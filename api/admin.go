package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/gorilla/mux"

	"herbarium/api/page"
	"herbarium/api/problem"
)

// The paths for those who run the server. Without Options.Admin the first two are
// beside the datasets; pprof never is.
const (
	metricsPath = "/metrics"
	statusPath  = "/status"
	pprofPath   = "/debug/pprof/"
)

// watchRoutes adds the routes of what there is to see, by get.
func (s *Server) watchRoutes(get func(path string, e endpoint)) {
	if s.options.Metrics != nil {
		get(metricsPath, endpoint{serve: s.metrics, always: true, operators: true})
	}
	get(statusPath, endpoint{serve: s.status, always: true, operators: true})
}

// metrics answers /metrics.
func (s *Server) metrics(x *exchange) error {
	x.Header()["Cache-Control"] = noStore
	s.options.Metrics.Handler().ServeHTTP(x, x.request)
	return nil
}

// adminRoutes returns the router of ServeAdmin.
func (s *Server) adminRoutes() *mux.Router {
	r := mux.NewRouter().SkipClean(true)
	get := func(path string, e endpoint) {
		e.methods = []string{http.MethodGet, http.MethodHead}
		r.Path(path).Handler(e)
	}
	get(healthPath, endpoint{serve: s.health})
	get(readyPath, endpoint{serve: s.ready})
	s.watchRoutes(get)
	get(page.ScriptPath, endpoint{serve: s.pageScript})
	get("/", endpoint{serve: func(x *exchange) error {
		x.Header()["Location"] = []string{statusPath}
		x.WriteHeader(http.StatusSeeOther)
		return nil
	}})
	for name, handler := range map[string]http.HandlerFunc{"cmdline": pprof.Cmdline, "profile": pprof.Profile, "symbol": pprof.Symbol, "trace": pprof.Trace} {
		r.Path(pprofPath + name).Handler(handler)
	}
	r.PathPrefix(pprofPath).Handler(http.HandlerFunc(pprof.Index))
	r.NotFoundHandler = endpoint{serve: func(*exchange) error {
		return &problem.Error{Code: problem.UnknownDataset, Detail: "this is the address for those who run the server; there are " +
			metricsPath + ", " + statusPath + ", " + healthPath + ", " + readyPath + " and " + pprofPath}
	}}
	return r
}

// AdminHandler returns the handler of what only those who run the server see: metrics,
// status with the slowest plans, the detail of readiness, and profiles.
func (s *Server) AdminHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := &exchange{ResponseWriter: w, server: s, request: r, routed: r, started: time.Now(), admin: true, snapshot: s.registry.Current(), full: true}
		x.identify()
		s.admin.Match(r, &x.match)
		defer x.finish()
		w.Header()["X-Content-Type-Options"] = noSniff
		x.match.Handler.ServeHTTP(x, r)
	})
}

// adminDrain is how long requests to ServeAdmin may take once it was told to stop.
const adminDrain = 2 * time.Second

// ServeAdmin answers AdminHandler's requests from the listener until ctx is done, and
// then lets those under way finish for two seconds. It closes the listener.
func (s *Server) ServeAdmin(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler:           s.AdminHandler(),
		ReadHeaderTimeout: s.options.HeaderTimeout, // a profile takes as long as it was asked to
		IdleTimeout:       s.options.IdleTimeout,
		MaxHeaderBytes:    s.options.MaxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.options.Logger.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		_ = server.Close() // the error is Serve's
		return fmt.Errorf("serve the admin address: %w", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), adminDrain)
	defer cancel()
	if server.Shutdown(drain) != nil {
		_ = server.Close() // a profile that takes longer is nobody's loss
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the admin address: %w", err)
	}
	return nil
}
