package main

import (
	"io"
	"log/slog"
	"os"

	"github.com/spf13/pflag"
)

// logFlags are the format and the level of logs.
type logFlags struct {
	format, level string
	queued        bool      // nobody who logs waits for whoever takes the lines
	queue         *logQueue // the logger's, if it is queued
}

func (l *logFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&l.format, "log-format", "auto", "`FORMAT` of the log: text, which is logfmt, or json; auto is text on a terminal, else json")
	flags.StringVar(&l.level, "log-level", "info", "lowest `LEVEL` that is logged: debug, info, warn or error")
}

// logger returns a logger that writes to w. The caller closes the flags.
func (l *logFlags) logger(w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.level)); err != nil {
		return nil, usage("there is no log level %q; there are debug, info, warn and error", l.level)
	}
	options := &slog.HandlerOptions{Level: level}
	text := l.format == "text" || l.format == "logfmt"
	switch l.format {
	case "auto":
		text = terminal(w)
	case "text", "logfmt", "json":
	default:
		return nil, usage("there is no log format %q; there are auto, text, logfmt and json", l.format)
	}
	made := func(w io.Writer) *slog.Logger {
		if text {
			return slog.New(slog.NewTextHandler(w, options))
		}
		return slog.New(slog.NewJSONHandler(w, options))
	}
	if !l.queued {
		return made(w), nil
	}
	var logger *slog.Logger // no line is lost before it is there
	l.queue = newLogQueue(w, func(lost int) {
		logger.Warn("lines of the log were lost, since nobody took them", "lines", lost)
	})
	logger = made(l.queue)
	return logger, nil
}

// close passes on the last lines.
func (l *logFlags) close() {
	if l.queue != nil {
		l.queue.close()
	}
}

// terminal reports whether w is a terminal.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
