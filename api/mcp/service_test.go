package mcp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/xeipuuv/gojsonschema"

	"herbarium/api"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/query"
	"herbarium/loaders"
)

const wells = `
dataset: wells
title: Wells
description: Wells and how deep they are.
data: wells.csv
fields:
  id: {type: integer}
  site.depth: {type: number, unit: m}
  basin: {type: string, enum: [east, west]}
stats: {group_by: basin}
page: {max: 2}
`

const wellsRows = "id,site.depth,basin\n9007199254740993,12.5,east\n2,,\n3,-0.25,west\n"

// server returns a server of the descriptor with its rows, and its registry.
func server(t *testing.T, descriptor, rows string) (*api.Server, *datasets.Registry) {
	t.Helper()
	snapshot := folder(t, descriptor, rows)
	store := columnar.NewStore(columnar.Options{})
	for _, name := range snapshot.Names() {
		ds, _ := snapshot.Dataset(name)
		if _, err := loaders.Load(t.Context(), store, ds, nil, loaders.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	eng := engine.New(store, engine.Options{})
	t.Cleanup(eng.Close)
	registry := datasets.NewRegistry(snapshot)
	return api.New(registry, eng, api.Options{Version: "v1"}), registry
}

func folder(t *testing.T, descriptor, rows string) *datasets.Snapshot {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"d.yaml": descriptor, "wells.csv": rows} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	snapshot, err := datasets.Open(dir, datasets.WithSettler(query.Settle))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range snapshot.Broken() {
		t.Fatal(b.Err)
	}
	return snapshot
}

// connect returns a client's session over the transport of standard input and output.
func connect(t *testing.T, s *api.Server) *sdk.ClientSession {
	t.Helper()
	near, far := sdk.NewInMemoryTransports()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.RunMCP(ctx, far) // it ends with the context
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return session(t, near)
}

func session(t *testing.T, transport sdk.Transport) *sdk.ClientSession {
	t.Helper()
	client := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "v1"}, nil)
	cs, err := client.Connect(t.Context(), transport, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cs.Close() })
	return cs
}

// overHTTP returns a client's session over HTTP.
func overHTTP(t *testing.T, s *api.Server) *sdk.ClientSession {
	t.Helper()
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	return session(t, &sdk.StreamableClientTransport{Endpoint: web.URL + "/mcp"})
}

// call returns the text of a result, and whether it is an error.
func call(t *testing.T, cs *sdk.ClientSession, tool, arguments string) (string, bool) {
	t.Helper()
	result, err := cs.CallTool(t.Context(), &sdk.CallToolParams{Name: tool, Arguments: json.RawMessage(arguments)})
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Content) != 1 {
		t.Fatalf("%d contents", len(result.Content))
	}
	text := result.Content[0].(*sdk.TextContent).Text
	if !result.IsError {
		structured, err := json.Marshal(result.StructuredContent)
		if err != nil || !strings.HasPrefix(string(structured), `{"`) {
			t.Errorf("the structured content is %s (%v)", structured, err)
		}
	}
	return text, result.IsError
}

func toolNames(t *testing.T, cs *sdk.ClientSession) []string {
	t.Helper()
	var names []string
	for tool, err := range cs.Tools(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, tool.Name)
	}
	slices.Sort(names)
	return names
}

func TestToolsAnswerAsOperationsDo(t *testing.T) {
	s, _ := server(t, wells, wellsRows)
	for name, cs := range map[string]*sdk.ClientSession{"standard input": connect(t, s), "HTTP": overHTTP(t, s)} {
		for _, c := range []struct{ tool, arguments, want string }{
			{"wells_range", `{"lower":{"id":3}}`, `{"rows":[{"id":9007199254740993,"site":{"depth":12.5},"basin":"east"},{"id":3,"site":{"depth":-0.25},"basin":"west"}]}`},
			{"wells_stats_count", `{"group_by":[]}`, `{"rows":[{"count":3}],"total":1}`},
			{"wells_stats_mean", `{"basin":["west"],"fields":["site.depth"]}`, `{"rows":[{"mean_site":{"depth":-0.25},"basin":"west"}]}`},
		} {
			got, failed := call(t, cs, c.tool, c.arguments)
			if i := strings.Index(got, `,"total"`); i >= 0 && !strings.Contains(c.want, "total") {
				got = got[:i] + "}"
			}
			if got != c.want || failed {
				t.Errorf("%s: %s %s: %s, want %s", name, c.tool, c.arguments, got, c.want)
			}
		}
	}
}

