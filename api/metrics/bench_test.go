package metrics

import (
	"testing"
	"time"
)

// BenchmarkAnswered is what counting a request costs.
func BenchmarkAnswered(b *testing.B) {
	m := New(Build{})
	r := Request{Dataset: "rocks", Operation: "stats/mean", Method: "QUERY", Status: 200, Took: 20 * time.Microsecond, Bytes: 97}
	b.ReportAllocs()
	for b.Loop() {
		m.Answered(&r)
	}
}
