// Package fleet computes and simulates how many servers a load of queries needs, from what
// `herbarium bench` measured.
package fleet

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
)

// Measured is what `herbarium bench --format json` says of a dataset.
type Measured struct {
	Dataset     string   `json:"dataset"`
	Rows        float64  `json:"rows"`
	BytesPerRow float64  `json:"bytes_per_row"`
	Cores       int      `json:"cores"`
	Figures     []Figure `json:"queries"`
}

// Figure is what one kind of query costs; times are in seconds.
type Figure struct {
	Operation   string  `json:"operation"`
	Query       string  `json:"query"`
	Median      float64 `json:"median_s"`
	P99         float64 `json:"p99_s"`
	CoreSeconds float64 `json:"core_s"`
	RowsPerCore float64 `json:"rows_per_core_s"`
}

// Read reads what was measured.
func Read(path string) (*Measured, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m := &Measured{}
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if m.Rows <= 0 || len(m.Figures) == 0 {
		return nil, fmt.Errorf("%s: it is not what herbarium bench --format json writes of a dataset with rows", path)
	}
	return m, nil
}

// find returns the figure of an operation whose words begin so.
func (m *Measured) find(operation, words string) (Figure, error) {
	for _, f := range m.Figures {
		if f.Operation == operation && strings.HasPrefix(f.Query, words) {
			return f, nil
		}
	}
	return Figure{}, fmt.Errorf("%s was measured without the query of %s that the model needs", m.Dataset, operation)
}

// Costs are the inputs of the model. Times are seconds of a core.
type Costs struct {
	Connection float64 // to read a request off a connection and write its answer; as measured, with the client's part
	Cached     float64 // for an answer from the cache, without that
	Fixed      float64 // for a query that looks at few rows
	PerRow     float64 // for each row of the dataset, of a query that looks at many
	Spread     float64 // standard deviation of the logarithm of a query's time
	Bytes      float64 // of memory a row
}

// CostsOf returns the inputs that a dataset's figures give: its means between bounds stand
// for queries that look at many rows, a page of one row for those that look at few.
func CostsOf(m *Measured) (Costs, error) {
	c := Costs{Bytes: m.BytesPerRow}
	connection, err := m.find("-", "nothing, over a connection")
	if err != nil {
		return c, err
	}
	cached, err := m.find("stats/mean", "from the cache")
	if err != nil {
		return c, err
	}
	row, err := m.find("range", "one row")
	if err != nil {
		return c, err
	}
	scan, err := m.find("stats/mean", "between bounds")
	if err != nil {
		return c, err
	}
	c.Connection, c.Cached, c.Fixed = connection.CoreSeconds, cached.CoreSeconds, row.CoreSeconds
	c.PerRow = math.Max(scan.CoreSeconds-row.CoreSeconds, 0) / m.Rows
	c.Spread = math.Max(math.Log(scan.P99/scan.Median)/z99, 0)
	return c, nil
}

// z99 is the quantile 0.99 of the normal distribution.
const z99 = 2.3263478740408408

// Load is what a fleet is asked.
type Load struct {
	Rate float64 // queries a second
	Rows float64 // of the dataset
	Hits float64 // share of the queries whose answer is in a cache
	Scan float64 // share of the rows that a query looks at, after blocks that zone maps skip
}

// Need is what a fleet has to have for a load.
type Need struct {
	PerQuery float64 // seconds of a core, on average
	Cores    float64
	Servers  float64
	Memory   float64 // bytes of rows in each server
	Alone    float64 // seconds that a query which is not cached takes on an idle server
}

// Machine is one server.
type Machine struct {
	Cores  float64
	Memory float64 // bytes for rows
	Busy   float64 // share of the time for which its cores may be busy
}

// Needs computes what the load needs.
func (c Costs) Needs(l Load, m Machine) Need {
	miss := c.Fixed + c.PerRow*l.Rows*l.Scan
	n := Need{Memory: c.Bytes * l.Rows}
	n.PerQuery = c.Connection + l.Hits*c.Cached + (1-l.Hits)*miss
	n.Cores = l.Rate * n.PerQuery / m.Busy
	n.Servers = math.Max(math.Ceil(n.Cores/m.Cores), 1)
	n.Alone = c.Connection + c.Fixed + c.PerRow*l.Rows*l.Scan/m.Cores
	return n
}

// Fits reports whether each server can hold the rows.
func (n Need) Fits(m Machine) bool { return n.Memory <= m.Memory }
