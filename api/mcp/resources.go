package mcp

import (
	"context"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"herbarium/schemas"
)

// The URIs of resources; {dataset} stands for a name.
const (
	datasetsURI = "herbarium://datasets"
	datasetURI  = datasetsURI + "/{dataset}"
	schemaURI   = datasetURI + "/schema"
)

const jsonType = "application/json"

// addResources adds the list of datasets, and the templates of what is known of
// each.
func (s *Service) addResources() {
	s.server.AddResource(&sdk.Resource{URI: datasetsURI, Name: "datasets", Title: "The datasets", MIMEType: jsonType,
		Description: "The names, titles and tools of all datasets"}, s.readList)
	s.server.AddResourceTemplate(&sdk.ResourceTemplate{URITemplate: datasetURI, Name: "dataset", Title: "A dataset", MIMEType: jsonType,
		Description: "Fields with types and units, selectors, bounds, groups, measures, license and source of a dataset"}, s.read)
	s.server.AddResourceTemplate(&sdk.ResourceTemplate{URITemplate: schemaURI, Name: "schema", Title: "The queries of a dataset", MIMEType: "application/schema+json",
		Description: "The JSON Schema of a dataset's queries"}, s.read)
}

// listed is a dataset in the list of all.
type listed struct {
	Name        string   `json:"name"`
	Title       string   `json:"title,omitempty"`
	Description string   `json:"description,omitempty"`
	URI         string   `json:"uri"`
	Tools       []string `json:"tools"`
}

func (s *Service) readList(_ context.Context, r *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []listed{}
	for _, name := range s.shown.Names() {
		ds, _ := s.shown.Dataset(name)
		tools := []string{}
		for _, t := range s.tools[ds] {
			tools = append(tools, t.name)
		}
		all = append(all, listed{name, ds.Title, ds.Description, datasetsURI + "/" + name, tools})
	}
	text, err := schemas.AppendJSON(nil, struct {
		Datasets []listed `json:"datasets"`
	}{all})
	return contents(r, jsonType, text), err
}

// read reads the description of a dataset or its schema.
func (s *Service) read(ctx context.Context, r *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
	name, isSchema := strings.CutSuffix(strings.TrimPrefix(r.Params.URI, datasetsURI+"/"), "/schema")
	ds, ok := s.registry.Current().Dataset(name)
	if !ok {
		return nil, sdk.ResourceNotFoundError(r.Params.URI)
	}
	if isSchema {
		return contents(r, "application/schema+json", ds.QuerySchema().JSON()), nil
	}
	text, err := s.describe(ctx, ds)
	return contents(r, jsonType, text), err
}

func contents(r *sdk.ReadResourceRequest, mediaType string, text []byte) *sdk.ReadResourceResult {
	return &sdk.ReadResourceResult{Contents: []*sdk.ResourceContents{{URI: r.Params.URI, MIMEType: mediaType, Text: string(text)}}}
}