func TestAPageLeadsToTheNext(t *testing.T) {
	s, _ := server(t, wells, wellsRows)
	cs := connect(t, s)
	for _, tool := range []struct{ name, rest string }{{"wells_range", ""}, {"wells_stats_count", `,"group_by":["id"],"sort":["id"]`}} {
		first, _ := call(t, cs, tool.name, `{"per_page":2`+tool.rest+`}`)
		var page struct {
			Rows []json.RawMessage
			Next map[string]any
		}
		if err := json.Unmarshal([]byte(first), &page); err != nil || len(page.Rows) != 2 || len(page.Next) != 1 {
			t.Fatalf("%s: the first page is %s (%v)", tool.name, first, err)
		}
		next, err := json.Marshal(page.Next)
		if err != nil {
			t.Fatal(err)
		}
		second, _ := call(t, cs, tool.name, `{"per_page":2`+tool.rest+","+string(next[1:]))
		page.Next = nil
		if err := json.Unmarshal([]byte(second), &page); err != nil || len(page.Rows) != 1 || page.Next != nil {
			t.Errorf("%s: the second page is %s (%v)", tool.name, second, err)
		}
	}
}

// page.max of the dataset is the most, also where the arguments name no size.
func TestResultsAreBounded(t *testing.T) {
	s, _ := server(t, wells, wellsRows)
	cs := connect(t, s)
	if got, _ := call(t, cs, "wells_range", `{}`); strings.Count(got, `"id"`) != 2 || !strings.Contains(got, `"next":{"after":"`) {
		t.Errorf("without per_page: %s", got)
	}
	without := strings.Replace(wells, "page: {max: 2}", "", 1)
	large, _ := server(t, strings.Replace(without, "fields:", "fields:\n  note: {type: string}", 1),
		"note,id,site.depth,basin\n"+strings.Repeat(strings.Repeat("x", 1000)+",1,2,east\n", 600))
	cs = connect(t, large)
	for arguments, want := range map[string]string{
		`{"per_page":1001}`: `"pointer":"/per_page","code":"out_of_range","detail":"1001 is not from 1 to 1000"`,
		`{"per_page":600}`:  "the answer is larger than 512 KiB; ask for a smaller per_page, fewer fields or fewer groups",
	} {
		if got, failed := call(t, cs, "wells_range", arguments); !failed || !strings.Contains(got, want) {
			t.Errorf("%s: %.300s, want %s", arguments, got, want)
		}
	}
	if got, failed := call(t, cs, "wells_range", `{}`); failed || strings.Count(got, `"note"`) != 100 {
		t.Errorf("without per_page and page.max: %.300s", got)
	}
}

// An operation that the descriptor names has pages of its own.
func TestANamedOperationHasItsPages(t *testing.T) {
	s, _ := server(t, strings.Replace(wells, "page: {max: 2}", "operations: {deep: {of: range, sort: [-site.depth], page: {max: 1}}}", 1), wellsRows)
	cs := connect(t, s)
	if got, failed := call(t, cs, "wells_deep", `{}`); failed || !strings.HasPrefix(got, `{"rows":[{"id":9007199254740993,"site":{"depth":12.5},"basin":"east"}],"next":{"after":"`) {
		t.Errorf("got %s", got)
	}
	if got, failed := call(t, cs, "wells_deep", `{"per_page":2}`); !failed || !strings.Contains(got, `"pointer":"/per_page","code":"out_of_range"`) {
		t.Errorf("got %s", got)
	}
}

