package api

import (
	"log/slog"
	"time"

	"herbarium/api/certificate"
	"herbarium/api/problem"
)

// statusGone is logged for a client that closed the connection, as by nginx.
const statusGone = 499

// The codes that the log has for answers that were cut.
const (
	codeGone = "client_gone" // the client closed the connection
	codeSlow = "slow_reader" // the client did not take the answer in time
)

// log writes the exchange's line. Successes are logged at debug level, since on a
// busy server they cost more than they are worth. Nothing is formatted unless the
// level is enabled.
func (x *exchange) log() {
	status := x.status
	code := x.code
	switch {
	case !x.cut:
	case x.slow:
		code = codeSlow
	case x.clientGone():
		status, code = statusGone, codeGone
	default:
		code = problem.Of(x.failed).Code
	}
	ctx := x.request.Context()
	logger, level := x.server.options.Logger, x.level(status)
	if !logger.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", x.request.Method),
		slog.String("path", x.request.URL.Path),
		slog.Int("status", status),
		slog.Int64("bytes", x.sent),
		slog.String("took", time.Since(x.started).String()),
		slog.String("remote", x.request.RemoteAddr),
		slog.String("id", x.id),
	}
	if client := x.server.clientAddr(x.request); client.IsValid() && client != addrOf(x.request.RemoteAddr) {
		attrs = append(attrs, slog.String("client", client.String()))
	}
	if name := certificate.ClientName(x.request.TLS); name != "" {
		attrs = append(attrs, slog.String("certificate", name))
	}
	if code != "" {
		attrs = append(attrs, slog.String("code", code))
	}
	if x.cut {
		attrs = append(attrs, slog.Bool("cut", true))
	}
	if x.failed != nil {
		attrs = append(attrs, slog.String("error", x.failed.Error()))
	}
	if x.stack != nil {
		attrs = append(attrs, slog.String("stack", string(x.stack)))
	}
	logger.LogAttrs(ctx, level, "request", attrs...)
}

func (x *exchange) level(status int) slog.Level {
	switch {
	case x.slow && x.cut:
		return slog.LevelInfo // the client is at fault
	case x.stack != nil || status == 500 || x.cut && status != statusGone:
		return slog.LevelError
	case status > 500:
		return slog.LevelWarn
	case status >= 400:
		return slog.LevelInfo
	default:
		return slog.LevelDebug
	}
}
