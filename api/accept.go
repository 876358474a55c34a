package api

import (
	"slices"
	"strconv"
	"strings"

	"herbarium/api/format"
	"herbarium/api/problem"
	"herbarium/engine"
	"herbarium/schemas"
)

// servedFormat is a format of answers with the value of its Content-Type, made
// once.
type servedFormat struct {
	engine.Format
	contentType []string
	extension   string   // of files
	aliases     []string // other media types that Accept may name, in use for it
}

// aliases are the media types in use for formats beside those that are registered
// or that we send.
var aliases = map[string][]string{
	format.NDJSON.Name:  {"application/ndjson", "application/jsonl", "application/x-jsonlines"},
	format.Parquet.Name: {"application/x-parquet", "application/parquet"},
}

func formatTable() []servedFormat {
	var table []servedFormat
	for _, f := range format.All() {
		served := servedFormat{f, []string{f.MediaType + f.Parameters}, f.Name, aliases[f.Name]}
		if f.Name == format.Arrow.Name {
			served.extension = "arrows" // of streams, as registered
		}
		table = append(table, served)
	}
	return table
}

// csvWithMark is CSV for Excel; only a parameter asks for it.
var csvWithMark = servedFormat{
	Format:      format.CSVWithMark,
	contentType: []string{format.CSVWithMark.MediaType + format.CSVWithMark.Parameters},
	extension:   format.CSV.Name,
}

// formatNamed returns the format that the parameter format names.
func (s *Server) formatNamed(name string) (*servedFormat, error) {
	for i := range s.formats {
		if s.formats[i].Name == name {
			return &s.formats[i], nil
		}
	}
	names, _ := s.formatNames()
	return nil, &problem.Error{Code: problem.UnknownFormat, Detail: "there is no format " + schemas.Quote(name) + suggestion(name, names, schemas.List(names))}
}

// negotiateFormat picks the format that Accept asks for.
func (s *Server) negotiateFormat(accept []string) (*servedFormat, error) {
	if len(accept) == 0 || len(accept) == 1 && (accept[0] == "*/*" || accept[0] == s.formats[0].MediaType) {
		return &s.formats[0], nil
	}
	var best *servedFormat
	var bestQuality float64
	for i := range s.formats {
		if q := quality(accept, s.formats[i].MediaType, s.formats[i].aliases...); q > bestQuality {
			best, bestQuality = &s.formats[i], q
		}
	}
	if best == nil {
		_, types := s.formatNames()
		return nil, &problem.Error{Code: problem.UnknownFormat, Detail: "Accept allows none of the available formats: " + schemas.List(types) +
			"; format=… in the URL has precedence over Accept"}
	}
	return best, nil
}

func (s *Server) formatNames() (names, types []string) {
	for i := range s.formats {
		names = append(names, s.formats[i].Name)
		types = append(types, s.formats[i].MediaType)
	}
	return names, types
}

// quality returns the weight that Accept gives a media type (RFC 9110,
// 12.5.1): that of the most specific range that includes it, or 0. An alias counts
// as its name. An empty Accept accepts everything.
func quality(accept []string, mediaType string, aliases ...string) float64 {
	major, _, _ := strings.Cut(mediaType, "/")
	best, q, any := 0, 0.0, false
	for _, line := range accept {
		for item := range strings.SplitSeq(line, ",") {
			text, parameters, _ := strings.Cut(item, ";")
			text = strings.ToLower(strings.TrimSpace(text))
			any = any || text != ""
			specific := 0
			switch {
			case text == mediaType:
				specific = 4
			case slices.Contains(aliases, text):
				specific = 3
			case text == major+"/*":
				specific = 2
			case text == "*/*":
				specific = 1
			}
			if specific > best {
				best, q = specific, weight(parameters)
			}
		}
	}
	if !any {
		return 1
	}
	return q
}

// weight returns the q of a range's parameters; 1 if there is none, or if it is
// malformed.
func weight(parameters string) float64 {
	for p := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		if q, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil && q >= 0 && q <= 1 {
			return q
		}
	}
	return 1
}
