package main

import (
	"context"
	"errors"
	"io"
	"syscall"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/cobra"

	"herbarium/api"
	"herbarium/engine"
)

// mcpFlags are the flags of mcp.
type mcpFlags struct {
	dataFlags
	log     logFlags
	cache   size
	timeout time.Duration
}

func (p *program) mcp() *cobra.Command {
	f := mcpFlags{cache: 64 << 20}
	cmd := &cobra.Command{
		Use:   "mcp",
		Short: "Serve the datasets to an assistant on standard input and output",
		Long:  help("mcp"),
		Args:  arguments(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return f.run(cmd.Context(), p) },
	}
	flags := cmd.Flags()
	f.add(flags)
	f.store.addGroups(flags)
	flags.Var(&f.cache, "cache", "memory for the cache of answers; 0 turns the cache off")
	flags.DurationVar(&f.timeout, "timeout", 30*time.Second, "how long a query may take up to its first rows, then up to each next piece; 0: no limit")
	f.log.add(flags)
	return cmd
}

// fillTime is how long mcp waits for rows in memory before it answers. Clients give
// up on a server that is silent for longer.
const fillTime = 10 * time.Second

func (f *mcpFlags) run(ctx context.Context, p *program) error {
	if f.timeout < 0 {
		return usage("--timeout must not be negative, as %v is", f.timeout)
	}
	follow, store, err := p.openData(&f.folder, &f.store, &f.log)
	if err != nil {
		return err
	}
	logger := follow.logger
	defer closeStore(ctx, store, logger)
	b := newBackend(ctx, follow, store,
		engine.Options{CacheBytes: int64(f.cache), Timeout: f.timeout}, logger)
	defer b.close()
	b.start()
	b.await(ctx, fillTime)
	server := api.New(b.registry, b.engine, api.Options{Version: moduleVersion(buildInfo()), Logger: logger})
	err = server.RunMCP(ctx, &sdk.IOTransport{Reader: io.NopCloser(p.in), Writer: keptOpen{p.out}})
	if clientLeft(err) || ctx.Err() != nil {
		return nil // or we were told to
	}
	return err
}

// clientLeft reports whether a session ended because its client closed an end of the
// connection, the one that it reads or the one that it writes.
func clientLeft(err error) bool {
	for _, closed := range []error{io.EOF, io.ErrClosedPipe, syscall.EPIPE, sdk.ErrConnectionClosed} {
		if errors.Is(err, closed) {
			return true
		}
	}
	return false
}

// keptOpen is a writer that its user does not close.
type keptOpen struct{ io.Writer }

// Close does nothing.
func (keptOpen) Close() error { return nil }
