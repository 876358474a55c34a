package apis

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"

	"herbarium/bench/data"
)

// question is what is asked of the measurements, in the language of each.
type question struct {
	name, what string
	path, body string // of Herbarium; %s is the upper bound
	sql        string // %s is the table, the upper bound, and an order
	order      string // for those who keep none
	// want are the rows that are right, in order, each value text or a number.
	want []map[string]any
}

// The bounds: a is at least one, b at most the other.
const lowerA, upperB = 5, 5

// pageOf asks for the first 100 rows between two bounds.
func pageOf(t *data.Table) *question {
	q := &question{name: "page", what: "the first 100 rows between two bounds", path: "/range",
		body:  `{"lower":{"a":5},"upper":{"b":%s},"per_page":100,"fields":["a","b","c","d","i","kind","place"]}`,
		sql:   "SELECT a, b, c, d, i, kind, place FROM %s WHERE a >= 5 AND b <= %s %s LIMIT 100",
		order: "ORDER BY t"}
	c := t.Columns
	for i := range t.Rows {
		if len(q.want) < 100 && c[0].Floats[i] >= lowerA && c[1].Floats[i] <= upperB {
			q.want = append(q.want, map[string]any{"a": c[0].Floats[i], "b": c[1].Floats[i], "c": c[2].Floats[i], "d": c[3].Floats[i],
				"i": float64(c[4].Ints[i]), "kind": c[6].Dict[c[6].Codes[i]], "place": c[7].Dict[c[7].Codes[i]]})
		}
	}
	return q
}

// meansOf asks for the means of four numbers by three groups between two bounds.
func meansOf(t *data.Table) *question {
	q := &question{name: "means", what: "means of 4 numbers by 3 groups between two bounds", path: "/stats/mean",
		body: `{"lower":{"a":5},"upper":{"b":%s}}`,
		sql: "SELECT avg(a) AS mean_a, avg(b) AS mean_b, avg(c) AS mean_c, avg(d) AS mean_d, kind FROM %s" +
			" WHERE a >= 5 AND b <= %s GROUP BY kind ORDER BY kind %s"}
	c := t.Columns
	for g, kind := range c[6].Dict {
		var sums [4]float64
		n := 0.0
		for i := range t.Rows {
			if int(c[6].Codes[i]) == g && c[0].Floats[i] >= lowerA && c[1].Floats[i] <= upperB {
				n++
				for f := range sums {
					sums[f] += c[f].Floats[i]
				}
			}
		}
		q.want = append(q.want, map[string]any{"mean_a": sums[0] / n, "mean_b": sums[1] / n, "mean_c": sums[2] / n, "mean_d": sums[3] / n, "kind": kind})
	}
	return q
}

// request is what a contender is asked the n-th time: its upper bound is higher
// by less than values are apart.
func (s *servers) request(ctx context.Context, q *question, name string, n int) (*http.Request, error) {
	bound := fmt.Sprintf("%.7f", upperB+float64(n)*1e-7)
	sql := fmt.Sprintf(q.sql, s.table, bound, "")
	switch name {
	case roapi: // its rows come from parts of the file, as they are ready
		sql = fmt.Sprintf(q.sql, s.table, bound, q.order)
		return http.NewRequestWithContext(ctx, http.MethodPost, s.urls[name]+"/api/sql", strings.NewReader(sql))
	case datasette:
		return http.NewRequestWithContext(ctx, http.MethodGet, s.urls[name]+"/rows.json?_shape=array&sql="+url.QueryEscape(sql), nil)
	default:
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.urls[name]+"/"+s.table+q.path, strings.NewReader(fmt.Sprintf(q.body, bound)))
		if err == nil {
			r.Header.Set("Content-Type", "application/json")
		}
		return r, err
	}
}

// ask returns the body of an answer.
func (s *servers) ask(ctx context.Context, q *question, name string, n int) ([]byte, error) {
	r, err := s.request(ctx, q, name, n)
	if err != nil {
		return nil, err
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("it answered %s: %s", answer.Status, text)
	}
	return text, err
}

// check compares an answer with the rows that are right.
func (s *servers) check(ctx context.Context, q *question, name string) error {
	text, err := s.ask(ctx, q, name, 0)
	if err != nil {
		return err
	}
	return q.agree(text)
}

func (q *question) agree(text []byte) error {
	var got []map[string]any
	if err := json.Unmarshal(text, &got); err != nil {
		return err
	}
	if len(got) != len(q.want) {
		return fmt.Errorf("%d rows, not %d", len(got), len(q.want))
	}
	for i, want := range q.want {
		for field, w := range want {
			if !same(w, got[i][field]) || len(got[i]) != len(want) {
				return fmt.Errorf("row %d is %v, not %v", i, got[i], want)
			}
		}
	}
	return nil
}

// same holds for equal values, and for numbers that only the order of additions
// tells apart.
func same(want, got any) bool {
	w, isNumber := want.(float64)
	g, ok := got.(float64)
	if !isNumber || !ok {
		return want == got
	}
	return math.Abs(w-g) <= 1e-9*math.Abs(w)
}