func TestAFaultIsToldInTheResult(t *testing.T) {
	s, _ := server(t, wells, wellsRows)
	for name, cs := range map[string]*sdk.ClientSession{"standard input": connect(t, s), "HTTP": overHTTP(t, s)} {
		got, failed := call(t, cs, "wells_range", `{"basn":["east"]}`)
		if want := `"code":"invalid_query","errors":[{"pointer":"/basn","code":"unknown_property"`; !failed || !strings.Contains(got, want) {
			t.Errorf("%s: %s", name, got)
		}
		if _, err := cs.CallTool(t.Context(), &sdk.CallToolParams{Name: "wells_rnge"}); err == nil {
			t.Errorf("%s: a tool that there is not answers", name)
		}
	}
}

func TestToolsFollowTheRegistry(t *testing.T) {
	s, registry := server(t, wells, wellsRows)
	cs := connect(t, s)
	before := []string{"wells_range", "wells_stats", "wells_stats_count", "wells_stats_distinct", "wells_stats_mean"}
	if got := toolNames(t, cs); !containsAll(got, before) {
		t.Fatalf("there are %s", got)
	}
	registry.Swap(folder(t, strings.Replace(wells, "dataset: wells", "dataset: wells\noperations: [range]", 1), wellsRows))
	if got := toolNames(t, cs); !slices.Equal(got, []string{"wells_range"}) {
		t.Errorf("with one operation there are %s", got)
	}
	registry.Swap(datasets.NewSnapshot())
	if got := toolNames(t, cs); len(got) > 0 {
		t.Errorf("without datasets there are %s", got)
	}
}

// TestAClientIsToldOfNoChangeAtFirst has a client that waits: nothing has changed since it came.
func TestAClientIsToldOfNoChangeAtFirst(t *testing.T) {
	s, _ := server(t, wells, wellsRows)
	synctest.Test(t, func(t *testing.T) {
		near, far := sdk.NewInMemoryTransports()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = s.RunMCP(ctx, far) // it ends with the context
		}()
		told := 0
		client := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "v1"}, &sdk.ClientOptions{
			ToolListChangedHandler: func(context.Context, *sdk.ToolListChangedRequest) { told++ }})
		cs, err := client.Connect(t.Context(), near, &sdk.ClientSessionOptions{ProtocolVersion: "2025-11-25"})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if told > 0 {
			t.Errorf("the client was told %d times that the tools have changed", told)
		}
		_ = cs.Close()
		cancel()
		<-ended
	})
}

func containsAll(all, some []string) bool {
	return !slices.ContainsFunc(some, func(name string) bool { return !slices.Contains(all, name) })
}

// Names have at most 64 characters, and no two tools have one.
func TestNamesOfToolsAreShortAndDistinct(t *testing.T) {
	long := strings.Repeat("a", 60)
	a, _ := server(t, strings.Replace(wells, "dataset: wells", "dataset: "+long, 1), wellsRows)
	got := toolNames(t, connect(t, a))
	seen := map[string]bool{}
	for _, name := range got {
		if len(name) > 64 || seen[name] || !strings.HasPrefix(name, long[:50]) {
			t.Errorf("a tool is called %s", name)
		}
		seen[name] = true
	}
	if len(got) < 5 {
		t.Errorf("there are %s", got)
	}
}

func TestResourcesDescribeDatasets(t *testing.T) {
	s, _ := server(t, wells, wellsRows)
	cs := overHTTP(t, s)
	for uri, want := range map[string]string{
		"herbarium://datasets":              `{"datasets":[{"name":"wells","title":"Wells","description":"Wells and how deep they are.","uri":"herbarium://datasets/wells","tools":["wells_range",`,
		"herbarium://datasets/wells":        `{"name":"wells","title":"Wells","description":"Wells and how deep they are.","fields":[{"name":"id","type":"integer"},`,
		"herbarium://datasets/wells/schema": `"http://json-schema.org/draft-07/schema#"`,
	} {
		r, err := cs.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: uri})
		if err != nil {
			t.Fatal(err)
		}
		if text := r.Contents[0].Text; !strings.Contains(text, want) {
			t.Errorf("%s: %s", uri, text)
		}
	}
	if _, err := cs.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: "herbarium://datasets/nowhere"}); err == nil {
		t.Error("a dataset that there is not is described")
	}
}

