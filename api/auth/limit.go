package auth

import (
	"math"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"herbarium/api/limits"
	"herbarium/datasets"
	"herbarium/schemas"
)

// limit says how much some callers may ask.
type limit struct {
	policy // for whom: the same audiences
	rule   *limits.Rule
}

// The keys of a limit, and whom and what they bound.
var limitKeys = []string{"for", "rate", "burst", "concurrent", "daily", "scanned", "rows", "groups", "bytes", "time"}

// limits reads how much callers may ask.
func (p *parser) limits(n *yaml.Node) {
	lines := map[string]int{}
	for i, item := range p.List(n, "limits") {
		path := indexed("limits", i)
		entries := byName(p.Mapping(item, path, limitKeys))
		if !p.required(item, path, entries, map[string]string{"for": "for: " + forForm}) {
			continue
		}
		one := limit{policy: policy{place: place{item, path}}}
		p.audience(&one.policy, entries["for"].Value, path+".for")
		if line, twice := lines[one.text]; twice && one.text != "" {
			p.Fault(item, path, "the limit on line %d is for %s already, and the first one decides", line, one.text)
		}
		lines[one.text] = item.Line
		var rule limits.Rule
		var burst, concurrent int64
		for _, c := range []struct {
			key  string
			into *int64
		}{{"burst", &burst}, {"concurrent", &concurrent}, {"daily", &rule.Daily}, {"scanned", &rule.Cost.Scanned},
			{"rows", &rule.Cost.Rows}, {"groups", &rule.Cost.Groups}, {"bytes", &rule.Cost.Bytes}} {
			if e, ok := entries[c.key]; ok {
				*c.into = p.count(e.Value, datasets.JoinPath(path, c.key))
			}
		}
		if e, ok := entries["rate"]; ok {
			rule.Rate = p.rate(e.Value, path+".rate")
		}
		if e, ok := entries["time"]; ok {
			rule.Cost.Time = p.duration(e.Value, path+".time")
		}
		if e, ok := entries["burst"]; ok && entries["rate"].Value == nil {
			p.Fault(e.Value, path+".burst", "a burst goes with a rate; add rate: 10/s or leave it out")
		}
		rule.Burst, rule.Concurrent = int(burst), int(concurrent)
		one.rule = limits.New(rule)
		p.file.limits = append(p.file.limits, one)
	}
}

// maxCount is the greatest number that a limit takes: what other programs read exactly.
const maxCount = datasets.MaxSafeInteger

// count reads a number of things.
func (p *parser) count(n *yaml.Node, path string) int64 {
	value, ok := p.JSON(n, path)
	if !ok {
		return 0
	}
	count, err := strconv.ParseFloat(value.Text, 64) // which 1e7 is, too
	if value.Kind != schemas.Number || err != nil || count < 1 || count > maxCount || count != math.Trunc(count) {
		p.Fault(n, path, "a whole number from 1 belongs here, not %s; leave the key out for no limit", datasets.DescribeValue(n))
		return 0
	}
	return int64(count)
}

// rateUnits are the times that a rate counts in, in seconds.
var rateUnits = map[string]float64{"s": 1, "m": 60, "h": 3600}

// rate reads a number of requests in a time, such as 10/s, and returns those of a second.
func (p *parser) rate(n *yaml.Node, path string) float64 {
	if n.Kind == yaml.ScalarNode {
		number, unit, _ := strings.Cut(n.Value, "/")
		count, err := strconv.ParseFloat(number, 64)
		if length, ok := rateUnits[unit]; ok && err == nil && count > 0 && count <= maxCount {
			return count / length
		}
	}
	p.Fault(n, path, "a number of requests in a second, a minute or an hour belongs here, such as 10/s, 600/m or 1000/h, not %s", datasets.DescribeValue(n))
	return 0
}

// duration reads a time.
func (p *parser) duration(n *yaml.Node, path string) time.Duration {
	d, err := time.ParseDuration(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || d <= 0 {
		p.Fault(n, path, "a time belongs here, such as 500ms, 5s or 1m, not %s", datasets.DescribeValue(n))
		return 0
	}
	return d
}

// limitOf returns the first limit that is for the caller; nil if there is none.
func (f *File) limitOf(c *Caller) *limit {
	for i := range f.limits {
		if f.limits[i].fits(c) {
			return &f.limits[i]
		}
	}
	return nil
}
