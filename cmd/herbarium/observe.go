package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/go-logr/logr"
	"github.com/spf13/pflag"
	"go.opentelemetry.io/otel"

	"herbarium/api"
	"herbarium/api/metrics"
	"herbarium/api/status"
	"herbarium/api/tracing"
	"herbarium/engine"
	"herbarium/engine/mongodb"
)

// observeFlags say what one sees of a server, and where.
type observeFlags struct {
	admin  string
	slow   time.Duration
	sample float64
}

func (f *observeFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.admin, "admin-addr", "", "`HOST:PORT` or unix:PATH on which /metrics, /status, the detail of /readyz and /debug/pprof are, and only there; without it, the first three are beside the datasets")
	flags.DurationVar(&f.slow, "slow-query", time.Second, "how long a query may take before it is logged with its plan and its values; 0: any time")
	flags.Float64Var(&f.sample, "log-sample", 0, "share of the requests that succeed, from 0 to 1, that are logged at level info; all are at level debug, and all that fail are logged")
}

func (f *observeFlags) validate(addr string) error {
	if !(f.sample >= 0 && f.sample <= 1) { // it may be NaN
		return usage("--log-sample takes a share from 0 to 1, not %v", f.sample)
	}
	if f.slow < 0 {
		return usage("--slow-query must not be negative")
	}
	if f.admin == "" {
		return nil
	}
	if f.admin == addr {
		return usage("--admin-addr and --addr are both %s; give the admin address a port of its own", addr)
	}
	if err := checkAddr(f.admin); err != nil {
		return usage("--admin-addr takes HOST:PORT, such as 127.0.0.1:9000, or unix:PATH, not %q", f.admin)
	}
	return nil
}

// observer is what sees a server at work.
type observer struct {
	flags   *observeFlags
	logger  *slog.Logger
	metrics *metrics.Metrics
	slowest *status.Slowest
	tracing *tracing.Tracing // nil: off
	// listener is that of the admin address; nil if there is none.
	listener net.Listener
}

// observer returns what will see a server at work, once it is open.
func (f *observeFlags) observer() *observer {
	build := buildInfo()
	return &observer{flags: f, slowest: &status.Slowest{},
		metrics: metrics.New(metrics.Build{Version: moduleVersion(build), Revision: revision(build)})}
}

// open begins to make traces, if the variables ask for them, and listens on the admin
// address. The caller closes the observer.
func (o *observer) open(ctx context.Context, p *program, logger *slog.Logger) error {
	o.logger = logger
	if tracing.Wanted(p.lookup) {
		otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
			logger.Warn("traces are not sent", "error", err.Error())
		}))
		otel.SetLogger(logr.FromSlogHandler(logger.Handler())) // else it writes lines of its own
		var err error
		if o.tracing, err = tracing.New(ctx, moduleVersion(buildInfo())); err != nil {
			return &usageError{err}
		}
	}
	if o.flags.admin == "" {
		return nil
	}
	listener, err := listenAt(ctx, o.flags.admin)
	if err != nil {
		return fmt.Errorf("--admin-addr: %w", err)
	}
	if tcp, ok := listener.Addr().(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
		logger.Warn("the admin address can be reached from other machines; it asks nobody who they are", "addr", listener.Addr().String())
	}
	o.listener = listener
	logger.Info("the admin address listens", "url", urlOf("http", listener, ""))
	return nil
}

// engine adds to the engine's options who sees its runs.
func (o *observer) engine(options engine.Options) engine.Options {
	options.Observe = func(r engine.Run) {
		o.metrics.Ran(r)
		o.slowest.Ran(r)
	}
	if o.tracing != nil {
		options.Tracer = o.tracing
	}
	return options
}

// api adds to the server's options who sees its requests.
func (o *observer) api(options api.Options) api.Options {
	options.Metrics, options.Tracing, options.Slowest = o.metrics, o.tracing, o.slowest
	options.Admin, options.LogSample, options.SlowQuery = o.listener != nil, o.flags.sample, o.flags.slow
	return options
}

// serve serves the admin address until the function that it returns is called, which
// waits for the end.
func (o *observer) serve(ctx context.Context, server *api.Server) (stop func()) {
	if o.listener == nil {
		return func() {}
	}
	// It outlives ctx: while the server drains, there is something to see.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.ServeAdmin(ctx, o.listener); err != nil {
			o.logger.Error("the admin address is not served any more", "error", err.Error())
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}

// close sends the spans that are left.
func (o *observer) close(ctx context.Context) {
	if o.listener != nil {
		_ = o.listener.Close() // where serve was not reached
	}
	if o.tracing == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	if err := o.tracing.Shutdown(ctx); err != nil {
		o.logger.Warn("the last traces were not sent", "error", err.Error())
	}
}

// mongodb returns what is told of MongoDB's commands and connections.
func (o *observer) mongodb() mongodb.Observer {
	return driverObserver{o.metrics.WithMongoDB(), o}
}

// driverObserver tells metrics and traces what MongoDB's driver does.
type driverObserver struct {
	*metrics.MongoDB
	observer *observer
}

func (d driverObserver) CommandStarted(ctx context.Context, key, command, database, collection, server string) {
	if t := d.observer.tracing; t != nil {
		t.CommandStarted(ctx, key, command, database, collection, server)
	}
}

func (d driverObserver) CommandEnded(key, command string, took time.Duration, err error) {
	d.MongoDB.CommandEnded(command, took, err)
	if t := d.observer.tracing; t != nil {
		t.CommandEnded(key, err)
	}
}
