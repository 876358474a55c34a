package page

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"
)

// bin is an interval of a histogram, and how many rows of each group are in it.
type bin struct {
	from, to         float64
	fromText, toText string
	counts           []int64
}

// bins are a histogram: its intervals, its groups, and the rows in no interval.
type bins struct {
	list   []bin
	groups []any
	beyond int64
}

// histogramOf asks for the histogram of a field, in about n intervals.
func (b *builder) histogramOf(ctx context.Context, settings []param, conditions []param, group string) (*bins, error) {
	a, err := b.ask(ctx, histogram, conditions, false, settings...)
	if err != nil {
		return nil, err
	}
	h := &bins{}
	for _, r := range a.records {
		n := r.count("count")
		g := 0
		if group != "" {
			key := r.value(group)
			if g = slices.Index(h.groups, key); g < 0 {
				g = len(h.groups)
				h.groups = append(h.groups, key)
			}
		}
		from, ok := position(r.value("from"))
		to, ok2 := position(r.value("to"))
		if !ok || !ok2 {
			h.beyond += n
			continue
		}
		at, found := slices.BinarySearchFunc(h.list, from, func(one bin, v float64) int { return cmp.Compare(one.from, v) })
		if !found {
			h.list = slices.Insert(h.list, at, bin{from, to, newCell(r.value("from")).Text, newCell(r.value("to")).Text, nil})
		}
		for len(h.list[at].counts) <= g {
			h.list[at].counts = append(h.list[at].counts, 0)
		}
		h.list[at].counts[g] += n
	}
	if len(h.groups) == 0 {
		h.groups = []any{nil}
	}
	for i := range h.list {
		for len(h.list[i].counts) < len(h.groups) {
			h.list[i].counts = append(h.list[i].counts, 0)
		}
	}
	return h, nil
}

// position returns where a value is on an axis: a number, or seconds for a date.
func position(v any) (float64, bool) {
	switch v := v.(type) {
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	case string:
		for _, layout := range []string{time.DateOnly, time.RFC3339} {
			if t, err := time.Parse(layout, v); err == nil {
				return float64(t.UnixMilli()) / 1000, true
			}
		}
	}
	return 0, false
}
