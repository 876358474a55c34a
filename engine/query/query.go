package query

import (
	"strconv"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// Query is a validated request: a dataset, one of its operations, and what is asked of it.
// Parse and ParseFlat make one. It is immutable and in canonical form: two spellings of
// one request make equal queries.
type Query struct {
	Dataset   *datasets.Dataset
	Operation *datasets.Operation
	// Filter is which rows are selected.
	Filter plan.Condition
	// GroupBy are the keys of groups; nil for the dataset's own.
	GroupBy []plan.Key
	// Measures are what is computed of each group; nil for the operation's own.
	Measures []plan.Measured
	// Histogram says which bins a histogram has; nil in queries of other operations.
	Histogram *plan.Histogram
	// Sort is the order of the answer; nil for the operation's own.
	Sort []plan.SortKey
	// Fields are the indexes of the fields asked for, in descriptor order;
	// nil asks for all.
	Fields []int
	// Page counts from 1; 0 where the query names none.
	Page int64
	// PerPage is the page size; 0 where the query names none.
	PerPage int64
	// After is the place after which the query goes on; nil where it starts at the first row.
	After *Mark
	// Version is the version of the rows that is asked; "" for the current one.
	Version string
	// Fingerprint is that of the descriptor that the answer must be of; "" for any.
	Fingerprint string

	canonical string
	flat      string // see Flat
	whole     bool   // see Whole
}

// Whole returns the query without the page size that its dataset has by
// default: what it asks for comes whole, unless the query itself names a page.
// That is how answers in file formats are read.
func (q *Query) Whole() *Query {
	if byDefault, _ := q.Dataset.PageOf(q.Operation); byDefault == 0 || q.Page > 0 || q.PerPage > 0 || q.After != nil {
		return q
	}
	whole := *q
	whole.whole, whole.flat = true, ""
	whole.canonical = whole.canonicalText()
	return &whole
}

// Sized returns the query with pages of that size, if it names no size itself.
func (q *Query) Sized(perPage int64) *Query {
	if q.PerPage > 0 {
		return q
	}
	sized := *q
	sized.PerPage, sized.flat = perPage, ""
	sized.canonical = sized.canonicalText()
	return &sized
}

// Flat writes the query as the parameters of a URL, without its page.
// ParseFlat reads them back.
func (q *Query) Flat() string { return q.flat }

// Paged reports whether the answer is a page: which one, counted from 1, and
// of what size. A query that goes on from a mark is on no page that is known,
// and the number is 0.
func (q *Query) Paged() (page, size int64, ok bool) {
	_, limit := q.Window()
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

// Window returns how many rows to skip and how many to return, negative for
// all.
func (q *Query) Window() (skip, limit int64) {
	page, perPage := q.Page, q.PerPage
	byDefault, largest := q.Dataset.PageOf(q.Operation)
	if perPage == 0 && !q.whole {
		perPage = byDefault
	}
	if perPage == 0 {
		if page == 0 && q.After == nil {
			return 0, -1
		}
		perPage = pageSize
		if largest > 0 {
			perPage = min(perPage, largest)
		}
	}
	if page > 1 {
		if page-1 > plan.MaxSkip/perPage {
			return plan.MaxSkip, perPage
		}
		skip = (page - 1) * perPage
	}
	return skip, perPage
}

// String returns the canonical text of the query: equal for two queries of
// one version that ask for the same, different where they may differ.
func (q *Query) String() string {
	if q.canonical != "" {
		return q.canonical
	}
	return q.canonicalText()
}

func (q *Query) canonicalText() string {
	dst := q.appendSelection(nil)
	if q.After != nil {
		dst = strconv.AppendQuote(append(dst, "after "...), string(q.After.Last))
		for i, v := range q.After.Values {
			dst = strconv.AppendQuote(append(dst, ' '), string(appendNullable(nil, v, q.sortType(i))))
		}
		dst = strconv.AppendQuote(append(dst, ' '), q.After.Version)
		dst = append(dst, ';')
	}
	skip, limit := q.Window()
	if skip > 0 || limit >= 0 {
		dst = strconv.AppendInt(append(dst, "window "...), skip, 10)
		dst = strconv.AppendInt(append(dst, ' '), limit, 10)
	}
	return string(dst)
}

// appendSelection writes all of the query but its page.
func (q *Query) appendSelection(dst []byte) []byte {
	dst = q.appendGroups(q.appendFilter(dst))
	if q.Measures != nil {
		dst = append(dst, "measures"...)
		for _, m := range q.Measures {
			dst = strconv.AppendQuote(strconv.AppendInt(append(dst, ' '), int64(m.Field), 10), m.Name)
		}
		dst = append(dst, ';')
	}
	if q.Sort != nil {
		dst = append(dst, "sort"...)
		for _, key := range q.Sort {
			dst = strconv.AppendInt(append(dst, ' '), int64(key.By), 10)
			if key.Descending {
				dst = append(dst, '-')
			}
		}
		dst = append(dst, ';')
	}
	return q.appendFields(dst)
}

func (q *Query) appendFields(dst []byte) []byte {
	if q.Fields != nil {
		dst = append(dst, "fields"...)
		for _, f := range q.Fields {
			dst = strconv.AppendInt(append(dst, ' '), int64(f), 10)
		}
		dst = append(dst, ';')
	}
	return dst
}

// Counted returns the canonical text of what a count of the query's rows or
// groups follows from.
func (q *Query) Counted() string {
	dst := q.appendGroups(q.appendFilter(nil))
	if q.Operation.Rows != datasets.PerGroup {
		dst = q.appendFields(dst)
	}
	return string(dst)
}

func (q *Query) appendGroups(dst []byte) []byte {
	if h := q.Histogram; h != nil {
		dst = strconv.AppendInt(append(dst, "bins of "...), int64(h.Field), 10)
		if h.Bins != nil {
			dst = strconv.AppendQuote(append(dst, ' '), h.Bins.String())
		} else {
			dst = strconv.AppendInt(append(dst, ' '), int64(h.Most), 10)
		}
		dst = append(dst, ';')
	}
	if q.GroupBy == nil {
		return dst
	}
	dst = append(dst, "by"...)
	for i := range q.GroupBy {
		k := &q.GroupBy[i]
		dst = strconv.AppendInt(append(dst, ' '), int64(k.Field), 10)
		if k.Buckets != nil {
			dst = strconv.AppendQuote(dst, k.Buckets.String())
		}
		if k.Name != "" {
			dst = strconv.AppendQuote(append(dst, " as "...), k.Name)
		}
	}
	return append(dst, ';')
}

// Size returns about how many bytes the query takes in memory: its texts, and its values,
// which take about as much as the canonical text.
func (q *Query) Size() int { return 2*len(q.canonical) + len(q.flat) }

func (q *Query) appendFilter(dst []byte) []byte {
	return q.Filter.AppendCanonical(dst, q.Dataset)
}
