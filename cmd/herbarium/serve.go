package main

import (
	"context"
	"fmt"
	"net"
	"os/signal"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"herbarium/api"
	"herbarium/engine"
)

// serveFlags are the flags of serve.
type serveFlags struct {
	addr        string
	folder      folderFlag
	auth        authFlag
	store       storeFlags
	mirror      mirrorFlags
	log         logFlags
	observe     observeFlags
	cache       size
	cacheDisk   size
	memory      memoryFlag
	timeout     time.Duration
	maxBody     size
	maxInFlight int
	connections int
	ownInFlight bool // the user has set it
	maxRunning  int
	cors        api.CORS
	basePath    string
	trusted     proxies
	tls         tlsFlags
	drain       time.Duration
	drainDelay  time.Duration
	write       time.Duration
	idle        time.Duration
	h2c         bool
}

func (p *program) serve() *cobra.Command {
	f := serveFlags{cache: 64 << 20, cacheDisk: 1 << 30, maxBody: 1 << 20}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the datasets over HTTP",
		Long:  help("serve"),
		Args:  arguments(cobra.NoArgs),
	}
	flags := cmd.Flags()
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		f.ownInFlight = flags.Changed("max-in-flight")
		return f.run(cmd.Context(), p)
	}
	flags.StringVar(&f.addr, "addr", "127.0.0.1:8000", "`HOST:PORT` to listen on, where port 0 takes a free one, or unix:PATH")
	f.folder.add(flags)
	f.auth.add(flags, "without it, everybody may ask for everything")
	f.store.add(flags)
	f.store.addGroups(flags)
	f.store.keep = defaultKeep
	flags.Var((*keepFlag)(&f.store.keep), "keep", "how long mem: keeps a replaced version readable, for clients that are paging through it")
	f.mirror.add(flags)
	flags.Var(&f.cache, "cache", "memory for the cache of answers; 0 turns the cache off")
	flags.Var(&f.cacheDisk, "cache-disk", "space in temp files for large answers that clients read by ranges, a quarter of it for one; 0: none")
	f.memory.add(flags)
	flags.DurationVar(&f.timeout, "timeout", 30*time.Second, "how long a query may take up to its first rows, then up to each next piece; 0: no limit")
	flags.Var(&f.maxBody, "max-body", "largest body of a request")
	flags.IntVar(&f.maxInFlight, "max-in-flight", 10000, "number of requests that the server has at once, with those that wait; further ones get 503 with Retry-After")
	flags.IntVar(&f.connections, "max-connections", 0, "number of connections at once; one more replaces the one that is idle longest, or waits; 0: 20000, or fewer where the process may not open so many files")
	flags.IntVar(&f.maxRunning, "max-running", 0, "number of requests that are worked on at once; others wait; 0: as many as keep the processors busy")
	flags.StringSliceVar(&f.cors.Origins, "cors", nil, "`ORIGIN` whose pages may read answers, such as https://example.org or https://*.example.org, or *; may be given several times")
	flags.StringSliceVar(&f.cors.Headers, "cors-headers", nil, "request `HEADER` that such pages may send beside those that the server reads; may be given several times")
	flags.BoolVar(&f.cors.Credentials, "cors-credentials", false, "let such pages send cookies and the like, for a proxy in front")
	flags.DurationVar(&f.cors.MaxAge, "cors-max-age", 24*time.Hour, "how long browsers may remember what such pages may do")
	flags.BoolVar(&f.cors.PrivateNetwork, "cors-private-network", false, "let such pages of public sites ask this server in a private network")
	flags.StringVar(&f.basePath, "base-path", "", "`PATH` below which clients see the server, such as /api/v1; a proxy may take it off or leave it")
	flags.Var(&f.trusted, "trusted-proxies", "`NETWORK` or address of proxies whose X-Forwarded-For, -Prefix and -Proto and Forwarded are believed, such as 10.0.0.0/8, or unix for a Unix socket; may be given several times")
	f.tls.add(flags)
	flags.DurationVar(&f.drain, "drain-timeout", 15*time.Second, "how long requests in flight may take after the server was told to stop")
	flags.DurationVar(&f.drainDelay, "drain-delay", 0, "how long to go on answering, with /readyz at 503, after the server was told to stop and before it drains; 5s behind a load balancer")
	flags.DurationVar(&f.write, "write-timeout", 30*time.Second, "how long a client may take to accept the next piece of an answer, at most 256 KiB")
	flags.DurationVar(&f.idle, "idle-timeout", 2*time.Minute, "how long a connection may wait for its next request; longer than the proxy in front keeps it, such as 620s on Google Cloud")
	flags.BoolVar(&f.h2c, "h2c", false, "also take HTTP/2 without TLS, from a proxy that speaks it (with prior knowledge)")
	f.log.add(flags)
	f.observe.add(flags)
	return cmd
}

