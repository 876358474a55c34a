package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"herbarium/api/certificate"
)

// healthFlags are the flags of health.
type healthFlags struct {
	addr     string
	basePath string
	cert     string
	ca       string
	client   certificate.Files // the certificate and the key that health shows
	ready    bool
	timeout  time.Duration
}

func (p *program) health() *cobra.Command {
	var f healthFlags
	cmd := &cobra.Command{
		Use:   "health [URL]",
		Short: "Ask a running server whether it is healthy",
		Long:  help("health"),
		Args:  arguments(cobra.MaximumNArgs(1)),
		RunE:  func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), p, args) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.addr, "addr", "127.0.0.1:8000", "`HOST:PORT` or unix:PATH that the server listens on, as given to serve")
	flags.StringVar(&f.basePath, "base-path", "", "`PATH` below which the server is, as given to serve")
	flags.StringVar(&f.cert, "tls-cert", "", "`FILE` as given to serve, which says that the server is asked by HTTPS")
	flags.StringVar(&f.ca, "health-ca", "", "`FILE` in PEM of authorities, one of which must have signed the server's certificate")
	flags.StringVar(&f.client.Certificate, "health-cert", "", "`FILE` in PEM of a certificate to show to a server with --tls-client-ca")
	flags.StringVar(&f.client.Key, "health-key", "", "`FILE` in PEM of that certificate's private key")
	flags.BoolVar(&f.ready, "ready", false, "ask whether it can answer queries (/readyz) instead of whether it is alive (/healthz)")
	flags.DurationVar(&f.timeout, "health-timeout", 3*time.Second, "how long to wait for the answer")
	return cmd
}

// run asks the server of the argument, or else that of the flags.
func (f *healthFlags) run(ctx context.Context, p *program, args []string) error {
	if f.timeout <= 0 {
		return usage("--health-timeout must be above 0, not %v", f.timeout)
	}
	target, local := "", false
	if len(args) == 1 {
		target = args[0]
	} else {
		var err error
		if target, local, err = f.url(); err != nil {
			return err
		}
	}
	config, err := f.tls(local)
	if err != nil {
		return err
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, TLSClientConfig: config}
	if path, ok := unixPath(f.addr); ok && len(args) == 0 {
		transport.Proxy = nil
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		}
	}
	return f.ask(ctx, p, &http.Client{Transport: transport}, target)
}

// url returns the URL of the server's health check, and whether it is reached without
// leaving the machine. A server that listens on all addresses is asked on the loopback
// address.
func (f *healthFlags) url() (target string, local bool, err error) {
	scheme, path := "http://", "/healthz"
	if f.cert != "" {
		scheme = "https://"
	}
	if f.ready {
		path = "/readyz"
	}
	path = strings.TrimRight(f.basePath, "/") + path
	if _, ok := unixPath(f.addr); ok {
		return scheme + "localhost" + path, true, checkAddr(f.addr)
	}
	host, port, err := splitAddr(f.addr)
	if err != nil {
		return "", false, err
	}
	ip := net.ParseIP(host)
	if host == "" || ip != nil && ip.IsUnspecified() {
		host, ip = "127.0.0.1", net.IPv4(127, 0, 0, 1)
	}
	return scheme + net.JoinHostPort(host, port) + path, ip.IsLoopback(), nil
}

// tls returns how the server's certificate is verified. On the same machine nobody is
// in between, and the certificate is for the name that others use, so it is verified
// only if there are authorities to verify it with.
func (f *healthFlags) tls(local bool) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	var err error
	if f.ca != "" {
		if config.RootCAs, err = certificate.Authorities(f.ca); err != nil {
			return nil, usage("--health-ca: %w", err)
		}
	} else {
		config.InsecureSkipVerify = local //nolint:gosec // the connection does not leave the machine
	}
	if f.client.Certificate == "" && f.client.Key == "" {
		return config, nil
	}
	if f.client.Certificate == "" || f.client.Key == "" {
		return nil, usage("--health-cert and --health-key belong together; give both")
	}
	pair, err := tls.LoadX509KeyPair(f.client.Certificate, f.client.Key)
	if err != nil {
		return nil, usage("--health-cert and --health-key: %w", err)
	}
	config.Certificates = []tls.Certificate{pair}
	return config, nil
}

func (f *healthFlags) ask(ctx context.Context, p *program, client *http.Client, url string) error {
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return &usageError{err}
	}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("no answer: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	const maxBody = 4 << 10 // enough to say what is wrong
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	text := strings.TrimSpace(string(body))
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s: %s", url, response.Status, text)
	}
	_, err = fmt.Fprintln(p.out, text)
	return err
}
