package screen

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/chromedp/chromedp"

	"herbarium/bench/data"
)

// A round opens the page between bounds that no round before had, and makes the
// changes one after another. So no answer was asked before, though all rounds select
// as many rows. What the server keeps of single conditions, which are the same in all
// rounds, is crowded out before each.

// change is something that a reader does.
type change struct {
	name    string
	filters bool
	act     func(*reader) error
}

// changes are made in this order.
var changes = []change{
	{"a value of a list", true, func(r *reader) error { return r.click(`input[name=kind][value=kind001]`) }},
	{"a second value", true, func(r *reader) error { return r.click(`input[name=kind][value=kind002]`) }},
	{"a bound typed", true, func(r *reader) error { return r.key(`[name="upper[b]"]`, "7") }},
	{"a bound's handle", true, func(r *reader) error { return r.key(`#facet-c .twin input`, "\u0303") }},
	{"a year", true, func(r *reader) error { return r.click(`#facet-at .presets a`) }},
	{"a text typed", true, func(r *reader) error { return r.key(`[name="contains[many]"]`, "4") }},
	{"a bar of the chart", true, func(r *reader) error { return r.click(`#chart svg [data-href]`) }},
	{"a filter removed", true, func(r *reader) error { return r.click(`.chips li:nth-last-child(2) a`) }},
	{"an order", false, func(r *reader) error { return r.click(`[data-focus=sort-d]`) }},
	{"the next page", false, func(r *reader) error { return r.click(`[data-focus=next]`) }},
}

// round makes all changes once and adds their times, or, where check is given, holds
// the number of rows against its rows.
func (r *reader) round(round int, times []Change, check *data.Table) error {
	if err := r.crowd(round); err != nil {
		return err
	}
	if err := r.open(fmt.Sprintf("upper[d]=%.3f&chart[of]=a&view[filter]=at", 900+float64(round)/1000)); err != nil {
		return err
	}
	for i, c := range changes {
		took, err := r.time(c.act)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		if err := r.rest(); err != nil {
			return err
		}
		if check == nil {
			times[i].Shown, times[i].Whole = append(times[i].Shown, took.Shown), append(times[i].Whole, took.Whole)
			continue
		}
		if err := r.compare(check); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

// others is how many other conditions crowd out those of a round: the bitmaps of all that
// the server keeps, 64 MiB, are of 53 conditions on 10,000,000 rows.
const others = 64

// crowd asks for rows under conditions that nobody asked for before.
func (r *reader) crowd(round int) error {
	for i := range others {
		url := fmt.Sprintf("%s/range?per_page=1&upper%%5Bd%%5D=%.6f", r.page, 500+float64(round*others+i)/1e6)
		request, err := http.NewRequestWithContext(r.ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %s", url, answer.Status)
		}
	}
	return nil
}

// compare holds what the page says that it selects against a loop over the rows.
func (r *reader) compare(table *data.Table) error {
	address, err := chromedp.Run(r.ctx, chromedp.Location())
	if err != nil {
		return err
	}
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	want, err := selected(table, u.Query())
	if err != nil {
		return err
	}
	title, err := evaluate[string](r, `document.querySelector("#rows-title").textContent`)
	if err != nil {
		return err
	}
	count, _, _ := strings.Cut(title, " ")
	if got, err := strconv.Atoi(strings.ReplaceAll(count, ",", "")); err != nil || got != want {
		return fmt.Errorf("%s shows %q; %d rows meet its conditions", address, title, want)
	}
	return nil
}

// selected counts the rows that the conditions of the URL select.
func selected(table *data.Table, query url.Values) (int, error) {
	var all []func(row int) bool
	for name, values := range query {
		object, rest, _ := strings.Cut(name, "[")
		field := strings.TrimSuffix(rest, "]")
		switch object {
		case "sort", "page", "after", "chart", "view":
			continue
		case "kind":
			field = object
		}
		i, ok := table.Dataset.Field(field)
		if !ok {
			return 0, fmt.Errorf("%s is no condition that is known here", name)
		}
		v := &table.Columns[i]
		bound, err := strconv.ParseFloat(values[0], 64)
		if day, wrong := time.Parse(time.DateOnly, values[0]); wrong == nil {
			bound, err = float64(day.UnixMilli()), nil
		}
		if err != nil && (object == "lower" || object == "upper" || object == "below") {
			return 0, err
		}
		number := func(row int) float64 {
			if v.Floats != nil {
				return v.Floats[row]
			}
			return float64(v.Ints[row])
		}
		switch object {
		case "lower":
			all = append(all, func(row int) bool { return number(row) >= bound })
		case "upper":
			all = append(all, func(row int) bool { return number(row) <= bound })
		case "below":
			all = append(all, func(row int) bool { return number(row) < bound })
		case "contains":
			all = append(all, func(row int) bool { return strings.Contains(v.Dict[v.Codes[row]], values[0]) })
		case "kind":
			all = append(all, func(row int) bool {
				for _, text := range values {
					if v.Dict[v.Codes[row]] == text {
						return true
					}
				}
				return false
			})
		default:
			return 0, fmt.Errorf("%s is no condition that is known here", name)
		}
	}
	n := 0
rows:
	for row := range table.Rows {
		for _, holds := range all {
			if !holds(row) {
				continue rows
			}
		}
		n++
	}
	return n, nil
}
