package engine

import (
	"strconv"

	"herbarium/datasets"
)

// Query is a validated request of a dataset's rows. ParseQuery makes one from
// JSON. It is immutable, and in canonical form: two spellings of one request
// make equal queries.
type Query struct {
	Dataset *datasets.Dataset
	// Filter holds the selectors' memberships, then the bounds' ranges, each
	// in field order and at most one for a field.
	Filter []Predicate
	// Fields are the indexes of the fields asked for, in descriptor order;
	// nil asks for all.
	Fields []int
	// Page counts from 1; 0 where the query names none.
	Page int64
	// PerPage is the page size; 0 where the query names none.
	PerPage int64
	// After is where the query goes on from; nil where it starts at the first
	// row.
	After *Mark

	canonical string
	flat      string // see Flat
}

// Flat writes the query as the parameters of a URL, without its page.
// ParseFlat reads them back.
func (q *Query) Flat() string { return q.flat }

// Paged reports whether the answer is a page: which one, counted from 1, and
// of what size. A query that goes on from a mark is on no page that is known,
// and the number is 0.
func (q *Query) Paged() (page, size int64, ok bool) {
	_, limit := q.window()
	if limit < 0 {
		return 0, 0, false
	}
	if q.After != nil {
		return 0, limit, true
	}
	return max(q.Page, 1), limit, true
}

// pageSize is per_page of a query that names a page alone, where the dataset
// has no default of its own.
const pageSize = 100

// window returns how many rows to skip and how many to return, negative for
// all.
func (q *Query) window() (skip, limit int64) {
	page, perPage := q.Page, q.PerPage
	if perPage == 0 {
		perPage = q.Dataset.PageDefault
	}
	if perPage == 0 {
		if page == 0 && q.After == nil {
			return 0, -1
		}
		perPage = pageSize
		if most := q.Dataset.PageMax; most > 0 {
			perPage = min(perPage, most)
		}
	}
	if page > 1 {
		if page-1 > maxSkip/perPage {
			return maxSkip, perPage
		}
		skip = (page - 1) * perPage
	}
	return skip, perPage
}

// String returns the canonical text of the query: equal for two queries of
// one dataset that ask for the same, different where they may differ.
func (q *Query) String() string {
	if q.canonical != "" {
		return q.canonical
	}
	return string(q.appendCanonical(nil))
}

func (q *Query) appendCanonical(dst []byte) []byte {
	dst = q.appendSelection(dst)
	if q.After != nil {
		dst = strconv.AppendQuote(append(dst, "after "...), string(q.After.Last))
		dst = strconv.AppendQuote(append(dst, ' '), q.After.Version)
		dst = append(dst, ';')
	}
	skip, limit := q.window()
	if skip > 0 || limit >= 0 {
		dst = strconv.AppendInt(append(dst, "window "...), skip, 10)
		dst = strconv.AppendInt(append(dst, ' '), limit, 10)
	}
	return dst
}

// appendSelection writes all of the query but its page.
func (q *Query) appendSelection(dst []byte) []byte {
	dst = q.appendFilter(dst)
	if q.Fields != nil {
		dst = append(dst, "fields"...)
		for _, f := range q.Fields {
			dst = strconv.AppendInt(append(dst, ' '), int64(f), 10)
		}
		dst = append(dst, ';')
	}
	return dst
}

// appendFilter writes which rows the query is about.
func (q *Query) appendFilter(dst []byte) []byte {
	for i := range q.Filter {
		dst = q.Filter[i].appendCanonical(dst, q.Dataset)
	}
	return dst
}

// appendCanonical writes the predicate with its field's index, so that no name
// can be mistaken for syntax; values are JSON.
func (p *Predicate) appendCanonical(dst []byte, ds *datasets.Dataset) []byte {
	t := ds.Fields[p.Field].Type
	dst = strconv.AppendInt(dst, int64(p.Field), 10)
	switch {
	case p.Never:
		dst = append(dst, " never"...)
	case len(p.In) > 0 || p.Null:
		dst = append(dst, " in"...)
		if p.Null {
			dst = append(dst, " null"...)
		}
		for _, v := range p.In {
			dst = v.Append(append(dst, ' '), t)
		}
	default:
		if p.Min != nil {
			dst = p.Min.Append(append(dst, " >= "...), t)
		}
		if p.Max != nil {
			dst = p.Max.Append(append(dst, " <= "...), t)
		}
	}
	return append(dst, ';')
}
