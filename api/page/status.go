package page

import (
	"io"
	"slices"
	"strconv"
	"time"

	"herbarium/api/status"
)

// statusTable is a table of the page of a server's status. The first column of its rows
// is their head.
type statusTable struct {
	ID, Title, Empty string
	Heads            []statusCell
	Rows             [][]statusCell
}

// statusCell is a text of it.
type statusCell struct {
	Text    string
	Numeric bool
	Long    bool // of several lines
}

// Status writes the page of what a server says of itself.
func (s *Site) Status(w io.Writer, p Place, r *status.Report) error {
	up := s.texts.t("store up")
	if !r.StoreUp {
		up = s.texts.t("store down")
	}
	facts := [][2]string{
		{s.texts.t("version"), r.Version}, {"Go", r.Go}, {s.texts.t("store"), r.Store + " · " + up},
		{s.texts.t("uptime"), span(r.Uptime)}, {s.texts.t("in flight"), strconv.FormatInt(r.InFlight, 10)},
		{s.texts.t("shared runs"), strconv.FormatInt(r.Runs.Shared, 10)},
		{s.texts.t("waiting requests"), strconv.FormatInt(r.Waiting, 10)}, {s.texts.t("refused requests"), strconv.FormatInt(r.Refused, 10)},
	}
	tables := []statusTable{s.servedTable(r), s.cacheTable(r), s.slowTable(r)}
	if r.Mirror != nil {
		tables = slices.Insert(tables, 1, s.mirrorTable(r.Mirror))
	}
	return s.write(w, "status", struct {
		Head   head
		Facts  [][2]string
		Tables []statusTable
	}{s.head(p, s.texts.t("status")+" · Herbarium", ""), facts, tables})
}

func (s *Site) heads(names ...string) []statusCell {
	var heads []statusCell
	for i, name := range names {
		numeric := i > 0 && name[0] == '#'
		if name[0] == '#' {
			name = name[1:]
		}
		heads = append(heads, statusCell{Text: s.texts.t(name), Numeric: numeric})
	}
	return heads
}

func (s *Site) servedTable(r *status.Report) statusTable {
	t := statusTable{ID: "served", Title: s.texts.t("datasets"), Empty: s.texts.t("no datasets"),
		Heads: s.heads("dataset", "state", "#rows head", "version", "#age")}
	for _, d := range r.Datasets {
		rows, age := "", ""
		if d.Rows != nil {
			rows = strconv.FormatInt(*d.Rows, 10)
		}
		if d.Published != nil || d.Read != nil {
			age = span(d.Age)
		}
		state := d.State
		if d.Error != "" {
			state += ": " + d.Error
		}
		t.Rows = append(t.Rows, []statusCell{{Text: d.Name}, {Text: state, Long: d.Error != ""}, {rows, true, false}, {Text: d.Version}, {age, true, false}})
	}
	return t
}

func (s *Site) mirrorTable(m *status.Mirror) statusTable {
	t := statusTable{ID: "mirror", Title: s.texts.t("mirror") + " · " + m.Place + " · " + short(float64(m.Bytes)) + " / " + short(float64(m.Budget)) + " B",
		Empty: s.texts.t("no copies"), Heads: s.heads("dataset", "version", "state", "#rows head", "#bytes used", "used")}
	for _, c := range m.Copies {
		state, used := c.State, ""
		if c.Error != "" {
			state += ": " + c.Error
		}
		if c.Used != nil {
			used = c.Used.Format(time.RFC3339)
		}
		t.Rows = append(t.Rows, []statusCell{{Text: c.Dataset}, {Text: c.Version}, {Text: state, Long: c.Error != ""},
			{strconv.FormatInt(c.Rows, 10), true, false}, {short(float64(c.Bytes)), true, false}, {Text: used}})
	}
	return t
}

func (s *Site) cacheTable(r *status.Report) statusTable {
	t := statusTable{ID: "caches", Title: s.texts.t("caches"), Heads: s.heads("cache", "#hits", "#lookups", "#entries", "#bytes used", "#bytes limit")}
	for _, c := range r.Caches {
		row := []statusCell{{Text: c.Name}}
		for _, n := range []int64{c.Hits, c.Hits + c.Misses, c.Entries, c.Bytes, c.Limit} {
			row = append(row, statusCell{Text: short(float64(n)), Numeric: true})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (s *Site) slowTable(r *status.Report) statusTable {
	t := statusTable{ID: "slowest", Title: s.texts.t("slowest"), Empty: s.texts.t("no slowest"),
		Heads: s.heads("plan", "operation", "#took", "#rows head", "when")}
	for _, slow := range r.SlowPlans {
		plan, outcome := slow.Fingerprint, ""
		if slow.Plan != "" {
			plan += "\n" + slow.Plan
		}
		if slow.Error != "" {
			outcome = " (" + slow.Error + ")"
		}
		t.Rows = append(t.Rows, []statusCell{{Text: plan, Long: true}, {Text: slow.Dataset + "/" + slow.Operation},
			{time.Duration(slow.Seconds*float64(time.Second)).Round(time.Microsecond).String() + outcome, true, false},
			{strconv.FormatInt(slow.Rows, 10), true, false}, {Text: slow.At.UTC().Format(time.RFC3339)}})
	}
	return t
}

// span writes a time of so many seconds for people, as in "3h12m5s".
func span(seconds float64) string {
	return (time.Duration(seconds) * time.Second).String()
}
