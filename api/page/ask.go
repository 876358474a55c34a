package page

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"herbarium/api/format"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/query"
)

// asker asks operations of one dataset. What it gets are the API's own answers in
// JSON, with all that comes with them: the cache, shared runs, deadlines.
type asker struct {
	engine *engine.Engine
	state  *state
	// failed is set once an answer failed for a reason other than what was asked.
	failed *atomic.Bool
}

// answer is an answer to a question.
type answer struct {
	records []record
	version string // of the rows; "" where it is unknown
	total   int64  // on all pages; negative where it is not known
	token   string // with which rows go on
	more    bool
}

// record is a row or a group. Numbers are json.Number, as the API writes them.
type record map[string]any

// value returns a value by its column's name, in which dots nest.
func (r record) value(name string) any {
	if v, ok := r[name]; ok {
		return v
	}
	key, rest, nested := strings.Cut(name, ".")
	if within, ok := r[key].(map[string]any); ok && nested {
		return record(within).value(rest)
	}
	return nil
}

// number returns a value as a float64; false where it is none.
func (r record) number(name string) (float64, bool) {
	n, ok := r.value(name).(json.Number)
	if !ok {
		return 0, false
	}
	f, err := n.Float64()
	return f, err == nil
}

// count returns a value that is a whole number, or 0.
func (r record) count(name string) int64 {
	n, _ := r.value(name).(json.Number)
	i, _ := n.Int64()
	return i
}

// errNotOffered is the error of asking for an operation that the dataset does not
// have.
var errNotOffered = errors.New("the dataset does not offer the operation")

// query settles an operation's query: these parameters, of the rows that the
// state's conditions select.
func (a asker) query(path string, conditions []param, settings ...param) (*query.Query, error) {
	op, ok := a.state.dataset.Operation(path)
	if !ok {
		return nil, fmt.Errorf("%s: %w", path, errNotOffered)
	}
	params := append(slices.Clone(conditions), settings...)
	version := param{"version", a.state.get("version")}
	if version.value != "" && !slices.Contains(params, version) {
		params = append(params, version) // whatever is asked of all rows is asked of that version's
	}
	return a.engine.ParseFlat(a.state.dataset, op, encode(joined(a.state.dataset, params)))
}

// ask asks an operation about the rows that the conditions select. counted also
// counts what there is on all pages.
func (a asker) ask(ctx context.Context, path string, conditions []param, counted bool, settings ...param) (*answer, error) {
	q, err := a.query(path, conditions, settings...)
	if err != nil {
		return nil, err
	}
	return a.run(ctx, q, counted)
}

// run runs a query.
func (a asker) run(ctx context.Context, q *query.Query, counted bool) (_ *answer, err error) {
	defer func() {
		if err != nil && !invalid(err) {
			a.failed.Store(true)
		}
	}()
	found, err := a.engine.Answer(ctx, q, format.JSON)
	if err != nil {
		return nil, err
	}
	defer func() { _ = found.Close() }() // what was read is whole all the same
	if counted {
		if err := found.Count(ctx); err != nil {
			return nil, err
		}
	}
	var text bytes.Buffer
	for {
		chunk, err := found.Next(ctx)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		text.Write(chunk)
	}
	result := &answer{version: found.Version, total: found.Total, token: found.Token, more: found.More}
	decoder := json.NewDecoder(&text)
	decoder.UseNumber()
	if err := decoder.Decode(&result.records); err != nil {
		return nil, fmt.Errorf("read the answer of %s: %w", q.Operation, err)
	}
	return result, nil
}

// atMost returns how many rows or groups may be asked for at once, at most n.
func atMost(ds *datasets.Dataset, n int64) string {
	if ds.PageMax > 0 {
		n = min(n, ds.PageMax)
	}
	return strconv.FormatInt(n, 10)
}

// words returns what an error says to readers: the API's own words. Other errors
// may tell of the server's inside and do not show it.
func (t texts) words(err error) string {
	var known *fault.Error
	switch {
	case errors.As(err, &known) && len(known.Violations) > 0:
		var lines []string
		for _, v := range known.Violations {
			lines = append(lines, v.Detail)
		}
		return strings.Join(lines, "\n")
	case errors.As(err, &known):
		return known.Detail
	case errors.Is(err, context.DeadlineExceeded):
		return t.t("too slow")
	case errors.Is(err, errNotOffered):
		return err.Error()
	default:
		return t.t("inside")
	}
}

// together runs a function for each index at the same time, a few at once, and
// returns when all have ended. It panics if one of them did.
func together(n int, run func(i int)) {
	const atOnce = 4
	turns := make(chan struct{}, atOnce)
	all := make([]*later[struct{}], n)
	for i := range all {
		turns <- struct{}{}
		all[i] = begin(func() struct{} {
			defer func() { <-turns }()
			run(i)
			return struct{}{}
		})
	}
	for _, one := range all {
		<-one.done
	}
	for _, one := range all {
		one.wait()
	}
}