func (f *serveFlags) run(ctx context.Context, p *program) error {
	if err := f.validate(); err != nil {
		return err
	}
	if f.store.budget = f.memory.budget(); f.store.budget != nil && !f.ownInFlight {
		f.maxInFlight = min(f.maxInFlight, inFlightWithin(f.store.budget.Limit()))
	}
	// A log that nobody takes any more is no reason to end.
	signal.Ignore(syscall.SIGPIPE)
	f.log.queued = true
	defer f.log.close()
	seen := f.observe.observer()
	f.store.observer = seen.mongodb
	follow, store, err := p.openData(&f.folder, &f.store, &f.log)
	if err != nil {
		return err
	}
	logger := follow.logger
	if err := f.mirror.validate(&f.store, &f.memory); err != nil {
		closeStore(ctx, store, logger)
		return err
	}
	mirrored, err := f.mirror.open(store, &f.store, logger)
	if err != nil {
		closeStore(ctx, store, logger)
		return err
	}
	defer closeStore(ctx, mirrored, logger)
	if err := f.tls.open(logger); err != nil {
		return err
	}
	defer seen.close(ctx)
	if err := seen.open(ctx, p, logger); err != nil {
		return err
	}
	listener, err := listenOn(ctx, f.addr)
	if err != nil {
		return err
	}
	return f.listen(ctx, listener, follow, mirrored, seen)
}

// listen answers requests until ctx ends, and then finishes those in flight.
func (f *serveFlags) listen(ctx context.Context, listener net.Listener, follow *reloader, store *mirrored, seen *observer) error {
	logger := follow.logger
	held := ballast()
	defer runtime.KeepAlive(held)
	b := newBackend(ctx, follow, store.Store, seen.engine(engine.Options{CacheBytes: int64(f.cache), DiskBytes: int64(f.cacheDisk), Timeout: f.timeout, Memory: f.store.budget}), logger)
	defer b.close()
	defer f.tls.follow(ctx)()
	logger.Info("listening", "url", f.urlOf(listener), "store", store.Describe(),
		"datasets", strings.Join(follow.known.Names(), ","), "urls", f.urls(listener, follow.known.Names()))
	f.memory.follow(b, logger)
	b.mirror(store)
	store.onChanged(func() { f.memory.changed(b, logger) })
	b.start()
	f.auth.warnOpen(listener, logger)
	guard := f.auth.guard(b.registry.Current(), logger)
	if guard != nil {
		defer guard.Close()
	}
	server := api.New(b.registry, b.engine, seen.api(api.Options{MaxBody: int64(f.maxBody), MaxInFlight: f.maxInFlight, MaxRunning: f.maxRunning, MaxConnections: f.connections, CORS: f.cors, BasePath: f.basePath,
		TrustedProxies: f.trusted.networks, TrustUnixSocket: f.trusted.unix,
		DrainTimeout: f.drain, DrainDelay: f.drainDelay, ChunkTimeout: f.write, IdleTimeout: f.idle, H2C: f.h2c,
		TLS: f.tls.config(), HSTS: f.tls.hsts,
		Auth: guard, Ready: b.ready, Detail: follow.detail, Version: moduleVersion(buildInfo()), Logger: logger}))
	defer seen.serve(ctx, server)()
	told, stop := context.WithCancel(ctx)
	wait := notifySystemd(told, logger)
	err := server.Serve(ctx, listener)
	stop()
	wait()
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	logger.Info("stopped")
	return nil
}

// urlOf returns where the server is asked.
func (f *serveFlags) urlOf(listener net.Listener) string {
	scheme := "http"
	if f.tls.on() {
		scheme = "https"
	}
	return urlOf(scheme, listener, f.basePath)
}

// maxURLs is how many datasets' URLs the start line has.
const maxURLs = 10

// urls names where to go: the interactive page, and the first datasets.
func (f *serveFlags) urls(listener net.Listener, names []string) string {
	base := f.urlOf(listener)
	if strings.HasPrefix(base, unixPrefix) {
		base = f.basePath
	}
	all := []string{base + "/docs"}
	for _, name := range names[:min(len(names), maxURLs)] {
		all = append(all, base+"/"+name+"/range")
	}
	return strings.Join(all, " ")
}

// basePath has no segment of dots alone, which clients would resolve.
var basePath = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$`)

func (f *serveFlags) validate() error {
	if f.basePath = strings.TrimRight(f.basePath, "/"); !basePath.MatchString(f.basePath) {
		return usage("--base-path takes a path such as /api/v1, with letters, digits, - . _ and ~ in its segments, not %q", f.basePath)
	}
	if err := f.cors.Validate(); err != nil {
		return usage("--cors: %v", err)
	}
	if len(f.cors.Origins) == 0 && (f.cors.Credentials || f.cors.PrivateNetwork || len(f.cors.Headers) > 0) {
		return usage("--cors-credentials, --cors-headers and --cors-private-network are about the pages of --cors; name their origins with it")
	}
	if f.cors.MaxAge < time.Second {
		return usage("--cors-max-age must be at least 1s")
	}
	if err := checkAddr(f.addr); err != nil {
		return err
	}
	if err := f.observe.validate(f.addr); err != nil {
		return err
	}
	if err := f.memory.validate(); err != nil {
		return err
	}
	if err := f.tls.validate(f.h2c); err != nil {
		return err
	}
	if f.drainDelay < 0 {
		return usage("--drain-delay must not be negative")
	}
	if f.write <= 0 || f.idle <= 0 {
		return usage("--write-timeout and --idle-timeout must be above 0")
	}
	switch {
	case f.maxInFlight < 1:
		return usage("--max-in-flight must be above 0, not %d", f.maxInFlight)
	case f.maxBody < 1:
		return usage("--max-body must be above 0")
	case f.drain <= 0:
		return usage("--drain-timeout must be above 0, not %v", f.drain)
	case f.timeout < 0:
		return usage("--timeout must not be negative, as %v is", f.timeout)
	case f.maxRunning < 0:
		return usage("--max-running must not be negative, as %d is", f.maxRunning)
	}
	var err error
	f.connections, err = connectionsWithin(f.connections, openFiles())
	return err
}
