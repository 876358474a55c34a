package api

import (
	"net/http"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/gorilla/mux"
	lru "github.com/hashicorp/golang-lru/v2"

	"herbarium/api/limits"
	"herbarium/api/mcp"
	"herbarium/api/metrics"
	"herbarium/api/overload"
	"herbarium/api/page"
	"herbarium/datasets"
	"herbarium/engine"
)

// Server answers HTTP requests from a registry's datasets and an engine. It is an
// http.Handler, safe for concurrent use; Serve adds a listener, timeouts and a
// graceful shutdown.
type Server struct {
	registry    *datasets.Registry
	engine      *engine.Engine
	options     Options
	router      *mux.Router
	admin       *mux.Router // of ServeAdmin
	started     time.Time
	formats     []servedFormat
	codings     []coding
	pageCodings []coding // the same, for pages
	cors        *cors    // nil where no origin is allowed

	pages      *page.Site
	mcp        *mcp.Service
	mcpHandler http.Handler

	// prepared is what was made of the snapshots that callers see.
	prepared *lru.Cache[*datasets.Snapshot, *prepared]

	connections *connections
	inFlight    *room
	streams     *room // of HTTP/2, whose answers may wait for their clients
	reads       *overload.ReadQueue
	unread      atomic.Int64 // requests that wait in reads, or did so and have no handler yet
	gate        *overload.Gate
	counter     *limits.Counter // nil where the server does not ask who callers are
	// leaving is set once Serve was told to stop.
	leaving atomic.Bool

	// hsts is the value of Strict-Transport-Security with TLS; nil: none.
	hsts []string

	// vary is the value of Vary on operations' answers, made once.
	vary []string
}

// New returns a server of the registry's datasets. Changes of the registry take
// effect with the next request.
func New(registry *datasets.Registry, eng *engine.Engine, options Options) *Server {
	s := &Server{
		registry:    registry,
		engine:      eng,
		options:     options.withDefaults(),
		formats:     formatTable(),
		codings:     codingTable(fastCoding),
		pageCodings: codingTable(pageCoding),
		cors:        newCORS(options.CORS, options.Auth != nil),
		hsts:        transportSecurity(options.HSTS),
		vary:        []string{"Accept, Accept-Encoding, Prefer"},
		started:     time.Now(),
	}
	if s.cors != nil && !s.cors.any {
		s.vary[0] += ", Origin"
	}
	if s.options.trustsProxies() {
		s.vary[0] += ", " + forwardedPrefix
	}
	if options.Auth != nil {
		s.vary[0] += ", " + callerHeaders
		s.counter = limits.NewCounter()
	}
	s.connections = newConnections(s.options.MaxConnections, s.options.Logger)
	s.inFlight, s.streams = newRoom(s.options.MaxInFlight), newRoom(s.options.MaxInFlight)
	s.reads = overload.NewReadQueue(runtime.GOMAXPROCS(0))
	s.gate = overload.New(runtime.GOMAXPROCS(0), options.MaxRunning)
	s.prepared = newPreparedCache(options.Auth != nil)
	s.pages = page.New(eng)
	s.mcp, s.mcpHandler = s.newMCP()
	s.router, s.admin = s.routes(), s.adminRoutes()
	if s.options.Metrics != nil {
		s.options.Metrics.Serve(eng, registry, metrics.HTTP{InFlight: s.inFlight.Load, Waiting: s.waiting, AuthError: s.options.Auth.Faulty})
	}
	return s
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{ResponseWriter: w, server: s, request: r, started: time.Now()}
	x.identify()
	x.admit()
	x.route()
	if x.denied != nil && !isOpen(x.match.Handler) {
		x.match.Handler = endpoint{serve: s.deny}
	}
	defer x.finish()
	w.Header()["X-Content-Type-Options"] = noSniff
	if s.hsts != nil && r.TLS != nil {
		w.Header()["Strict-Transport-Security"] = s.hsts
	}
	if s.cors != nil {
		s.cors.allow(w.Header(), r)
	}
	if s.options.trustsProxies() {
		w.Header().Add("Vary", forwardedPrefix)
	}
	if s.options.Auth != nil {
		w.Header().Add("Vary", callerHeaders)
	}
	if s.leaving.Load() {
		w.Header()["Connection"] = closeConnection // the next request finds another server
	}
	if o, ok := x.match.Handler.(operation); ok {
		w.Header()["Accept-Query"] = acceptQuery
		x.record.dataset, x.record.operation = o.dataset.Name, o.op.Path
	}
	x.trace()
	if e, ok := x.match.Handler.(endpoint); !ok || !e.always {
		share, err := s.inFlight.enter(s, r)
		if err != nil {
			x.fail(err)
			return
		}
		defer s.inFlight.leave(share)
		leave, err := x.meter()
		if err != nil {
			x.fail(err)
			return
		}
		defer leave()
		defer x.leave()
	}
	x.match.Handler.ServeHTTP(x, r)
}

// finish ends an exchange: a panic becomes a 500 or, where bytes are out, a
// cut connection, and the exchange is reported.
func (x *exchange) finish() {
	reason := recover()
	if reason != nil && reason != http.ErrAbortHandler { //nolint:errorlint // the very value that net/http compares
		x.stack = debug.Stack()
		reason = x.panicked(reason)
	}
	x.report()
	if reason != nil {
		panic(reason)
	}
}

// panicked answers for a panic; it returns what is to be panicked with anew.
func (x *exchange) panicked(reason any) (again any) {
	defer func() { again = recover() }()
	x.fail(panicError{reason})
	return nil
}
