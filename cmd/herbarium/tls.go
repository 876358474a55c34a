package main

import (
	"context"
	"crypto/tls"
	"log/slog"
	"time"

	"github.com/spf13/pflag"

	"herbarium/api/certificate"
)

// tlsFlags are the flags of serve for TLS.
type tlsFlags struct {
	files certificate.Files
	hsts  time.Duration

	follower *certificate.Follower // once open was called; nil without TLS
}

func (t *tlsFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&t.files.Certificate, "tls-cert", "", "`FILE` in PEM of the certificate, then the intermediate ones, to serve HTTPS; followed while serving")
	flags.StringVar(&t.files.Key, "tls-key", "", "`FILE` in PEM of the certificate's private key; followed while serving")
	flags.StringVar(&t.files.ClientCA, "tls-client-ca", "", "`FILE` in PEM of authorities, one of which must have signed the certificate of each client; followed while serving")
	flags.DurationVar(&t.hsts, "hsts", 0, "how long browsers may use this host by HTTPS alone, on all of its ports (Strict-Transport-Security), such as 8760h; 0: they are not told")
}

// on reports whether there is TLS.
func (t *tlsFlags) on() bool { return t.files.Certificate != "" }

func (t *tlsFlags) validate(h2c bool) error {
	switch {
	case t.on() != (t.files.Key != ""):
		return usage("--tls-cert and --tls-key belong together; give both")
	case !t.on() && t.files.ClientCA != "":
		return usage("--tls-client-ca needs --tls-cert and --tls-key")
	case !t.on() && t.hsts != 0:
		return usage("--hsts needs --tls-cert and --tls-key; where a proxy has the certificate, the proxy sends Strict-Transport-Security")
	case t.hsts < 0 || t.hsts > 0 && t.hsts < time.Second:
		return usage("--hsts must be at least 1s, or 0")
	case t.on() && h2c:
		return usage("--h2c is HTTP/2 without TLS; with --tls-cert, clients choose HTTP/2 themselves")
	}
	return nil
}

// open reads the files.
func (t *tlsFlags) open(logger *slog.Logger) (err error) {
	if !t.on() {
		return nil
	}
	if t.follower, err = certificate.Open(t.files, logger); err != nil {
		return usage("--tls-cert: %w", err)
	}
	return nil
}

// config returns what open read, which follow keeps in step with the files; nil
// without TLS.
func (t *tlsFlags) config() *tls.Config {
	if t.follower == nil {
		return nil
	}
	return t.follower.Config()
}

// follow follows the files, until the function that it returns is called.
func (t *tlsFlags) follow(ctx context.Context) (stop func()) {
	if t.follower == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		t.follower.Follow(ctx)
	}()
	return func() {
		cancel()
		<-ended
	}
}
