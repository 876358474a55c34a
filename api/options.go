package api

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"herbarium/api/auth"
	"herbarium/api/metrics"
	"herbarium/api/status"
	"herbarium/api/tracing"
)

// Options configure a Server. Zero values stand for the defaults given here.
type Options struct {
	// MaxBody is the maximum size of a request's body in bytes; 0: 1 MiB.
	MaxBody int64
	// MaxInFlight is how many requests are answered at once; further ones get
	// 503. /healthz and /readyz do not count. 0: 10,000.
	MaxInFlight int
	// MaxRunning is how many requests are worked on at once, each up to the first 32 KiB
	// of its answer. Others wait for a while, and then get 503. 0: as many as keep the
	// processors busy.
	MaxRunning int
	// MaxConnections is how many connections there are at once. One more replaces the
	// one that has been idle longest, or waits if none is idle. 0: there is no bound.
	MaxConnections int
	// CORS says which origins' pages may read answers; none by default.
	CORS CORS
	// BasePath is the prefix of all paths, such as /api/v1; "" is the root.
	BasePath string
	// TrustedProxies are the networks of proxies whose X-Forwarded-For,
	// X-Forwarded-Prefix, X-Forwarded-Proto and Forwarded are believed; none by
	// default.
	TrustedProxies []netip.Prefix
	// TrustUnixSocket believes that of whoever connects to a Unix socket.
	TrustUnixSocket bool
	// Ready returns nil, or why the server is not ready yet, in words that
	// clients may see. /readyz checks the store in addition. nil: always ready.
	Ready func(ctx context.Context) error
	// Detail returns what /readyz adds although the server is ready, in words that
	// clients may see, or "". nil: nothing.
	Detail func() string
	// Auth says who may ask and what they see. nil: everybody may ask, and sees
	// everything.
	Auth *auth.Guard
	// Version is the version of the program, for clients that ask for it.
	Version string
	// Logger gets a line for each request: at debug level if it succeeded, at
	// info if the client was at fault, at warn or error if the server was. nil: no
	// logs.
	Logger *slog.Logger
	// LogSample is the share of requests that succeeded, from 0 to 1, whose line is
	// at info level.
	LogSample float64
	// SlowQuery is how long a query may take, without what the client takes to accept
	// the answer, before it is logged with its plan at warn level; 0: any time.
	SlowQuery time.Duration

	// Metrics counts requests, and is served at /metrics; nil: there are none. The
	// engine's runs are counted where its Options.Observe is Metrics.Ran.
	Metrics *metrics.Metrics
	// Tracing makes spans of requests; nil: there are none.
	Tracing *tracing.Tracing
	// Slowest are the slowest plans, which /status shows; nil: none.
	Slowest *status.Slowest
	// Admin says that ServeAdmin listens elsewhere, so that /metrics, /status and the
	// detail of /readyz are there and only there.
	Admin bool

	// HeaderTimeout limits reading a request's header; 0: 10 s.
	HeaderTimeout time.Duration
	// ReadTimeout limits reading a request with its body; 0: 30 s.
	ReadTimeout time.Duration
	// ChunkTimeout is how long the client may take to accept the next piece
	// of an answer, at most 256 KiB; 0: 30 s. The whole answer has no limit.
	ChunkTimeout time.Duration
	// IdleTimeout is how long a connection may wait for its next request; 0:
	// 2 minutes.
	IdleTimeout time.Duration
	// DrainDelay is how long Serve goes on after it was told to stop: /readyz
	// answers 503, and all else is answered as before, so that load balancers
	// find out before the listener closes. 0: it drains immediately.
	DrainDelay time.Duration
	// DrainTimeout is how long requests in flight may take after Serve was told
	// to stop; 0: 15 s.
	DrainTimeout time.Duration
	// TLS is the configuration of TLS, such as that of certificate.Follower, with
	// the protocols h2 and http/1.1; nil: none.
	TLS *tls.Config
	// HSTS is how long browsers are told to use this host by TLS alone, with
	// answers over TLS; 0: they are not told.
	HSTS time.Duration
	// H2C also takes HTTP/2 without TLS, with prior knowledge, as proxies use it.
	H2C bool
	// MaxHeaderBytes is the maximum size of a request's header; 0: 64 KiB.
	MaxHeaderBytes int
}

// withDefaults replaces zero values by the defaults.
func (o Options) withDefaults() Options {
	orElse(&o.MaxBody, 1<<20)
	orElse(&o.MaxInFlight, 10000)
	orElse(&o.HeaderTimeout, 10*time.Second)
	orElse(&o.ReadTimeout, 30*time.Second)
	orElse(&o.ChunkTimeout, 30*time.Second)
	orElse(&o.IdleTimeout, 2*time.Minute)
	orElse(&o.DrainTimeout, 15*time.Second)
	orElse(&o.MaxHeaderBytes, 64<<10)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.BasePath = strings.Trim(o.BasePath, "/"); o.BasePath != "" {
		o.BasePath = "/" + o.BasePath
	}
	return o
}

// trustsProxies reports whether X-Forwarded-Prefix of any client is believed.
func (o Options) trustsProxies() bool { return len(o.TrustedProxies) > 0 || o.TrustUnixSocket }

func orElse[T int | int64 | time.Duration](value *T, otherwise T) {
	if *value == 0 {
		*value = otherwise
	}
}
