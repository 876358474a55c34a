package api

import (
	"context"
	"log/slog"
	"strings"
	"time"
)

// Options are a Server's limits and looks. Zero values stand for the defaults
// named here.
type Options struct {
	// MaxBody is the most bytes of a request's body; 0: 1 MiB.
	MaxBody int64
	// MaxInFlight is how many requests are answered at once; more get 503.
	// /healthz and /readyz do not count. 0: 1024.
	MaxInFlight int
	// CORS lists the origins whose pages may read answers, such as
	// https://example.org; "*" is any. None by default.
	CORS []string
	// BasePath is the path below which everything lives, such as /api/v1; ""
	// is the root.
	BasePath string
	// Ready says why the server is not ready yet, in words fit for whoever
	// asks, or nil. It adds to what /readyz finds out by itself; nil: always
	// ready.
	Ready func(ctx context.Context) error
	// Logger takes a line for each request: at debug level where all went
	// well, at info where the client was at fault, at warn or error where the
	// server was. nil: no logs.
	Logger *slog.Logger

	// HeaderTimeout bounds the reading of a request's header; 0: 10 s.
	HeaderTimeout time.Duration
	// ReadTimeout bounds the reading of a request, body and all; 0: 30 s.
	ReadTimeout time.Duration
	// ChunkTimeout is how long the client may take to accept the next piece
	// of an answer, at most 256 KiB; 0: 30 s. The whole answer has no limit.
	ChunkTimeout time.Duration
	// IdleTimeout is how long a connection may wait for its next request; 0:
	// 2 minutes.
	IdleTimeout time.Duration
	// DrainTimeout is how long requests in flight may take once Serve is told
	// to stop; 0: 15 s.
	DrainTimeout time.Duration
	// MaxHeaderBytes bounds a request's header; 0: 64 KiB.
	MaxHeaderBytes int
}

// withDefaults fills in what is zero.
func (o Options) withDefaults() Options {
	orElse(&o.MaxBody, 1<<20)
	orElse(&o.MaxInFlight, 1024)
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

func orElse[T int | int64 | time.Duration](value *T, otherwise T) {
	if *value == 0 {
		*value = otherwise
	}
}
