package page

import (
	"context"
	"net/url"
	"slices"
	"strings"
)

// snippet is what is on screen as code of one language.
type snippet struct {
	Name, ID string
	Before   string // words before the code
	Code     string
}

// takeHome returns the query of the rows, or of the chart's numbers, in each
// language.
func (b *builder) takeHome(ctx context.Context, id, path string, params, window []param) []snippet {
	s := b.state
	address := b.origin + s.path + "/" + path
	whole := joined(s.dataset, params)
	with := func(format string) string {
		return address + "?" + escaped(append(slices.Clone(whole), param{"format", format}))
	}
	body := bodyOf(s.dataset, params)
	// JSON alone may be paged by default; a link shows what the page does.
	shown := append(slices.Clone(whole), window...)
	link := address
	if len(shown) > 0 {
		link += "?" + escaped(shown)
	}
	file := s.dataset.Name // as others write it: no file of the chart takes the place of the table's
	if path != "range" {
		file += "-" + strings.ReplaceAll(strings.TrimPrefix(path, "stats/"), "/", "-")
	}
	snippets := []snippet{
		{Name: "curl", Code: "curl -o '" + file + ".csv' '" + with("csv") + "'"},
		{Name: "pandas", Code: "import pandas as pd\n\ndf = pd.read_parquet(\"" + with("parquet") + "\", dtype_backend=\"numpy_nullable\")"},
		{Name: "polars", Code: "import polars as pl\n\ndf = pl.read_ipc_stream(\"" + with("arrow") + "\")"},
		{Name: "R", Code: "rows <- read.csv(\"" + with("csv") + "\")"},
		{Name: "JavaScript", Code: "const answer = await fetch(\"" + with("ndjson") + "\");\nconst rows = (await answer.text()).split(\"\\n\").filter(Boolean).map(line => JSON.parse(line));"},
		{Name: "DuckDB", Code: "INSTALL httpfs; LOAD httpfs;\nSELECT * FROM read_parquet('" + with("parquet") + "');"},
		{Name: "Excel", Before: b.texts.t("excel"), Code: with("csv") + "&bom=true"},
		{Name: b.texts.t("json body"), Before: b.texts.t("json body hint"), Code: "curl -X QUERY '" + address + "?format=ndjson' -H 'Content-Type: application/json' -d '" + strings.ReplaceAll(body, "'", `'\''`) + "'"},
		{Name: b.texts.t("get link"), Code: link},
	}
	if path == "range" {
		snippets = append(snippets, snippet{Name: b.texts.t("page link"), Code: b.pageLink()})
	}
	if one, ok := b.aggregation(ctx, path, params); ok {
		snippets = append(snippets, one)
	}
	for i := range snippets {
		snippets[i].ID = id + "-" + strings.ToLower(strings.ReplaceAll(snippets[i].Name, " ", "-"))
	}
	return snippets
}

// pageLink is the link to the page as it is.
func (b *builder) pageLink() string {
	address := b.origin + b.state.path
	if len(b.state.params) > 0 {
		address += "?" + escaped(b.state.params)
	}
	return address
}

// rowsHome is the query of the table, all pages of it.
func (b *builder) rowsHome() []param {
	params := b.state.conditions()
	for _, p := range b.state.params {
		if p.name == "sort" || p.name == "fields" {
			params = append(params, p)
		}
	}
	return params
}

// window is the page of rows that the table shows.
func (b *builder) window() []param {
	shown := []param{{"per_page", atMost(b.state.dataset, perPage)}}
	for _, p := range b.state.params {
		if p.name == "page" || p.name == "after" {
			shown = append(shown, p)
		}
	}
	return shown
}

// escaped writes parameters as a URL's query that shells and programs take as it
// is.
func escaped(params []param) string {
	pairs := make([]string, len(params))
	for i, p := range params {
		pairs[i] = url.QueryEscape(p.name) + "=" + url.QueryEscape(p.value)
	}
	return strings.Join(pairs, "&")
}
