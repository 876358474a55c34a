package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"herbarium/api/mcp"
	"herbarium/api/problem"
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
	body, err := x.readAhead()
	defer body.claim.Release()
	if err == nil {
		err = body.claimBatch()
	}
	if err == nil {
		err = x.awaitTurn()
	}
	if err != nil {
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

// maxBatch is how many messages a request may have. Their answers are in memory until all are
// there, and a few bytes may ask for many of them, such as for all tools.
const maxBatch = 20

// claimBatch takes the memory for the answers of a batch, and refuses one that is too large.
func (b *body) claimBatch() error {
	switch n := messagesIn(b.bytes, maxBatch); {
	case n > maxBatch:
		return &problem.Error{Code: problem.TooLarge, Detail: "the batch has more than " + strconv.Itoa(maxBatch) + " messages, which is the maximum; send the others with further requests"}
	case n > 1:
		return b.claim.Take(int64(n) * mcp.MaxBytes)
	}
	return nil
}

// messagesIn returns how many messages a body has, as far as it can be read and up to one more
// than most.
func messagesIn(body []byte, most int) (n int) {
	d := json.NewDecoder(bytes.NewReader(body))
	if begin, err := d.Token(); err != nil || begin != json.Delim('[') {
		return 1
	}
	for ; n <= most && d.More(); n++ {
		var message json.RawMessage
		if d.Decode(&message) != nil {
			break // the handler says what is wrong
		}
	}
	return n
}

// RunMCP serves one client of the Model Context Protocol over the transport, such as
// that of standard input and output, until it leaves or ctx ends.
func (s *Server) RunMCP(ctx context.Context, transport sdk.Transport) error {
	return s.mcp.Run(ctx, transport)
}
