package api

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// What requests of the storm ask for: targets, headers and bodies.

func stormPaths() []string {
	paths := []string{"/", "/datasets", "/openapi.json", "/openapi/iris.json", "/docs", "/docs/swagger-ui.css", "/healthz", "/readyz", "/metrics", "/status", "/mcp",
		"/sitemap.xml", "/robots.txt", "/favicon.ico", "/page.js", "/page.css", "/llms.txt", "/debug/pprof/", "/nosuch", "/.well-known/security.txt"}
	for _, ds := range []string{"iris", "penguins", "diamonds", "iri"} {
		for _, op := range []string{"", "/range", "/stats", "/stats/mean", "/stats/count", "/stats/distinct", "/stats/summary", "/stats/histogram",
			"/stats/correlation", "/schema", "/query-schema", "/explore", "/chart.svg", "/croissant.json", "/datapackage.json", "/status", "/mean"} {
			paths = append(paths, "/"+ds+op)
		}
	}
	return paths
}

var allStormPaths = stormPaths()

func (g *storm) target() string {
	path := pick(g, allStormPaths...)
	if g.rarely(3) {
		path = "/" + pick(g, "iris", "penguins") + "/" + pick(g, "range", "stats", "stats/mean", "stats/summary", "stats/histogram")
	}
	switch g.r.IntN(40) {
	case 0:
		path = strings.ReplaceAll(path, "/", pick(g, "//", "/./", "/../", "%2f", "/%2e%2e/", "\\"))
	case 1:
		path += pick(g, "%zz", "%", "%0", "%00", "%ff", ";a=b", "?", "#x", "/", "%2500", "ü", "\x7f", " x")
	case 2:
		path = pick(g, "http://storm", "https://user:pw@other:99", "http:", "//storm", "ftp://x") + path
	case 3:
		path = pick(g, "*", "", "storm:80", "?", "/"+strings.Repeat("a", 9000), "/"+strings.Repeat("%41/", 2000))
	}
	if g.rarely(2) {
		return path
	}
	var b strings.Builder
	b.WriteString(path + "?")
	for i := range 1 + g.r.IntN(4) {
		if i > 0 {
			b.WriteString(pick(g, "&", "&", "&", ";", "&&"))
		}
		b.WriteString(g.parameter())
	}
	return b.String()
}

// parameter is one of a URL's.
func (g *storm) parameter() string {
	if g.rarely(8) {
		return "query=" + percent(string(g.body()))
	}
	name := pick(g, "page", "per_page", "after", "sort", "fields", "format", "group_by", "measures", "field", "bins", "edges", "explain", "species", "island", "lower.sepal_length",
		"upper.body_mass_g", "lower[sepal_length]", "missing", "present", "text.species", "any", "api_key", "token", "version", "x%00", "download", "%zz", "")
	value := pick(g, "1", "0", "-1", "setosa", "setosa,virginica", "-sepal_length", "sepal_length:0.5", "json", "csv", "arrow", "parquet", "xlsx", "md", "1e400", "9223372036854775808", "NaN", "",
		"mean_petal_width", "species", "true", "%00", "%ff%fe", "%", "null", "a"+strings.Repeat("b", 300), "%F0%9F%8C%B8", "[1,2,3]", "{}", "3.2", keyTeam)
	return name + pick(g, "=", "=", "=", "", "==") + value
}

