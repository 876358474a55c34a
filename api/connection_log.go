package api

import (
	"context"
	"log/slog"
	"strings"
)

// connectionLog is the handler of what net/http logs about connections. A handshake
// that fails is the client's fault, and scanners cause many of them.
type connectionLog struct{ slog.Handler }

// Handle writes the record, at a lower level for handshakes.
func (c connectionLog) Handle(ctx context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, "http: TLS handshake error ") {
		r.Level = slog.LevelInfo
	}
	if !c.Enabled(ctx, r.Level) {
		return nil
	}
	return c.Handler.Handle(ctx, r)
}
