package api

import (
	"context"
	"net/http"
	"sync"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"herbarium/api/mcp"
	"herbarium/datasets"
	"herbarium/schemas"
)

// mcpPath is where assistants reach the operations.
const mcpPath = "mcp"

// newMCP returns the service of the Model Context Protocol, and its handler.
func (s *Server) newMCP() (*mcp.Service, http.Handler) {
	service := s.newMCPFor(s.registry)
	return service, service.Handler(s.options.MaxBody, s.options.trustsProxies())
}

// newMCPFor returns a service of the registry's datasets.
func (s *Server) newMCPFor(registry *datasets.Registry) *mcp.Service {
	return mcp.New(registry, s.engine, mcp.Options{Describe: s.describeForMCP, Private: s.options.Auth != nil, Version: s.options.Version, Logger: s.options.Logger})
}

// lazyMCP returns the handler of a service that offers what callers with this
// snapshot see. It is made when it is first asked for.
func (s *Server) lazyMCP(snapshot *datasets.Snapshot) func() http.Handler {
	return sync.OnceValue(func() http.Handler {
		return s.newMCPFor(datasets.NewRegistry(snapshot)).Handler(s.options.MaxBody, s.options.trustsProxies())
	})
}

// describeForMCP is the answer of /datasets/{dataset}, which has no links where
// there is no server.
func (s *Server) describeForMCP(ctx context.Context, ds *datasets.Dataset) ([]byte, error) {
	return schemas.AppendJSON(nil, s.descriptionOf(ctx, ds, nil))
}

// serveMCP answers a message of the protocol.
func (s *Server) serveMCP(x *exchange) error {
	x.Header()["Cache-Control"] = noStore
	handler := s.mcpHandler
	if s.options.Auth != nil {
		handler = s.preparedOf(x.snapshot).mcp()
	}
	if err := x.readAhead(); err != nil {
		return err
	}
	r := x.request
	if x.caller != nil && x.caller.Rule() != nil {
		// A request can have many messages, of which the first one is counted already.
		r = r.WithContext(mcp.WithMeter(r.Context(), func() (func(), error) {
			return x.enterAgain(x.caller.Rule())
		}))
	}
	handler.ServeHTTP(x, r)
	return nil
}

// RunMCP serves one client of the Model Context Protocol over the transport, such as
// that of standard input and output, until it leaves or ctx ends.
func (s *Server) RunMCP(ctx context.Context, transport sdk.Transport) error {
	return s.mcp.Run(ctx, transport)
}
