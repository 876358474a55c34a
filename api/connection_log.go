package api

import (
	"bytes"
	"context"
	"log/slog"
)

// connectionLog takes the lines that net/http logs about connections. A handshake
// that fails is the client's fault, and scanners cause many of them.
type connectionLog struct{ logger *slog.Logger }

func (c connectionLog) Write(line []byte) (int, error) {
	level := slog.LevelWarn
	if bytes.HasPrefix(line, []byte("http: TLS handshake error ")) {
		level = slog.LevelInfo
	}
	c.logger.Log(context.Background(), level, string(bytes.TrimSpace(line)))
	return len(line), nil
}
