package fleet

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The lines between which a page has what was computed.
const (
	begin = "<!-- computed: begin; what follows is written by bench fleet -->\n"
	end   = "<!-- computed: end -->\n"
)

// Page puts what follows from the figures into the page, in place of what was there.
func Page(path string, m *Measured, seed uint64) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, begins := bytes.Cut(text, []byte(begin))
	_, after, ends := bytes.Cut(rest, []byte(end))
	if !begins || !ends {
		return fmt.Errorf("%s does not say where the tables go: it needs the lines\n%s%s", path, begin, end)
	}
	tables, err := Tables(m, seed)
	if err != nil {
		return err
	}
	return os.WriteFile(path, slices.Concat(before, []byte(begin), []byte(tables), []byte(end), after), 0o644)
}

// Tables writes the costs, the needs and what the simulations came to, in Markdown.
func Tables(m *Measured, seed uint64) (string, error) {
	c, err := CostsOf(m)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	c.write(&b, m)
	c.writeNeeds(&b)
	c.writeServers(&b, seed)
	c.writeBalancers(&b, seed)
	return b.String(), nil
}

// write writes the inputs.
func (c Costs) write(b *strings.Builder, m *Measured) {
	fmt.Fprintf(b, "\nInputs, of %s rows on %d cores:\n\n| input | value | measured as |\n|---|---|---|\n", short(m.Rows), m.Cores)
	for _, line := range [][3]string{
		{"a request on a connection", span(c.Connection) + " of a core", "nothing, over a connection, with the client"},
		{"an answer from the cache", span(c.Cached) + " of a core", "`stats/mean` from the cache"},
		{"a query that looks at few rows", span(c.Fixed) + " of a core", "`range`, one row"},
		{"each row that a query looks at", fmt.Sprintf("%s of a core; %s rows a second and core", span(c.PerRow), short(1/c.PerRow)), "`stats/mean` between bounds"},
		{"spread of the times of such queries", fmt.Sprintf("%.2f, the standard deviation of the logarithm", c.Spread), "their p99 by their median"},
		{"memory", fmt.Sprintf("%.0f bytes a row", c.Bytes), "the first line"},
	} {
		fmt.Fprintf(b, "| %s | %s | %s |\n", line[0], line[1], line[2])
	}
}

// machine is the server that the needs are computed for.
func machine() Machine { return Machine{Cores: 16, Memory: 96 << 30, Busy: 0.6} }

// writeNeeds writes what loads need.
func (c Costs) writeNeeds(b *strings.Builder) {
	m := machine()
	fmt.Fprintf(b, "\nServers of %.0f cores, busy for %.0f %% of the time, and %s for rows:\n\n"+
		"| rows | queries/s | answers from caches | rows looked at | core time a query | cores | servers | rows in each server | such a query alone |\n|---|---|---|---|---|---|---|---|---|\n",
		m.Cores, 100*m.Busy, bytesOf(m.Memory))
	for _, rows := range []float64{10e6, 1e9, 100e9} {
		for _, rate := range []float64{1e3, 100e3, 10e6} {
			for _, l := range []Load{{Hits: 0, Scan: 1}, {Hits: 0.99, Scan: 1}, {Hits: 0.99, Scan: 0.01}} {
				l.Rate, l.Rows = rate, rows
				n := c.Needs(l, m)
				servers := short(n.Servers)
				if !n.Fits(m) {
					servers += ", and does not fit"
				}
				fmt.Fprintf(b, "| %s | %s | %.0f %% | %.0f %% | %s | %s | %s | %s | %s |\n", short(rows), short(rate), 100*l.Hits, 100*l.Scan,
					span(n.PerQuery), short(n.Cores), servers, bytesOf(n.Memory), span(n.Alone))
			}
		}
	}
}

// simulated is how many queries each simulation asks.
const simulated = 100_000

// typical is the fleet that is simulated, of so many servers.
func typical(servers int) Fleet {
	return Fleet{Servers: servers, Cores: 16, Balancer: LeastConnections, Datasets: 100, Queries: 10_000, Kept: 2_000, Skew: 1.2, Rows: 10e6, Scan: 0.1}
}

// writeServers writes p99 by load and servers.
func (c Costs) writeServers(b *strings.Builder, seed uint64) {
	f := typical(1)
	fmt.Fprintf(b, "\nTime until the answer, by the share of the time for which the cores are busy; %d datasets of %s rows, of which a query looks at %.0f %%, caches of %d answers, `least_conn`:\n\n"+
		"| servers | queries/s | from caches | busy | median | p99 |\n|---|---|---|---|---|---|\n", f.Datasets, short(f.Rows), 100*f.Scan, f.Kept)
	for _, servers := range []int{1, 3, 10, 30} {
		f := typical(servers)
		most := f.most(c, seed)
		for _, busy := range []float64{0.3, 0.6, 0.8, 0.9, 0.95} {
			o := f.Simulate(c, busy*most, simulated, seed)
			fmt.Fprintf(b, "| %d | %s | %.0f %% | %.0f %% | %s | %s |\n", servers, short(o.Rate), 100*o.Hits, 100*o.Busy, span(o.Median), span(o.P99))
		}
	}
}

// most returns the rate at which all cores are busy. What queries take on average depends
// on what is in the caches, which a run without waiting shows.
func (f *Fleet) most(c Costs, seed uint64) float64 {
	o := f.Simulate(c, 1, simulated, seed)
	return float64(f.Servers*f.Cores) / o.PerQuery
}

// writeBalancers writes what hashing datasets to servers does.
func (c Costs) writeBalancers(b *strings.Builder, seed uint64) {
	fmt.Fprintf(b, "\nThe same fleet of 10 servers with both ways to choose a server, at the same rates:\n\n"+
		"| balancer | queries/s | from caches | busy | the busiest server | median | p99 |\n|---|---|---|---|---|---|---|\n")
	least := typical(10)
	most := least.most(c, seed)
	for _, busy := range []float64{0.3, 0.6} {
		for _, balancer := range []Balancer{LeastConnections, ByDataset} {
			f := typical(10)
			f.Balancer = balancer
			o := f.Simulate(c, busy*most, simulated, seed)
			fmt.Fprintf(b, "| `%s` | %s | %.0f %% | %.0f %% | %.0f %% | %s | %s |\n", balancer, short(o.Rate), 100*o.Hits, 100*o.Busy, 100*o.Busiest, span(o.Median), span(o.P99))
		}
	}
	b.WriteString("\n")
}

// short writes a number with two digits and a letter for thousands.
func short(n float64) string {
	units := []string{"", " k", " M", " G", " T"}
	for n >= 995 && len(units) > 1 {
		n, units = n/1000, units[1:]
	}
	const digits = 2
	if n >= 100 {
		return strconv.FormatFloat(n, 'f', 0, 64) + units[0]
	}
	text := strconv.FormatFloat(n, 'g', digits, 64)
	return text + units[0]
}

// bytesOf writes a number of bytes.
func bytesOf(n float64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	for n >= 1000 && len(units) > 1 {
		n, units = n/1024, units[1:]
	}
	return strconv.FormatFloat(n, 'f', 0, 64) + " " + units[0]
}

// span writes a time with two digits.
func span(seconds float64) string {
	if seconds < 1e-6 {
		return strconv.FormatFloat(seconds*1e9, 'g', 2, 64) + "ns"
	}
	d, unit := time.Duration(seconds*float64(time.Second)), time.Duration(1)
	for d/unit >= 100 {
		unit *= 10
	}
	return d.Round(unit).String()
}
