package mcp

import (
	"context"
	"log/slog"
	"net/http"
	"sync"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"herbarium/datasets"
	"herbarium/engine"
)

// Service is a server of the protocol over a registry's datasets and an engine.
// It is safe for concurrent use.
type Service struct {
	registry *datasets.Registry
	engine   *engine.Engine
	describe func(context.Context, *datasets.Dataset) ([]byte, error)
	logger   *slog.Logger
	server   *sdk.Server

	mu     sync.Mutex
	shown  *datasets.Snapshot           // what the server offers
	tools  map[*datasets.Dataset][]tool // by dataset of shown
	byName map[string]tool
}

// Options configure a Service.
type Options struct {
	// Describe returns the description of a dataset as JSON, which is a resource.
	Describe func(context.Context, *datasets.Dataset) ([]byte, error)
	// Private says that what is offered depends on who asks.
	Private bool
	// Version is the version of the program.
	Version string
	// Logger gets the errors that clients are not told; nil: none.
	Logger *slog.Logger
}

// scope says who may keep what clients are told, as the protocol names it.
func (o Options) scope() string {
	if o.Private {
		return "private"
	}
	return "public"
}

// New returns a service. Changes of the registry take effect with the next
// request.
func New(registry *datasets.Registry, eng *engine.Engine, options Options) *Service {
	s := &Service{registry: registry, engine: eng, describe: options.Describe, logger: options.Logger,
		tools: map[*datasets.Dataset][]tool{}, byName: map[string]tool{}}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	s.server = sdk.NewServer(&sdk.Implementation{Name: "herbarium", Title: "Herbarium", Version: options.Version}, &sdk.ServerOptions{
		Instructions: instructions,
		Capabilities: &sdk.ServerCapabilities{
			Tools:     &sdk.ToolCapabilities{ListChanged: true},
			Resources: &sdk.ResourceCapabilities{ListChanged: true},
		},
		SetCacheable: func(_ context.Context, _ sdk.Request, c *sdk.Cacheable) { c.CacheScope = options.scope() },
	})
	s.server.AddReceivingMiddleware(s.follow)
	s.addResources()
	return s
}

// instructions tell an assistant how to begin.
const instructions = "Tools answer questions about datasets, one tool for each operation of each dataset. " +
	"Read the resource " + datasetsURI + " for what there is, and " + datasetURI + " for a dataset's fields, units and groups. " +
	"Prefer the statistics to reading rows: they are exact and of all rows that match. " +
	"An answer holds at most a page; where there is more, call the tool again with the members of next added to the arguments."

// Handler returns the handler of the protocol's streamable HTTP transport. Each
// request is complete in itself; there are no sessions. A request that comes by a
// loopback address for another host is refused, unless proxied is set, which says
// that a proxy on this machine may be in front.
func (s *Service) Handler(maxBody int64, proxied bool) http.Handler {
	return sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return s.server }, &sdk.StreamableHTTPOptions{
		Stateless: true, JSONResponse: true, MaxRequestBodyBytes: maxBody,
		DisableLocalhostProtection: proxied, PropagateRequestCancellation: true,
	})
}

// Run serves one client over the transport until it leaves or ctx ends.
func (s *Service) Run(ctx context.Context, transport sdk.Transport) error {
	s.refresh() // so that the client is not told of changes before its first request
	return s.server.Run(ctx, transport)
}

// follow counts each request, and brings what the server offers up to date with the
// registry before it.
func (s *Service) follow(next sdk.MethodHandler) sdk.MethodHandler {
	return func(ctx context.Context, method string, request sdk.Request) (sdk.Result, error) {
		leave, err := count(ctx)
		if err != nil {
			return nil, err
		}
		defer leave()
		s.refresh()
		return next(ctx, method, request)
	}
}

// refresh adds and removes the tools of the datasets that were changed.
func (s *Service) refresh() {
	s.mu.Lock()
	defer s.mu.Unlock()
	current := s.registry.Current()
	if current == s.shown {
		return
	}
	s.shown = current
	kept := map[*datasets.Dataset]bool{}
	for _, name := range current.Names() {
		ds, _ := current.Dataset(name)
		kept[ds] = true
	}
	for ds, tools := range s.tools {
		if kept[ds] {
			continue
		}
		for _, t := range tools {
			s.server.RemoveTools(t.name)
			delete(s.byName, t.name)
		}
		delete(s.tools, ds)
	}
	for _, name := range current.Names() {
		ds, _ := current.Dataset(name)
		if _, ok := s.tools[ds]; !ok {
			s.tools[ds] = s.add(ds)
		}
	}
}

// add adds the tools of a dataset.
func (s *Service) add(ds *datasets.Dataset) []tool {
	tools := []tool{}
	for _, op := range ds.Operations {
		t := tool{service: s, dataset: ds, op: op, name: toolName(ds, op, func(name string) bool { _, ok := s.byName[name]; return ok })}
		described, err := t.describe()
		if err != nil {
			s.logger.Error("a tool cannot be described", "dataset", ds.Name, "operation", op.Path, "error", err.Error())
			continue
		}
		s.byName[t.name] = t
		tools = append(tools, t)
		s.server.AddTool(described, t.call)
	}
	return tools
}
