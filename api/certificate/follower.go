package certificate

import (
	"context"
	"crypto/tls"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"herbarium/api/internal/filewatch"
)

// A Follower reads the files anew when they change, and compares their bytes. What is wrong
// leaves the last good configuration in use.

// When the files are read: settleTime after a change, for the other files that
// change with it, and every pollInterval.
const (
	settleTime   = 100 * time.Millisecond
	pollInterval = 5 * time.Second
)

// Follower holds the configuration that the files last made.
type Follower struct {
	files   Files
	logger  *slog.Logger
	poll    time.Duration
	last    contents // those of the last attempt
	fault   string   // of the last attempt; "" if it was good
	current atomic.Pointer[tls.Config]
}

// Open reads the files. Its error says what is wrong with them. A certificate that
// expired is used, and the logger is told.
func Open(files Files, logger *slog.Logger) (*Follower, error) {
	f := &Follower{files: files, logger: logger, poll: pollInterval}
	all, err := files.read()
	if err != nil {
		return nil, err
	}
	config, err := files.config(all)
	if err != nil {
		return nil, err
	}
	if err := expired(config, time.Now()); err != nil {
		logger.Warn("clients will refuse the certificate", "file", files.Certificate, "reason", err.Error())
	}
	f.last = all
	f.current.Store(config)
	return f, nil
}

// Config returns a configuration of servers. Each new connection uses what the files
// last contained. A session that is resumed is checked against the present
// authorities of clients, as crypto/tls does.
func (f *Follower) Config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: protocols,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return f.current.Load(), nil }}
}

// Follow reads the files anew when they change, until ctx ends. It must be called
// once.
func (f *Follower) Follow(ctx context.Context) {
	files := &filewatch.Files{
		Names: func() []string { return []string{f.files.Certificate, f.files.Key, f.files.ClientCA} },
		Read:  f.check, Settle: settleTime, Poll: f.poll,
		Lost: func(err error) {
			f.logger.Warn("changes of the certificate's files may be seen late", "error", err.Error())
		},
	}
	files.Follow(ctx)
}

// check reads the files, and uses them if they changed and are good.
func (f *Follower) check() {
	all, err := f.files.read()
	if err == nil && slices.EqualFunc(all[:], f.last[:], slices.Equal[[]byte]) {
		return
	}
	f.last = all
	var config *tls.Config
	if err == nil {
		config, err = f.files.config(all)
	}
	if err == nil {
		err = f.worse(config)
	}
	if err != nil {
		if f.fault != err.Error() {
			f.fault = err.Error()
			f.logger.Error("the certificate is not reloaded; the last good one stays", "file", f.files.Certificate, "reason", f.fault)
		}
		return
	}
	f.fault = ""
	f.current.Store(config)
	leaf := config.Certificates[0].Leaf
	f.logger.Info("certificate reloaded", "file", f.files.Certificate, "names", names(leaf), "expires", leaf.NotAfter.UTC().Format(time.RFC3339))
}

// worse returns an error if the certificate expired and the current one did not.
func (f *Follower) worse(config *tls.Config) error {
	now := time.Now()
	if expired(f.current.Load(), now) == nil {
		return expired(config, now)
	}
	return nil
}