// percent encodes all but letters and digits.
func percent(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func (g *storm) header() string {
	switch g.r.IntN(16) {
	case 0:
		return "Accept: " + pick(g, "*/*", "text/html", "text/csv", "application/json;q=0.1, text/csv;q=2", "application/vnd.apache.parquet", "application/vnd.apache.arrow.stream", ";;;", "a/b;q=\"", "application/*;q=0", strings.Repeat("a/b,", 2000))
	case 1:
		return "Accept-Encoding: " + pick(g, "gzip", "zstd", "br", "gzip;q=0, identity;q=0", "*;q=0", "identity;q=0", "gzip;q=1.5", ",,,")
	case 2:
		return "If-None-Match: " + pick(g, "*", `"x"`, `W/"x"`, `"`, `"a", "b"`, `W/`)
	case 3:
		return "If-Match: " + pick(g, "*", `"x"`, `x`)
	case 4:
		return "Range: " + pick(g, "bytes=0-10", "bytes=-1", "bytes=5-2", "bytes=0-0,1-1,2-2", "bytes="+strings.Repeat("0-1,", 500), "lines=1-2", "bytes=99999999999999999999-", "bytes=a-b")
	case 5:
		return "If-Range: " + pick(g, `"x"`, "Sun, 06 Nov 1994 08:49:37 GMT")
	case 6:
		return "Prefer: " + pick(g, "count=exact", "count=\"", "count", "wait=99999999999", ",;,;")
	case 7:
		return "Origin: " + pick(g, "https://example.org", "null", "https://evil.example", "::", "")
	case 8:
		return "Access-Control-Request-Method: " + pick(g, "POST", "QUERY", "x y")
	case 9:
		return "Authorization: " + pick(g, "Bearer "+keyTeam, "Bearer "+keyAll, "Bearer "+keyNone, "Bearer", "Basic YTpi", "Bearer a.b.c", "Bearer eyJhbGciOiJub25lIn0.e30.", "bearer "+keyAll+" x", "Bearer "+strings.Repeat("x", 9000))
	case 10:
		return "X-API-Key: " + pick(g, keyTeam, keyAll, "hb1_", keyTeam[:20], "ключ", "")
	case 11:
		return pick(g, "X-Forwarded-For: 1.2.3.4, x", "X-Forwarded-Prefix: //evil", "X-Forwarded-Proto: gopher", "Forwarded: for=\"[::1\";by", "X-Request-Id: "+strings.Repeat("r", 500), "X-Request-Id: a\x80b")
	case 12:
		return pick(g, "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "traceparent: 00-0-0-0", "traceparent: zz")
	case 13:
		return pick(g, "Connection: close", "Connection: keep-alive, Upgrade", "Connection: Content-Length", "Upgrade: h2c", "Upgrade: websocket", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA")
	case 14:
		return "Content-Encoding: " + pick(g, "gzip", "identity", "br, gzip", "")
	default:
		return pick(g, "If-Modified-Since: yesterday", "Cookie: a=b; c", "Mcp-Session-Id: x", "Content-Type: a", "Host: twice", "TE: trailers", "Trailer: Content-Length", "Max-Forwards: -1", "X-"+strconv.Itoa(g.r.IntN(9))+": \xff")
	}
}

// body is a query that is nearly valid, or JSON of any kind, or none.
func (g *storm) body() []byte {
	var b bytes.Buffer
	switch g.r.IntN(24) {
	case 0:
		g.value(&b, 0)
	case 1:
		depth := pick(g, 20, 200, 20_000)
		b.WriteString(strings.Repeat(pick(g, "[", `{"any":[`, `{"not":`, `{"a":`), depth))
	case 2:
		depth := pick(g, 5, 60, 3000)
		b.WriteString(strings.Repeat(`{"not":`, depth) + `{"species":["setosa"]}` + strings.Repeat("}", depth))
	case 3:
		b.WriteString(pick(g, "", " ", "\ufeff{}", "{}{}", "{} x", "nul", "{\"a\":1,}", "[1 2]", "{'a':1}", "\x00", "{\"\\ud800\":1}", "\"\\u12\"", "1e99999", "-", "{\"page\":01}", "\xff\xfe{}"))
	case 4:
		// A call of the protocol of assistants.
		fmt.Fprintf(&b, `{"jsonrpc":%s,"id":%s,"method":%s,"params":{"name":"iris_range","arguments":`, pick(g, `"2.0"`, "2", "null"), pick(g, "1", `"x"`, "null", "{}"),
			pick(g, `"tools/call"`, `"initialize"`, `"tools/list"`, `"nosuch"`, "1", `"resources/read"`))
		g.query(&b)
		b.WriteString("}}")
	case 5:
		b.WriteString(`{"species":[` + strings.Repeat(`"setosa",`, pick(g, 10, 3000)) + `"x"]}`)
	default:
		g.query(&b)
	}
	text := b.Bytes()
	if g.rarely(12) && len(text) > 0 {
		text[g.r.IntN(len(text))] = pick[byte](g, '"', '{', '}', '[', ',', '0', 0xff, 0, '\\', '-')
	}
	return text
}

func (g *storm) query(b *bytes.Buffer) {
	b.WriteByte('{')
	for i := range g.r.IntN(6) {
		if i > 0 {
			b.WriteByte(',')
		}
		g.property(b)
	}
	b.WriteByte('}')
}

// field is a name of some dataset, or nearly.
func (g *storm) field() string {
	return pick(g, "sepal_length", "petal_width", "species", "island", "sex", "body_mass_g", "year", "bill_length_mm", "sepal_lenght", "", "*", "a.b", "\\u0000", "日本")
}

// property writes a property that queries have, with a value that mostly suits it. Names
// may come twice.
func (g *storm) property(b *bytes.Buffer) {
	name := pick(g, "page", "per_page", "after", "sort", "fields", "group_by", "measures", "field", "bins", "edges", "lower", "upper", "species", "island", "sex", "any", "not", "missing", "present", "text", "prefix", "width", "from", "nosuch")
	b.WriteString(strconv.Quote(name) + ":")
	if g.rarely(6) {
		g.value(b, 0)
		return
	}
	switch name {
	case "page", "per_page", "bins", "width", "from":
		b.WriteString(pick(g, "1", "2", "10", "50", "100", "0", "-1", "1000000", "1.5", "9007199254740993", "1e3", "1e400"))
	case "lower", "upper":
		fmt.Fprintf(b, `{"%s":%s}`, g.field(), pick(g, "5", "-0.0", "1e308", "1e-320", `"2020-01-01"`, `"x"`, "null", "99999999999999999999", "true"))
	case "measures":
		fmt.Fprintf(b, `{"%s":["%s","%s"]}`, g.field(), pick(g, "mean", "median", "p95", "p99.9", "count", "mode", "distinct", "p101", "meen"), pick(g, "min", "sum", "stddev", "max", "p0", ""))
	case "edges":
		b.WriteString(pick(g, "[1,2,3]", "[3,2,1]", "[0,0]", "[]", "[1e308,-1e308]", `["a"]`, "[null]"))
	case "any":
		b.WriteByte('[')
		g.query(b)
		b.WriteByte(',')
		g.query(b)
		b.WriteByte(']')
	case "not", "text", "prefix":
		g.query(b)
	case "after":
		b.WriteString(pick(g, `""`, `"abc"`, `"eyJ2IjoxfQ"`, `"`+strings.Repeat("A", 500)+`"`, "1"))
	case "group_by":
		fmt.Fprintf(b, `["%s",%s]`, g.field(), pick(g, `"species"`, `"sepal_length:0.5"`, `{"field":"year","width":2}`, `{"field":"petal_length","edges":[1,2,3]}`, `{"field":"species","as":"x"}`, `{"field":"year","by":"month"}`, "null"))
	case "field":
		fmt.Fprintf(b, `"%s"`, g.field())
	default:
		fmt.Fprintf(b, `["%s%s","%s"]`, pick(g, "", "", "-"), g.field(), pick(g, "setosa", "Biscoe", "female", "species", "mean_sepal_length", "\\ud83c\\udf38", "\\ud800"))
	}
}

// value writes JSON of any kind.
func (g *storm) value(b *bytes.Buffer, depth int) {
	kind := g.r.IntN(8)
	if depth > 4 {
		kind = g.r.IntN(6)
	}
	switch kind {
	case 6:
		b.WriteByte('[')
		for i := range g.r.IntN(4) {
			if i > 0 {
				b.WriteByte(',')
			}
			g.value(b, depth+1)
		}
		b.WriteByte(']')
	case 7:
		b.WriteByte('{')
		for i := range g.r.IntN(4) {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(b, `"%s":`, g.field())
			g.value(b, depth+1)
		}
		b.WriteByte('}')
	default:
		b.WriteString(pick(g, "null", "true", "0", "-0", "1.5", "1e400", "123456789012345678901234567890", `""`, `"setosa"`, `"\u0000"`, `"\ud83d"`, "\"\xff\"", `"`+strings.Repeat("z", 200)+`"`, "NaN", "-"))
	}
}
