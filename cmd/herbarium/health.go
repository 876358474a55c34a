package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// healthFlags are the flags of health.
type healthFlags struct {
	addr     string
	basePath string
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
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return f.ask(cmd.Context(), p, http.DefaultClient, args[0])
			}
			url, err := f.url()
			if err != nil {
				return err
			}
			return f.ask(cmd.Context(), p, f.client(), url)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.addr, "addr", "127.0.0.1:8000", "`HOST:PORT` or unix:PATH that the server listens on, as given to serve")
	flags.StringVar(&f.basePath, "base-path", "", "`PATH` below which the server is, as given to serve")
	flags.BoolVar(&f.ready, "ready", false, "ask whether it can answer queries (/readyz) instead of whether it is alive (/healthz)")
	flags.DurationVar(&f.timeout, "health-timeout", 3*time.Second, "how long to wait for the answer")
	return cmd
}

// url returns the URL of the server's health check. A server that listens on all
// addresses is asked on the loopback address.
func (f *healthFlags) url() (string, error) {
	path := "/healthz"
	if f.ready {
		path = "/readyz"
	}
	path = strings.TrimRight(f.basePath, "/") + path
	if _, ok := unixPath(f.addr); ok {
		return "http://localhost" + path, checkAddr(f.addr)
	}
	host, port, err := splitAddr(f.addr)
	if err != nil {
		return "", err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port) + path, nil
}

// client returns a client of the server that --addr names.
func (f *healthFlags) client() *http.Client {
	path, ok := unixPath(f.addr)
	if !ok {
		return http.DefaultClient
	}
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}}
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
