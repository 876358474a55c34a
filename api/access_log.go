package api

import (
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"herbarium/api/auth"
	"herbarium/api/certificate"
	"herbarium/api/problem"
	"herbarium/api/tracing"
)

// statusGone is logged for a client that closed the connection, as by nginx.
const statusGone = 499

// The codes that the log has for answers that were cut.
const (
	codeGone = "client_gone" // the client closed the connection
	codeSlow = "slow_reader" // the client did not take the answer in time
)

// outcome returns the status of the exchange as logs and metrics have it, and the code
// of what went wrong; "" if nothing did.
func (x *exchange) outcome() (status int, code string) {
	status, code = x.status, x.code
	switch {
	case !x.cut:
	case x.slow:
		code = codeSlow
	case x.clientGone():
		status, code = statusGone, codeGone
	default:
		code = problem.Of(x.failed).Code
	}
	switch {
	case status != 0:
	case x.cut:
		status = http.StatusInternalServerError
	default:
		status = http.StatusOK // as net/http sends it
	}
	return status, code
}

// log writes the exchange's line. Successes are logged at debug level, since on a
// busy server they cost more than they are worth, and a share of them at info.
// Nothing is formatted unless the level is enabled.
func (x *exchange) log(status int, code string, took time.Duration) {
	ctx := x.request.Context()
	logger, level := x.server.options.Logger, x.level(status)
	if sample := x.server.options.LogSample; level == slog.LevelDebug && sample > 0 && rand.Float64() < sample {
		level = slog.LevelInfo
	}
	if logger.Enabled(ctx, level) {
		logger.LogAttrs(ctx, level, "request", x.attributes(status, code, took)...)
	}
	limit := x.server.options.SlowQuery
	// Its turn, and the client that sends the body, are no reason for a query to be slow.
	if limit <= 0 || took-x.record.parse-x.record.sending < limit || x.record.query == nil || !logger.Enabled(ctx, slog.LevelWarn) {
		return
	}
	attrs := x.attributes(status, code, took)
	if p, err := x.record.query.Plan(); err == nil {
		attrs = append(attrs, slog.String("query", auth.Redact(p.String())))
	}
	logger.LogAttrs(ctx, slog.LevelWarn, "slow query", attrs...)
}

// attributes are what a line says of the exchange. The URL's parameters are not among
// them: they may hold what is nobody's business, or a credential that was put there. Nor
// is a credential that was put elsewhere.
func (x *exchange) attributes(status int, code string, took time.Duration) []slog.Attr {
	attrs := []slog.Attr{
		slog.String("method", auth.Redact(x.request.Method)),
		slog.String("path", x.request.URL.Path),
		slog.Int("status", status),
		slog.Int64("bytes", x.sent),
		slog.String("took", took.String()),
		slog.String("remote", x.request.RemoteAddr),
		slog.String("id", x.id),
	}
	if client := x.server.clientAddr(x.request); client.IsValid() && client != addrOf(x.request.RemoteAddr) {
		attrs = append(attrs, slog.String("client", client.String()))
	}
	if name := certificate.ClientName(x.request.TLS); name != "" {
		attrs = append(attrs, slog.String("certificate", name))
	}
	text := func(key, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(key, value))
		}
	}
	if x.caller != nil {
		text("caller", x.caller.String())
		if x.caller.Kind == auth.ByKey {
			text("key", x.caller.Name)
		}
	}
	attrs = x.record.append(attrs)
	text("trace_id", tracing.TraceID(x.request))
	text("code", code)
	if x.cut {
		attrs = append(attrs, slog.Bool("cut", true))
	}
	if x.failed != nil {
		attrs = append(attrs, slog.String("error", auth.Redact(x.failed.Error())))
	}
	if x.stack != nil {
		attrs = append(attrs, slog.String("stack", string(x.stack)))
	}
	return attrs
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