// A browser's page of another site must not reach a server on this machine by a
// name of its own.
func TestAForeignHostIsRefusedOnLoopback(t *testing.T) {
	s, _ := server(t, wells, wellsRows)
	web := httptest.NewServer(s)
	defer web.Close()
	request := strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"ping"}`)
	r := httptest.NewRequestWithContext(t.Context(), "POST", web.URL+"/mcp", request)
	r.RequestURI, r.Host = "", "example.org"
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	answer, err := web.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != 403 {
		t.Errorf("the status is %d", answer.StatusCode)
	}
}

// What the API takes is valid, so that no client holds it back.
func TestSchemasAllowWhatTheAPITakes(t *testing.T) {
	s, _ := server(t, wells, wellsRows)
	cs := connect(t, s)
	tools := map[string]*gojsonschema.Schema{}
	for tool, err := range cs.Tools(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		if tools[tool.Name], err = gojsonschema.NewSchema(gojsonschema.NewGoLoader(tool.InputSchema)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ tool, arguments string }{
		{"wells_range", `{}`},
		{"wells_range", `{"basin":"east","id":[2,null],"lower":{"id":1,"site.depth":-1.5},"upper":null,"missing":["site.depth"],"page":1,"per_page":null}`},
		{"wells_range", `{"basin":["east",null],"contains":{"basin":"A"},"starts_with":{"basin":["e","w"]},"fields":["id"],"sort":["-id"]}`},
		{"wells_range", `{"any":[{"basin":"east","not":{"any":[{"id":3},{"present":["id"]}]}},{}],"not":{"above":{"id":7}}}`},
		{"wells_stats", `{"group_by":["basin",{"field":"id","width":10,"as":"tens"}],"measures":{"site.depth":["mean","p95"],"*":["count"]},"sort":["-count"]}`},
		{"wells_stats_histogram", `{"field":"site.depth","edges":[-1,0,5.5],"group_by":[]}`},
		{"wells_stats_histogram", `{"field":"id","bins":3}`},
		{"wells_stats_distinct", `{"field":"basin","starts_with":{"basin":"e"}}`},
	} {
		result, err := tools[c.tool].Validate(gojsonschema.NewStringLoader(c.arguments))
		if err != nil || !result.Valid() {
			t.Errorf("%s %s: %v, %v", c.tool, c.arguments, err, result.Errors())
		}
		if got, failed := call(t, cs, c.tool, c.arguments); failed {
			t.Errorf("%s %s: %s", c.tool, c.arguments, got)
		}
	}
	for _, c := range []struct{ tool, arguments string }{{"wells_range", `{"basn":"east"}`}, {"wells_range", `{"lower":[1]}`}, {"wells_stats_histogram", `{}`}, {"wells_stats_distinct", `{"field":"basn"}`}} {
		if result, err := tools[c.tool].Validate(gojsonschema.NewStringLoader(c.arguments)); err != nil || result.Valid() {
			t.Errorf("%s %s is valid (%v)", c.tool, c.arguments, err)
		}
	}
}

// An assistant reads all of it each time.
func TestTheListOfToolsIsShort(t *testing.T) {
	shipped, err := datasets.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	ds, _ := shipped.Dataset("iris")
	eng := engine.New(columnar.NewStore(columnar.Options{}), engine.Options{})
	t.Cleanup(eng.Close)
	wide := "dataset: wide\ndata: wide.csv\nfields:\n"
	for i := range 500 {
		wide += fmt.Sprintf("  column_%03d: {type: number}\n", i)
	}
	many, _ := folder(t, wide, "").Dataset("wide")
	for _, c := range []struct {
		ds   *datasets.Dataset
		most int
	}{{ds, 22 << 10}, {many, 64 << 10}} {
		cs := connect(t, api.New(datasets.NewRegistry(datasets.NewSnapshot(c.ds)), eng, api.Options{}))
		list, err := cs.ListTools(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(list)
		if err != nil || len(list.Tools) != 8 || len(text) > c.most {
			t.Errorf("%v: the list of the %d tools of %s has %d bytes", err, len(list.Tools), c.ds.Name, len(text))
		}
	}
}

// The TypeScript client checks results against the schemas, too.
func TestTypeScriptsClientReadsTheTools(t *testing.T) {
	modules := os.Getenv("HERBARIUM_TEST_MCP_NODE_MODULES")
	if modules == "" {
		t.Skip("HERBARIUM_TEST_MCP_NODE_MODULES names no node_modules with @modelcontextprotocol/sdk")
	}
	dir := t.TempDir()
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	const program = `
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const client = new Client({ name: "test", version: "1.0.0" });
await client.connect(new StreamableHTTPClientTransport(new URL(process.argv[2])));
const { tools } = await client.listTools();
console.log(tools.map(tool => tool.name).join(","), tools.every(tool => tool.outputSchema.type === "object"));
const rows = await client.callTool({ name: "wells_range", arguments: { lower: { "site.depth": 0 }, per_page: 1 } });
console.log(JSON.stringify(rows.structuredContent.rows[0].site), rows.content[0].text.includes("9007199254740993"));
const next = await client.callTool({ name: "wells_range", arguments: { per_page: 2 } });
const rest = await client.callTool({ name: "wells_range", arguments: { per_page: 2, ...next.structuredContent.next } });
console.log(rest.structuredContent.rows.length, rest.structuredContent.next);
const fault = await client.callTool({ name: "wells_range", arguments: { basn: ["east"] } });
console.log(fault.isError, fault.content[0].text.includes("/basn"));
console.log((await client.readResource({ uri: "herbarium://datasets/wells" })).contents[0].mimeType);
await client.close();
`
	file := filepath.Join(dir, "client.mjs")
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	s, _ := server(t, wells, wellsRows)
	web := httptest.NewServer(s)
	defer web.Close()
	out, err := exec.CommandContext(t.Context(), "node", "--preserve-symlinks", file, web.URL+"/mcp").CombinedOutput()
	want := "wells_range,wells_stats,wells_stats_correlation,wells_stats_count,wells_stats_distinct,wells_stats_histogram,wells_stats_mean,wells_stats_summary true\n" +
		"{\"depth\":12.5} true\n1 undefined\ntrue true\napplication/json\n"
	if err != nil || string(out) != want {
		t.Errorf("%v\n%s", err, out)
	}
}

// Python's client, which another team wrote, checks results against the schemas.
func TestPythonsClientReadsTheTools(t *testing.T) {
	python := os.Getenv("HERBARIUM_TEST_MCP_PYTHON")
	if python == "" {
		t.Skip("HERBARIUM_TEST_MCP_PYTHON names no Python with the package mcp")
	}
	s, _ := server(t, wells, wellsRows)
	web := httptest.NewServer(s)
	defer web.Close()
	const program = `
import asyncio, sys
from mcp import Client

async def main():
    async with Client(sys.argv[1]) as client:
        print(",".join(t.name for t in (await client.list_tools()).tools if t.output_schema["type"] == "object"))
        rows = await client.call_tool("wells_range", {"lower": {"id": 3}, "per_page": 1})
        print(rows.structured_content["rows"])
        fault = await client.call_tool("wells_range", {"basn": ["east"]})
        print(fault.is_error, "/basn" in fault.content[0].text)
        print((await client.read_resource("herbarium://datasets/wells")).contents[0].mime_type)

asyncio.run(main())
`
	out, err := exec.CommandContext(t.Context(), python, "-c", program, web.URL+"/mcp").CombinedOutput()
	want := "[{'id': 9007199254740993, 'site': {'depth': 12.5}, 'basin': 'east'}]\nTrue True\napplication/json\n"
	if err != nil || !strings.HasPrefix(string(out), "wells_range,") || !strings.HasSuffix(string(out), want) {
		t.Errorf("%v\n%s", err, out)
	}
}
