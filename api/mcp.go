package api

import (
	"context"
	"net/http"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"herbarium/api/mcp"
	"herbarium/datasets"
	"herbarium/schemas"
)

// mcpPath is where assistants reach the operations.
const mcpPath = "mcp"

// newMCP returns the service of the Model Context Protocol, and its handler.
func (s *Server) newMCP() (*mcp.Service, http.Handler) {
	service := mcp.New(s.registry, s.engine, mcp.Options{Describe: s.describeForMCP, Version: s.options.Version, Logger: s.options.Logger})
	return service, service.Handler(s.options.MaxBody, s.options.trustsProxies())
}

// describeForMCP is the answer of /datasets/{dataset}, which has no links where
// there is no server.
func (s *Server) describeForMCP(ctx context.Context, ds *datasets.Dataset) ([]byte, error) {
	return schemas.AppendJSON(nil, s.descriptionOf(ctx, ds, nil))
}

// serveMCP answers a message of the protocol.
func (s *Server) serveMCP(x *exchange) error {
	x.Header()["Cache-Control"] = noStore
	s.mcpHandler.ServeHTTP(x, x.request)
	return nil
}

// RunMCP serves one client of the Model Context Protocol over the transport, such as
// that of standard input and output, until it leaves or ctx ends.
func (s *Server) RunMCP(ctx context.Context, transport sdk.Transport) error {
	return s.mcp.Run(ctx, transport)
}
